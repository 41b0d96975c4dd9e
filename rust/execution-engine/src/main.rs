//! The execution engine: orders' truth, positions, and the session at the venue.
//!
//! Thin: one thread reads the sockets, lets [`orders::Engine`] decide, appends what happened to the journal in
//! one commit a turn, and only then does what depends on it.

mod answers;
mod configure;
mod journal;
mod perform;
mod reading;
mod service;
mod storing;

use std::path::PathBuf;
use std::process::ExitCode;

use bus::{Context, InstanceLock, Shutdown};
use clap::Parser;
use orders::engine::SERVICE;
use settings::{Settings, configuration_file, home_folder};
use tracing_subscriber::EnvFilter;

use crate::service::Service;

/// Sends approved orders to the venue, books what comes back, and kills with proof.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The folder of the desk.
    #[arg(long, env = "QUARTERDECK_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
    /// The configuration; without it the one in force.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tracing::error!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: Arguments) -> Result<(), String> {
    let home = home_folder(arguments.home);
    let file = configuration_file(arguments.config, &home).map_err(|error| error.to_string())?;
    let settings = Settings::load(&file).map_err(|error| error.to_string())?;
    home.create()
        .map_err(|error| format!("{} cannot be used: {error}", home.folder().display()))?;
    // Before anything is bound: on ipc a second bind steals the address without an error.
    let _lock = InstanceLock::acquire(&home.run(), SERVICE).map_err(|error| error.to_string())?;
    let shutdown = Shutdown::install().map_err(|error| format!("signals cannot be caught: {error}"))?;
    let context = Context::new();
    let mut service = Service::start(&context, &settings, &home, std::env::var("DATABASE_URL").ok())
        .map_err(|error| error.to_string())?;
    tracing::info!(
        working = service.engine.working_orders(),
        killed = !service.engine.latch().is_armed(),
        "ready at {}",
        home.address(&settings.execution.control_address)
    );
    service.run(&shutdown).map_err(|error| error.to_string())?;
    tracing::info!("stopped; working orders stay at the venue");
    Ok(())
}
