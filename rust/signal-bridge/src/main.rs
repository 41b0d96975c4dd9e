//! `signal-bridge`: see the library of the same name.

use std::path::PathBuf;
use std::process::ExitCode;

use bus::{Context, clock};
use clap::Parser;
use signal_bridge::loader::Wanted;
use signal_bridge::service::Service;
use signal_bridge::slot::ModelSlot;
use signal_bridge::{SERVICE, library, test_inference};
use startup::{Desk, Location};

/// Turns market data into one trading signal per closed bar.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    location: Location,
    /// The shared library of ONNX Runtime; without it that of the Python package onnxruntime is looked for.
    #[arg(long, env = "ORT_DYLIB_PATH", value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    /// Run rows through --model and print {"output": […]}; a row is a JSON list on standard input (a list of lists
    /// is many rows), or zeros.
    #[arg(long, requires = "model")]
    test_inference: bool,
    /// The model file of --test-inference. The service itself takes its model from the registry.
    #[arg(long, value_name = "FILE", requires = "test_inference")]
    model: Option<PathBuf>,
    /// Then run the last row so often again, and print the median and 99th percentile of the times as well.
    #[arg(long, value_name = "RUNS", default_value_t = 0, requires = "test_inference")]
    time: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    startup::log();
    let outcome = match (&arguments.model, arguments.test_inference) {
        (Some(model), true) => infer(&arguments, model),
        _ => serve(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(&reason);
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the sentence with which the program ends belongs on standard error"
)]
fn complain(reason: &str) {
    eprintln!("{SERVICE}: {reason}");
}

#[expect(clippy::print_stdout, reason = "the answer of --test-inference is its output")]
fn infer(arguments: &Arguments, model: &std::path::Path) -> Result<(), String> {
    let input = test_inference::read_input()?;
    let library = library::locate(arguments.onnxruntime.as_deref(), &program()?)?;
    let environment = library::load(&library)?;
    let line = test_inference::run(&environment, model, &input, arguments.time, clock::monotonic_ns)?;
    println!("{line}");
    Ok(())
}

fn serve(arguments: Arguments) -> Result<(), String> {
    let desk = arguments.location.desk().map_err(|error| error.to_string())?;
    let instance = desk.hold(SERVICE).map_err(|error| error.to_string())?;
    let Desk { home, file, settings } = &desk;
    let wanted = Wanted {
        folder: home.models(),
        model: settings.signal.model.clone(),
        interval_us: i64::from(settings.signal.bar_interval_ms) * 1_000,
        onnxruntime: arguments.onnxruntime,
        program: program()?,
    };
    let slot = ModelSlot::new(wanted, clock::now_us())
        .map_err(|error| format!("a thread could not be started: {error}"))?;
    let context = Context::new();
    let mut service = Service::start(&context, settings, home, slot).map_err(|error| error.to_string())?;
    tracing::info!(home = %home.folder().display(), config = %file.display(), "ready");
    service
        .run(&instance.shutdown)
        .map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

fn program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("this program's own file is unknown: {error}"))
}
