//! The thread that reads, and the handle that asks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bus::{BusError, Context, Subscriber, clock, symbol_topic, wait};
use indicators::IndicatorError;

use crate::Bar;
use crate::conflator::{Change, Conflator, Totals};

/// Frames taken while the lock is held once: a fraction of a millisecond.
const BATCH: usize = 512;
/// How long a stop may take to be seen.
const LONGEST_WAIT_MS: i64 = 20;

/// Why a feed could not begin. Policy: whoever asked for it says so and goes without.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The socket or its address.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The length of a bar.
    #[error(transparent)]
    Interval(#[from] IndicatorError),
    /// The thread.
    #[error("the reading thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// What to read and how much to keep.
#[derive(Debug, Clone)]
pub struct FeedOptions {
    /// Where `MarketData` is published.
    pub address: String,
    /// Which symbols.
    pub symbols: Vec<String>,
    /// Length of a bar in microseconds of event time.
    pub bar_interval_us: i64,
    /// Bars kept per symbol.
    pub bars: usize,
    /// Frames that may wait in the socket.
    pub high_water_mark: i32,
}

/// A feed being read. Dropping it stops it.
pub struct MarketFeed {
    kept: Arc<Mutex<Conflator>>,
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl MarketFeed {
    /// Connects and begins to read; the publisher needs not be there yet.
    pub fn connect(options: &FeedOptions) -> Result<Self, FeedError> {
        let conflator = Conflator::new(&options.symbols, options.bar_interval_us, options.bars)?;
        let kept = Arc::new(Mutex::new(conflator));
        let stop = Arc::new(AtomicBool::new(false));
        let topics: Vec<Vec<u8>> = options
            .symbols
            .iter()
            .map(|symbol| symbol_topic(symbol))
            .collect();
        let context = Context::new();
        let subscriber = Subscriber::connect(&context, &options.address, &topics, options.high_water_mark)?;
        let (shared, stopping) = (Arc::clone(&kept), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("market-feed".to_owned())
            .spawn(move || {
                // The context ends with the thread, after its socket.
                let _context = context;
                if let Err(error) = read(&subscriber, &shared, &stopping) {
                    lock(&shared).fail(error.to_string());
                }
            })?;
        Ok(Self {
            kept,
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The newest of each symbol that changed since the last call.
    pub fn changes(&self) -> Vec<Change> {
        lock(&self.kept).changes()
    }

    /// The bars of `symbol`, oldest first, the open one last; `None` for one that was not asked for.
    pub fn bars(&self, symbol: &str) -> Option<Vec<Bar>> {
        lock(&self.kept).bars(symbol)
    }

    /// Counts over all symbols.
    pub fn totals(&self) -> Totals {
        lock(&self.kept).totals().clone()
    }

    /// Stops reading and waits for the thread; what was read stays.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let thread = lock(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            lock(&self.kept).fail("the reading thread panicked".to_owned());
        }
    }
}

impl Drop for MarketFeed {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What is behind the lock holds after every call, so a panic elsewhere does not spoil it.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(subscriber: &Subscriber, shared: &Mutex<Conflator>, stop: &AtomicBool) -> Result<(), BusError> {
    while !stop.load(Ordering::Relaxed) {
        wait(&[subscriber], LONGEST_WAIT_MS)?;
        let mut drained = false;
        while !drained && !stop.load(Ordering::Relaxed) {
            let received_us = clock::now_us();
            let mut kept = lock(shared);
            for _ in 0..BATCH {
                let Some(frame) = subscriber.try_receive()? else {
                    drained = true;
                    break;
                };
                kept.take(&frame, received_us);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use messages::wire::MarketData;

    use super::*;

    #[test]
    fn reads_what_is_published_and_stops() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("ipc://{}/market-data.ipc", folder.path().display());
        let context = Context::new();
        let publisher = bus::Publisher::bind(&context, &address, 10_000).unwrap();
        let feed = MarketFeed::connect(&FeedOptions {
            address,
            symbols: vec!["ALFA".into()],
            bar_interval_us: 1_000_000,
            bars: 10,
            high_water_mark: 10_000,
        })
        .unwrap();
        let deadline = clock::monotonic_us() + 10_000_000;
        let mut sequence = 0;
        while feed.totals().messages < 100 {
            assert!(
                clock::monotonic_us() < deadline,
                "nothing arrived: {:?}",
                feed.totals()
            );
            sequence += 1;
            for symbol in ["ALFA", "BRVO"] {
                let message = MarketData {
                    symbol: symbol.into(),
                    ..Default::default()
                };
                publisher.send(&message, sequence, 1).unwrap();
            }
            wait(&[], 1).unwrap();
        }
        feed.stop();
        let changes = feed.changes();
        assert_eq!(
            (changes.len(), changes[0].symbol.as_str()),
            (1, "ALFA"),
            "BRVO was not asked for"
        );
        let totals = feed.totals();
        assert_eq!(
            (totals.malformed, totals.gaps, totals.failure.as_str()),
            (0, 0, "")
        );
        feed.stop();
    }
}
