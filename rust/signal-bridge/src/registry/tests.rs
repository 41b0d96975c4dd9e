//! Registries that are taken, and those that are refused with their place.

use serde_json::{Value, json};

use super::*;

fn entry(version: &str, stage: &str, test: bool, path: &str) -> String {
    format!(
        r#"{{"version": "{version}", "path": "{path}", "sha256": "{}", "stage": "{stage}", "test": {test},
            "description": "of a test", "classes": ["hold", "buy", "sell"], "created_at": "now",
            "created_by": "me", "feature_schema": {{"version": 1, "hash": "0123456789abcdef"}},
            "bar_interval_us": null}}"#,
        "0".repeat(64)
    )
}

fn found(entries: &[String], wanted: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(r#"{{"schema_version": 1, "models": [{}]}}"#, entries.join(","));
    std::fs::write(folder.path().join(REGISTRY_FILE), text).expect("written");
    find(folder.path(), wanted)
        .map(|entry| entry.version)
        .map_err(|refusal| refusal.to_string())
}

#[test]
fn registries_are_judged_as_in_python() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/registry");
    let mut judged = [0, 0];
    for file in std::fs::read_dir(folder).expect("the golden files") {
        let path = file.expect("an entry").path();
        let home = tempfile::tempdir().expect("a folder");
        std::fs::copy(&path, home.path().join(REGISTRY_FILE)).expect("copied");
        let is_valid = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("valid"));
        judged[usize::from(is_valid)] += 1;
        let found = find(home.path(), "live");
        assert_eq!(found.is_ok(), is_valid, "{}: {found:?}", path.display());
        if is_valid {
            assert!(find_shadow(home.path()).is_ok());
        }
    }
    assert!(judged.into_iter().all(|count| count > 0), "{judged:?}");
}

/// `at` is a JSON pointer; without a value what stands there is taken away.
fn damage(document: &mut Value, at: &str, value: Option<&Value>) {
    let (parent, key) = at.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect("a place");
    match (parent, value) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(key.to_owned(), value.clone())),
        (Value::Object(fields), None) => drop(fields.remove(key).expect("it stands there")),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().expect("a place")] = value.clone(),
        (parent, _) => panic!("{at} is in {parent}"),
    }
}

#[test]
fn each_damage_is_refused_as_in_python_and_by_the_schema() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(golden.join(name)).expect("a golden file");
        serde_json::from_str(&text).expect("JSON")
    };
    let (whole, damages) = (read("registry/valid-full.json"), read("registry_damages.json"));
    let home = tempfile::tempdir().expect("a folder");
    let damages = damages.as_array().expect("a list");
    assert!(damages.len() > 50);
    for one in damages {
        let mut document = whole.clone();
        damage(
            &mut document,
            one["at"].as_str().expect("a pointer"),
            one.get("value"),
        );
        std::fs::write(home.path().join(REGISTRY_FILE), document.to_string()).expect("written");
        for wanted in [LIVE, "b-2"] {
            let refusal = find(home.path(), wanted).expect_err(&one["name"].to_string());
            assert!(matches!(refusal, Refusal::Registry { .. }), "{one}: {refusal}");
        }
    }
}

#[test]
fn those_that_were_live_before_are_told_up_to_the_last_time_that_none_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries: Vec<String> = ["a", "b", "c", "d"]
        .map(|version| {
            entry(
                version,
                if version == "d" { "live" } else { "retired" },
                version == "b",
                "x",
            )
        })
        .to_vec();
    let history = |moves: &[(&str, &str, &str, &str)]| {
        let change = |(at, version, before, stage): &(&str, &str, &str, &str)| json!({"version": version, "before": before, "stage": stage, "at": at, "by": "me", "reason": ""});
        let changes: Vec<Value> = moves.iter().map(change).collect();
        let text = format!(
            r#"{{"schema_version": 1, "models": [{}], "history": {}}}"#,
            entries.join(","),
            json!(changes)
        );
        std::fs::write(folder.path().join(REGISTRY_FILE), text).expect("written");
        let found = find_before(folder.path(), "d").expect("readable");
        found.into_iter().map(|entry| entry.version).collect::<Vec<_>>()
    };
    assert!(history(&[]).is_empty());
    let first = ("1", "a", "candidate", "live");
    let second = [("2", "a", "live", "retired"), ("2", "c", "candidate", "live")];
    let third = [("3", "c", "live", "retired"), ("3", "d", "candidate", "live")];
    assert_eq!(
        history(&[first, second[0], second[1], third[0], third[1]]),
        ["c", "a"]
    );
    // Made live once more, it took over from the same.
    let again = ("4", "d", "live", "live");
    assert_eq!(
        history(&[first, second[0], second[1], third[0], third[1], again]),
        ["c", "a"]
    );
    // Somebody took c out of use before d came: nothing went on then, and nothing does now.
    let alone = ("3", "d", "candidate", "live");
    assert!(history(&[first, second[0], second[1], ("2b", "c", "live", "retired"), alone]).is_empty());
    // Back and forth has an end; and a test model is none of them.
    let back = [("4", "d", "live", "retired"), ("4", "c", "retired", "live")];
    let forth = [("5", "c", "live", "retired"), ("5", "d", "retired", "live")];
    assert_eq!(
        history(&[third[0], third[1], back[0], back[1], forth[0], forth[1]]),
        ["c"]
    );
    assert!(history(&[("3", "b", "live", "retired"), third[1]]).is_empty());
}

#[test]
fn what_stands_of_a_history_is_what_it_is_in_python() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/registry_histories.json");
    let cases: Value =
        serde_json::from_str(&std::fs::read_to_string(golden).expect("a golden file")).expect("JSON");
    for case in cases.as_array().expect("a list") {
        let history: Vec<StageChange> = serde_json::from_value(case["history"].clone()).expect("a history");
        assert_eq!(
            json!(history::standing(&history)),
            case["standing"],
            "{}",
            case["name"]
        );
    }
}

#[test]
fn the_live_entry_or_the_named_one_is_found() {
    let entries = [
        entry("old", "retired", false, "a"),
        entry("new", "live", false, "b"),
    ];
    assert_eq!(found(&entries, "live"), Ok("new".to_owned()));
    assert_eq!(found(&entries, "old"), Ok("old".to_owned()));
}

#[test]
fn a_test_model_is_used_by_name_and_never_live() {
    let named = found(&[entry("t", "candidate", true, "a")], "t");
    assert_eq!(named, Ok("t".to_owned()));
    let refusal = found(&[entry("t", "live", true, "a")], "live").expect_err("refused");
    assert!(refusal.contains("t is a test model"), "{refusal}");
}

#[test]
fn what_cannot_be_used_is_refused_with_its_reason() {
    let cases = [
        (vec![], "live", "no live model"),
        (vec![entry("a", "candidate", false, "a")], "b", "no model b"),
        (
            vec![entry("a", "live", false, "a"), entry("b", "live", false, "b")],
            "live",
            "a and b are both live",
        ),
        (
            vec![entry("a", "live", false, "../a")],
            "live",
            "leaves the folder",
        ),
        (vec![entry("a", "live", false, "/a")], "live", "leaves the folder"),
        (
            vec![entry("a", "best", false, "a")],
            "live",
            "unknown variant `best`",
        ),
    ];
    for (entries, wanted, reason) in cases {
        let refusal = found(&entries, wanted).expect_err("refused");
        assert!(refusal.contains(reason), "{refusal:?} should say {reason:?}");
    }
    let missing = find(Path::new("/nonexistent"), "live").expect_err("refused");
    assert!(
        missing.to_string().contains("/nonexistent/registry.json"),
        "{missing}"
    );
}
