//! ONNX Runtime: the shared library that the Python package `onnxruntime` brings.

use std::path::{Path, PathBuf};

use ort::environment::Environment;

/// The library's name begins so; the package has no plain symlink.
const PREFIX: &str = "libonnxruntime.so";

/// Where the library lies: `named`, else that of the Python environment this program is installed in
/// (`bin/../lib/python3*/site-packages`), or of a source checkout's `.venv` above it.
pub fn locate(named: Option<&Path>, program: &Path) -> Result<PathBuf, String> {
    if let Some(path) = named {
        let absolute = path
            .canonicalize()
            .map_err(|error| format!("{}: {error}", path.display()))?;
        return if absolute.is_file() {
            Ok(absolute)
        } else {
            Err(format!("{} is no file", path.display()))
        };
    }
    let found = program
        .ancestors()
        .skip(1)
        .flat_map(|folder| [folder.join("lib"), folder.join(".venv/lib")])
        .find_map(|folder| in_environment(&folder));
    found.ok_or_else(|| {
        format!(
            "no lib/python3*/site-packages/onnxruntime/capi/{PREFIX}* above {}",
            program.display()
        )
    })
}

/// The library in the `lib` folder of a Python environment; of several versions the last by name.
fn in_environment(library_folder: &Path) -> Option<PathBuf> {
    let pythons = names(library_folder, "python3");
    let packages = pythons
        .iter()
        .map(|python| python.join("site-packages/onnxruntime/capi"));
    packages.flat_map(|folder| names(&folder, PREFIX)).max()
}

fn names(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let named = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Loads the library at `path`, an absolute one. Nothing is reported to anybody.
pub fn load(path: &Path) -> Result<Environment, String> {
    // By `init_from`, always: left to itself, the binding panics when it does not find the library.
    let builder = ort::init_from(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let environment = builder.with_name(crate::SERVICE).with_telemetry(false).build();
    environment.map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_of_the_environment_around_the_program_is_found() {
        let root = tempfile::tempdir().expect("a folder");
        let capi = root.path().join("lib/python3.12/site-packages/onnxruntime/capi");
        std::fs::create_dir_all(&capi).expect("made");
        let library = capi.join("libonnxruntime.so.1.32.0");
        std::fs::write(&library, "").expect("written");
        std::fs::write(capi.join("onnxruntime_pybind11_state.so"), "").expect("written");
        assert_eq!(locate(None, &root.path().join("bin/signal-bridge")), Ok(library));
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = locate(Some(Path::new("/nonexistent/lib.so")), Path::new("/x")).expect_err("missing");
        assert!(missing.contains("/nonexistent/lib.so"), "{missing}");
        let root = tempfile::tempdir().expect("a folder");
        let nowhere = locate(None, &root.path().join("bin/signal-bridge")).expect_err("missing");
        assert!(nowhere.contains("site-packages/onnxruntime"), "{nowhere}");
    }
}
