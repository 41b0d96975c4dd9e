//! The folder of one desk. Two homes, two desks.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where everything a desk writes lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// The desk in `folder`; nothing is created.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Sockets, locks and the file `KILL`.
    pub fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    /// Journals, latches and progress.
    pub fn state(&self) -> PathBuf {
        self.0.join("state")
    }

    /// Models and their registry.
    pub fn models(&self) -> PathBuf {
        self.0.join("models")
    }

    /// Logs of the services.
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// The journal of `service`.
    pub fn journal(&self, service: &str) -> PathBuf {
        self.state().join(format!("{service}.sqlite"))
    }

    /// The kill latch of `service`.
    pub fn latch(&self, service: &str) -> PathBuf {
        self.state().join(format!("{service}.latch"))
    }

    /// How far the source of `service` got.
    pub fn progress(&self, service: &str) -> PathBuf {
        self.state().join(format!("{service}.progress"))
    }

    /// The file whose presence kills the desk.
    pub fn kill_file(&self) -> PathBuf {
        self.run().join("KILL")
    }

    /// `address` with `{run}` replaced by the folder of the sockets.
    pub fn address(&self, address: &str) -> String {
        address.replace("{run}", &self.run().to_string_lossy())
    }

    /// Creates `run/`, `state/`, `models/` and `logs/` where missing; `run/` and `state/` are the owner's alone.
    pub fn create(&self) -> io::Result<()> {
        for folder in [self.run(), self.state(), self.models(), self.logs()] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        for folder in [self.run(), self.state()] {
            fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }
}
