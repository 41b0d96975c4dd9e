//! Moving average convergence and divergence.

use crate::indicator::Indicator;
use crate::moving_average::{Ema, settled};
use crate::snapshot::{Archive, State};
use crate::{IndicatorError, Period};

/// The line and its signal at one value; the histogram is their difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MacdValue {
    /// Fast minus slow average, in units of the price.
    pub macd: f64,
    /// Exponential average of the line.
    pub signal: f64,
}

impl MacdValue {
    const NAN: Self = Self {
        macd: f64::NAN,
        signal: f64::NAN,
    };
}

/// How far the price stands above its exponential average: `d ← (1 − k)(d + x − x₋₁)` with `k = 2 / (period + 1)`.
///
/// The price level never comes in, so it eats no digits of a difference of two such averages.
#[derive(Debug, Clone)]
struct Distance {
    period: usize,
    keep: f64,
    seen: usize,
    first: f64,
    /// Of the distances from the first price, in the warm-up.
    sum: f64,
    value: f64,
}

impl Distance {
    fn new(period: Period) -> Self {
        let size = period.get() as f64;
        Self {
            period: period.get(),
            keep: (size - 1.0) / (size + 1.0),
            seen: 0,
            first: 0.0,
            sum: 0.0,
            value: f64::NAN,
        }
    }

    /// Takes the next price, which is so much above the one before, and gives the distance; NaN until warmed up.
    #[inline]
    fn update(&mut self, price: f64, change: f64) -> f64 {
        if self.seen == self.period {
            self.value = settled((self.value + change) * self.keep);
            return self.value;
        }
        if self.seen == 0 {
            self.first = price;
        }
        self.seen += 1;
        self.sum += price - self.first;
        if self.seen == self.period {
            self.value = price - self.first - self.sum / self.period as f64;
        }
        self.value
    }

    fn reset(&mut self) {
        (self.seen, self.sum, self.value) = (0, 0.0, f64::NAN);
    }

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.period as f64)?;
        archive.count(&mut self.seen, self.period)?;
        archive.number(&mut self.first)?;
        archive.number(&mut self.sum)?;
        archive.number(&mut self.value)
    }
}

/// MACD (Appel, 1979): `EMA(fast) − EMA(slow)`, with the exponential average of that line as its signal.
///
/// Aligned as in TA-Lib: the fast average is seeded so that both have their first value at the same price, and
/// both outputs are NaN until the signal exists, at value `slow + signal − 1`. The line is the difference of the price's
/// distances from both averages, so it keeps its digits where it is near zero and the price is high.
#[derive(Debug, Clone)]
pub struct Macd {
    fast: Distance,
    slow: Distance,
    signal: Ema,
    lead: usize,
    seen: usize,
    previous: f64,
    line: f64,
    value: MacdValue,
}

impl Macd {
    /// A MACD of these periods; `fast` must be smaller than `slow`.
    pub fn new(fast: Period, slow: Period, signal: Period) -> Result<Self, IndicatorError> {
        let (fast_period, slow_period) = (fast.get(), slow.get());
        if fast_period >= slow_period {
            return Err(IndicatorError::FastNotBelowSlow {
                fast: fast_period,
                slow: slow_period,
            });
        }
        Ok(Self {
            fast: Distance::new(fast),
            slow: Distance::new(slow),
            signal: Ema::new(signal),
            lead: slow_period - fast_period,
            seen: 0,
            previous: f64::NAN,
            line: f64::NAN,
            value: MacdValue::NAN,
        })
    }

    /// How far the latest price stands above the fast and the slow average.
    pub(crate) fn distances(&self) -> [f64; 2] {
        [self.fast.value, self.slow.value]
    }

    /// What these distances keep of themselves in a step.
    pub(crate) fn keeps(&self) -> [f64; 2] {
        [self.fast.keep, self.slow.keep]
    }

    /// The average of the line.
    pub(crate) fn signal(&self) -> &Ema {
        &self.signal
    }

    /// The line alone, which exists from value `slow` on, before the signal does.
    pub fn line(&self) -> f64 {
        self.line
    }
}

impl Indicator for Macd {
    type Output = MacdValue;

    #[inline]
    fn update(&mut self, value: f64) -> MacdValue {
        if !value.is_finite() {
            self.reset();
            return MacdValue::NAN;
        }
        let change = value - self.previous;
        self.previous = value;
        let above_slow = self.slow.update(value, change);
        if self.seen < self.lead {
            self.seen += 1;
            return MacdValue::NAN;
        }
        let above_fast = self.fast.update(value, change);
        self.line = above_slow - above_fast;
        if self.line.is_nan() {
            return MacdValue::NAN;
        }
        let signal = self.signal.update(self.line);
        if !signal.is_nan() {
            self.value = MacdValue {
                macd: self.line,
                signal,
            };
        }
        self.value
    }

    fn value(&self) -> MacdValue {
        self.value
    }

    fn reset(&mut self) {
        self.fast.reset();
        self.slow.reset();
        self.signal.reset();
        self.seen = 0;
        self.previous = f64::NAN;
        self.line = f64::NAN;
        self.value = MacdValue::NAN;
    }
}

impl State for Macd {
    const NAME: &'static str = "Macd";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.fast.visit(archive)?;
        self.slow.visit(archive)?;
        self.signal.visit(archive)?;
        archive.count(&mut self.seen, self.lead)?;
        for number in [
            &mut self.previous,
            &mut self.line,
            &mut self.value.macd,
            &mut self.value.signal,
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

    fn macd(fast: usize, slow: usize, signal: usize) -> Macd {
        Macd::new(Period::fixed(fast), Period::fixed(slow), Period::fixed(signal)).expect("periods in order")
    }

    #[test]
    fn both_averages_start_at_the_same_price() {
        // Fast 2, slow 3, signal 2 on 1 2 4 8 16: slow 7/3 14/3 31/3, fast seeded at (2+4)/2 = 3, 19/3, 115/9.
        let values = collect(macd(2, 3, 2), &[1.0, 2.0, 4.0, 8.0, 16.0]);
        assert!(
            values[..3]
                .iter()
                .all(|value| value.macd.is_nan() && value.signal.is_nan())
        );
        let lines = [
            3.0 - 7.0 / 3.0,
            19.0 / 3.0 - 31.0 / 6.0,
            115.0 / 9.0 - 127.0 / 12.0,
        ];
        assert!((values[3].macd - lines[1]).abs() < 1e-12);
        assert!((values[3].signal - f64::midpoint(lines[0], lines[1])).abs() < 1e-12);
        assert!((values[4].macd - lines[2]).abs() < 1e-12);
    }

    #[test]
    fn warm_up_is_as_long_as_ta_libs() {
        let prices: Vec<f64> = (0..60).map(|step| 100.0 + f64::from(step * 7 % 13)).collect();
        let values = collect(macd(12, 26, 9), &prices);
        assert_eq!(values.iter().position(|value| !value.macd.is_nan()), Some(33));
        assert_eq!(values.iter().position(|value| !value.signal.is_nan()), Some(33));
    }

    #[test]
    fn averages_in_the_wrong_order_are_refused() {
        let refusal = Macd::new(Period::fixed(26), Period::fixed(12), Period::fixed(9)).expect_err("refused");
        assert_eq!(
            refusal.to_string(),
            "fast_period (26) must be smaller than slow_period (12)"
        );
    }
}
