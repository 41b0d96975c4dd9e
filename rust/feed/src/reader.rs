//! The thread that reads, and the handle that asks.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bus::{Batch, BusError, Context, Subscriber, clock, symbol_topic, wait};
use messages::{Malformed as UnfitSymbol, Symbol};

use crate::Bar;
use crate::conflator::{Conflator, Frame, MOST_SYMBOLS, Totals};
use crate::history::HistoryClient;
use crate::holding::Joined;
use crate::intervals::{Intervals, UnfitIntervals};

/// Frames taken while the lock is held once: some microseconds.
const BATCH: usize = 64;
/// How long a stop may take to be seen.
const LONGEST_WAIT_MS: i64 = 20;
/// After so many frames in one go the stream is fast, and the thread pauses before the next go: a wake-up for every
/// few frames would cost more than the frames. What a screen shows is later by this, at most.
const FAST: usize = 48;
const PAUSE: Duration = Duration::from_millis(1);
/// How often the thread steps back for whoever asks.
const STEPS_BACK: usize = 1_000;

/// Why a feed could not begin. Policy: whoever asked for it says so and goes without.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The socket or its address.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The lengths of the bars.
    #[error(transparent)]
    Intervals(#[from] UnfitIntervals),
    /// A name that can't be one.
    #[error(transparent)]
    Symbol(#[from] UnfitSymbol),
    /// More than are kept.
    #[error(
        "{0} symbols are more than the {MOST_SYMBOLS} that a feed keeps; ask for fewer, or use several feeds"
    )]
    TooManySymbols(usize),
    /// The thread.
    #[error("the reading thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// What to read and how much to keep.
#[derive(Debug, Clone)]
pub struct FeedOptions {
    /// Where `MarketData` is published.
    pub address: String,
    /// Which symbols; none means all that come, up to [`MOST_SYMBOLS`].
    pub symbols: Vec<String>,
    /// Lengths of bars in microseconds of event time, each a multiple of the one before.
    pub intervals_us: Vec<i64>,
    /// Bars kept per symbol and interval.
    pub bars: usize,
    /// Frames that may wait in the socket.
    pub high_water_mark: i32,
    /// Where the publisher answers questions: the bars from before this reader are asked for there.
    pub history_address: Option<String>,
}

/// What thread and handle share.
struct Shared {
    kept: Mutex<Conflator>,
    /// How many are asking. A thread that lets go of a lock takes it again long before one that waits for it has
    /// woken up, so it steps back while somebody asks.
    asking: AtomicUsize,
    stop: AtomicBool,
}

impl Shared {
    fn ask<T>(&self, question: impl FnOnce(&mut Conflator) -> T) -> T {
        self.asking.fetch_add(1, Ordering::Relaxed);
        let answer = question(&mut lock(&self.kept));
        self.asking.fetch_sub(1, Ordering::Relaxed);
        answer
    }

    fn step_back(&self) {
        for _ in 0..STEPS_BACK {
            if self.asking.load(Ordering::Relaxed) == 0 {
                break;
            }
            std::thread::yield_now();
        }
    }
}

/// A feed being read. Dropping it stops it.
pub struct MarketFeed {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl MarketFeed {
    /// Connects and begins to read; the publisher needs not be there yet.
    pub fn connect(options: &FeedOptions) -> Result<Self, FeedError> {
        if options.symbols.len() > MOST_SYMBOLS {
            return Err(FeedError::TooManySymbols(options.symbols.len()));
        }
        let symbols: Vec<Symbol> = options
            .symbols
            .iter()
            .map(|symbol| Symbol::new(symbol))
            .collect::<Result<_, _>>()?;
        let intervals = Intervals::new(&options.intervals_us)?;
        let mut topics: Vec<Vec<u8>> = symbols
            .iter()
            .map(|symbol| symbol_topic(symbol.as_str()))
            .collect();
        if topics.is_empty() {
            topics.push(Vec::new());
        }
        let context = Context::new();
        let subscriber = Subscriber::connect(&context, &options.address, &topics, options.high_water_mark)?;
        let history = options.history_address.as_ref();
        let history = history
            .map(|address| HistoryClient::connect(&context, address))
            .transpose()?;
        let shared = Arc::new(Shared {
            kept: Mutex::new(Conflator::new(&symbols, intervals, options.bars)),
            asking: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let reader = Reader {
            subscriber,
            history,
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::Builder::new()
            .name("market-feed".to_owned())
            .spawn(move || {
                // The context ends with the thread, after its sockets.
                let _context = context;
                let mut reader = reader;
                if let Err(error) = reader.run() {
                    lock(&reader.shared.kept).fail(error.to_string());
                }
            })?;
        Ok(Self {
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The newest of each symbol that changed since the last call, and the counts.
    pub fn frame(&self) -> Frame {
        self.shared.ask(Conflator::frame)
    }

    /// The newest bars of `symbol` of one interval, oldest first, the open one last, at most `limit`.
    /// `None` for a symbol or an interval that is not kept.
    pub fn bars(&self, symbol: &str, interval_us: i64, limit: usize) -> Option<Vec<Bar>> {
        self.shared.ask(|kept| kept.bars(symbol, interval_us, limit))
    }

    /// The symbols that are kept; [`Change::symbol`](crate::Change::symbol) is a position among them.
    pub fn symbols(&self) -> Vec<Symbol> {
        self.shared.ask(|kept| kept.symbols().to_vec())
    }

    /// How many bars a ring keeps at most.
    pub fn bars_kept(&self) -> usize {
        self.shared.ask(|kept| kept.bars_kept())
    }

    /// Counts over all symbols.
    pub fn totals(&self) -> Totals {
        self.shared.ask(|kept| kept.totals().clone())
    }

    /// Stops reading and waits for the thread; what was read stays.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let Some(thread) = lock(&self.thread).take() else {
            return;
        };
        thread.thread().unpark();
        if thread.join().is_err() {
            lock(&self.shared.kept).fail("the reading thread panicked".to_owned());
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

/// The thread's side.
struct Reader {
    subscriber: Subscriber,
    history: Option<HistoryClient>,
    shared: Arc<Shared>,
}

impl Reader {
    fn run(&mut self) -> Result<(), BusError> {
        let mut batch = Batch::new(BATCH);
        let mut taken = 0;
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.subscriber.receive_batch(&mut batch)?;
            if !batch.is_empty() {
                let received_us = clock::now_us();
                self.shared.step_back();
                let mut kept = lock(&self.shared.kept);
                for frame in batch.frames() {
                    kept.take(frame, received_us);
                }
                taken += batch.len();
            }
            if batch.is_full() {
                continue;
            }
            self.ask_for_history()?;
            if taken >= FAST {
                std::thread::park_timeout(PAUSE);
            } else {
                self.await_either()?;
            }
            taken = 0;
        }
        Ok(())
    }

    fn await_either(&self) -> Result<(), BusError> {
        match &self.history {
            Some(history) => wait(&[&self.subscriber, history.socket()], LONGEST_WAIT_MS),
            None => wait(&[&self.subscriber], LONGEST_WAIT_MS),
        }
    }

    fn ask_for_history(&mut self) -> Result<(), BusError> {
        let Some(history) = &mut self.history else {
            return Ok(());
        };
        let now_us = clock::monotonic_us();
        let mut kept = lock(&self.shared.kept);
        for index in kept.wanted() {
            history.want(index);
        }
        if history.pending() == 0 {
            return Ok(());
        }
        if let Some(answer) = history.receive(now_us)?
            && kept.join(answer.index, answer.epoch, answer.sequence, &answer.kept) == Joined::Again
        {
            history.again(answer.index, now_us);
        }
        let limit = kept.bars_kept();
        let name = |index| kept.symbols()[index as usize].to_string();
        if let Some(index) = history.ask(now_us, limit, name)? {
            kept.hold(index);
        }
        kept.set_history_pending(history.pending());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
