//! `risk-manager`: see the library of the same name.

use std::error::Error;
use std::process::ExitCode;

use bus::Context;
use clap::Parser;
use risk_manager::NAME;
use risk_manager::service::Service;
use startup::{Desk, Location};

/// Turns trading signals into orders within limits, and closes the gates.
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
    let instance = desk.hold(NAME)?;
    let Desk { home, settings, .. } = &desk;
    let database_url = std::env::var("DATABASE_URL").ok();
    let context = Context::new();
    let mut service = Service::start(&context, settings, home, database_url)?;
    tracing::info!("ready at {}", home.address(&settings.risk.control_address));
    service.run(&instance.shutdown)?;
    tracing::info!("stopped");
    Ok(())
}
