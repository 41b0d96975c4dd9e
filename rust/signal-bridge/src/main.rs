//! `signal-bridge`: see the library of the same name.

use std::path::PathBuf;
use std::process::ExitCode;

use bus::{Context, InstanceLock, Shutdown, clock};
use clap::Parser;
use settings::{Settings, configuration_file, home_folder};
use signal_bridge::loader::Wanted;
use signal_bridge::service::Service;
use signal_bridge::slot::ModelSlot;
use signal_bridge::{SERVICE, library, test_inference};
use tracing_subscriber::EnvFilter;

/// Turns market data into one trading signal per closed bar.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The folder of the desk.
    #[arg(long, env = "QUARTERDECK_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
    /// The configuration; without it the one in force.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
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
    let home = home_folder(arguments.home);
    let file = configuration_file(arguments.config, &home).map_err(|error| error.to_string())?;
    let settings = Settings::load(&file).map_err(|error| error.to_string())?;
    home.create()
        .map_err(|error| format!("{} cannot be used: {error}", home.folder().display()))?;
    let _lock = InstanceLock::acquire(&home.run(), SERVICE).map_err(|error| error.to_string())?;
    let shutdown = Shutdown::install().map_err(|error| format!("signals cannot be caught: {error}"))?;
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
    let mut service = Service::start(&context, &settings, &home, slot).map_err(|error| error.to_string())?;
    tracing::info!(home = %home.folder().display(), config = %file.display(), "ready");
    service.run(&shutdown).map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

fn program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("this program's own file is unknown: {error}"))
}
