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

use std::error::Error;
use std::process::ExitCode;

use bus::Context;
use clap::Parser;
use orders::engine::SERVICE;
use startup::{Desk, Location};

use crate::service::Service;

/// Sends approved orders to the venue, books what comes back, and kills with proof.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    location: Location,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    startup::log();
    startup::exit_code(serve(arguments.location))
}

fn serve(location: Location) -> Result<(), Box<dyn Error>> {
    let desk = location.desk()?;
    let instance = desk.hold(SERVICE)?;
    let Desk { home, settings, .. } = &desk;
    let context = Context::new();
    let mut service = Service::start(&context, settings, home, std::env::var("DATABASE_URL").ok())?;
    tracing::info!(
        working = service.engine.working_orders(),
        killed = !service.engine.latch().is_armed(),
        "ready at {}",
        home.address(&settings.execution.control_address)
    );
    service.run(&instance.shutdown)?;
    tracing::info!("stopped; working orders stay at the venue");
    Ok(())
}
