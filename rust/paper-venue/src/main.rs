//! The paper venue as a process of its own: it goes on holding orders when the desk's engine dies, as a real
//! exchange does.
//!
//! One thread owns the sockets and the [`venue::Gateway`]. A turn of its loop reads what came, lets the gateway
//! act, makes all resulting events durable in one commit, and only then sends what follows from them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

mod book;
mod models;
mod rows;
mod service;

/// The paper venue: matches orders against the live touch.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder of the desk.
    #[arg(long, env = "QUARTERDECK_HOME")]
    home: Option<PathBuf>,
    /// Configuration; by default the one in force in the home.
    #[arg(long)]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match service::run(arguments.home, arguments.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
