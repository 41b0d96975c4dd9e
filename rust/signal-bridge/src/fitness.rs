//! What a version must show before it decides; `console/research/fitness.py` asks the same before a promotion.

use indicators::features::{SCHEMA_VERSION, schema_hash};
use sha2::{Digest, Sha256};

use crate::predictor::Predictor;
use crate::refusal::Refusal;
use crate::registry::{Entry, FeatureSchema};

/// How far a golden row's probabilities may be from those the trained model gave.
const GOLDEN_TOLERANCE: f64 = 1e-5;

/// The features and the bars of its training must be those of this desk.
pub(crate) fn check_training(entry: &Entry, interval_us: i64) -> Result<(), Refusal> {
    let own = FeatureSchema {
        version: SCHEMA_VERSION,
        hash: schema_hash(),
    };
    if entry.feature_schema != own {
        let name = |schema: &FeatureSchema| format!("{} ({})", schema.version, schema.hash);
        return Err(Refusal::Schema {
            version: entry.version.clone(),
            expected: name(&entry.feature_schema),
            actual: name(&own),
        });
    }
    match entry.bar_interval_us {
        Some(trained_us) if trained_us != interval_us => Err(Refusal::Interval {
            version: entry.version.clone(),
            trained_us,
            actual_us: interval_us,
        }),
        _ => Ok(()),
    }
}

/// The file gives the probabilities that the trained model gave.
pub(crate) fn check_golden(entry: &Entry, predictor: &mut dyn Predictor) -> Result<(), String> {
    for (index, row) in entry.golden.iter().enumerate() {
        let given = predictor.predict(&row.features)?;
        let mut pairs = given.iter().zip(&row.probabilities);
        // A NaN is within nothing.
        if !pairs.all(|(given, trained)| (given - trained).abs() <= GOLDEN_TOLERANCE) {
            return Err(format!(
                "it gives {given:?} for golden row {index}, the trained model gave {:?}",
                row.probabilities
            ));
        }
    }
    Ok(())
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predictor::Fixed;

    #[test]
    fn the_hash_is_sha_256() {
        assert_eq!(
            hash(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_file_that_gives_other_probabilities_than_the_trained_model_is_refused() {
        let entry: Entry = serde_json::from_str(
            r#"{"version": "m", "path": "m.onnx", "sha256": "", "stage": "live", "test": false, "description": "d",
                "classes": ["hold", "buy", "sell"], "feature_schema": {"version": 1, "hash": "x"},
                "created_at": "now", "created_by": "me",
                "golden": [{"features": [0, 0, 0, 0, 0, 0, 0], "probabilities": [0.2, 0.3, 0.5]}]}"#,
        )
        .expect("an entry");
        assert_eq!(
            check_golden(&entry, &mut Fixed(Ok([0.2, 0.3, 0.500_009]))),
            Ok(())
        );
        for wrong in [[0.2, 0.3, 0.500_02], [0.2, f64::NAN, 0.5]] {
            let reason = check_golden(&entry, &mut Fixed(Ok(wrong))).expect_err("refused");
            assert!(reason.contains("golden row 0"), "{reason}");
        }
    }
}
