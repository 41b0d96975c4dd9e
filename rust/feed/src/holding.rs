//! Rows held back while the bars from before them are asked for.

use std::collections::VecDeque;

use crate::decode::Row;

/// Rows held at most: about what comes in tens of milliseconds at the highest rates.
const MOST_ROWS: usize = 4_096;

/// What a bar needs of a row, and where it stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    epoch: u64,
    sequence: u64,
    /// Event time.
    pub event_us: i64,
    /// Its mid, where it has one.
    pub mid: Option<f64>,
    /// What was traded.
    pub traded: f64,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// The bars are what they would be if this reader had read from the beginning.
    Exactly,
    /// Rows between the answer and the present are missing: it has to be asked again.
    Again,
}

/// The rows of one symbol since its bars were asked for.
#[derive(Debug, Default)]
pub struct Holding {
    index: Option<u32>,
    rows: VecDeque<Held>,
    /// Epoch and sequence of the newest row that found no room.
    dropped: Option<(u64, u64)>,
}

impl Holding {
    /// Begins with the symbol at `index`; what was held of another is let go.
    pub fn begin(&mut self, index: u32) {
        self.index = Some(index);
        self.rows.clear();
        self.dropped = None;
    }

    /// Whether rows of the symbol at `index` are held.
    #[inline]
    pub fn is_of(&self, index: u32) -> bool {
        self.index == Some(index)
    }

    /// Holds one.
    pub fn hold(&mut self, row: &Row<'_>, mid: Option<f64>) {
        if self.rows.len() == MOST_ROWS {
            self.dropped = self.rows.pop_front().map(|row| (row.epoch, row.sequence));
        }
        self.rows.push_back(Held {
            epoch: row.epoch,
            sequence: row.sequence,
            event_us: row.timestamp_us,
            mid,
            traded: row.traded(),
        });
    }

    /// Ends with the rows behind `sequence` of `epoch`; an error when some of them found no room.
    pub fn after(&mut self, index: u32, epoch: u64, sequence: u64) -> Result<Vec<Held>, Joined> {
        if !self.is_of(index) || self.dropped.is_some_and(|dropped| dropped > (epoch, sequence)) {
            return Err(Joined::Again);
        }
        self.index = None;
        let rows = self.rows.drain(..);
        Ok(rows
            .filter(|row| (row.epoch, row.sequence) > (epoch, sequence))
            .collect())
    }
}
