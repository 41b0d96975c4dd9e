//! The newest frame of each symbol, for whoever needs the touch of now and not every touch there was: frames in
//! between are dropped unread, so that a burst of market data costs no decision its time.

use std::collections::HashMap;

use bus::{Batch, BusError, Subscriber};
use messages::{Quote, wire};
use prost::Message as _;
use rustc_hash::FxBuildHasher;

use crate::decode::leading_symbol;

/// Frames received together.
const BATCH: usize = 64;

/// What came since the last look. A symbol's place is kept, so that a frame is copied and nothing is allocated.
#[derive(Debug, Default)]
pub struct NewestFrames {
    places: HashMap<Box<[u8]>, usize, FxBuildHasher>,
    frames: Vec<Vec<u8>>,
    /// Places that hold a frame, in the order in which they got one first.
    filled: Vec<usize>,
}

impl NewestFrames {
    /// Takes a frame in place of an older one of its symbol; false when no symbol leads it.
    pub fn put(&mut self, frame: &[u8]) -> bool {
        let Some(symbol) = leading_symbol(frame) else {
            return false;
        };
        let place = self.places.get(symbol).copied().unwrap_or_else(|| {
            self.places.insert(symbol.into(), self.frames.len());
            self.frames.push(Vec::new());
            self.frames.len() - 1
        });
        let held = &mut self.frames[place];
        if held.is_empty() {
            self.filled.push(place);
        }
        held.clear();
        held.extend_from_slice(frame);
        true
    }

    /// Gives the newest frame of each symbol that had one, and holds none afterwards.
    pub fn take(&mut self, mut each: impl FnMut(&[u8])) {
        for place in self.filled.drain(..) {
            let held = &mut self.frames[place];
            each(held);
            held.clear();
        }
    }
}

/// A subscription of which only the newest quote of each symbol is read.
pub struct NewestQuotes {
    subscriber: Subscriber,
    batch: Batch,
    newest: NewestFrames,
}

impl NewestQuotes {
    /// Reads `subscriber`, whose topics bound how many symbols there can be.
    pub fn new(subscriber: Subscriber) -> Self {
        Self {
            subscriber,
            batch: Batch::new(BATCH),
            newest: NewestFrames::default(),
        }
    }

    /// Takes up to about `limit` frames that are waiting, and gives the newest quote of each symbol among them, or the
    /// reason why it can't be read.
    pub fn drain(
        &mut self,
        limit: usize,
        mut each: impl FnMut(Result<Quote, String>),
    ) -> Result<(), BusError> {
        for _ in 0..limit.div_ceil(BATCH) {
            self.subscriber.receive_batch(&mut self.batch)?;
            for frame in self.batch.frames() {
                if !self.newest.put(frame) {
                    each(Err("no symbol leads the frame".to_owned()));
                }
            }
            if !self.batch.is_full() {
                break;
            }
        }
        self.newest.take(|frame| {
            let row = wire::MarketData::decode(frame).map_err(|error| error.to_string());
            each(row.and_then(|row| Quote::try_from(&row).map_err(|error| error.to_string())));
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use messages::wire::MarketData;

    use super::*;

    fn taken(newest: &mut NewestFrames) -> Vec<(String, u64)> {
        let mut rows = Vec::new();
        newest.take(|frame| {
            let row = MarketData::decode(frame).unwrap();
            rows.push((row.symbol, row.sequence));
        });
        rows
    }

    #[test]
    fn the_newest_of_each_symbol_stays_and_is_given_once() {
        let mut newest = NewestFrames::default();
        for (symbol, sequence) in [("ALFA", 1), ("BRVO", 1), ("ALFA", 2), ("AL", 1)] {
            let row = MarketData {
                symbol: symbol.into(),
                sequence,
                ..Default::default()
            };
            assert!(newest.put(&row.encode_to_vec()));
        }
        for frame in [&[][..], &[0x0a], &[0x0a, 9, b'A'], &[0x12, 0]] {
            assert!(!newest.put(frame));
        }
        let expected = [("ALFA".into(), 2), ("BRVO".into(), 1), ("AL".into(), 1)];
        assert_eq!(taken(&mut newest), expected);
        assert_eq!(taken(&mut newest), []);
    }
}
