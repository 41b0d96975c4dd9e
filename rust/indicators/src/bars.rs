//! Bars in event time: rows of market data in, closed bars out.
//!
//! - An interval is aligned to the clock: it starts at a multiple of its length since the epoch (UTC).
//! - Open, high, low and close are of the *mid*; the volume is what was *traded*.
//! - A bar is closed by the first row of a later interval, never by a timer: replayed at any speed, the same
//!   rows give the same bars.
//! - An interval without a row is *carried forward*: four times the last close, no volume, no rows.
//! - Silence longer than [`BarBuilder::MAX_CARRIED`] intervals is a *break*, not a row of flat bars: nothing is
//!   carried, and the first bar after it says so ([`Bar::after_break`]). A weekend can't emit a million bars.

use crate::IndicatorError;

/// The mid of a touch, or `None` where there is none to trust: a side missing or not positive, or a crossed book.
///
/// A locked book (bid equal to ask) has a mid.
#[inline]
pub fn mid(bid: f64, ask: f64) -> Option<f64> {
    (bid > 0.0 && ask >= bid && ask.is_finite()).then(|| f64::midpoint(bid, ask))
}

/// One closed bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Start of the interval, µs since the epoch (UTC).
    pub start_us: i64,
    /// First mid of the interval.
    pub open: f64,
    /// Highest mid.
    pub high: f64,
    /// Lowest mid.
    pub low: f64,
    /// Last mid.
    pub close: f64,
    /// Quantity traded.
    pub volume: f64,
    /// Rows that fell into the interval; 0 marks a bar carried forward.
    pub rows: u32,
    /// Whether a break in the series lies before this bar, so that nothing may be computed across it.
    pub after_break: bool,
}

impl Bar {
    /// A bar of an interval in which nothing happened.
    const fn carried(start_us: i64, close: f64) -> Self {
        Self {
            start_us,
            open: close,
            high: close,
            low: close,
            close,
            volume: 0.0,
            rows: 0,
            after_break: false,
        }
    }

    /// Whether the interval was empty and the bar repeats the close before it.
    pub const fn is_carried(&self) -> bool {
        self.rows == 0
    }

    #[inline]
    fn take(&mut self, mid: Option<f64>, volume: f64, first_mid: bool) {
        if let Some(mid) = mid {
            if first_mid {
                (self.open, self.high, self.low) = (mid, mid, mid);
            }
            self.high = self.high.max(mid);
            self.low = self.low.min(mid);
            self.close = mid;
        }
        self.volume += volume;
        self.rows = self.rows.saturating_add(1);
    }
}

/// Builds the bars of one symbol.
#[derive(Debug, Clone)]
pub struct BarBuilder {
    interval_us: i64,
    open: Option<Open>,
    late_rows: u64,
}

/// The bar still open, and whether it has seen a mid of its own yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    bar: Bar,
    has_mid: bool,
}

impl BarBuilder {
    /// The interval the desk uses unless its configuration says otherwise: 250 ms.
    pub const DEFAULT_INTERVAL_US: i64 = 250_000;

    /// Silence of more intervals than this is a break (five minutes at 250 ms).
    pub const MAX_CARRIED: i64 = 1_200;

    /// A builder of bars of `interval_us` microseconds.
    pub const fn new(interval_us: i64) -> Result<Self, IndicatorError> {
        if interval_us <= 0 {
            return Err(IndicatorError::NotPositive {
                name: "interval_us",
                value: interval_us as f64,
            });
        }
        Ok(Self {
            interval_us,
            open: None,
            late_rows: 0,
        })
    }

    /// Takes one row and gives the bars it closes: mostly none, else the open one and those carried forward.
    ///
    /// `mid` is `None` where the row has no mid to trust (see [`mid`]); the row still counts, and so does its
    /// volume, but it marks nothing. Rows before the first mid are ignored: there is no price yet.
    /// `traded` is the quantity of a trade, else 0; what is not a positive number is taken as 0.
    /// A row older than the open bar cannot reopen a closed one: it is dropped, and counted in [`Self::late_rows`].
    #[inline]
    pub fn update(&mut self, timestamp_us: i64, mid: Option<f64>, traded: f64) -> ClosedBars {
        let volume = if traded.is_finite() { traded.max(0.0) } else { 0.0 };
        let start_us = timestamp_us.div_euclid(self.interval_us) * self.interval_us;
        let Some(open) = &mut self.open else {
            if let Some(price) = mid {
                let mut bar = Bar::carried(start_us, price);
                bar.take(mid, volume, true);
                self.open = Some(Open { bar, has_mid: true });
            }
            return ClosedBars::none();
        };
        if start_us == open.bar.start_us {
            open.bar.take(mid, volume, !open.has_mid);
            open.has_mid |= mid.is_some();
            return ClosedBars::none();
        }
        if start_us < open.bar.start_us {
            self.late_rows += 1;
            return ClosedBars::none();
        }
        let closed = open.bar;
        let empty = (start_us - closed.start_us) / self.interval_us - 1;
        let mut bar = Bar::carried(start_us, closed.close);
        bar.after_break = empty > Self::MAX_CARRIED;
        bar.take(mid, volume, true);
        *open = Open {
            bar,
            has_mid: mid.is_some(),
        };
        let carried = if bar.after_break { 0 } else { empty };
        ClosedBars {
            next: Some(closed),
            carried,
            interval_us: self.interval_us,
        }
    }

    /// Forgets all rows.
    pub const fn reset(&mut self) {
        self.open = None;
        self.late_rows = 0;
    }

    /// The length of an interval, µs.
    pub const fn interval_us(&self) -> i64 {
        self.interval_us
    }

    /// The bar that is still open, for a chart; nothing may be decided on it.
    pub fn open_bar(&self) -> Option<&Bar> {
        self.open.as_ref().map(|open| &open.bar)
    }

    /// How many rows came too late for their bar and were dropped.
    pub const fn late_rows(&self) -> u64 {
        self.late_rows
    }
}

/// The bars one row has closed, oldest first. At most `1 + MAX_CARRIED`.
#[derive(Debug, Clone)]
#[must_use = "a closed bar is given once"]
pub struct ClosedBars {
    next: Option<Bar>,
    carried: i64,
    interval_us: i64,
}

impl ClosedBars {
    const fn none() -> Self {
        Self {
            next: None,
            carried: 0,
            interval_us: 0,
        }
    }
}

impl Iterator for ClosedBars {
    type Item = Bar;

    #[inline]
    fn next(&mut self) -> Option<Bar> {
        let bar = self.next.take()?;
        if self.carried > 0 {
            self.carried -= 1;
            self.next = Some(Bar::carried(bar.start_us + self.interval_us, bar.close));
        }
        Some(bar)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.next.is_some()) + usize::try_from(self.carried).unwrap_or(0);
        (left, Some(left))
    }
}

impl ExactSizeIterator for ClosedBars {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn builder() -> BarBuilder {
        BarBuilder::new(100).expect("an interval")
    }

    #[test]
    fn a_bar_is_aligned_and_closed_by_the_first_later_row() {
        let mut bars = builder();
        assert_eq!(bars.update(1_030, Some(10.0), 2.0).len(), 0);
        assert_eq!(bars.update(1_050, Some(12.0), 0.0).len(), 0);
        assert_eq!(bars.update(1_099, Some(9.0), 3.0).len(), 0);
        let closed: Vec<Bar> = bars.update(1_100, Some(11.0), 7.0).collect();
        let expected = Bar {
            start_us: 1_000,
            open: 10.0,
            high: 12.0,
            low: 9.0,
            close: 9.0,
            volume: 5.0,
            rows: 3,
            after_break: false,
        };
        assert_eq!(closed, [expected]);
        assert_eq!(
            bars.open_bar().map(|bar| (bar.start_us, bar.open)),
            Some((1_100, 11.0))
        );
    }

    #[test]
    fn empty_intervals_are_carried_forward() {
        let mut bars = builder();
        assert_eq!(bars.update(0, Some(10.0), 1.0).len(), 0);
        let closed: Vec<Bar> = bars.update(350, Some(11.0), 0.0).collect();
        assert_eq!(
            closed.iter().map(|bar| bar.start_us).collect::<Vec<_>>(),
            [0, 100, 200]
        );
        assert!(
            closed[1..]
                .iter()
                .all(|bar| bar.is_carried() && bar.close == 10.0 && bar.volume == 0.0)
        );
    }

    #[test]
    fn long_silence_is_a_break_and_not_a_million_bars() {
        let mut bars = builder();
        assert_eq!(bars.update(0, Some(10.0), 0.0).len(), 0);
        let last_carried = (BarBuilder::MAX_CARRIED + 1) * 100;
        assert_eq!(
            bars.clone().update(last_carried, Some(11.0), 0.0).len(),
            1 + 1_200
        );
        assert_eq!(bars.update(last_carried + 100, Some(11.0), 0.0).len(), 1);
        let after: Vec<Bar> = bars.update(last_carried + 200, Some(12.0), 0.0).collect();
        assert!(after[0].after_break && after[0].open == 11.0);
        assert!(!bars.open_bar().expect("open").after_break);
    }

    #[test]
    fn a_row_without_a_mid_counts_its_volume_and_marks_nothing() {
        let mut bars = builder();
        assert_eq!(bars.update(0, None, 5.0).len(), 0);
        assert!(bars.open_bar().is_none(), "no price, no bar");
        assert_eq!(bars.update(10, Some(10.0), 0.0).len(), 0);
        assert_eq!(bars.update(100, None, 5.0).len(), 1);
        assert_eq!(bars.update(150, Some(14.0), 0.0).len(), 0);
        let closed = bars.update(200, None, f64::NAN).next().expect("closed");
        assert_eq!(
            (closed.open, closed.low, closed.close, closed.volume),
            (14.0, 14.0, 14.0, 5.0)
        );
        let closed = bars.update(300, None, -3.0).next().expect("closed");
        assert_eq!(
            (closed.open, closed.close, closed.volume, closed.rows),
            (14.0, 14.0, 0.0, 1)
        );
    }

    #[test]
    fn a_late_row_is_dropped_and_counted() {
        let mut bars = builder();
        assert_eq!(bars.update(500, Some(10.0), 0.0).len(), 0);
        assert_eq!(bars.update(499, Some(99.0), 9.0).len(), 0);
        assert_eq!(bars.late_rows(), 1);
        let closed = bars.update(600, Some(10.0), 0.0).next().expect("closed");
        assert_eq!((closed.high, closed.volume), (10.0, 0.0));
    }

    #[test]
    fn times_before_the_epoch_are_aligned_downwards() {
        let mut bars = builder();
        assert_eq!(bars.update(-1, Some(10.0), 0.0).len(), 0);
        assert_eq!(bars.open_bar().map(|bar| bar.start_us), Some(-100));
    }

    #[test]
    fn a_mid_needs_two_sound_sides() {
        assert_eq!(mid(10.0, 11.0), Some(10.5));
        assert_eq!(mid(10.0, 10.0), Some(10.0));
        for (bid, ask) in [
            (11.0, 10.0),
            (0.0, 10.0),
            (-1.0, 1.0),
            (f64::NAN, 1.0),
            (1.0, f64::NAN),
            (1.0, f64::INFINITY),
        ] {
            assert_eq!(mid(bid, ask), None, "{bid} {ask}");
        }
    }

    #[test]
    fn an_interval_that_is_not_positive_is_refused() {
        assert!(BarBuilder::new(0).is_err());
    }

    proptest! {
        #[test]
        fn bars_are_consecutive_sound_and_lose_no_volume(
            rows in proptest::collection::vec((0_i64..700, 1.0_f64..100.0, 0_u8..5), 1..200),
        ) {
            let mut bars = builder();
            let (mut now, mut traded, mut closed) = (0, 0.0, Vec::new());
            for (step, price, volume) in rows {
                now += step;
                traded += f64::from(volume);
                closed.extend(bars.update(now, Some(price), f64::from(volume)));
            }
            for pair in closed.windows(2) {
                prop_assert_eq!(pair[1].start_us - pair[0].start_us, 100);
            }
            for bar in &closed {
                prop_assert!(bar.low <= bar.open && bar.low <= bar.close);
                prop_assert!(bar.high >= bar.open && bar.high >= bar.close);
            }
            let open = bars.open_bar().expect("there was a row");
            let volume = closed.iter().map(|bar| bar.volume).sum::<f64>() + open.volume;
            prop_assert!((volume - traded).abs() < 1e-9);
        }
    }
}
