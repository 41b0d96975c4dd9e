//! The shipped configuration, spoilt: it is refused with its file and place, or it is one a desk can start with.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use messages::hostile::Dice;
use proptest::prelude::*;
use serde_json::{Value, json};
use settings::Settings;

fn shipped() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/system.json");
    std::fs::read_to_string(path).unwrap()
}

fn hostile(dice: &mut Dice) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1e308),
        json!(-1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("NaN"),
        json!("1e9"),
        json!("24:00"),
        json!("A B"),
        json!("tcp://0.0.0.0:1"),
        json!("x".repeat(5_000)),
        json!([]),
        json!([1, "a", null]),
        json!({}),
        json!({"zmq_publish_address": {}}),
    ];
    values[dice.below(values.len())].clone()
}

/// One value somewhere in it is another one, gone, or one too many.
fn spoil(value: &mut Value, dice: &mut Dice) {
    let deeper = dice.below(5) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let key = fields.keys().nth(dice.below(fields.len())).cloned().unwrap();
            match dice.below(10) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert(format!("{key}_"), hostile(dice))),
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
        other => *other = hostile(dice),
    }
}

/// What a service does with a configuration at its start.
fn is_usable_or_refused(text: &str) {
    match Settings::parse(text, Path::new("system.json")) {
        Ok(settings) => {
            assert!(!settings.symbols().is_empty());
            let instruments = settings.instruments();
            assert!(
                settings
                    .symbols()
                    .iter()
                    .all(|symbol| instruments.contains_key(symbol))
            );
            assert!(settings.risk.day_start_us() >= 0);
            assert!(
                settings
                    .risk
                    .limits
                    .values()
                    .values()
                    .all(|value| value.is_finite())
            );
        }
        Err(refused) => {
            let sentence = refused.to_string();
            assert!(sentence.starts_with("system.json: "), "{sentence}");
            assert!(!refused.reason.is_empty() && !refused.remedy.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_spoilt_value_is_refused_at_its_place_or_harmless(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut value: Value = serde_json::from_str(&shipped()).unwrap();
        for _ in 0..=dice.below(2) {
            spoil(&mut value, &mut dice);
        }
        is_usable_or_refused(&value.to_string());
    }

    #[test]
    fn a_spoilt_text_is_refused_with_its_file_or_harmless(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut bytes = shipped().into_bytes();
        match dice.below(3) {
            0 => bytes.truncate(dice.below(bytes.len())),
            1 => {
                let place = dice.below(bytes.len());
                bytes[place] ^= 1 << dice.below(8);
            }
            _ => {
                let place = dice.below(bytes.len());
                bytes.splice(place..place, [b'{'; 200]);
            }
        }
        is_usable_or_refused(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn the_shipped_one_is_taken() {
    assert!(Settings::parse(&shipped(), Path::new("system.json")).is_ok());
}
