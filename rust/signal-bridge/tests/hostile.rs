//! The shipped registry, spoilt: it is refused with its path, or names a model inside its folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Component, Path};

use messages::hostile::Dice;
use proptest::prelude::*;
use serde_json::{Value, json};
use signal_bridge::registry::{find, find_shadow};

fn shipped() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/registry.json");
    std::fs::read_to_string(path).unwrap()
}

fn spoil(value: &mut Value, dice: &mut Dice) {
    let hostile = [
        json!(null),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("live"),
        json!("../../etc/passwd"),
        json!("/etc/passwd"),
        json!("\u{0}"),
        json!([]),
        json!({}),
        json!(true),
    ];
    let deeper = dice.below(5) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let key = fields.keys().nth(dice.below(fields.len())).cloned().unwrap();
            match dice.below(10) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert(format!("{key}_"), json!(1))),
                _ => spoil(fields.get_mut(&key).unwrap(), dice),
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let place = dice.below(items.len());
            match dice.below(4) {
                0 => drop(items.remove(place)),
                1 => items.push(items[place].clone()),
                _ => spoil(&mut items[place], dice),
            }
        }
        other => *other = hostile[dice.below(hostile.len())].clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_spoilt_registry_is_refused_with_its_path_or_names_a_model_inside_its_folder(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut value: Value = serde_json::from_str(&shipped()).unwrap();
        for _ in 0..=dice.below(2) {
            spoil(&mut value, &mut dice);
        }
        let mut bytes = value.to_string().into_bytes();
        if dice.below(4) == 0 {
            let place = dice.below(bytes.len());
            bytes[place] ^= 1 << dice.below(8);
        }
        if dice.below(8) == 0 {
            bytes.truncate(dice.below(bytes.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.json");
        std::fs::write(&path, bytes).unwrap();
        match find(folder.path(), "live") {
            Ok(entry) => {
                let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
                prop_assert!(entry.path.components().all(inside) && !entry.test);
            }
            Err(refusal) => prop_assert!(refusal.to_string().contains(&path.display().to_string())),
        }
        let _candidate = find_shadow(folder.path());
    }
}
