//! The slot without ONNX Runtime: every refusal but the last comes before the library is needed.

use std::path::{Path, PathBuf};

use indicators::features::schema_hash;

use super::*;
use crate::fitness::hash;
use crate::predictor::Fixed;
use crate::registry::REGISTRY_FILE;

const OTHER_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const OTHER_SCHEMA: &str = "feedfeedfeedfeed";

fn wanted(folder: &Path) -> Wanted {
    Wanted {
        folder: folder.to_owned(),
        model: "live".to_owned(),
        interval_us: 250_000,
        onnxruntime: Some(PathBuf::from("/nonexistent/libonnxruntime.so")),
        program: PathBuf::from("/nonexistent/signal-bridge"),
    }
}

fn register(folder: &Path, bytes: &[u8], sha256: &str, schema: &str, interval: &str) {
    std::fs::write(folder.join("m.onnx"), bytes).expect("written");
    let entry = format!(
        r#"{{"schema_version": 1, "models": [{{"version": "m", "path": "m.onnx", "sha256": "{sha256}",
            "stage": "live", "test": false, "feature_schema": {{"version": 1, "hash": "{schema}"}},
            "description": "d", "classes": ["hold", "buy", "sell"], "created_at": "now", "created_by": "me",
            "bar_interval_us": {interval}}}]}}"#
    );
    std::fs::write(folder.join(REGISTRY_FILE), entry).expect("written");
}

fn slot(folder: &Path) -> ModelSlot {
    ModelSlot::new(wanted(folder), 5).expect("a thread")
}

fn reason(folder: &Path) -> String {
    slot(folder).gate().expect("closed").reason
}

#[test]
fn every_reason_closes_the_gate_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, own) = (folder.path(), schema_hash());
    assert!(reason(folder).contains("registry.json cannot be used"));
    register(folder, b"model", OTHER_HASH, OTHER_SCHEMA, "null");
    assert!(reason(folder).contains("feature schema 1 (feedfeedfeedfeed)"));
    register(folder, b"model", OTHER_HASH, &own, "1000000");
    assert!(reason(folder).contains("bars of 1000000 µs"));
    register(folder, b"model", OTHER_HASH, &own, "null");
    assert!(reason(folder).contains("instead of 00000000"));
    register(folder, b"model", &hash(b"model"), &own, "250000");
    assert!(reason(folder).contains("ONNX Runtime cannot be used"));
    std::fs::remove_file(folder.join("m.onnx")).expect("removed");
    assert!(reason(folder).starts_with("its file cannot be read: model m, "));
}

#[test]
fn the_files_are_watched_and_since_stays_while_the_reason_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut slot = slot(folder.path());
    slot.look_again(6);
    assert_eq!(slot.gate().map(|gate| gate.since_us), Some(5));
    register(folder.path(), b"model", OTHER_HASH, OTHER_SCHEMA, "null");
    // The loader's next word about the live model is about the new file.
    while slot.gate().expect("closed").reason.contains("cannot be used") {
        let news = slot.loader.first().expect("it looks again");
        slot.take(news, 7);
    }
    let gate = slot.gate().expect("closed");
    assert!(gate.reason.contains("feature schema"), "{}", gate.reason);
    assert_eq!(gate.since_us, 7);
}

fn model(version: &str, given: Result<Probabilities, String>) -> Box<Model> {
    let entry = format!(
        r#"{{"version": "{version}", "path": "m.onnx", "sha256": "of {version}", "stage": "live", "test": false,
            "description": "d", "classes": ["hold", "buy", "sell"], "created_at": "now", "created_by": "me",
            "feature_schema": {{"version": 1, "hash": "x"}}}}"#
    );
    Box::new(Model {
        entry: serde_json::from_str(&entry).expect("an entry"),
        predictor: Box::new(Fixed(given)),
        drift: Drift::new(&[]),
    })
}

fn unfit(version: &str) -> Refusal {
    Refusal::Unfit {
        version: version.to_owned(),
        reason: "it is no good".to_owned(),
    }
}

const BUY: Probabilities = [0.1, 0.8, 0.1];
const ROW: [f64; FEATURE_COUNT] = [0.0; FEATURE_COUNT];

#[test]
fn a_model_that_is_refused_leaves_the_one_before_in_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut slot = slot(folder.path());
    slot.take(Arrival::Ready(Role::Live, model("a", Ok(BUY))), 10);
    assert!(slot.gate().is_none());
    slot.take(Arrival::Refused(Role::Live, unfit("b")), 11);
    assert_eq!(slot.ask(&ROW, 12), Some(BUY));
    assert!(slot.gate().is_none());
    let status = slot.status(0);
    assert_eq!(
        (status.version.as_str(), status.rejected_version.as_str()),
        ("a", "b")
    );
    assert!(status.rejected_reason.contains("no good"));
    slot.take(Arrival::Ready(Role::Live, model("c", Ok(BUY))), 13);
    assert_eq!(slot.entry().map(|entry| entry.version.as_str()), Some("c"));
    assert!(slot.rejected().is_none());
}

#[test]
fn a_model_that_errs_or_is_live_no_more_decides_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut slot = slot(folder.path());
    slot.take(
        Arrival::Ready(Role::Live, model("a", Err("it fell over".to_owned()))),
        10,
    );
    assert_eq!(slot.ask(&ROW, 11), None);
    assert_eq!(slot.gate().map(|gate| gate.since_us), Some(11));
    slot.take(Arrival::Ready(Role::Live, model("b", Ok(BUY))), 12);
    let nobody = Refusal::NoSuchModel {
        path: folder.path().to_owned(),
        wanted: "live model".to_owned(),
    };
    slot.take(Arrival::Refused(Role::Live, nobody), 13);
    assert_eq!(slot.ask(&ROW, 14), None);
    assert!(slot.gate().expect("closed").reason.contains("no live model"));
}

#[test]
fn a_candidate_is_counted_and_never_decides() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut slot = slot(folder.path());
    slot.take(Arrival::Ready(Role::Live, model("a", Ok(BUY))), 10);
    slot.take(Arrival::Ready(Role::Shadow, model("b", Ok([1.0, 0.0, 0.0]))), 10);
    assert_eq!(slot.ask(&ROW, 11), Some(BUY));
    let (entry, given) = slot.ask_shadow(&ROW).expect("it runs");
    assert_eq!((entry.version.as_str(), given), ("b", [1.0, 0.0, 0.0]));
    slot.count_shadow(false);
    slot.count_shadow(true);
    let shadow = slot.status(3).shadow.expect("it runs");
    assert_eq!(
        (shadow.decisions, shadow.disagreements, shadow.unrecorded),
        (2, 1, 3)
    );
    // One that errs stops, and the live model goes on.
    slot.take(
        Arrival::Ready(Role::Shadow, model("c", Err("it fell over".to_owned()))),
        12,
    );
    assert!(slot.ask_shadow(&ROW).is_none());
    assert!(!slot.has_shadow());
    assert!(slot.status(0).shadow.expect("told").reason.contains("fell over"));
    assert_eq!(slot.ask(&ROW, 13), Some(BUY));
    slot.take(Arrival::NoShadow, 14);
    assert!(slot.status(0).shadow.is_none());
}
