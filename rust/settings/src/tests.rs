use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped() -> PathBuf {
    repository().join("config/system.json")
}

#[test]
fn the_shipped_configuration_is_good() {
    let settings = Settings::load(&shipped()).unwrap();
    let instruments = settings.instruments();
    assert_eq!(instruments["ESH4"].multiplier.to_string(), "50");
    assert_eq!(settings.symbols().len(), 8);
    assert_eq!(settings.risk.day_start_us(), 0);
}

#[test]
fn the_names_of_the_limits_are_those_of_the_file() {
    let file: Value = serde_json::from_str(&fs::read_to_string(shipped()).unwrap()).unwrap();
    let limits = file["risk"]["limits"].as_object().unwrap();
    let values = Settings::load(&shipped()).unwrap().risk.limits.values();
    assert_eq!(limits.len(), values.len());
    for (name, value) in limits {
        assert_eq!(value.as_f64(), values.get(name).copied(), "{name}");
    }
}

/// Puts `change` into `file`: the value at its pointer, or nothing there.
fn changed(mut file: Value, change: &Value) -> String {
    let pointer = change["pointer"].as_str().unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(parent).unwrap() {
        Value::Object(section) if change.get("remove").is_some() => {
            section.remove(key).unwrap();
        }
        Value::Object(section) => {
            section.insert(key.to_owned(), change["value"].clone());
        }
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = change["value"].clone(),
        other => panic!("{other} has no members"),
    }
    file.to_string()
}

#[test]
fn each_bad_configuration_is_refused_at_its_place() {
    let good: Value = serde_json::from_str(&fs::read_to_string(shipped()).unwrap()).unwrap();
    let mut cases = 0;
    for entry in fs::read_dir(repository().join("tests/golden/config")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let change: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let error = Settings::parse(&changed(good.clone(), &change), Path::new("system.json")).unwrap_err();
        assert_eq!(
            error.place,
            change["place"].as_str().unwrap(),
            "{}: {error}",
            path.display()
        );
        assert!(error.to_string().starts_with("system.json: "), "{error}");
        cases += 1;
    }
    assert!(cases >= 20, "only {cases} cases were found");
}

#[test]
fn what_is_no_json_is_said_with_its_line() {
    let error = Settings::parse("{\n  \"metadata\": }", Path::new("system.json")).unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    let text = fs::read_to_string(shipped()).unwrap() + "{}";
    assert!(Settings::parse(&text, Path::new("system.json")).is_err());
}

#[test]
fn a_missing_file_names_the_remedy() {
    let error = Settings::load(Path::new("/nonexistent/system.json")).unwrap_err();
    assert!(error.to_string().contains("--config"), "{error}");
}

#[test]
fn addresses_lie_in_the_home() {
    let home = Home::new("/desk");
    assert_eq!(home.address("ipc://{run}/risk.ipc"), "ipc:///desk/run/risk.ipc");
}
