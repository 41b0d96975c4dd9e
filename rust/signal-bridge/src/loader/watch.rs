//! The thread that looks at the registry and the models' files: what changed is loaded, checked and told.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use bus::clock;
use ort::environment::Environment;

use super::{Arrival, Model, Returned, Role, Wanted};
use crate::drift::Drift;
use crate::fitness::{check_golden, check_training, hash};
use crate::library;
use crate::predictor::OnnxPredictor;
use crate::refusal::Refusal;
use crate::registry::{self, Entry};

/// How often the registry and the models' files are looked at again: a promotion is live well within a second.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A file that changed has another one.
type Fingerprint = (u64, u64, i64, i64);
/// Those of the registry and of a model's file.
type Seen = [Option<Fingerprint>; 2];

/// What the loader's thread has seen, and what it has said of it.
pub(super) struct Watch {
    wanted: Wanted,
    send: Sender<Arrival>,
    environment: Option<Environment>,
    /// When the last look began, told after all that it found.
    looked_us: Arc<AtomicI64>,
    live: Look,
    shadow: Look,
    /// The live entry that erred when it was asked, and how.
    failed: Option<(Entry, Refusal)>,
    /// A model was live in this process: from then on the hot thread has the one before.
    has_run: bool,
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
    /// Before the first look.
    pub(super) fn new(wanted: Wanted, send: Sender<Arrival>) -> Self {
        Self {
            wanted,
            send,
            environment: None,
            looked_us: Arc::default(),
            live: Look::default(),
            shadow: Look::default(),
            failed: None,
            has_run: false,
        }
    }

    /// Where it tells when its last look began.
    pub(super) fn looked_us(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.looked_us)
    }

    /// Looks until nobody listens any more.
    pub(super) fn run(mut self, returned: &Receiver<Returned>) {
        // A model that is loaded and warmed takes a processor for a while, which no tick may wait for.
        bus::give_way();
        loop {
            let began_us = clock::now_us();
            for role in [Role::Live, Role::Shadow] {
                if self.look(role).is_err() {
                    return;
                }
            }
            self.looked_us.store(began_us, Ordering::Release);
            match returned.recv_timeout(LOOK_EVERY) {
                Ok(model) => self.take_back(model),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn take_back(&mut self, returned: Returned) {
        let (role, model, refusal) = match returned {
            Returned::Replaced(model) => return drop(model),
            Returned::Failed(role, model, refusal) => (role, model, refusal),
        };
        let look = self.of(role);
        let is_loaded = look
            .loaded
            .as_ref()
            .is_some_and(|loaded| loaded.version == model.entry.version);
        if is_loaded {
            look.loaded = None;
            look.refused = Some(refusal.clone());
        }
        // A candidate is tried again whenever the registry is written.
        if role == Role::Live {
            self.failed = Some((model.entry, refusal));
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
            Ok(Some(entry)) => {
                if role == Role::Live
                    && let Some(failure) = self.failure(&entry)
                {
                    return self.refuse(role, failure);
                }
                let version = entry.version.clone();
                match self.load(entry, &path) {
                    Ok(model) => self.ready(role, model),
                    Err(refusal) => {
                        if role == Role::Live && !self.has_run {
                            self.fall_back(&version, &refusal)?;
                        }
                        return self.refuse(role, refusal);
                    }
                }
            }
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

    fn ready(&mut self, role: Role, model: Model) -> Arrival {
        if role == Role::Live {
            self.has_run = true;
            self.failed = None;
        }
        let look = self.of(role);
        look.loaded = Some(model.entry.clone());
        look.refused = None;
        Arrival::Ready(role, Box::new(model))
    }

    /// This process never had a live model, and the one that is refused it: the one before goes on, as it would had the
    /// process not ended in between.
    fn fall_back(&mut self, version: &str, refusal: &Refusal) -> Result<(), mpsc::SendError<Arrival>> {
        // Without the library none can be loaded; and a model that is wanted by its name has none before it.
        if matches!(refusal, Refusal::Library(_)) || self.wanted.model != registry::LIVE {
            return Ok(());
        }
        for entry in registry::find_before(&self.wanted.folder, version).unwrap_or_default() {
            let path = self.wanted.folder.join(&entry.path);
            match self.load(entry, &path) {
                Ok(model) => {
                    let arrival = self.ready(Role::Live, model);
                    return self.send.send(arrival);
                }
                Err(refusal) => tracing::error!(reason = %refusal, "the model before can't go on either"),
            }
        }
        Ok(())
    }

    /// How this very promotion of `entry` ended already.
    fn failure(&self, entry: &Entry) -> Option<Refusal> {
        let (failed, refusal) = self.failed.as_ref()?;
        let same = (&failed.version, &failed.sha256, &failed.promoted_at)
            == (&entry.version, &entry.sha256, &entry.promoted_at);
        same.then(|| refusal.clone())
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
#[path = "watch_tests.rs"]
mod tests;
