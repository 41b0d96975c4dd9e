//! Average directional index.

use crate::Period;
use crate::indicator::{HighLowClose, Indicator};
use crate::snapshot::{Archive, State};
use crate::true_range::true_range;

/// Below this TA-Lib takes a sum for zero (its `TA_EPSILON`).
const ZERO: f64 = 1e-14;

/// Average directional index, 0 … 100 (Wilder, New Concepts in Technical Trading Systems, 1978).
///
/// With `+DM` (how much the high rose, if more than the low fell, else 0), `−DM` (the other way round) and the true range
/// each smoothed as `s ← s − s / period + x`: `DX = 100 |+DM − −DM| / (+DM + −DM)`. The index is Wilder's average of `DX`
/// (smoothing `1 / period`), seeded with the mean of the first `period` of them. First output at bar `2 period`, as
/// TA-Lib's ADX. Where nothing has moved there is no `DX`, and the index stays (in its seed such a bar counts as 0).
#[derive(Debug, Clone)]
pub struct Adx {
    period: usize,
    keep: f64,
    weight: f64,
    previous: HighLowClose,
    changes: usize,
    plus: f64,
    minus: f64,
    range: f64,
    average: f64,
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
        let size = period.get() as f64;
        Self {
            period: period.get(),
            keep: (size - 1.0) / size,
            weight: 1.0 / size,
            previous: Self::NO_BAR,
            changes: 0,
            plus: 0.0,
            minus: 0.0,
            range: 0.0,
            average: 0.0,
            value: f64::NAN,
        }
    }

    /// The directional index of the sums at this bar, if anything has moved.
    #[inline(always)]
    fn directional_index(&self) -> Option<f64> {
        let moved = self.plus + self.minus;
        let is_known = self.range >= ZERO && 100.0 * moved >= ZERO * self.range;
        is_known.then(|| 100.0 * ((self.plus - self.minus).abs() / moved))
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
        let (up, down) = (bar.high - before.high, before.low - bar.low);
        let plus = if up > down && up > 0.0 { up } else { 0.0 };
        let minus = if down > up && down > 0.0 { down } else { 0.0 };
        let range = true_range(bar.high, bar.low, before.close);
        // The first sums run over one change less than the period, as in TA-Lib.
        let keep = if self.changes < self.period - 1 {
            1.0
        } else {
            self.keep
        };
        self.plus = self.plus * keep + plus;
        self.minus = self.minus * keep + minus;
        self.range = self.range * keep + range;
        if self.changes == 2 * self.period - 1 {
            if let Some(index) = self.directional_index() {
                self.average = self.average * self.keep + index * self.weight;
            }
            self.value = self.average;
            return self.value;
        }
        self.changes += 1;
        if self.changes >= self.period {
            self.average += self.directional_index().unwrap_or(0.0);
        }
        if self.changes == 2 * self.period - 1 {
            self.average /= self.period as f64;
            self.value = self.average;
        }
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.previous = Self::NO_BAR;
        self.changes = 0;
        self.plus = 0.0;
        self.minus = 0.0;
        self.range = 0.0;
        self.average = 0.0;
        self.value = f64::NAN;
    }
}

impl State for Adx {
    const NAME: &'static str = "Adx";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.period as f64)?;
        archive.count(&mut self.changes, 2 * self.period - 1)?;
        for number in [
            &mut self.previous.high,
            &mut self.previous.low,
            &mut self.previous.close,
            &mut self.plus,
            &mut self.minus,
            &mut self.range,
            &mut self.average,
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
