//! What every service does before its own work: its log, the desk it belongs to, the lock that keeps a second
//! instance away, and the signals that end it.

use std::fmt::Display;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use bus::{InstanceLock, Shutdown};
use settings::{Home, Settings, SettingsError, configuration_file, home_folder};
use tracing_subscriber::EnvFilter;

/// The flags that say which desk a service belongs to.
#[derive(Debug, Clone, clap::Args)]
pub struct Location {
    /// The folder of the desk [default: ~/.local/state/quarterdeck, /var/lib/quarterdeck for root]
    #[arg(long, env = "QUARTERDECK_HOME", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// The configuration [default: the one in force in the home, else the one that came with the program]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// A desk as its files describe it; nothing of it is held yet.
#[derive(Debug)]
pub struct Desk {
    /// Its folders.
    pub home: Home,
    /// The file the settings come from.
    pub file: PathBuf,
    /// How it is configured.
    pub settings: Settings,
}

/// What one instance of a service holds for as long as it runs.
#[derive(Debug)]
pub struct Instance {
    /// Whether a signal asked it to end.
    pub shutdown: Shutdown,
    _lock: InstanceLock,
}

/// Why a service did not start. Policy: the sentence goes to the log, and the exit code is 1.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration was not found or is refused.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The desk's folders could not be made.
    #[error(
        "the home {home} cannot be used: {source}; let it be a folder that can be written, or name another by \
         QUARTERDECK_HOME"
    )]
    Home {
        /// The folder of the desk.
        home: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another instance runs, or the lock file cannot be used.
    #[error(transparent)]
    Lock(#[from] bus::LockError),
    /// The handlers of signals could not be installed.
    #[error("signals cannot be caught: {0}")]
    Signals(std::io::Error),
}

impl Location {
    /// Reads the configuration of the desk that is meant.
    pub fn desk(self) -> Result<Desk, StartError> {
        let home = home_folder(self.home);
        let file = configuration_file(self.config, &home)?;
        let settings = Settings::load(&file)?;
        Ok(Desk { home, file, settings })
    }
}

impl Desk {
    /// Makes the folders and holds the place of `service` in them. It comes before anything is bound: a second
    /// bind of an ipc address steals it without an error.
    pub fn hold(&self, service: &str) -> Result<Instance, StartError> {
        self.home.create().map_err(|source| StartError::Home {
            home: self.home.folder().to_owned(),
            source,
        })?;
        let lock = InstanceLock::acquire(&self.home.run(), service)?;
        let shutdown = Shutdown::install().map_err(StartError::Signals)?;
        Ok(Instance {
            shutdown,
            _lock: lock,
        })
    }
}

/// Writes the log to standard error, in colours on a terminal; `RUST_LOG` filters it, else it begins at `info`.
pub fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// The exit code of a service; why it failed goes to the log.
pub fn exit_code<E: Display>(outcome: Result<(), E>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tracing::error!("{reason}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
