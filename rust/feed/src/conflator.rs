//! What is kept of the stream: per symbol the newest row, the bars, and the count of what is missing.

use std::collections::HashMap;

use bus::{Observation, StreamPosition};
use indicators::bars::{Bar, mid};
use messages::Symbol;
use rustc_hash::FxBuildHasher;

use crate::decode::{Row, decode};
use crate::holding::{Holding, Joined};
use crate::intervals::Intervals;
use crate::latency::{Latencies, LatencySummary};
use crate::series::{Kept, Series, bars_per_ring};

/// More symbols than this are not kept: a list of more is refused, and of a stream taken whole the rows of
/// further symbols are counted as untracked.
pub const MOST_SYMBOLS: usize = 10_000;
/// The newest of one symbol. A price that isn't there is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Position of the instrument among [`Conflator::symbols`].
    pub symbol: u32,
    /// Best bid; NaN when that side is empty.
    pub bid: f64,
    /// Best ask; NaN when that side is empty.
    pub ask: f64,
    /// Size shown at the bid.
    pub bid_size: f64,
    /// Size shown at the ask.
    pub ask_size: f64,
    /// Price of the last trade seen; NaN before any.
    pub last: f64,
    /// Size of the last trade seen.
    pub last_size: f64,
    /// Traded since this reader began.
    pub volume: f64,
    /// Event time of the newest row.
    pub event_us: i64,
    /// When it was published.
    pub published_us: i64,
    /// When it arrived here.
    pub received_us: i64,
    /// Longest way of a row from published to received since the frame before.
    pub latency_us: u64,
    /// Its sequence.
    pub sequence: u64,
    /// Messages of this symbol that are missing.
    pub gaps: u64,
    /// Messages of this symbol that were received.
    pub messages: u64,
}

impl Change {
    const fn none(symbol: u32) -> Self {
        Self {
            symbol,
            bid: f64::NAN,
            ask: f64::NAN,
            bid_size: 0.0,
            ask_size: 0.0,
            last: f64::NAN,
            last_size: 0.0,
            volume: 0.0,
            event_us: 0,
            published_us: 0,
            received_us: 0,
            latency_us: 0,
            sequence: 0,
            gaps: 0,
            messages: 0,
        }
    }

    #[inline]
    fn take(&mut self, row: &Row<'_>, received_us: i64) {
        self.bid = row.bid.unwrap_or(f64::NAN);
        self.ask = row.ask.unwrap_or(f64::NAN);
        (self.bid_size, self.ask_size) = (row.bid_size, row.ask_size);
        if let Some(price) = row.price {
            (self.last, self.last_size) = (price, row.volume);
            self.volume += row.volume;
        }
        self.event_us = row.timestamp_us;
        self.published_us = row.published_us;
        self.received_us = received_us;
        self.sequence = row.sequence;
    }
}

/// Counts over all symbols.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Received.
    pub messages: u64,
    /// Of them, those that could not be read.
    pub malformed: u64,
    /// Of them, those of a symbol that is not kept.
    pub untracked: u64,
    /// Missing by their sequence.
    pub gaps: u64,
    /// When the last one arrived; nought before the first.
    pub last_received_us: i64,
    /// Symbols whose bars from before this reader are still being asked for.
    pub history_pending: u64,
    /// Why the thread that reads ended by itself; empty while it runs.
    pub failure: String,
}

/// What has happened since the frame before.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The newest of each symbol that changed, in the order in which they changed first.
    pub changes: Vec<Change>,
    /// Counts since the beginning.
    pub totals: Totals,
    /// How long the messages of this frame were on their way.
    pub latency: LatencySummary,
}

/// What a frame doesn't show of an instrument.
#[derive(Debug)]
struct Instrument {
    position: StreamPosition,
    /// Epoch and sequence up to which the bars were taken from elsewhere.
    included: (u64, u64),
    series: Series,
}

/// Takes frames, keeps the newest.
pub struct Conflator {
    indices: HashMap<Box<[u8]>, u32, FxBuildHasher>,
    instruments: Vec<Instrument>,
    /// Apart from the rest, one behind the other: a frame is copied from another processor's cache.
    newest: Vec<Change>,
    names: Vec<Symbol>,
    /// Positions of those that changed, and whether one is among them.
    changed: Vec<u32>,
    has_changed: Vec<bool>,
    /// New symbols are kept as they come.
    open_ended: bool,
    intervals: Intervals,
    bars: usize,
    latencies: Latencies,
    totals: Totals,
    holding: Holding,
    wanted: Vec<u32>,
}

impl Conflator {
    /// Keeps `symbols`, or with none given whatever comes, each with up to `bars` bars of each interval; fewer when
    /// there are many symbols ([`bars_per_ring`]).
    pub fn new(symbols: &[Symbol], intervals: Intervals, bars: usize) -> Self {
        let most = if symbols.is_empty() {
            MOST_SYMBOLS
        } else {
            symbols.len()
        };
        let bars = bars_per_ring(bars, most, &intervals);
        let mut conflator = Self {
            indices: HashMap::default(),
            instruments: Vec::new(),
            newest: Vec::new(),
            names: Vec::new(),
            changed: Vec::new(),
            has_changed: Vec::new(),
            open_ended: symbols.is_empty(),
            intervals,
            bars,
            latencies: Latencies::default(),
            totals: Totals::default(),
            holding: Holding::default(),
            wanted: Vec::new(),
        };
        for symbol in symbols.iter().take(MOST_SYMBOLS) {
            if !conflator.indices.contains_key(symbol.as_str().as_bytes()) {
                conflator.add(symbol.clone());
            }
        }
        conflator
    }

    fn add(&mut self, symbol: Symbol) -> u32 {
        let index = self.instruments.len() as u32;
        self.indices.insert(symbol.as_str().as_bytes().into(), index);
        self.newest.push(Change::none(index));
        self.has_changed.push(false);
        self.instruments.push(Instrument {
            position: StreamPosition::default(),
            included: (0, 0),
            series: Series::new(&self.intervals, self.bars),
        });
        self.names.push(symbol);
        self.wanted.push(index);
        index
    }

    /// Takes one frame that arrived at `received_us`.
    #[inline]
    pub fn take(&mut self, frame: &[u8], received_us: i64) {
        self.totals.messages += 1;
        self.totals.last_received_us = received_us;
        let Ok(row) = decode(frame) else {
            self.totals.malformed += 1;
            return;
        };
        let index = match self.indices.get(row.symbol) {
            Some(index) => *index,
            None => match self.meet(row.symbol) {
                Some(index) => index,
                None => return,
            },
        };
        let at = index as usize;
        let (instrument, newest) = (&mut self.instruments[at], &mut self.newest[at]);
        newest.messages += 1;
        let seen = instrument.position.observe(row.epoch, row.sequence);
        if seen == Observation::Duplicate {
            return;
        }
        if !self.has_changed[at] {
            self.has_changed[at] = true;
            self.changed.push(index);
            newest.latency_us = 0;
        }
        // What came first may be a last value, published long ago.
        if seen != Observation::First && row.published_us > 0 {
            let latency = (received_us - row.published_us).max(0).unsigned_abs();
            self.latencies.add(latency);
            newest.latency_us = newest.latency_us.max(latency);
        }
        if let Observation::Gap(missing) | Observation::Restarted { missing } = seen {
            self.totals.gaps += missing;
            newest.gaps += missing;
        }
        if matches!(seen, Observation::Restarted { .. }) {
            instrument.series.restarted(row.timestamp_us);
            self.wanted.push(index);
        }
        newest.take(&row, received_us);
        let middle = row.bid.zip(row.ask).and_then(|(bid, ask)| mid(bid, ask));
        if (row.epoch, row.sequence) > instrument.included {
            instrument.series.update(row.timestamp_us, middle, row.traded());
        }
        if self.holding.is_of(index) {
            self.holding.hold(&row, middle);
        }
    }

    /// A symbol that has not been seen before.
    #[cold]
    fn meet(&mut self, symbol: &[u8]) -> Option<u32> {
        let symbol = std::str::from_utf8(symbol)
            .ok()
            .and_then(|symbol| Symbol::new(symbol).ok());
        match symbol {
            None => self.totals.malformed += 1,
            Some(symbol) if self.open_ended && self.instruments.len() < MOST_SYMBOLS => {
                return Some(self.add(symbol));
            }
            Some(_) => self.totals.untracked += 1,
        }
        None
    }

    /// The newest of each symbol that changed since the last call, and the counts.
    pub fn frame(&mut self) -> Frame {
        let changes = self.changed.iter().map(|index| self.newest[*index as usize]);
        let changes = changes.collect();
        for index in self.changed.drain(..) {
            self.has_changed[index as usize] = false;
        }
        Frame {
            changes,
            totals: self.totals.clone(),
            latency: self.latencies.take(),
        }
    }

    /// The newest bars of `symbol` of one interval, oldest first, the open one last, at most `limit`.
    /// `None` for a symbol or an interval that is not kept.
    pub fn bars(&self, symbol: &str, interval_us: i64, limit: usize) -> Option<Vec<Bar>> {
        let index = self.indices.get(symbol.as_bytes())?;
        self.instruments[*index as usize].series.bars(interval_us, limit)
    }

    /// The symbols that are kept; [`Change::symbol`] is a position among them. Never reordered, only added to.
    pub fn symbols(&self) -> &[Symbol] {
        &self.names
    }

    /// How many bars a ring keeps at most.
    pub const fn bars_kept(&self) -> usize {
        self.bars
    }

    /// Bytes that all rings take.
    pub fn ring_bytes(&self) -> usize {
        self.instruments
            .iter()
            .map(|instrument| instrument.series.bytes())
            .sum()
    }

    /// Counts over all symbols.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The reading thread has ended for `reason`.
    pub fn fail(&mut self, reason: String) {
        self.totals.failure = reason;
    }

    /// Symbols whose bars of before should be asked for: new ones, and those whose publisher started anew. Given
    /// once.
    pub fn wanted(&mut self) -> impl Iterator<Item = u32> {
        self.wanted.drain(..)
    }

    /// How many symbols are still waiting for such bars.
    pub const fn set_history_pending(&mut self, pending: u64) {
        self.totals.history_pending = pending;
    }

    /// Bars of the symbol at `index` are asked for now: from here on its rows are held, to be put behind them.
    pub fn hold(&mut self, index: u32) {
        self.holding.begin(index);
    }

    /// Puts bars that the publisher kept, up to its `sequence` in `epoch`, in place of the symbol's own, and the rows
    /// held since behind them: no row is missing, none counts twice.
    pub fn join(&mut self, index: u32, epoch: u64, sequence: u64, kept: &[Kept]) -> Joined {
        let instrument = &mut self.instruments[index as usize];
        let seen = instrument.position.newest();
        let rows = match self.holding.after(index, epoch, sequence) {
            Ok(rows) if seen.is_none_or(|(newest, _)| newest <= epoch) => rows,
            _ => return Joined::Again,
        };
        instrument.series.restore(kept);
        instrument.included = (epoch, sequence);
        for row in rows {
            instrument.series.update(row.event_us, row.mid, row.traded);
        }
        Joined::Exactly
    }
}

#[cfg(test)]
mod tests;
