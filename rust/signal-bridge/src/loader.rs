//! Models are found, checked and warmed beside the hot thread, which takes a finished one between two ticks.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicators::features::{SCHEMA_VERSION, schema_hash};
use ort::environment::Environment;
use sha2::{Digest, Sha256};

use crate::drift::Drift;
use crate::library;
use crate::predictor::{OnnxPredictor, Predictor};
use crate::refusal::Refusal;
use crate::registry::{self, Entry, FeatureSchema};

/// How often the registry and the models' files are looked at again: a promotion is live well within a second.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How far a golden row's probabilities may be from those the trained model gave.
const GOLDEN_TOLERANCE: f64 = 1e-5;

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

/// A model that was checked and may be asked.
pub struct Model {
    /// What the registry says of it.
    pub entry: Entry,
    /// The model itself, warm.
    pub predictor: Box<dyn Predictor + Send>,
    /// Live features against its training set.
    pub drift: Drift,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It decides.
    Live,
    /// It is asked beside the live one and recorded.
    Shadow,
}

/// News from the loader.
pub enum Arrival {
    /// A model is ready to be asked.
    Ready(Role, Box<Model>),
    /// The one that is wanted can't be used.
    Refused(Role, Refusal),
    /// No candidate is to run any more.
    NoShadow,
}

/// The thread that loads. It ends with this value.
pub struct Loader {
    arrivals: Receiver<Arrival>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// Begins to look, and goes on until dropped.
    pub fn start(wanted: Wanted) -> std::io::Result<Self> {
        let (send, arrivals) = mpsc::channel();
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("models".to_owned())
            .spawn(move || Watch::new(wanted, send).run(&stopped))?;
        Ok(Self {
            arrivals,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The first word about the live model; waits for it.
    pub fn first(&self) -> Option<Arrival> {
        self.arrivals.recv().ok()
    }

    /// What came since; never waits.
    pub fn next(&self) -> Option<Arrival> {
        self.arrivals.try_recv().ok()
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that loads models ended in a panic");
        }
    }
}

/// A file that changed has another one.
type Fingerprint = (u64, u64, i64, i64);
/// Those of the registry and of a model's file.
type Seen = [Option<Fingerprint>; 2];

struct Watch {
    wanted: Wanted,
    send: Sender<Arrival>,
    environment: Option<Environment>,
    live: Look,
    shadow: Look,
}

/// What was last seen and said for one role.
#[derive(Default)]
struct Look {
    seen: Option<(Seen, PathBuf)>,
    /// The entry that is loaded.
    loaded: Option<Entry>,
    refused: Option<Refusal>,
    /// Nothing is wanted, and that was said.
    absent: bool,
}

impl Watch {
    fn new(wanted: Wanted, send: Sender<Arrival>) -> Self {
        Self {
            wanted,
            send,
            environment: None,
            live: Look::default(),
            shadow: Look::default(),
        }
    }

    fn run(mut self, stopped: &Receiver<()>) {
        loop {
            for role in [Role::Live, Role::Shadow] {
                if self.look(role).is_err() {
                    return;
                }
            }
            if stopped.recv_timeout(LOOK_EVERY) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    /// Looks at the files; what changed is loaded and told. The error: nobody listens any more.
    fn look(&mut self, role: Role) -> Result<(), mpsc::SendError<Arrival>> {
        // Before the reading: a change during it is seen at the next look.
        let registry = fingerprint(&self.wanted.folder.join(registry::REGISTRY_FILE));
        let held = self.of(role);
        // A library that is missing may be installed without any file of ours changing.
        let again = matches!(held.refused, Some(Refusal::Library(_)));
        let same = held
            .seen
            .as_ref()
            .is_some_and(|(seen, path)| *seen == [registry, fingerprint(path)]);
        if same && !again {
            return Ok(());
        }
        let found = match role {
            Role::Live => registry::find(&self.wanted.folder, &self.wanted.model).map(Some),
            Role::Shadow => match registry::find_shadow(&self.wanted.folder) {
                // A registry that can't be read names no candidate; the live model's refusal says why.
                Err(Refusal::Registry { .. }) => Ok(None),
                found => found,
            },
        };
        let path = match &found {
            Ok(Some(entry)) => self.wanted.folder.join(&entry.path),
            _ => PathBuf::new(),
        };
        self.of(role).seen = Some(([registry, fingerprint(&path)], path.clone()));
        let arrival = match found {
            Ok(Some(entry)) if self.is_loaded(role, &entry, &path) => return Ok(()),
            Ok(Some(entry)) => match self.load(entry, &path) {
                Ok(model) => {
                    let look = self.of(role);
                    look.loaded = Some(model.entry.clone());
                    look.refused = None;
                    Arrival::Ready(role, Box::new(model))
                }
                Err(refusal) => return self.refuse(role, refusal),
            },
            Ok(None) if self.of(role).absent => return Ok(()),
            Ok(None) => Arrival::NoShadow,
            Err(refusal) => return self.refuse(role, refusal),
        };
        let look = self.of(role);
        look.absent = matches!(arrival, Arrival::NoShadow);
        if look.absent {
            look.loaded = None;
            look.refused = None;
        }
        self.send.send(arrival)
    }

    /// The registry was written anew, and says of this model what it said before, and its file is as it was.
    fn is_loaded(&mut self, role: Role, entry: &Entry, path: &Path) -> bool {
        let look = self.of(role);
        look.refused.is_none()
            && look.loaded.as_ref().is_some_and(|loaded| {
                loaded.version == entry.version && loaded.sha256 == entry.sha256 && loaded.path == entry.path
            })
            && std::fs::read(path).is_ok_and(|bytes| hash(&bytes) == entry.sha256)
    }

    fn refuse(&mut self, role: Role, refusal: Refusal) -> Result<(), mpsc::SendError<Arrival>> {
        let look = self.of(role);
        look.absent = false;
        if look.refused.as_ref() == Some(&refusal) {
            return Ok(());
        }
        if matches!(refusal, Refusal::NoSuchModel { .. }) {
            look.loaded = None;
        }
        look.refused = Some(refusal.clone());
        self.send.send(Arrival::Refused(role, refusal))
    }

    fn of(&mut self, role: Role) -> &mut Look {
        match role {
            Role::Live => &mut self.live,
            Role::Shadow => &mut self.shadow,
        }
    }

    fn load(&mut self, entry: Entry, path: &Path) -> Result<Model, Refusal> {
        check_training(&entry, self.wanted.interval_us)?;
        let version = entry.version.clone();
        let bytes = std::fs::read(path).map_err(|error| Refusal::File {
            version: version.clone(),
            path: path.to_owned(),
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
        let unfit = |reason| Refusal::Unfit { version, reason };
        let mut predictor = OnnxPredictor::load(environment, &bytes).map_err(unfit.clone())?;
        check_golden(&entry, &mut predictor).map_err(unfit)?;
        let drift = Drift::new(&entry.feature_bins);
        Ok(Model {
            entry,
            predictor: Box::new(predictor),
            drift,
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

/// The file gives the probabilities that the trained model gave.
fn check_golden(entry: &Entry, predictor: &mut dyn Predictor) -> Result<(), String> {
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

    struct Fixed(crate::decision::Probabilities);

    impl Predictor for Fixed {
        fn predict(
            &mut self,
            _: &[f64; indicators::FEATURE_COUNT],
        ) -> Result<crate::decision::Probabilities, String> {
            Ok(self.0)
        }
    }

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
        assert_eq!(check_golden(&entry, &mut Fixed([0.2, 0.3, 0.500_009])), Ok(()));
        for wrong in [[0.2, 0.3, 0.500_02], [0.2, f64::NAN, 0.5]] {
            let reason = check_golden(&entry, &mut Fixed(wrong)).expect_err("refused");
            assert!(reason.contains("golden row 0"), "{reason}");
        }
    }
}
