//! The registry of models, as this service reads it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use indicators::FEATURE_COUNT;
use serde::Deserialize;

use crate::decision::Probabilities;
use crate::refusal::Refusal;

/// The file in the folder of models.
pub const REGISTRY_FILE: &str = "registry.json";

const SCHEMA_VERSION: u32 = 1;

/// The whole file. Unknown keys are refused, as in Python: `models/registry.schema.json` is the one description.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    schema_version: u32,
    models: Vec<Entry>,
    #[serde(default, rename = "history")]
    _history: Vec<StageChange>,
    #[serde(default)]
    shadow: Option<String>,
}

/// Who moved a version to another stage; for people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageChange {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "stage")]
    _stage: Stage,
    #[serde(rename = "before")]
    _before: Option<Stage>,
    #[serde(rename = "at")]
    _at: String,
    #[serde(rename = "by")]
    _by: String,
    #[serde(rename = "reason")]
    _reason: String,
}

/// An entry. Fields that begin with an underscore are for people.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name of the version.
    pub version: String,
    /// The ONNX file, relative to the folder of the registry.
    pub path: PathBuf,
    /// Of the file, hexadecimal.
    pub sha256: String,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it was made for tests.
    pub test: bool,
    /// The features it was trained on.
    pub feature_schema: FeatureSchema,
    /// Length of the bars it was trained on; `None` fits any.
    #[serde(default)]
    pub bar_interval_us: Option<i64>,
    /// How the features were spread over its training set.
    #[serde(default)]
    pub feature_bins: Vec<FeatureBins>,
    /// Rows whose probabilities the file must give again.
    #[serde(default)]
    pub golden: Vec<GoldenRow>,
    #[serde(rename = "description")]
    _description: String,
    #[serde(rename = "classes")]
    _classes: [String; 3],
    #[serde(rename = "created_at")]
    _created_at: String,
    #[serde(rename = "created_by")]
    _created_by: String,
    #[serde(default, rename = "metrics")]
    _metrics: serde_json::Map<String, serde_json::Value>,
    #[serde(default, rename = "data")]
    _data: serde_json::Map<String, serde_json::Value>,
}

/// How one feature was spread: `edges` ascend, `shares` are one more and sum to one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureBins {
    /// Name of the feature.
    pub name: String,
    /// A value on an edge belongs to the bin below.
    pub edges: Vec<f64>,
    /// Of the training samples.
    pub shares: Vec<f64>,
}

impl FeatureBins {
    fn is_sound(&self) -> bool {
        let sum: f64 = self.shares.iter().sum();
        self.shares.len() == self.edges.len() + 1
            && self.edges.windows(2).all(|pair| pair[0] < pair[1])
            && self.shares.iter().all(|share| *share >= 0.0)
            && (sum - 1.0).abs() <= 1e-6
    }
}

/// Features and the probabilities the trained model gave for them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenRow {
    /// In the order of the model's input.
    pub features: [f64; FEATURE_COUNT],
    /// Of hold, buy and sell.
    pub probabilities: Probabilities,
}

/// Stage of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Registered, not in use.
    Candidate,
    /// The one in use.
    Live,
    /// Was in use.
    Retired,
}

/// A definition of the features.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FeatureSchema {
    /// Version of the definition.
    pub version: u32,
    /// Hash of the definition.
    pub hash: String,
}

/// Finds the entry that `wanted` names: `live`, or a version.
pub fn find(folder: &Path, wanted: &str) -> Result<Entry, Refusal> {
    let registry = read(folder)?;
    choose(folder, registry, wanted)
}

/// The candidate that runs beside the live model, if one does.
pub fn find_shadow(folder: &Path) -> Result<Option<Entry>, Refusal> {
    let registry = read(folder)?;
    match registry.shadow.clone() {
        Some(version) => choose(folder, registry, &version).map(Some),
        None => Ok(None),
    }
}

fn read(folder: &Path) -> Result<Registry, Refusal> {
    let path = folder.join(REGISTRY_FILE);
    let refuse = |reason: String| Refusal::Registry {
        path: path.clone(),
        reason,
    };
    let text = std::fs::read_to_string(&path).map_err(|error| refuse(error.to_string()))?;
    let registry: Registry = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    if registry.schema_version != SCHEMA_VERSION {
        return Err(refuse(format!(
            "its schema_version is {}, not {SCHEMA_VERSION}",
            registry.schema_version
        )));
    }
    let mut versions = BTreeSet::new();
    for entry in &registry.models {
        if !versions.insert(&entry.version) {
            return Err(refuse(format!("{} appears twice", entry.version)));
        }
        if let Some(bins) = entry.feature_bins.iter().find(|bins| !bins.is_sound()) {
            return Err(refuse(format!(
                "the bins of {} of {} must ascend, and their shares sum to 1",
                bins.name, entry.version
            )));
        }
    }
    Ok(registry)
}

fn choose(folder: &Path, registry: Registry, wanted: &str) -> Result<Entry, Refusal> {
    let path = folder.join(REGISTRY_FILE);
    let refuse = |reason: String| Refusal::Registry {
        path: path.clone(),
        reason,
    };
    let is_live = wanted == "live";
    let mut matching = registry.models.into_iter().filter(|entry| {
        if is_live {
            entry.stage == Stage::Live
        } else {
            entry.version == wanted
        }
    });
    let Some(entry) = matching.next() else {
        let wanted = if is_live {
            "live model".to_owned()
        } else {
            format!("model {wanted}")
        };
        return Err(Refusal::NoSuchModel { path, wanted });
    };
    if let Some(second) = matching.next() {
        return Err(refuse(format!(
            "{} and {} both answer to {wanted:?}",
            entry.version, second.version
        )));
    }
    if is_live && entry.test {
        return Err(refuse(format!(
            "{} is a test model and cannot be live",
            entry.version
        )));
    }
    if !entry
        .path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return Err(refuse(format!(
            "the path {} of {} leaves the folder",
            entry.path.display(),
            entry.version
        )));
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: &str, stage: &str, test: bool, path: &str) -> String {
        format!(
            r#"{{"version": "{version}", "path": "{path}", "sha256": "00", "stage": "{stage}", "test": {test},
                "description": "of a test", "classes": ["hold", "buy", "sell"], "created_at": "", "created_by": "",
                "feature_schema": {{"version": 1, "hash": "x"}}, "bar_interval_us": null}}"#
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
                "a and b both",
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
}
