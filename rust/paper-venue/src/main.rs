//! The paper venue as a process of its own: it goes on holding orders when the desk's engine dies, as a real
//! exchange does.
//!
//! One thread owns the sockets and the [`venue::Gateway`]. A turn of its loop reads what came, lets the gateway
//! act, makes all resulting events durable in one commit, and only then sends what follows from them.

use std::process::ExitCode;

use clap::Parser;
use startup::Location;

mod book;
mod models;
mod rows;
mod service;

/// The paper venue: matches orders against the live touch.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    location: Location,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    startup::log();
    startup::exit_code(service::run(arguments.location))
}
