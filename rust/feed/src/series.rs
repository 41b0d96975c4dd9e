//! The newest bars of one symbol, at several intervals at once.
//!
//! Only the shortest interval sees every row. A bar it closes counts for the next longer interval as four rows,
//! its open, high, low and close with the volume, and so on upwards: every bar is made by the one [`BarBuilder`],
//! and a row costs the same however many intervals are kept.

use std::collections::VecDeque;

use indicators::bars::{Bar, BarBuilder, ClosedBars};

use crate::intervals::Intervals;

/// A row this much older than the newest one, behind a restart of the publisher, belongs to another recording.
const ANOTHER_RECORDING_US: i64 = 60_000_000;
/// A ring grows by at least so many bars at a time.
const GROWTH: usize = 32;

/// Bars kept over all symbols and intervals: 224 MiB when every ring is full.
pub const MOST_BARS: usize = 4 << 20;
/// Bars per ring that are kept however many symbols there are.
const FEWEST_BARS: usize = 32;

/// How many bars each ring keeps when `wanted` are asked for: at least one, and so many that those of all `symbols`
/// and `intervals` together stay within [`MOST_BARS`].
pub fn bars_per_ring(wanted: usize, symbols: usize, intervals: &Intervals) -> usize {
    let share = MOST_BARS / (symbols.max(1) * intervals.count());
    wanted.clamp(1, share.max(FEWEST_BARS))
}

/// Closed bars up to a bound, and the open one, per interval.
#[derive(Debug, Clone)]
pub struct Series {
    levels: Vec<Level>,
    capacity: usize,
    newest_us: i64,
}

#[derive(Debug, Clone)]
struct Level {
    builder: BarBuilder,
    closed: VecDeque<Bar>,
}

/// What is kept at one interval: for handing a series on.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Length of a bar in microseconds.
    pub interval_us: i64,
    /// Oldest first.
    pub closed: Vec<Bar>,
    /// The one still open, without what the open bar of the next shorter interval will add to it.
    pub open: Option<Bar>,
}

impl Series {
    /// Keeps the newest `capacity` bars (at least one) of each of `intervals`.
    pub fn new(intervals: &Intervals, capacity: usize) -> Self {
        let levels = intervals.builders().map(|builder| Level {
            builder,
            closed: VecDeque::new(),
        });
        Self {
            levels: levels.collect(),
            capacity: capacity.max(1),
            newest_us: i64::MIN,
        }
    }

    /// Takes one row; `mid` is `None` where it has none to trust.
    #[inline]
    pub fn update(&mut self, event_us: i64, mid: Option<f64>, traded: f64) {
        self.newest_us = self.newest_us.max(event_us);
        for bar in self.levels[0].builder.update(event_us, mid, traded) {
            self.close(0, bar);
        }
    }

    fn close(&mut self, at: usize, bar: Bar) {
        let ring = &mut self.levels[at].closed;
        if ring.len() == self.capacity {
            ring.pop_front();
        } else if ring.len() == ring.capacity() {
            // Exactly: a ring that doubles would take twice its bound.
            ring.reserve_exact(ring.len().max(GROWTH).min(self.capacity - ring.len()));
        }
        ring.push_back(bar);
        if let Some(longer) = self.levels.get_mut(at + 1) {
            for bar in fold(&mut longer.builder, &bar).into_iter().flatten() {
                self.close(at + 1, bar);
            }
        }
    }

    /// The publisher started anew with a row of `event_us`: a time long past is another recording's, and its
    /// bars begin anew instead of being taken for late rows.
    pub fn restarted(&mut self, event_us: i64) {
        if event_us < self.newest_us.saturating_sub(ANOTHER_RECORDING_US) {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.newest_us = i64::MIN;
        for level in &mut self.levels {
            level.closed.clear();
            level.builder.reset();
        }
    }

    /// The newest bars of `interval_us`, oldest first, the open one last; at most `limit` and the capacity.
    /// `None` for an interval that is not kept.
    pub fn bars(&self, interval_us: i64, limit: usize) -> Option<Vec<Bar>> {
        let at = self.level(interval_us)?;
        // What each longer interval would look like if the open bars below it were closed now.
        let mut growing: Vec<Bar> = self.levels[0].builder.open_bar().copied().into_iter().collect();
        for level in &self.levels[1..=at] {
            let mut builder = level.builder.clone();
            let mut grown: Vec<Bar> = Vec::new();
            for bar in &growing {
                grown.extend(fold(&mut builder, bar).into_iter().flatten());
            }
            grown.extend(builder.open_bar());
            growing = grown;
        }
        let closed = &self.levels[at].closed;
        let kept = closed.len() + growing.len();
        let skipped = kept.saturating_sub(self.capacity.min(limit));
        Some(closed.iter().copied().chain(growing).skip(skipped).collect())
    }

    fn level(&self, interval_us: i64) -> Option<usize> {
        self.levels
            .iter()
            .position(|level| level.builder.interval_us() == interval_us)
    }

    /// All that is kept, to be given to [`Self::restore`] elsewhere; at most the newest `limit` closed bars of
    /// each interval.
    pub fn kept(&self, limit: usize) -> impl Iterator<Item = Kept> {
        self.levels.iter().map(move |level| {
            let skipped = level.closed.len().saturating_sub(limit);
            Kept {
                interval_us: level.builder.interval_us(),
                closed: level.closed.iter().skip(skipped).copied().collect(),
                open: level.builder.open_bar().copied(),
            }
        })
    }

    /// Becomes the series that gave `kept`. Intervals that are not kept here are passed over; one that `kept` lacks
    /// begins anew.
    pub fn restore(&mut self, kept: &[Kept]) {
        self.clear();
        for each in kept {
            let Some(at) = self.level(each.interval_us) else {
                continue;
            };
            let level = &mut self.levels[at];
            let skipped = each.closed.len().saturating_sub(self.capacity);
            level.closed.extend(&each.closed[skipped..]);
            if let Some(open) = &each.open {
                let closed = fold(&mut level.builder, open);
                debug_assert!(closed.is_none_or(|closed| closed.len() == 0), "it had begun anew");
                self.newest_us = self.newest_us.max(open.start_us);
            }
        }
    }

    /// Bytes its rings take.
    pub fn bytes(&self) -> usize {
        let bars: usize = self.levels.iter().map(|level| level.closed.capacity()).sum();
        bars * size_of::<Bar>()
    }
}

/// Counts a bar of a shorter interval as four rows of a longer one; a bar in which nothing happened as none, since
/// the longer builder carries forward by itself.
fn fold(longer: &mut BarBuilder, bar: &Bar) -> Option<ClosedBars> {
    if bar.is_carried() {
        return None;
    }
    let closed = longer.update(bar.start_us, Some(bar.open), 0.0);
    // All in the interval that the first row opened: these close nothing.
    for (mid, volume) in [(bar.high, 0.0), (bar.low, 0.0), (bar.close, bar.volume)] {
        let none = longer.update(bar.start_us, Some(mid), volume);
        debug_assert_eq!(none.len(), 0);
    }
    Some(closed)
}

#[cfg(test)]
mod tests;
