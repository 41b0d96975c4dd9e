//! Simple and exponential moving averages.

use crate::Period;
use crate::indicator::Indicator;
use crate::snapshot::{Archive, State};
use crate::window::Window;

/// A value so many times as large as the rest of a window has rounded away digits of the rest that count: 4096 times as large,
/// it leaves a relative error of about 1e-12 (a few times that after hundreds of steps) until the sum is taken anew.
pub(crate) const DWARFS: f64 = 4096.0;

/// Whether what left a window dwarfs the sum that is left. `entered` bounds how often that can be: a sum near
/// zero of values that cancel is none to take anew.
#[inline(always)]
pub(crate) fn dwarfs(left: f64, sum: f64, entered: f64) -> bool {
    left.abs() > DWARFS * (sum.abs() + entered.abs())
}

/// Simple moving average: the mean of the last `period` values.
///
/// First output at the `period`-th value. The running sum is taken anew from the window each time the ring
/// comes round, and when a value leaves that dwarfs the rest, so rounding never accumulates past one window; a window of equal values gives exactly that value.
#[derive(Debug, Clone)]
pub struct Sma {
    window: Window,
    sum: f64,
    previous: f64,
    equal_run: usize,
    value: f64,
}

impl Sma {
    /// An average over `period` values.
    pub fn new(period: Period) -> Self {
        Self {
            window: Window::new(period),
            sum: 0.0,
            previous: f64::NAN,
            equal_run: 0,
            value: f64::NAN,
        }
    }

    /// The value of the latest update; NaN before the first.
    pub(crate) fn latest(&self) -> f64 {
        self.previous
    }
}

impl Indicator for Sma {
    type Output = f64;

    #[inline]
    fn update(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            self.reset();
            return f64::NAN;
        }
        self.equal_run = if value.to_bits() == self.previous.to_bits() {
            self.equal_run + 1
        } else {
            1
        };
        self.previous = value;
        let left = self.window.push(value);
        self.sum += value - left.unwrap_or(0.0);
        if self.window.at_start() || left.is_some_and(|left| dwarfs(left, self.sum, value)) {
            self.sum = self.window.values().iter().sum();
        }
        if self.window.is_full() {
            self.value = if self.equal_run >= self.window.period() {
                value
            } else {
                self.sum / self.window.size()
            };
        }
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.window.clear();
        self.sum = 0.0;
        self.previous = f64::NAN;
        self.equal_run = 0;
        self.value = f64::NAN;
    }
}

impl State for Sma {
    const NAME: &'static str = "Sma";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.window.visit(archive)?;
        archive.number(&mut self.sum)?;
        archive.number(&mut self.previous)?;
        archive.count(&mut self.equal_run, usize::MAX)?;
        archive.number(&mut self.value)
    }
}

/// Exponential moving average: `e ← e + k (x − e)` with `k = 2 / (period + 1)`.
///
/// Seeded, as in TA-Lib, with the simple mean of the first `period` values, which is its first output.
#[derive(Debug, Clone)]
pub struct Ema {
    period: usize,
    smoothing: f64,
    seen: usize,
    sum: f64,
    value: f64,
}

impl Ema {
    /// An average whose weights have the centre of mass of a simple one over `period` values.
    pub fn new(period: Period) -> Self {
        let smoothing = 2.0 / (period.get() as f64 + 1.0);
        Self {
            period: period.get(),
            smoothing,
            seen: 0,
            sum: 0.0,
            value: f64::NAN,
        }
    }

    pub(crate) fn smoothing(&self) -> f64 {
        self.smoothing
    }
}

/// Below this size the state of a recursion that only decays is taken for zero: nothing that is traded is so small, and the
/// numbers without all their digits that come next take a processor a hundred times as long.
pub(crate) const NOTHING: f64 = 1e-280;

/// The state, or zero where it has decayed to nothing.
#[inline(always)]
pub(crate) fn settled(state: f64) -> f64 {
    if state.abs() < NOTHING { 0.0 } else { state }
}

/// The next exponential average.
#[inline(always)]
pub(crate) fn next_average(average: f64, smoothing: f64, value: f64) -> f64 {
    average + smoothing * (value - average)
}

impl Indicator for Ema {
    type Output = f64;

    #[inline]
    fn update(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            self.reset();
            return f64::NAN;
        }
        if self.seen == self.period {
            self.value = settled(next_average(self.value, self.smoothing, value));
            return self.value;
        }
        self.seen += 1;
        self.sum += value;
        if self.seen == self.period {
            self.value = self.sum / self.period as f64;
        }
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.seen = 0;
        self.sum = 0.0;
        self.value = f64::NAN;
    }
}

impl State for Ema {
    const NAME: &'static str = "Ema";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.period as f64)?;
        archive.count(&mut self.seen, self.period)?;
        archive.number(&mut self.sum)?;
        archive.number(&mut self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;

    fn assert_series(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        for (index, (a, e)) in actual.iter().zip(expected).enumerate() {
            let same = (a.is_nan() && e.is_nan()) || (a - e).abs() <= 1e-12 * e.abs().max(1.0);
            assert!(same, "index {index}: {a} instead of {e}");
        }
    }

    const NAN: f64 = f64::NAN;

    #[test]
    fn sma_is_the_mean_of_the_window() {
        let sma = Sma::new(Period::fixed(3));
        assert_series(
            &collect(sma, &[1.0, 2.0, 6.0, 4.0, 5.0]),
            &[NAN, NAN, 3.0, 4.0, 5.0],
        );
    }

    #[test]
    fn ema_is_seeded_with_the_mean_as_in_ta_lib() {
        // talib.EMA([1, 2, 6, 4, 5], 3): the mean of three, then halfway to each new value.
        let ema = Ema::new(Period::fixed(3));
        assert_series(
            &collect(ema, &[1.0, 2.0, 6.0, 4.0, 5.0]),
            &[NAN, NAN, 3.0, 3.5, 4.25],
        );
    }

    #[test]
    fn a_value_that_is_not_finite_starts_a_new_warm_up() {
        let values = [1.0, 2.0, 3.0, NAN, 4.0, 6.0, 8.0];
        assert_series(
            &collect(Sma::new(Period::fixed(2)), &values),
            &[NAN, 1.5, 2.5, NAN, NAN, 5.0, 7.0],
        );
        let values = [1.0, 3.0, f64::INFINITY, 5.0, 7.0];
        assert_series(
            &collect(Ema::new(Period::fixed(2)), &values),
            &[NAN, 2.0, NAN, NAN, 6.0],
        );
    }

    #[test]
    fn the_running_sum_does_not_drift() {
        // A naive running sum is off by about 1e-7 here: the large values leave their rounding behind.
        let mut sma = Sma::new(Period::fixed(10));
        for step in 0..1_000_000_u32 {
            sma.update(if step % 1000 < 500 {
                1e9 + 0.1
            } else {
                f64::from(step % 7) * 0.1
            });
        }
        let tail: Vec<f64> = (0..10).map(|step| f64::from(step) * 0.3).collect();
        for value in &tail {
            sma.update(*value);
        }
        for value in &tail {
            sma.update(*value);
        }
        let exact = tail.iter().sum::<f64>() / 10.0;
        assert!(
            (sma.value() - exact).abs() < 1e-15,
            "{} instead of {exact}",
            sma.value()
        );
    }

    #[test]
    fn a_bad_print_is_forgotten_when_it_leaves() {
        for bad in [1e9, -1e11, 1e15] {
            let mut sma = Sma::new(Period::fixed(14));
            for step in 0..100 {
                sma.update(if step == 33 {
                    bad
                } else {
                    100.0 + f64::from(step % 7)
                });
                if step == 33 + 14 {
                    let exact = (34..48).map(|step| 100.0 + f64::from(step % 7)).sum::<f64>() / 14.0;
                    assert!(
                        (sma.value() / exact - 1.0).abs() < 1e-15,
                        "{bad}: {}",
                        sma.value()
                    );
                }
            }
        }
    }

    #[test]
    fn equal_values_average_to_themselves_exactly() {
        let averages = collect(Sma::new(Period::fixed(7)), &[60_000.01; 50]);
        assert!(
            averages[6..]
                .iter()
                .all(|average| average.to_bits() == 60_000.01_f64.to_bits())
        );
    }
}
