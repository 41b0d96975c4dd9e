//! What the loader makes of files and of models that come back, without ONNX Runtime.

use indicators::features::{SCHEMA_VERSION, schema_hash};

use super::*;
use crate::predictor::Fixed;

fn watch(folder: &Path) -> (Watch, Receiver<Arrival>) {
    let (send, arrivals) = mpsc::channel();
    let wanted = Wanted {
        folder: folder.to_owned(),
        model: registry::LIVE.to_owned(),
        interval_us: 250_000,
        onnxruntime: Some(PathBuf::from("/nonexistent/libonnxruntime.so")),
        program: PathBuf::from("/nonexistent/signal-bridge"),
    };
    (Watch::new(wanted, send), arrivals)
}

/// `m` is live, and the candidate too; it was promoted at each of `promotions`; `made_by` stands for any change beside it.
fn write(folder: &Path, promotions: &[&str], made_by: &str) {
    std::fs::write(folder.join("m.onnx"), "model").expect("written");
    let change = |at: &&str| serde_json::json!({"version": "m", "stage": "live", "before": null, "at": at, "by": "me", "reason": ""});
    let document = serde_json::json!({"schema_version": 1, "models": [{
        "version": "m", "path": "m.onnx", "sha256": hash(b"model"), "stage": "live", "test": false,
        "description": "d", "classes": ["hold", "buy", "sell"], "created_at": "now", "created_by": made_by,
        "feature_schema": {"version": SCHEMA_VERSION, "hash": schema_hash()},
    }], "shadow": "m", "history": promotions.iter().map(change).collect::<Vec<_>>()});
    // Another file each time, as a registry is replaced and never written into.
    let new = folder.join("new");
    std::fs::write(&new, document.to_string()).expect("written");
    std::fs::rename(new, folder.join(registry::REGISTRY_FILE)).expect("renamed");
}

/// The model of `entry` comes back, for it erred.
fn fallen_over(watch: &mut Watch, role: Role, entry: Entry) -> Refusal {
    let refusal = Refusal::Failed {
        version: entry.version.clone(),
        reason: "it fell over".to_owned(),
    };
    let model = Box::new(Model {
        entry,
        predictor: Box::new(Fixed(Ok([1.0, 0.0, 0.0]))),
        drift: Drift::new(&[]),
    });
    watch.take_back(Returned::Failed(role, model, refusal.clone()));
    refusal
}

#[test]
fn a_candidate_that_erred_is_tried_again_when_the_registry_is_written_and_not_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut watch, arrivals) = watch(folder.path());
    write(folder.path(), &[], "me");
    let entry = registry::find_shadow(folder.path())
        .expect("readable")
        .expect("one");
    watch.shadow.loaded = Some(entry.clone());
    watch.look(Role::Shadow).expect("heard");
    fallen_over(&mut watch, Role::Shadow, entry);
    watch.look(Role::Shadow).expect("heard");
    assert!(arrivals.try_recv().is_err(), "nothing was written");
    write(folder.path(), &[], "me");
    watch.look(Role::Shadow).expect("heard");
    let arrival = arrivals.try_recv();
    assert!(matches!(
        arrival,
        Ok(Arrival::Refused(Role::Shadow, Refusal::Library(_)))
    ));
}

#[test]
fn a_model_that_erred_is_tried_again_once_it_is_made_live_anew_and_not_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut watch, arrivals) = watch(folder.path());
    write(folder.path(), &["1"], "me");
    let entry = registry::find(folder.path(), registry::LIVE).expect("an entry");
    watch.live.loaded = Some(entry.clone());
    watch.has_run = true;
    let refusal = fallen_over(&mut watch, Role::Live, entry);
    for made_by in ["me", "me", "another"] {
        write(folder.path(), &["1"], made_by);
        watch.look(Role::Live).expect("heard");
        assert!(arrivals.try_recv().is_err(), "it is not even loaded");
    }
    // A registry that could not be read for a while says what holds once it can.
    std::fs::write(folder.path().join(registry::REGISTRY_FILE), "{").expect("written");
    watch.look(Role::Live).expect("heard");
    let told = |arrival| match arrival {
        Ok(Arrival::Refused(Role::Live, told)) => told,
        _ => panic!("a refusal"),
    };
    assert!(matches!(told(arrivals.try_recv()), Refusal::Registry { .. }));
    write(folder.path(), &["1"], "me");
    watch.look(Role::Live).expect("heard");
    assert_eq!(told(arrivals.try_recv()), refusal);
    // It is loaded again: that there is no library comes last of all checks.
    write(folder.path(), &["1", "2"], "me");
    watch.look(Role::Live).expect("heard");
    assert!(matches!(told(arrivals.try_recv()), Refusal::Library(_)));
}
