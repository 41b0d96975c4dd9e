//! Linearly weighted moving average.

use crate::Period;
use crate::indicator::Indicator;
use crate::snapshot::{Archive, State};

/// Weighted moving average: weights 1, 2, … `period` from the oldest to the latest value, over their sum.
///
/// First output at the `period`-th value, as TA-Lib's WMA. The window is the tail of one block of `period` values and the
/// head of the next (see the fold windows): only sums that grow, none from which something is taken, so a large value
/// that has left leaves no rounding behind.
#[derive(Debug, Clone)]
pub struct Wma {
    /// Before `filled`: values of this block. From there on: weighted sums of the tails of the block before.
    values: Box<[f64]>,
    filled: usize,
    whole: bool,
    /// Sum of the head.
    head: f64,
    /// Sum of the head with weights 1, 2, ….
    weighted: f64,
    value: f64,
}

impl Wma {
    /// An average over `period` values.
    pub fn new(period: Period) -> Self {
        Self {
            values: vec![0.0; period.get()].into_boxed_slice(),
            filled: 0,
            whole: false,
            head: 0.0,
            weighted: 0.0,
            value: f64::NAN,
        }
    }

    /// The sum of the weights 1 … `period`.
    pub(crate) fn weights(period: usize) -> f64 {
        let size = period as f64;
        size * (size + 1.0) / 2.0
    }

    /// Turns the values of a full block into the weighted sums of its tails (weight 1 for the first of each tail).
    fn turn(&mut self) {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for value in self.values.iter_mut().rev() {
            sum += *value;
            weighted += sum;
            *value = weighted;
        }
    }
}

impl Indicator for Wma {
    type Output = f64;

    #[inline]
    fn update(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            self.reset();
            return f64::NAN;
        }
        let period = self.values.len();
        self.values[self.filled] = value;
        self.filled += 1;
        self.head += value;
        self.weighted += self.filled as f64 * value;
        if self.filled < period {
            if self.whole {
                let older = (period - self.filled) as f64;
                let sum = self.values[self.filled] + (older * self.head + self.weighted);
                self.value = sum / Self::weights(period);
            }
            return self.value;
        }
        self.value = self.weighted / Self::weights(period);
        self.turn();
        self.filled = 0;
        self.whole = true;
        self.head = 0.0;
        self.weighted = 0.0;
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.filled = 0;
        self.whole = false;
        self.head = 0.0;
        self.weighted = 0.0;
        self.value = f64::NAN;
    }
}

impl State for Wma {
    const NAME: &'static str = "Wma";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.values.len() as f64)?;
        archive.count(&mut self.filled, self.values.len() - 1)?;
        archive.flag(&mut self.whole)?;
        archive.number(&mut self.head)?;
        archive.number(&mut self.weighted)?;
        archive.number(&mut self.value)?;
        archive.numbers(&mut self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;
    use proptest::prelude::*;

    #[test]
    fn the_latest_value_weighs_most() {
        let values = collect(Wma::new(Period::fixed(3)), &[1.0, 2.0, 6.0, 4.0, 5.0]);
        assert!(values[..2].iter().all(|value| value.is_nan()));
        assert_eq!(values[2..], [23.0 / 6.0, 26.0 / 6.0, 29.0 / 6.0]);
    }

    #[test]
    fn an_inner_nan_starts_a_new_warm_up() {
        let values = collect(Wma::new(Period::fixed(2)), &[1.0, 2.0, f64::NAN, 3.0, 6.0]);
        assert!(values[2].is_nan() && values[3].is_nan());
        assert_eq!(values[4], 5.0);
    }

    proptest! {
        #[test]
        fn it_is_the_weighted_mean_of_each_window(
            values in proptest::collection::vec(-1000_i32..1000, 0..200),
            period in 1_usize..30,
        ) {
            let values: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
            let averages = collect(Wma::new(Period::fixed(period)), &values);
            for (window, average) in values.windows(period).zip(averages.iter().skip(period - 1)) {
                let sum: f64 = window.iter().zip(1_u8..).map(|(value, weight)| value * f64::from(weight)).sum();
                prop_assert_eq!(*average, sum / Wma::weights(period));
            }
        }

        #[test]
        fn of_a_constant_it_is_the_constant(price in 0.01_f64..1e6, period in 1_usize..200) {
            let averages = collect(Wma::new(Period::fixed(period)), &vec![price; 3 * period]);
            for average in &averages[period - 1..] {
                prop_assert!((average / price - 1.0).abs() < 1e-13, "{} {}", average, price);
            }
        }
    }
}
