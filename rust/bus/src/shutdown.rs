//! The wish to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by SIGTERM and SIGINT; a service looks at it once per turn of its loop and stops cleanly.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(Arc<AtomicBool>);

impl Shutdown {
    /// Listens for the signals from now on.
    pub fn install() -> std::io::Result<Self> {
        let shutdown = Self::default();
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
            signal_hook::flag::register(signal, Arc::clone(&shutdown.0))?;
        }
        Ok(shutdown)
    }
    /// Asks for it from within, as a test does.
    pub fn request(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
    /// True once it was asked for.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
