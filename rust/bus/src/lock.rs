//! One instance of a service per home.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Why a lock was not had. Policy: the service ends with this sentence before it binds anything.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another instance holds it.
    #[error(
        "{service} is running already for this home (process {holder}, lock {path}); \
         stop it with `quarterdeck down`, or choose another QUARTERDECK_HOME"
    )]
    Held {
        /// Which service.
        service: String,
        /// Process id of the holder, or `unknown`.
        holder: String,
        /// The lock file.
        path: PathBuf,
    },
    /// The file could not be opened or written.
    #[error("cannot use the lock file {path}: {source}")]
    File {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Held as long as it lives; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Takes `<run_dir>/<service>.lock`. Call it before binding: a second bind steals an ipc address.
    pub fn acquire(run_dir: &Path, service: &str) -> Result<Self, LockError> {
        let path = run_dir.join(format!("{service}.lock"));
        let failed = |source| LockError::File {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let known = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
                let holder = if known {
                    holder.trim().to_owned()
                } else {
                    "unknown".to_owned()
                };
                return Err(LockError::Held {
                    service: service.to_owned(),
                    holder,
                    path,
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_instance_is_told_who_holds_it() {
        let run = tempfile::tempdir().unwrap();
        let first = InstanceLock::acquire(run.path(), "market-data").unwrap();
        let refused = InstanceLock::acquire(run.path(), "market-data")
            .unwrap_err()
            .to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        InstanceLock::acquire(run.path(), "risk-manager").unwrap();
        drop(first);
        InstanceLock::acquire(run.path(), "market-data").unwrap();
    }
}
