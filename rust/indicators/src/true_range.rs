//! True range and its average.

use crate::Period;
use crate::indicator::{HighLowClose, Indicator};
use crate::moving_average::settled;
use crate::snapshot::{Archive, State};

/// The range of a bar that also covers the gap from the close before it.
#[inline(always)]
pub(crate) fn true_range(high: f64, low: f64, previous_close: f64) -> f64 {
    let range = high - low;
    let up = (high - previous_close).abs();
    let down = (low - previous_close).abs();
    let gap = if up > down { up } else { down };
    if gap > range { gap } else { range }
}

/// True range: the largest of `high − low`, `|high − close₋₁|` and `|low − close₋₁|` (Wilder, New Concepts in Technical
/// Trading Systems, 1978). First output at the second bar, as TA-Lib's TRANGE.
#[derive(Debug, Clone)]
pub struct TrueRange {
    previous_close: f64,
    value: f64,
}

impl Default for TrueRange {
    fn default() -> Self {
        Self::new()
    }
}

impl TrueRange {
    /// A range before its first bar.
    pub const fn new() -> Self {
        Self {
            previous_close: f64::NAN,
            value: f64::NAN,
        }
    }
}

impl Indicator<HighLowClose> for TrueRange {
    type Output = f64;

    #[inline]
    fn update(&mut self, bar: HighLowClose) -> f64 {
        if !bar.is_finite() {
            self.reset();
            return f64::NAN;
        }
        self.value = if self.previous_close.is_nan() {
            f64::NAN
        } else {
            true_range(bar.high, bar.low, self.previous_close)
        };
        self.previous_close = bar.close;
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        *self = Self::new();
    }
}

impl State for TrueRange {
    const NAME: &'static str = "TrueRange";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.number(&mut self.previous_close)?;
        archive.number(&mut self.value)
    }
}

/// Average true range (Wilder, 1978): the true ranges smoothed by `1 / period`, seeded with the mean of the first
/// `period` of them. First output at bar `period + 1`, as TA-Lib's ATR.
#[derive(Debug, Clone)]
pub struct Atr {
    range: TrueRange,
    period: usize,
    keep: f64,
    weight: f64,
    seen: usize,
    average: f64,
    value: f64,
}

impl Atr {
    /// An average over `period` true ranges.
    pub fn new(period: Period) -> Self {
        let size = period.get() as f64;
        Self {
            range: TrueRange::new(),
            period: period.get(),
            keep: (size - 1.0) / size,
            weight: 1.0 / size,
            seen: 0,
            average: 0.0,
            value: f64::NAN,
        }
    }
}

impl Indicator<HighLowClose> for Atr {
    type Output = f64;

    #[inline]
    fn update(&mut self, bar: HighLowClose) -> f64 {
        let range = self.range.update(bar);
        if range.is_nan() {
            // Either the bar is unsound, which starts anew, or it is the first, and then there is nothing yet.
            self.seen = 0;
            self.average = 0.0;
            self.value = f64::NAN;
            return f64::NAN;
        }
        if self.seen == self.period {
            self.average = settled(self.average * self.keep + range * self.weight);
        } else {
            self.seen += 1;
            self.average += range;
            if self.seen < self.period {
                return f64::NAN;
            }
            self.average /= self.period as f64;
        }
        self.value = self.average;
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.range.reset();
        self.seen = 0;
        self.average = 0.0;
        self.value = f64::NAN;
    }
}

impl State for Atr {
    const NAME: &'static str = "Atr";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.period as f64)?;
        self.range.visit(archive)?;
        archive.count(&mut self.seen, self.period)?;
        archive.number(&mut self.average)?;
        archive.number(&mut self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;

    fn bar(high: f64, low: f64, close: f64) -> HighLowClose {
        HighLowClose { high, low, close }
    }

    #[test]
    fn a_gap_counts_as_range() {
        let bars = [
            bar(10.0, 8.0, 9.0),
            bar(11.0, 10.5, 11.0),
            bar(7.0, 6.5, 7.0),
            bar(9.0, 6.0, 8.0),
        ];
        let ranges = collect(TrueRange::new(), &bars);
        assert!(ranges[0].is_nan());
        assert_eq!(ranges[1..], [2.0, 4.5, 3.0]);
    }

    #[test]
    fn the_average_is_seeded_with_the_mean_and_smoothed_by_wilder() {
        let bars = [
            bar(10.0, 8.0, 9.0),
            bar(11.0, 10.5, 11.0),
            bar(7.0, 7.0, 7.0),
            bar(9.0, 6.0, 8.0),
        ];
        let averages = collect(Atr::new(Period::fixed(2)), &bars);
        assert!(averages[..2].iter().all(|average| average.is_nan()));
        assert_eq!(averages[2..], [3.0, 3.0]);
    }

    #[test]
    fn an_unsound_bar_starts_a_new_warm_up() {
        let mut bars = vec![bar(10.0, 8.0, 9.0); 8];
        bars[3].low = f64::NAN;
        let averages = collect(Atr::new(Period::fixed(2)), &bars);
        let warm: Vec<bool> = averages.iter().map(|average| !average.is_nan()).collect();
        assert_eq!(warm, [false, false, true, false, false, false, true, true]);
    }
}
