//! Momentum and the return over a number of values.

use crate::Period;
use crate::indicator::Indicator;
use crate::snapshot::{Archive, State};
use crate::window::Window;

/// Momentum: the value minus the one `period` values before. First output at value `period + 1`.
#[derive(Debug, Clone)]
pub struct Momentum {
    window: Window,
    rate: f64,
    value: f64,
}

impl Momentum {
    /// A difference over `period` steps.
    pub fn new(period: Period) -> Self {
        Self {
            window: Window::new(period),
            rate: f64::NAN,
            value: f64::NAN,
        }
    }

    /// The relative change over the same steps, `x / x₋ₙ − 1`; NaN until warmed up, or from a value of 0.
    pub fn rate_of_change(&self) -> f64 {
        self.rate
    }
}

impl Indicator for Momentum {
    type Output = f64;

    #[inline]
    fn update(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            self.reset();
            return f64::NAN;
        }
        if let Some(before) = self.window.push(value) {
            self.value = value - before;
            self.rate = if before == 0.0 {
                f64::NAN
            } else {
                value / before - 1.0
            };
        }
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.window.clear();
        self.rate = f64::NAN;
        self.value = f64::NAN;
    }
}

impl State for Momentum {
    const NAME: &'static str = "Momentum";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.window.visit(archive)?;
        archive.number(&mut self.rate)?;
        archive.number(&mut self.value)
    }
}

/// Rate of change in percent: `100 (x / x₋ₙ − 1)`, as TA-Lib's ROC. First output at value `period + 1`.
///
/// From a value of 0 it is 0, as in TA-Lib.
#[derive(Debug, Clone)]
pub struct RateOfChange {
    window: Window,
    value: f64,
}

impl RateOfChange {
    /// A relative change over `period` steps.
    pub fn new(period: Period) -> Self {
        Self {
            window: Window::new(period),
            value: f64::NAN,
        }
    }
}

/// The change from `before` to `value` in percent; 0 from 0.
#[inline]
pub(crate) fn percent_change(value: f64, before: f64) -> f64 {
    if before == 0.0 {
        0.0
    } else {
        (value / before - 1.0) * 100.0
    }
}

impl Indicator for RateOfChange {
    type Output = f64;

    #[inline]
    fn update(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            self.reset();
            return f64::NAN;
        }
        if let Some(before) = self.window.push(value) {
            self.value = percent_change(value, before);
        }
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.window.clear();
        self.value = f64::NAN;
    }
}

impl State for RateOfChange {
    const NAME: &'static str = "RateOfChange";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.window.visit(archive)?;
        archive.number(&mut self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;

    #[test]
    fn it_is_the_difference_to_the_value_before() {
        let values = collect(Momentum::new(Period::fixed(2)), &[1.0, 2.0, 4.0, 1.0]);
        assert!(values[..2].iter().all(|value| value.is_nan()));
        assert_eq!(values[2..], [3.0, -1.0]);
    }

    #[test]
    fn the_rate_is_relative_and_never_divides_by_zero() {
        let mut momentum = Momentum::new(Period::fixed(1));
        momentum.update(2.0);
        momentum.update(3.0);
        assert!((momentum.rate_of_change() - 0.5).abs() < 1e-15);
        momentum.update(0.0);
        momentum.update(1.0);
        assert!(momentum.rate_of_change().is_nan());
    }
}
