//! Which home and which configuration a service works with.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::{Home, SettingsError};

/// The desk's folder: `given`, else the default of the system.
///
/// Services take `given` from `--home` or `QUARTERDECK_HOME`.
pub fn home_folder(given: Option<PathBuf>) -> Home {
    Home::new(given.unwrap_or_else(|| match std::env::var_os("HOME") {
        Some(user_home) if !is_root() => Path::new(&user_home).join(".local/state/quarterdeck"),
        _ => PathBuf::from("/var/lib/quarterdeck"),
    }))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The configuration: `given`, else the one in force in `home`, else the one that came with the program
/// (a source checkout's `config/`, or `share/quarterdeck/config/` beside the `bin/` it is installed in).
pub fn configuration_file(given: Option<PathBuf>, home: &Home) -> Result<PathBuf, SettingsError> {
    if let Some(file) = given {
        return Ok(file);
    }
    let in_force = home.state().join("system.json");
    if in_force.is_file() {
        return Ok(in_force);
    }
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .flat_map(|folder| {
            ["share/quarterdeck/config/system.json", "config/system.json"].map(|end| folder.join(end))
        })
        .find(|file| file.is_file())
        .ok_or_else(|| {
            let reason = "no configuration was found beside the program".to_owned();
            SettingsError::new(&in_force, "", reason, "name one with --config")
        })
}
