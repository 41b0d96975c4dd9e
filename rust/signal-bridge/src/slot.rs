//! The model in use: loaded, refused with a reason, looked at again, recovered.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use indicators::features::{SCHEMA_VERSION, schema_hash};
use messages::{Gate, GateKind};
use ort::environment::Environment;
use sha2::{Digest, Sha256};

use crate::decision::Probabilities;
use crate::predictor::{OnnxPredictor, Predictor};
use crate::refusal::Refusal;
use crate::registry::{self, Entry, FeatureSchema};
use crate::{SERVICE, library};

/// How often the registry and the model's file are looked at again.
const LOOK_AGAIN_US: i64 = 1_000_000;

/// Which model is wanted, and where it is to be found.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The folder of the registry.
    pub folder: PathBuf,
    /// `live`, or a version.
    pub model: String,
    /// Length of the desk's bars.
    pub interval_us: i64,
    /// The library of ONNX Runtime, where a flag names it.
    pub onnxruntime: Option<PathBuf>,
    /// This program's own file, beside which the library is looked for.
    pub program: PathBuf,
}

/// A model that may be asked.
struct Loaded {
    entry: Entry,
    predictor: Box<dyn Predictor>,
}

/// The place of the one model. There is none as long as its gate is closed.
pub struct ModelSlot {
    wanted: Wanted,
    environment: Option<Environment>,
    loaded: Result<Loaded, Refusal>,
    /// The files as they were when they were last read: registry and model.
    seen: [Option<Fingerprint>; 2],
    since_us: i64,
    looked_us: i64,
}

/// A file that changed has another one.
type Fingerprint = (u64, u64, i64, i64);

impl ModelSlot {
    /// Looks for the model for the first time.
    pub fn new(wanted: Wanted, now_us: i64) -> Self {
        let pending = Refusal::Library("it was not looked for yet".to_owned());
        let mut slot = Self {
            wanted,
            environment: None,
            loaded: Err(pending),
            seen: [None, None],
            since_us: now_us,
            looked_us: now_us,
        };
        slot.load(now_us);
        slot
    }

    /// Looks again when it is time: always while refused, else when a file has changed.
    pub fn look_again(&mut self, now_us: i64) {
        // A clock that was set back must not put the next look off for ever.
        if (0..LOOK_AGAIN_US).contains(&(now_us - self.looked_us)) {
            return;
        }
        self.looked_us = now_us;
        if self.loaded.is_err() || self.fingerprints() != self.seen {
            self.load(now_us);
        }
    }

    /// Asks the model; `None` while the gate is closed. A model that errs closes it.
    pub fn ask(&mut self, features: &[f64; indicators::FEATURE_COUNT], now_us: i64) -> Option<Probabilities> {
        let loaded = self.loaded.as_mut().ok()?;
        match loaded.predictor.predict(features) {
            Ok(probabilities) => Some(probabilities),
            Err(reason) => {
                let version = loaded.entry.version.clone();
                self.refuse(Refusal::Unfit { version, reason }, now_us);
                None
            }
        }
    }

    /// The entry of the model in use.
    pub fn entry(&self) -> Option<&Entry> {
        self.loaded.as_ref().ok().map(|loaded| &loaded.entry)
    }

    /// Why there is no model.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.loaded.as_ref().err()
    }

    /// The gate, while it is closed.
    pub fn gate(&self) -> Option<Gate> {
        self.refusal().map(|refusal| Gate {
            kind: GateKind::ModelMissing,
            symbol: None,
            closed_by: SERVICE.to_owned(),
            reason: refusal.to_string(),
            since_us: self.since_us,
            opens_when: refusal.remedy().to_owned(),
        })
    }

    fn load(&mut self, now_us: i64) {
        // Before the reading: a change during it is seen at the next look.
        self.seen[0] = fingerprint(&self.wanted.folder.join(registry::REGISTRY_FILE));
        self.seen[1] = None;
        match self.try_load() {
            Ok(loaded) => {
                let entry = &loaded.entry;
                tracing::info!(
                    version = entry.version,
                    hash = entry.sha256,
                    test = entry.test,
                    "model loaded"
                );
                self.loaded = Ok(loaded);
            }
            Err(refusal) => self.refuse(refusal, now_us),
        }
    }

    fn try_load(&mut self) -> Result<Loaded, Refusal> {
        let entry = registry::find(&self.wanted.folder, &self.wanted.model)?;
        let path = self.wanted.folder.join(&entry.path);
        self.seen[1] = fingerprint(&path);
        check_training(&entry, self.wanted.interval_us)?;
        let version = entry.version.clone();
        let bytes = std::fs::read(&path).map_err(|error| Refusal::File {
            version: version.clone(),
            path: path.clone(),
            reason: error.to_string(),
        })?;
        let actual = hash(&bytes);
        if actual != entry.sha256 {
            return Err(Refusal::Hash {
                version,
                expected: entry.sha256,
                actual,
            });
        }
        let environment = self.environment().map_err(Refusal::Library)?;
        let predictor =
            OnnxPredictor::load(environment, &bytes).map_err(|reason| Refusal::Unfit { version, reason })?;
        Ok(Loaded {
            entry,
            predictor: Box::new(predictor),
        })
    }

    fn environment(&mut self) -> Result<&Environment, String> {
        let environment = if let Some(environment) = self.environment.take() {
            environment
        } else {
            let path = library::locate(self.wanted.onnxruntime.as_deref(), &self.wanted.program)?;
            library::load(&path)?
        };
        Ok(self.environment.insert(environment))
    }

    fn refuse(&mut self, refusal: Refusal, now_us: i64) {
        if self.refusal() != Some(&refusal) {
            tracing::error!(reason = %refusal, opens_when = refusal.remedy(), "no model to trade on");
            self.since_us = now_us;
        }
        self.loaded = Err(refusal);
    }

    fn fingerprints(&self) -> [Option<Fingerprint>; 2] {
        let registry = fingerprint(&self.wanted.folder.join(registry::REGISTRY_FILE));
        let model = self
            .entry()
            .and_then(|entry| fingerprint(&self.wanted.folder.join(&entry.path)));
        [registry, model]
    }
}

/// The features and the bars of its training must be those of this desk.
fn check_training(entry: &Entry, interval_us: i64) -> Result<(), Refusal> {
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

fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn fingerprint(path: &Path) -> Option<Fingerprint> {
    let of = |metadata: Metadata| {
        (
            metadata.ino(),
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        )
    };
    std::fs::metadata(path).ok().map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

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
                "bar_interval_us": {interval}}}]}}"#
        );
        std::fs::write(folder.join(registry::REGISTRY_FILE), entry).expect("written");
    }

    fn reason(folder: &Path) -> String {
        ModelSlot::new(wanted(folder), 5).gate().expect("closed").reason
    }

    #[test]
    fn every_reason_closes_the_gate_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, own) = (folder.path(), schema_hash());
        assert!(reason(folder).contains("registry.json cannot be used"));
        register(folder, b"model", "00", "feed", "null");
        assert!(reason(folder).contains("feature schema 1 (feed)"));
        register(folder, b"model", "00", &own, "1000000");
        assert!(reason(folder).contains("bars of 1000000 µs"));
        register(folder, b"model", "00", &own, "null");
        assert!(reason(folder).contains("the registry says 00"));
        register(folder, b"model", &hash(b"model"), &own, "250000");
        assert!(reason(folder).contains("ONNX Runtime cannot be used"));
        std::fs::remove_file(folder.join("m.onnx")).expect("removed");
        assert!(reason(folder).contains("m.onnx cannot be read"));
    }

    #[test]
    fn it_looks_again_each_second_and_keeps_since_while_the_reason_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut slot = ModelSlot::new(wanted(folder.path()), 5);
        slot.look_again(LOOK_AGAIN_US + 5);
        assert_eq!(slot.gate().map(|gate| gate.since_us), Some(5));
        register(folder.path(), b"model", "00", "feed", "null");
        slot.look_again(LOOK_AGAIN_US + 6);
        assert!(
            slot.gate().expect("closed").reason.contains("cannot be used"),
            "not yet time to look"
        );
        slot.look_again(2 * LOOK_AGAIN_US + 5);
        let gate = slot.gate().expect("closed");
        assert!(gate.reason.contains("feature schema"), "{}", gate.reason);
        assert_eq!(gate.since_us, 2 * LOOK_AGAIN_US + 5);
    }

    #[test]
    fn the_hash_is_sha_256() {
        assert_eq!(
            hash(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
