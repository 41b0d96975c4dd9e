//! Average directional index.

use crate::Period;
use crate::indicator::{HighLowClose, Indicator};
use crate::moving_average::{NOTHING, settled};
use crate::snapshot::{Archive, State};
use crate::true_range::true_range;

/// How much the high rose and how much the low fell; only the larger of the two counts.
#[inline(always)]
pub(crate) fn movement(up: f64, down: f64) -> (f64, f64) {
    // Only selections: which of the two it is can't be foretold by a branch.
    let up = if up > 0.0 { up } else { 0.0 };
    let down = if down > 0.0 { down } else { 0.0 };
    let plus = if up > down { up } else { 0.0 };
    let minus = if down > up { down } else { 0.0 };
    (plus, minus)
}

/// The smoothed movements and ranges, and the index they have led to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdxSums {
    pub(crate) period: usize,
    pub(crate) keep: f64,
    pub(crate) weight: f64,
    pub(crate) plus: f64,
    pub(crate) minus: f64,
    pub(crate) range: f64,
    pub(crate) average: f64,
}

impl AdxSums {
    fn new(period: usize) -> Self {
        let size = period as f64;
        Self {
            period,
            keep: (size - 1.0) / size,
            weight: 1.0 / size,
            plus: 0.0,
            minus: 0.0,
            range: 0.0,
            average: 0.0,
        }
    }

    /// Whether there is a `DX` at this bar.
    #[inline(always)]
    pub(crate) fn has_moved(&self) -> bool {
        self.range >= NOTHING && self.plus + self.minus >= NOTHING
    }

    /// Lets what has decayed to nothing be zero: there is no `DX` of it any more.
    #[inline(always)]
    pub(crate) fn settle(&mut self) {
        if !self.has_moved() {
            (self.plus, self.minus) = (0.0, 0.0);
        }
        self.range = settled(self.range);
    }

    /// `DX`, where there is one.
    #[inline(always)]
    pub(crate) fn index(&self) -> f64 {
        100.0 * ((self.plus - self.minus).abs() / (self.plus + self.minus))
    }
}

/// Average directional index, 0 … 100 (Wilder, New Concepts in Technical Trading Systems, 1978).
///
/// With `+DM` (how much the high rose, if more than the low fell, else 0), `−DM` (the other way round) and the true range
/// each smoothed as `s ← s − s / period + x`: `DX = 100 |+DM − −DM| / (+DM + −DM)`. The index is Wilder's average of `DX`
/// (smoothing `1 / period`), seeded with the mean of the first `period` of them. First output at bar `2 period`, as
/// TA-Lib's ADX. Where nothing has moved there is no `DX`, and the index stays (in its seed such a bar counts as 0).
#[derive(Debug, Clone)]
pub struct Adx {
    sums: AdxSums,
    previous: HighLowClose,
    changes: usize,
    value: f64,
}

impl Adx {
    const NO_BAR: HighLowClose = HighLowClose {
        high: f64::NAN,
        low: f64::NAN,
        close: f64::NAN,
    };

    /// An index over `period` bars.
    pub fn new(period: Period) -> Self {
        Self {
            sums: AdxSums::new(period.get()),
            previous: Self::NO_BAR,
            changes: 0,
            value: f64::NAN,
        }
    }

    /// The state behind the value.
    pub(crate) fn sums(&self) -> AdxSums {
        self.sums
    }
}

impl Indicator<HighLowClose> for Adx {
    type Output = f64;

    #[inline]
    fn update(&mut self, bar: HighLowClose) -> f64 {
        if !bar.is_finite() {
            self.reset();
            return f64::NAN;
        }
        let before = std::mem::replace(&mut self.previous, bar);
        if before.close.is_nan() {
            return f64::NAN;
        }
        let sums = &mut self.sums;
        let (plus, minus) = movement(bar.high - before.high, before.low - bar.low);
        let range = true_range(bar.high, bar.low, before.close);
        // The first sums run over one change less than the period, as in TA-Lib.
        let keep = if self.changes < sums.period - 1 {
            1.0
        } else {
            sums.keep
        };
        sums.plus = sums.plus * keep + plus;
        sums.minus = sums.minus * keep + minus;
        sums.range = sums.range * keep + range;
        let last_of_warm_up = 2 * sums.period - 1;
        if self.changes == last_of_warm_up {
            if sums.has_moved() {
                sums.average = sums.average * sums.keep + sums.index() * sums.weight;
            } else {
                sums.settle();
            }
            self.value = sums.average;
            return self.value;
        }
        self.changes += 1;
        if self.changes >= sums.period && sums.has_moved() {
            sums.average += sums.index();
        }
        if self.changes == last_of_warm_up {
            sums.average /= sums.period as f64;
            self.value = sums.average;
        }
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.sums = AdxSums::new(self.sums.period);
        self.previous = Self::NO_BAR;
        self.changes = 0;
        self.value = f64::NAN;
    }
}

impl State for Adx {
    const NAME: &'static str = "Adx";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.sums.period as f64)?;
        archive.count(&mut self.changes, 2 * self.sums.period - 1)?;
        for number in [
            &mut self.previous.high,
            &mut self.previous.low,
            &mut self.previous.close,
            &mut self.sums.plus,
            &mut self.sums.minus,
            &mut self.sums.range,
            &mut self.sums.average,
            &mut self.value,
        ] {
            archive.number(number)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;
    use proptest::prelude::*;

    fn bar(middle: f64, half: f64) -> HighLowClose {
        HighLowClose {
            high: middle + half,
            low: middle - half,
            close: middle,
        }
    }

    #[test]
    fn a_market_that_only_rises_has_the_full_index() {
        let bars: Vec<HighLowClose> = (0..40).map(|step| bar(100.0 + f64::from(step), 1.0)).collect();
        let values = collect(Adx::new(Period::fixed(5)), &bars);
        assert_eq!(values.iter().position(|value| !value.is_nan()), Some(9));
        assert!(values[9..].iter().all(|value| (value - 100.0).abs() < 1e-12));
    }

    #[test]
    fn a_flat_market_has_none() {
        let values = collect(Adx::new(Period::fixed(3)), &[bar(60_000.01, 0.0); 20]);
        assert!(values[5..].iter().all(|value| *value == 0.0));
    }

    #[test]
    fn sums_by_hand() {
        // Changes (+DM, −DM): 2/0, 0/1, 3/0; the first two are summed with period 2: after one change 2/0, then
        // 1/1 (DX 0) and 3.5/0.5 (DX 75).
        let high_low = [(10.0, 9.0), (12.0, 10.0), (11.5, 9.0), (14.5, 9.5)];
        let bars = high_low.map(|(high, low)| HighLowClose {
            high,
            low,
            close: low,
        });
        let values = collect(Adx::new(Period::fixed(2)), &bars);
        assert!(values[..3].iter().all(|value| value.is_nan()));
        assert!((values[3] - 37.5).abs() < 1e-12, "{}", values[3]);
    }

    proptest! {
        #[test]
        fn it_stays_in_its_bounds(
            bars in proptest::collection::vec((1.0_f64..1000.0, 0.0_f64..10.0), 0..200),
            period in 1_usize..20,
        ) {
            let bars: Vec<HighLowClose> = bars.iter().map(|(middle, half)| bar(*middle, *half)).collect();
            let values = collect(Adx::new(Period::fixed(period)), &bars);
            for (index, value) in values.iter().enumerate() {
                prop_assert_eq!(value.is_nan(), index < 2 * period - 1);
                prop_assert!(value.is_nan() || (0.0..=100.0 + 1e-9).contains(value));
            }
        }
    }
}
