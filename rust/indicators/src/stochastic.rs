//! Stochastic oscillator, fast and slow.

use crate::Period;
use crate::fold_window::{FoldWindow, Highest, Lowest};
use crate::indicator::{HighLowClose, Indicator};
use crate::moving_average::Sma;
use crate::snapshot::{Archive, State};

/// Both lines of the oscillator, 0 … 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StochasticValue {
    /// Where the close stands in the range.
    pub k: f64,
    /// Simple average of `k`.
    pub d: f64,
}

impl StochasticValue {
    const NAN: Self = Self {
        k: f64::NAN,
        d: f64::NAN,
    };
}

/// Where `close` stands between `lowest` and `highest`, 0 … 100; 0 if they are equal, as in TA-Lib.
#[inline(always)]
pub(crate) fn percent_of_range(highest: f64, lowest: f64, close: f64) -> f64 {
    let range = highest - lowest;
    if range == 0.0 {
        0.0
    } else {
        100.0 * ((close - lowest) / range)
    }
}

/// The fast %K alone.
#[derive(Debug, Clone)]
struct FastK {
    highest: FoldWindow<Highest>,
    lowest: FoldWindow<Lowest>,
}

impl FastK {
    fn new(period: Period) -> Self {
        Self {
            highest: FoldWindow::new(period),
            lowest: FoldWindow::new(period),
        }
    }

    #[inline]
    fn update(&mut self, bar: HighLowClose) -> f64 {
        self.highest
            .push_both(bar.high, &mut self.lowest, bar.low)
            .map_or(f64::NAN, |(highest, lowest)| {
                percent_of_range(highest, lowest, bar.close)
            })
    }

    fn clear(&mut self) {
        self.highest.clear();
        self.lowest.clear();
    }

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.highest.visit(archive)?;
        self.lowest.visit(archive)
    }
}

/// Fast stochastic oscillator (Lane, 1984): `%K = 100 (close − lowest) / (highest − lowest)` over `fast_k` bars, and `%D`,
/// the simple average of `fast_d` values of `%K`.
///
/// Both lines begin at bar `fast_k + fast_d − 1`, as TA-Lib's STOCHF. Without a range `%K` is 0.
#[derive(Debug, Clone)]
pub struct FastStochastic {
    fast_k: FastK,
    average: Sma,
    value: StochasticValue,
}

impl FastStochastic {
    /// An oscillator over `fast_k` bars with an average over `fast_d`.
    pub fn new(fast_k: Period, fast_d: Period) -> Self {
        Self {
            fast_k: FastK::new(fast_k),
            average: Sma::new(fast_d),
            value: StochasticValue::NAN,
        }
    }
}

/// A line with its average; `None` until both are warm.
#[inline(always)]
fn averaged(k: f64, average: &mut Sma) -> Option<StochasticValue> {
    if k.is_nan() {
        return None;
    }
    let d = average.update(k);
    (!d.is_nan()).then_some(StochasticValue { k, d })
}

impl Indicator<HighLowClose> for FastStochastic {
    type Output = StochasticValue;

    #[inline]
    fn update(&mut self, bar: HighLowClose) -> StochasticValue {
        if !bar.is_finite() {
            self.reset();
            return StochasticValue::NAN;
        }
        let k = self.fast_k.update(bar);
        let Some(value) = averaged(k, &mut self.average) else {
            return self.value;
        };
        self.value = value;
        value
    }

    fn value(&self) -> StochasticValue {
        self.value
    }

    fn reset(&mut self) {
        self.fast_k.clear();
        self.average.reset();
        self.value = StochasticValue::NAN;
    }
}

impl State for FastStochastic {
    const NAME: &'static str = "FastStochastic";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.fast_k.visit(archive)?;
        self.average.visit(archive)?;
        archive.number(&mut self.value.k)?;
        archive.number(&mut self.value.d)
    }
}

/// Slow stochastic oscillator: `%K` is the simple average of `slow_k` values of the fast `%K`, `%D` the simple average of
/// `slow_d` values of that.
///
/// Both lines begin at bar `fast_k + slow_k + slow_d − 2`, as TA-Lib's STOCH.
#[derive(Debug, Clone)]
pub struct Stochastic {
    fast: FastStochastic,
    average: Sma,
    value: StochasticValue,
}

impl Stochastic {
    /// An oscillator over `fast_k` bars, smoothed over `slow_k`, with an average over `slow_d`.
    pub fn new(fast_k: Period, slow_k: Period, slow_d: Period) -> Self {
        Self {
            fast: FastStochastic::new(fast_k, slow_k),
            average: Sma::new(slow_d),
            value: StochasticValue::NAN,
        }
    }
}

impl Indicator<HighLowClose> for Stochastic {
    type Output = StochasticValue;

    #[inline]
    fn update(&mut self, bar: HighLowClose) -> StochasticValue {
        if !bar.is_finite() {
            self.reset();
            return StochasticValue::NAN;
        }
        let k = self.fast.update(bar).d;
        let Some(value) = averaged(k, &mut self.average) else {
            return self.value;
        };
        self.value = value;
        value
    }

    fn value(&self) -> StochasticValue {
        self.value
    }

    fn reset(&mut self) {
        self.fast.reset();
        self.average.reset();
        self.value = StochasticValue::NAN;
    }
}

impl State for Stochastic {
    const NAME: &'static str = "Stochastic";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.fast.visit(archive)?;
        self.average.visit(archive)?;
        archive.number(&mut self.value.k)?;
        archive.number(&mut self.value.d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;
    use proptest::prelude::*;

    fn bars(closes: &[f64]) -> Vec<HighLowClose> {
        let bar = |close: &f64| HighLowClose {
            high: close + 1.0,
            low: close - 1.0,
            close: *close,
        };
        closes.iter().map(bar).collect()
    }

    #[test]
    fn fast_lines_by_hand() {
        // Ranges over two bars: 10 … 13 at 12, 10 … 13 at 11, 10 … 15 at 14.
        let values = collect(
            FastStochastic::new(Period::fixed(2), Period::fixed(2)),
            &bars(&[11.0, 12.0, 11.0, 14.0]),
        );
        assert!(
            values[..2]
                .iter()
                .all(|value| value.k.is_nan() && value.d.is_nan())
        );
        assert!((values[2].k - 100.0 / 3.0).abs() < 1e-12 && (values[2].d - 50.0).abs() < 1e-12);
        assert!((values[3].k - 80.0).abs() < 1e-12 && (values[3].d - 170.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_slow_lines_begin_where_ta_libs_do() {
        let closes: Vec<f64> = (0..30).map(|step| f64::from(step * 7 % 11)).collect();
        let values = collect(
            Stochastic::new(Period::fixed(5), Period::fixed(3), Period::fixed(4)),
            &bars(&closes),
        );
        assert_eq!(values.iter().position(|value| !value.k.is_nan()), Some(9));
        assert_eq!(values.iter().position(|value| !value.d.is_nan()), Some(9));
    }

    #[test]
    fn without_a_range_it_is_zero() {
        let flat = HighLowClose {
            high: 5.0,
            low: 5.0,
            close: 5.0,
        };
        let values = collect(
            FastStochastic::new(Period::fixed(3), Period::fixed(1)),
            &[flat; 4],
        );
        assert_eq!(values[3], StochasticValue { k: 0.0, d: 0.0 });
    }

    proptest! {
        #[test]
        fn it_stays_in_its_bounds(closes in proptest::collection::vec(10.0_f64..1e5, 20..100)) {
            let values = collect(Stochastic::new(Period::fixed(5), Period::fixed(3), Period::fixed(3)), &bars(&closes));
            for value in &values[8..] {
                prop_assert!((-1e-9..=100.0 + 1e-9).contains(&value.k) && (-1e-9..=100.0 + 1e-9).contains(&value.d));
            }
        }
    }
}
