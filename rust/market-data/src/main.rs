//! `market-data`: reads its flags and the configuration, takes its lock, and runs the service.

use std::error::Error;
use std::process::ExitCode;

use bus::{Context, clock};
use clap::Parser;
use market_data::arguments::Arguments;
use market_data::dump::dump;
use market_data::pacer::Pacer;
use market_data::progress::ProgressFile;
use market_data::replay::Replay;
use market_data::service::{NAME, Service, feeder::Feeder};
use market_data::sim::Simulator;
use market_data::source::Source;
use market_data::test_source::TestSource;
use messages::Instrument;
use settings::{Settings, SourceKind};
use startup::Desk;

const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    startup::log();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let desk = arguments.location.clone().desk()?;
    let Desk { home, settings, .. } = &desk;
    let kind = match arguments.source_kind(settings.market_data.source.kind) {
        Ok(kind) => kind,
        Err(reason) => {
            tracing::error!("{reason}");
            return Ok(ExitCode::from(WRONG_USAGE));
        }
    };
    let instruments = traded(settings);
    if let (Some(file), Some(rows)) = (&arguments.dump, arguments.rows) {
        let mut simulator = simulator(arguments, settings, &instruments)?;
        dump(&mut simulator, &settings.symbols(), rows, file)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        return Ok(ExitCode::SUCCESS);
    }

    let instance = desk.hold(NAME)?;
    let source = source(kind, arguments, settings, &instruments)?;
    let (progress, found) = ProgressFile::open(&home.progress(NAME))
        .map_err(|error| format!("cannot use {}: {error}", home.progress(NAME).display()))?;
    let resumed = found.filter(|_| arguments.resume);
    if arguments.resume
        && resumed
            .as_ref()
            .is_none_or(|found| found.identity != source.identity())
    {
        tracing::warn!("no progress of this source is recorded; it begins at its first row");
    }
    let feeder = Feeder::new(
        source,
        Pacer::new(arguments.speed),
        arguments.hold,
        resumed.as_ref(),
    );
    let context = Context::new();
    let mut service = Service::bind(&context, settings, home, feeder, progress)?;
    tracing::info!(
        "publishing at {}",
        home.address(&settings.market_data.zmq_publish_address)
    );
    service.run(&instance.shutdown)?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The instruments of the desk's symbols, in their order.
fn traded(settings: &Settings) -> Vec<Instrument> {
    let instruments = settings.instruments();
    settings
        .symbols()
        .iter()
        .filter_map(|symbol| instruments.get(symbol).cloned())
        .collect()
}

fn simulator(
    arguments: &Arguments,
    settings: &Settings,
    instruments: &[Instrument],
) -> Result<Simulator, Box<dyn Error>> {
    let configured = &settings.market_data.source;
    let seed = arguments.seed.unwrap_or(configured.seed);
    let rate = arguments
        .messages_per_second
        .unwrap_or(configured.messages_per_second);
    Ok(Simulator::new(instruments, seed, rate)?)
}

fn source(
    kind: SourceKind,
    arguments: &Arguments,
    settings: &Settings,
    instruments: &[Instrument],
) -> Result<Box<dyn Source>, Box<dyn Error>> {
    Ok(match (kind, &arguments.file, instruments.first()) {
        (SourceKind::Replay, Some(file), _) => {
            Box::new(Replay::open(file, instruments, arguments.skip_bad_rows)?)
        }
        (SourceKind::Test, _, Some(first)) => Box::new(TestSource::new(first.clone(), clock::now_us())),
        _ => Box::new(simulator(arguments, settings, instruments)?),
    })
}
