//! The newest bars of one symbol.

use std::collections::VecDeque;

use indicators::IndicatorError;
use indicators::bars::{Bar, BarBuilder};

/// A row this much older than the newest one, behind a restart of the publisher, belongs to another recording.
const ANOTHER_RECORDING_US: i64 = 60_000_000;

/// Closed bars up to a bound, and the open one.
#[derive(Debug, Clone)]
pub struct Series {
    builder: BarBuilder,
    closed: VecDeque<Bar>,
    capacity: usize,
    newest_us: i64,
}

impl Series {
    /// Keeps the newest `capacity` bars of `interval_us` microseconds.
    pub fn new(interval_us: i64, capacity: usize) -> Result<Self, IndicatorError> {
        let builder = BarBuilder::new(interval_us)?;
        Ok(Self {
            builder,
            closed: VecDeque::new(),
            capacity: capacity.max(1),
            newest_us: i64::MIN,
        })
    }

    /// Takes one row; `mid` is `None` where it has none to trust.
    pub fn update(&mut self, event_us: i64, mid: Option<f64>, traded: f64) {
        self.newest_us = self.newest_us.max(event_us);
        for bar in self.builder.update(event_us, mid, traded) {
            if self.closed.len() == self.capacity {
                self.closed.pop_front();
            }
            self.closed.push_back(bar);
        }
    }

    /// The publisher started anew with a row of `event_us`: a time long past is another recording's, and its
    /// bars begin anew instead of being taken for late rows.
    pub fn restarted(&mut self, event_us: i64) -> Result<(), IndicatorError> {
        if event_us < self.newest_us.saturating_sub(ANOTHER_RECORDING_US) {
            *self = Self::new(self.builder.interval_us(), self.capacity)?;
        }
        Ok(())
    }

    /// Oldest first, the open one last; at most the capacity.
    pub fn bars(&self) -> impl Iterator<Item = &Bar> {
        let open = self.builder.open_bar();
        let kept = self.closed.len() + usize::from(open.is_some());
        self.closed
            .iter()
            .skip(kept.saturating_sub(self.capacity))
            .chain(open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(series: &Series) -> Vec<i64> {
        series.bars().map(|bar| bar.start_us).collect()
    }

    #[test]
    fn the_newest_bars_are_kept_and_the_open_one_is_the_last() {
        let mut series = Series::new(100, 3).unwrap();
        for time in [10, 110, 220, 330, 450] {
            series.update(time, Some(1.0), 2.0);
        }
        assert_eq!(starts(&series), [200, 300, 400]);
    }

    #[test]
    fn another_recording_begins_anew_and_a_short_repeat_does_not() {
        let mut series = Series::new(1_000_000, 10).unwrap();
        series.update(100_000_000, Some(1.0), 0.0);
        series.update(101_000_000, Some(1.0), 0.0);
        series.restarted(100_900_000).unwrap();
        assert_eq!(starts(&series), [100_000_000, 101_000_000]);
        series.restarted(5_000_000).unwrap();
        series.update(5_000_000, Some(1.0), 0.0);
        assert_eq!(starts(&series), [5_000_000]);
    }
}
