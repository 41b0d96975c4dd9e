//! Models are found, checked and warmed beside the hot thread, which takes a finished one between two ticks.

mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use crate::drift::Drift;
use crate::predictor::Predictor;
use crate::refusal::Refusal;
use crate::registry::Entry;
use watch::Watch;

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

/// Models that the hot thread has done with: they are given back, so that none is taken down between two ticks.
enum Returned {
    /// Another one took its place.
    Replaced(Box<Model>),
    /// It erred when it was asked.
    Failed(Role, Box<Model>, Refusal),
}

/// The thread that loads. It ends with this value.
pub struct Loader {
    arrivals: Receiver<Arrival>,
    looked_us: Arc<AtomicI64>,
    give_back: Option<Sender<Returned>>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// Begins to look, and goes on until dropped.
    pub fn start(wanted: Wanted) -> std::io::Result<Self> {
        let (send, arrivals) = mpsc::channel();
        let (give_back, returned) = mpsc::channel();
        let watch = Watch::new(wanted, send);
        let looked_us = watch.looked_us();
        let thread = std::thread::Builder::new()
            .name("models".to_owned())
            .spawn(move || watch.run(&returned))?;
        Ok(Self {
            arrivals,
            looked_us,
            give_back: Some(give_back),
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

    /// When the last look at the registry began, µs; what it found has arrived. 0 before the first.
    pub fn looked_us(&self) -> i64 {
        self.looked_us.load(Ordering::Acquire)
    }

    /// Takes a model back that another one replaced.
    pub fn replaced(&self, model: Box<Model>) {
        self.take_back(Returned::Replaced(model));
    }

    /// Takes a model back that erred. It is loaded again when it is made live anew, and not before.
    pub fn failed(&self, role: Role, model: Box<Model>, refusal: Refusal) {
        self.take_back(Returned::Failed(role, model, refusal));
    }

    fn take_back(&self, returned: Returned) {
        let taken = self.give_back.as_ref().map(|give_back| give_back.send(returned));
        if !matches!(taken, Some(Ok(()))) {
            tracing::error!("the thread that loads models is gone: a model ended on the hot one");
        }
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        drop(self.give_back.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that loads models ended in a panic");
        }
    }
}
