//! Standard deviation over a sliding window.

use crate::Period;
use crate::indicator::Indicator;
use crate::snapshot::{Archive, State};
use crate::window::Window;

/// When the sum of squares has fallen to this fraction of its peak, so many of its leading digits have cancelled that it is
/// taken anew from the window.
pub(crate) const CANCELLED: f64 = 1.0 / 256.0;
/// The same where nine digits are enough: in the features, whose version stands for their bits.
pub(crate) const CANCELLED_IN_FEATURES: f64 = 1e-6;

/// Rolling population standard deviation (divisor `period`, as TA-Lib's STDDEV), with the mean beside it.
///
/// First output at the `period`-th value. Everything is measured from an anchor inside the window, so the digits go
/// to the differences and not to the price level. Mean and sum of squared deviations are updated in Welford's
/// form as the window slides, and taken anew in two passes whenever the ring comes round or cancellation has eaten
/// the digits; so the result stays right at price 60,000 with a tick of 0.01, and after a jump has left the window.
/// A window of equal values gives exactly zero.
#[derive(Debug, Clone)]
pub struct RollingStd {
    window: Window,
    anchor: f64,
    /// Mean of the window, measured from the anchor.
    mean: f64,
    squares: f64,
    peak: f64,
    cancelled: f64,
    previous: f64,
    equal_run: usize,
    value: f64,
    /// First value of this round of the ring, and the sum of the distances of its values from it: what the next mean is taken
    /// from. The ring says the same.
    round_anchor: f64,
    round_sum: f64,
}

impl RollingStd {
    /// A deviation over `period` values.
    pub fn new(period: Period) -> Self {
        Self::renewed_at(CANCELLED, period)
    }

    /// The same, but the sum of squares is taken anew at another fraction of its peak.
    pub(crate) fn renewed_at(cancelled: f64, period: Period) -> Self {
        Self {
            window: Window::new(period),
            anchor: 0.0,
            mean: f64::NAN,
            squares: 0.0,
            peak: 0.0,
            cancelled,
            previous: f64::NAN,
            equal_run: 0,
            value: f64::NAN,
            round_anchor: 0.0,
            round_sum: 0.0,
        }
    }

    /// The mean of the window the deviation was taken over; NaN until warmed up.
    pub fn mean(&self) -> f64 {
        self.anchor + self.mean
    }

    /// How far `value` lies above the mean of the window, with the digits that the price level would eat.
    #[inline]
    pub(crate) fn distance(&self, value: f64) -> f64 {
        value - self.anchor - self.mean
    }

    /// Two passes over the window.
    #[cold]
    #[inline(never)]
    fn take_anew(&mut self) {
        let values = self.window.values();
        let anchor = values[0];
        let sum = values.iter().map(|value| value - anchor).sum();
        self.take_squares_anew(anchor, sum);
    }

    /// The second pass, which corrects the rounding of the mean.
    #[inline]
    fn take_squares_anew(&mut self, anchor: f64, sum: f64) {
        let size = self.window.size();
        let mean = sum / size;
        let (mut first, mut second) = (0.0, 0.0);
        for value in self.window.values() {
            let deviation = value - anchor - mean;
            first += deviation;
            second += deviation * deviation;
        }
        self.anchor = anchor;
        self.mean = mean + first / size;
        self.squares = (second - first * first / size).max(0.0);
        self.peak = self.squares;
    }
}

impl Indicator for RollingStd {
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
        if self.window.at_start() {
            (self.round_anchor, self.round_sum) = (value, 0.0);
        } else {
            self.round_sum += value - self.round_anchor;
        }
        let left = self.window.push(value);
        if !self.window.is_full() {
            return f64::NAN;
        }
        let size = self.window.size();
        if self.equal_run >= self.window.period() {
            (self.anchor, self.mean, self.squares, self.peak) = (value, 0.0, 0.0, 0.0);
        } else if let Some(left) = left.filter(|_| !self.window.at_start()) {
            let change = value - left;
            let mean = self.mean + change / size;
            let distances = (value - self.anchor - mean) + (left - self.anchor - self.mean);
            let squares = self.squares + change * distances;
            self.mean = mean;
            self.squares = squares;
            if squares > self.peak {
                self.peak = squares;
            }
            if squares <= self.peak * self.cancelled {
                self.take_anew();
            }
        } else {
            self.take_squares_anew(self.round_anchor, self.round_sum);
        }
        self.value = (self.squares / size).sqrt();
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.window.clear();
        self.anchor = 0.0;
        self.mean = f64::NAN;
        self.squares = 0.0;
        self.peak = 0.0;
        self.previous = f64::NAN;
        self.equal_run = 0;
        self.value = f64::NAN;
    }
}

impl State for RollingStd {
    const NAME: &'static str = "RollingStd";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.window.visit(archive)?;
        archive.count(&mut self.equal_run, usize::MAX)?;
        for number in [
            &mut self.anchor,
            &mut self.mean,
            &mut self.squares,
            &mut self.peak,
            &mut self.previous,
            &mut self.value,
        ] {
            archive.number(number)?;
        }
        let round = self.window.round();
        self.round_anchor = round.first().copied().unwrap_or_default();
        self.round_sum = round.iter().map(|value| value - self.round_anchor).sum();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;
    use proptest::prelude::*;

    /// Two-pass deviation of each window, with the mean taken relative to the window's first value.
    fn reference(values: &[f64], period: usize) -> Vec<f64> {
        let deviation = |window: &[f64]| {
            let size = window.len() as f64;
            let mean = window.iter().map(|value| value - window[0]).sum::<f64>() / size;
            let squares = window
                .iter()
                .map(|value| (value - window[0] - mean).powi(2))
                .sum::<f64>();
            (squares / size).sqrt()
        };
        let warm_up = std::iter::repeat_n(f64::NAN, (period - 1).min(values.len()));
        warm_up.chain(values.windows(period).map(deviation)).collect()
    }

    #[test]
    fn it_is_the_population_deviation() {
        let deviations = collect(RollingStd::new(Period::fixed(4)), &[2.0, 4.0, 4.0, 6.0, 6.0]);
        assert!(deviations[..3].iter().all(|deviation| deviation.is_nan()));
        assert!((deviations[3] - 2.0_f64.sqrt()).abs() < 1e-15);
        assert!((deviations[4] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_jump_that_left_the_window_leaves_nothing_behind() {
        let mut values = vec![60_000.0; 30];
        values.extend([1e9, 5.0]);
        values.extend((0..40).map(|step| 60_000.0 + f64::from(step % 3) * 0.01));
        let deviations = collect(RollingStd::new(Period::fixed(20)), &values);
        for (index, (actual, exact)) in deviations.iter().zip(reference(&values, 20)).enumerate().skip(55) {
            assert!(
                (actual - exact).abs() <= 1e-9 * exact,
                "index {index}: {actual} instead of {exact}"
            );
        }
    }

    #[test]
    fn equal_values_deviate_by_exactly_zero() {
        let deviations = collect(RollingStd::new(Period::fixed(20)), &[60_000.01; 100]);
        assert!(deviations[19..].iter().all(|deviation| *deviation == 0.0));
    }

    proptest! {
        #[test]
        fn it_follows_the_two_pass_deviation(
            steps in proptest::collection::vec(-5_i32..=5, 0..400),
            period in 2_usize..40,
        ) {
            let mut price = 60_000.0;
            let values: Vec<f64> = steps.iter().map(|step| { price += f64::from(*step) * 0.01; price }).collect();
            let deviations = collect(RollingStd::new(Period::fixed(period)), &values);
            for (actual, exact) in deviations.iter().zip(reference(&values, period)) {
                prop_assert!((actual.is_nan() && exact.is_nan()) || (actual - exact).abs() <= 1e-9 * exact + 1e-13);
            }
        }
    }
}
