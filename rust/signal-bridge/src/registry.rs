//! The registry of models, as this service reads it.

mod history;
mod remarks;
mod sound;

use std::path::{Path, PathBuf};

use indicators::FEATURE_COUNT;
use serde::{Deserialize, Deserializer};

use crate::decision::Probabilities;
use crate::refusal::Refusal;
use remarks::Remarks;

/// The file in the folder of models.
pub const REGISTRY_FILE: &str = "registry.json";

/// What asks for the entry whose stage is live.
pub const LIVE: &str = "live";

#[cfg(test)]
pub(crate) use sound::LONGEST_VERSION;

const SCHEMA_VERSION: u32 = 1;

/// The whole file. Unknown keys are refused, as in Python: `models/registry.schema.json` is the one description.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    schema_version: u32,
    models: Vec<Entry>,
    #[serde(default)]
    history: Vec<StageChange>,
    #[serde(default)]
    shadow: Option<String>,
}

/// Who moved a version to another stage. What is written at once has one time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageChange {
    version: String,
    stage: Stage,
    // Null where there was none, and never left out.
    #[serde(deserialize_with = "Option::deserialize")]
    before: Option<Stage>,
    at: String,
    by: String,
    reason: String,
    #[serde(default, deserialize_with = "yes_or_no")]
    rollback: Option<bool>,
}

/// True or false, where the key is there.
fn yes_or_no<'de, D: Deserializer<'de>>(value: D) -> Result<Option<bool>, D::Error> {
    bool::deserialize(value).map(Some)
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
    /// When it was last made live, by the history; `None` where that tells nothing of it.
    #[serde(skip)]
    pub promoted_at: Option<String>,
    description: String,
    classes: [String; 3],
    created_at: String,
    created_by: String,
    #[serde(default, rename = "metrics")]
    _metrics: Remarks,
    #[serde(default, rename = "data")]
    _data: Remarks,
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
#[serde(deny_unknown_fields)]
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
    sound::check(&registry).map_err(refuse)?;
    Ok(registry)
}

fn choose(folder: &Path, registry: Registry, wanted: &str) -> Result<Entry, Refusal> {
    let is_live = wanted == LIVE;
    let entry = registry.models.into_iter().find(|entry| {
        if is_live {
            entry.stage == Stage::Live
        } else {
            entry.version == wanted
        }
    });
    let Some(entry) = entry else {
        return Err(Refusal::NoSuchModel {
            path: folder.join(REGISTRY_FILE),
            wanted: if is_live {
                "live model".to_owned()
            } else {
                format!("model {wanted}")
            },
        });
    };
    let mut history = registry.history.into_iter().rev();
    let promoted_at = history
        .find(|change| change.version == entry.version && change.stage == Stage::Live)
        .map(|change| change.at);
    Ok(Entry { promoted_at, ..entry })
}

/// The entries that were live before `version`, the newest first: each took over from the one behind it, with no
/// time in between at which none was live, and without what was rolled back.
pub fn find_before(folder: &Path, version: &str) -> Result<Vec<Entry>, Refusal> {
    let registry = read(folder)?;
    let standing = history::standing(&registry.history);
    let Some((_, below)) = standing.split_last().filter(|(last, _)| **last == version) else {
        return Ok(Vec::new());
    };
    let mut versions = vec![version];
    for before in below.iter().rev() {
        if !versions.contains(before) {
            versions.push(before);
        }
    }
    let entry = |version: &&str| registry.models.iter().find(|entry| entry.version == **version);
    let entries = versions[1..].iter().filter_map(entry);
    Ok(entries.filter(|entry| !entry.test).cloned().collect())
}

#[cfg(test)]
mod tests;
