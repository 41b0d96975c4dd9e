//! Which messages of a stream are missing.

use bus::Observation;
use pyo3::prelude::*;

/// Counts the messages that are missing from streams, by the rule that every reader of the desk follows.
///
/// A stream is whatever one publisher numbers, such as a symbol. Its epoch rises when the publisher starts anew, and its
/// sequence then begins at 1. Nothing is missing before the first message seen, and nothing at one seen already.
#[pyclass(module = "trading_rust", frozen)]
pub(crate) struct GapCounter(std::sync::Mutex<bus::GapCounter>);

#[pymethods]
impl GapCounter {
    /// A counter that has seen nothing.
    #[new]
    fn new() -> Self {
        Self(std::sync::Mutex::default())
    }

    /// Takes note of a message of the stream `key`: how many are missing between it and the one before.
    fn observe(&self, key: &str, epoch: u64, sequence: u64) -> u64 {
        match self.lock().observe(key, epoch, sequence) {
            Observation::Gap(missing) | Observation::Restarted { missing } => missing,
            Observation::First | Observation::Next | Observation::Duplicate => 0,
        }
    }

    /// How many were missing so far, over all streams.
    #[getter]
    fn missing(&self) -> u64 {
        self.lock().missing()
    }

    /// How many came twice, over all streams.
    #[getter]
    fn duplicates(&self) -> u64 {
        self.lock().duplicates()
    }

    fn __repr__(&self) -> String {
        let counter = self.lock();
        format!(
            "<GapCounter missing={} duplicates={}>",
            counter.missing(),
            counter.duplicates()
        )
    }
}

impl GapCounter {
    /// A panic inside leaves whole numbers behind, so a poisoned counter goes on counting.
    fn lock(&self) -> std::sync::MutexGuard<'_, bus::GapCounter> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
