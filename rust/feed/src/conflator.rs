//! What is kept of the stream: per symbol the newest row, the bars, and the count of what is missing.

use std::collections::BTreeMap;

use bus::{GapCounter, Observation};
use indicators::IndicatorError;
use indicators::bars::{Bar, mid};
use messages::wire::MarketData;
use prost::Message as _;

use crate::series::Series;

/// The newest of one symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The instrument.
    pub symbol: String,
    /// Best bid; `None` when that side is empty.
    pub bid: Option<f64>,
    /// Best ask; `None` when that side is empty.
    pub ask: Option<f64>,
    /// Size shown at the bid.
    pub bid_size: f64,
    /// Size shown at the ask.
    pub ask_size: f64,
    /// Price of the last trade seen.
    pub last: Option<f64>,
    /// Size of the last trade seen.
    pub last_size: f64,
    /// Traded since this reader began.
    pub volume: f64,
    /// Event time of the newest row.
    pub event_us: i64,
    /// When it arrived here.
    pub received_us: i64,
    /// Its sequence.
    pub sequence: u64,
    /// Messages of this symbol that are missing.
    pub gaps: u64,
    /// Messages of this symbol that were received.
    pub messages: u64,
}

/// Counts over all symbols.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Received.
    pub messages: u64,
    /// Of them, those that could not be read, or told of a symbol not asked for.
    pub malformed: u64,
    /// Missing by their sequence.
    pub gaps: u64,
    /// When the last one arrived; nought before the first.
    pub last_received_us: i64,
    /// Why the thread that reads ended by itself; empty while it runs.
    pub failure: String,
}

#[derive(Debug)]
struct Kept {
    newest: Change,
    changed: bool,
    gaps: GapCounter,
    series: Series,
}

/// Takes frames, keeps the newest.
#[derive(Debug)]
pub struct Conflator {
    symbols: BTreeMap<String, Kept>,
    /// Filled anew by each frame, so that none allocates.
    message: MarketData,
    totals: Totals,
}

impl Conflator {
    /// Keeps `symbols`, each with up to `bars` bars of `bar_interval_us` microseconds.
    pub fn new(symbols: &[String], bar_interval_us: i64, bars: usize) -> Result<Self, IndicatorError> {
        let mut kept = BTreeMap::new();
        for symbol in symbols {
            let newest = Change {
                symbol: symbol.clone(),
                bid: None,
                ask: None,
                bid_size: 0.0,
                ask_size: 0.0,
                last: None,
                last_size: 0.0,
                volume: 0.0,
                event_us: 0,
                received_us: 0,
                sequence: 0,
                gaps: 0,
                messages: 0,
            };
            let series = Series::new(bar_interval_us, bars)?;
            kept.insert(
                symbol.clone(),
                Kept {
                    newest,
                    changed: false,
                    gaps: GapCounter::default(),
                    series,
                },
            );
        }
        Ok(Self {
            symbols: kept,
            message: MarketData::default(),
            totals: Totals::default(),
        })
    }

    /// Takes one frame that arrived at `received_us`.
    pub fn take(&mut self, frame: &[u8], received_us: i64) {
        self.totals.messages += 1;
        self.totals.last_received_us = received_us;
        let message = &mut self.message;
        message.clear();
        let read = message.merge(frame);
        let Some(kept) = self.symbols.get_mut(&message.symbol).filter(|_| read.is_ok()) else {
            self.totals.malformed += 1;
            return;
        };
        kept.newest.messages += 1;
        let before = kept.gaps.missing();
        match kept.gaps.observe("", message.epoch, message.sequence) {
            Observation::Duplicate => return,
            Observation::Restarted { .. } if kept.series.restarted(message.timestamp_us).is_err() => return,
            _ => {}
        }
        self.totals.gaps += kept.gaps.missing() - before;
        kept.newest.gaps = kept.gaps.missing();
        kept.take(message, received_us);
    }

    /// The newest of each symbol that changed since the last call.
    pub fn changes(&mut self) -> Vec<Change> {
        let changed = self.symbols.values_mut().filter_map(|kept| {
            let changed = std::mem::take(&mut kept.changed);
            changed.then(|| kept.newest.clone())
        });
        changed.collect()
    }

    /// The bars of `symbol`, oldest first, the open one last; `None` for one that was not asked for.
    pub fn bars(&self, symbol: &str) -> Option<Vec<Bar>> {
        self.symbols
            .get(symbol)
            .map(|kept| kept.series.bars().copied().collect())
    }

    /// Counts over all symbols.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The reading thread has ended for `reason`.
    pub fn fail(&mut self, reason: String) {
        self.totals.failure = reason;
    }
}

impl Kept {
    fn take(&mut self, message: &MarketData, received_us: i64) {
        let newest = &mut self.newest;
        (newest.bid, newest.ask) = (message.bid, message.ask);
        (newest.bid_size, newest.ask_size) = (message.bid_size, message.ask_size);
        let mut traded = 0.0;
        if let Some(price) = message.price {
            (newest.last, newest.last_size) = (Some(price), message.volume);
            traded = message.volume;
            newest.volume += traded;
        }
        newest.event_us = message.timestamp_us;
        newest.received_us = received_us;
        newest.sequence = message.sequence;
        let middle = message.bid.zip(message.ask).and_then(|(bid, ask)| mid(bid, ask));
        self.series.update(message.timestamp_us, middle, traded);
        self.changed = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn conflator() -> Conflator {
        Conflator::new(&["ALFA".into(), "BRVO".into()], 1_000, 10).unwrap()
    }

    fn frame(symbol: &str, epoch: u64, sequence: u64, price: Option<f64>) -> Vec<u8> {
        MarketData {
            symbol: symbol.into(),
            bid: Some(99.0),
            ask: Some(101.0),
            price,
            volume: price.map_or(0.0, |_| 5.0),
            timestamp_us: sequence as i64 * 400,
            epoch,
            sequence,
            ..Default::default()
        }
        .encode_to_vec()
    }

    #[test]
    fn only_the_newest_is_kept_and_given_once() {
        let mut kept = conflator();
        kept.take(&frame("ALFA", 1, 1, Some(100.0)), 7);
        kept.take(&frame("ALFA", 1, 2, None), 8);
        let changes = kept.changes();
        assert_eq!(changes.len(), 1);
        let change = &changes[0];
        assert_eq!((change.sequence, change.received_us, change.messages), (2, 8, 2));
        assert_eq!(
            (change.last, change.last_size, change.volume),
            (Some(100.0), 5.0, 5.0)
        );
        assert!(kept.changes().is_empty());
    }

    #[test]
    fn a_gap_is_counted_and_a_last_value_seen_twice_is_not_a_row() {
        let mut kept = conflator();
        for sequence in [3, 3, 6] {
            kept.take(&frame("ALFA", 1, sequence, Some(100.0)), 7);
        }
        let change = &kept.changes()[0];
        assert_eq!((change.gaps, change.messages, change.volume), (2, 3, 10.0));
        assert_eq!(kept.totals().gaps, 2);
    }

    #[test]
    fn rubbish_and_strangers_are_counted() {
        let mut kept = conflator();
        kept.take(b"\xff\xff", 1);
        kept.take(&frame("CHRL", 1, 1, None), 2);
        assert_eq!((kept.totals().messages, kept.totals().malformed), (2, 2));
        assert!(kept.changes().is_empty() && kept.bars("CHRL").is_none());
    }

    #[test]
    fn bars_follow_event_time() {
        let mut kept = conflator();
        for sequence in 1..=6 {
            kept.take(&frame("ALFA", 1, sequence, None), 7);
        }
        let starts: Vec<i64> = kept
            .bars("ALFA")
            .unwrap()
            .iter()
            .map(|bar| bar.start_us)
            .collect();
        assert_eq!(starts, [0, 1_000, 2_000]);
    }

    proptest! {
        #[test]
        fn received_and_missing_make_up_the_stream(kept in proptest::collection::vec(any::<bool>(), 1..300)) {
            let mut conflator = conflator();
            let sent: Vec<u64> = (1..).zip(&kept).filter(|(_, kept)| **kept).map(|(at, _)| at).collect();
            for sequence in &sent {
                conflator.take(&frame("BRVO", 3, *sequence, None), 0);
            }
            let span = sent.last().map_or(0, |last| last - sent[0] + 1);
            prop_assert_eq!(conflator.totals().messages + conflator.totals().gaps, span);
        }
    }
}
