//! Relative strength index.

use crate::Period;
use crate::indicator::Indicator;
use crate::snapshot::{Archive, State};

/// Below this sum the averages decay no further: after a move the index keeps its value however long the market then stands
/// still, as exact arithmetic says, and further down numbers lose their digits.
pub(crate) const FLAT: f64 = 1e-280;
/// Below this fraction of the price the averages are rounding, and [`Rsi::strength`] is neutral.
const FLAT_RELATIVE: f64 = 1e-12;

/// Wilder's relative strength index, 0 … 100 (New Concepts in Technical Trading Systems, 1978).
///
/// `100 · G / (G + L)`, where `G` and `L` are Wilder's averages (smoothing `1 / period`) of the gains and the
/// losses, seeded with the means of the first `period` changes. First output at value `period + 1`. A flat
/// market gives 0, as in TA-Lib.
#[derive(Debug, Clone)]
pub struct Rsi {
    period: usize,
    keep: f64,
    weight: f64,
    changes: usize,
    gain: f64,
    loss: f64,
    previous: f64,
    value: f64,
}

impl Rsi {
    /// An index over `period` changes.
    pub fn new(period: Period) -> Self {
        let size = period.get() as f64;
        Self {
            period: period.get(),
            keep: (size - 1.0) / size,
            weight: 1.0 / size,
            changes: 0,
            gain: 0.0,
            loss: 0.0,
            previous: f64::NAN,
            value: f64::NAN,
        }
    }

    /// Period, average gain and average loss.
    pub(crate) fn averages(&self) -> (usize, f64, f64) {
        (self.period, self.gain, self.loss)
    }

    /// What an average keeps of itself in a step, and what a change weighs.
    pub(crate) fn shares(&self) -> (f64, f64) {
        (self.keep, self.weight)
    }

    /// `(G − L) / (G + L)`: the index moved to −1 … 1, and 0 (neutral, not oversold) in a flat market.
    ///
    /// `None` until warmed up.
    pub fn strength(&self) -> Option<f64> {
        if self.value.is_nan() {
            return None;
        }
        Some(strength(self.gain, self.loss, self.previous))
    }
}

/// `(gain − loss) / (gain + loss)`; 0 where both are rounding beside the price.
#[inline(always)]
pub(crate) fn strength(gain: f64, loss: f64, price: f64) -> f64 {
    let total = gain + loss;
    let strength = (gain - loss) / total;
    if total <= FLAT_RELATIVE * price.abs() {
        0.0
    } else {
        strength
    }
}

/// A change as a gain and a loss, of which at least one is 0.
#[inline(always)]
pub(crate) fn gain_and_loss(change: f64) -> (f64, f64) {
    (change.max(0.0), (-change).max(0.0))
}

/// The next average of Wilder's.
#[inline(always)]
pub(crate) fn smoothed(average: f64, keep: f64, weighted: f64) -> f64 {
    average * keep + weighted
}

impl Indicator for Rsi {
    type Output = f64;

    #[inline]
    fn update(&mut self, value: f64) -> f64 {
        if !value.is_finite() {
            self.reset();
            return f64::NAN;
        }
        let change = value - self.previous;
        self.previous = value;
        if change.is_nan() {
            return f64::NAN;
        }
        let (gain, loss) = gain_and_loss(change);
        if self.changes == self.period {
            let gain = smoothed(self.gain, self.keep, gain * self.weight);
            let loss = smoothed(self.loss, self.keep, loss * self.weight);
            let total = gain + loss;
            if total >= FLAT || total == 0.0 {
                (self.gain, self.loss) = (gain, loss);
            }
        } else {
            self.changes += 1;
            self.gain += gain;
            self.loss += loss;
            if self.changes < self.period {
                return f64::NAN;
            }
            self.gain *= self.weight;
            self.loss *= self.weight;
        }
        let total = self.gain + self.loss;
        self.value = if total == 0.0 {
            0.0
        } else {
            100.0 * (self.gain / total)
        };
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.changes = 0;
        self.gain = 0.0;
        self.loss = 0.0;
        self.previous = f64::NAN;
        self.value = f64::NAN;
    }
}

impl State for Rsi {
    const NAME: &'static str = "Rsi";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.period as f64)?;
        archive.count(&mut self.changes, self.period)?;
        for number in [
            &mut self.gain,
            &mut self.loss,
            &mut self.previous,
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

    #[test]
    fn wilders_example_from_the_first_changes() {
        // Changes +1 −1 +2: G = 1, L = 1/3, so 75; then −3: G = 2/3, L = 11/9, so 35.294….
        let values = collect(Rsi::new(Period::fixed(3)), &[10.0, 11.0, 10.0, 12.0, 9.0]);
        assert!(values[..3].iter().all(|value| value.is_nan()));
        assert!((values[3] - 75.0).abs() < 1e-12);
        assert!((values[4] - 100.0 * 6.0 / 17.0).abs() < 1e-12);
    }

    #[test]
    fn a_flat_market_is_zero_in_the_index_and_neutral_in_strength() {
        let mut rsi = Rsi::new(Period::fixed(14));
        for _ in 0..100 {
            rsi.update(60_000.01);
        }
        assert!(rsi.value() == 0.0);
        assert_eq!(rsi.strength(), Some(0.0));
    }

    #[test]
    fn an_inner_nan_starts_a_new_warm_up() {
        let mut prices: Vec<f64> = (0..40).map(|step| f64::from(step * step % 11)).collect();
        prices[20] = f64::NAN;
        let values = collect(Rsi::new(Period::fixed(5)), &prices);
        assert!(values[20..26].iter().all(|value| value.is_nan()));
        let fresh = collect(Rsi::new(Period::fixed(5)), &prices[21..]);
        assert_eq!(values[26..].to_vec(), fresh[5..].to_vec());
    }

    proptest! {
        #[test]
        fn it_stays_in_its_bounds_and_mirrors(
            prices in proptest::collection::vec(1.0_f64..1000.0, 20..200),
        ) {
            let mirrored: Vec<f64> = prices.iter().map(|price| 2000.0 - price).collect();
            let up = collect(Rsi::new(Period::fixed(14)), &prices);
            let down = collect(Rsi::new(Period::fixed(14)), &mirrored);
            for (up, down) in up.iter().zip(&down).skip(14) {
                prop_assert!((0.0..=100.0).contains(up));
                prop_assert!((up + down - 100.0).abs() < 1e-6);
            }
        }
    }
}
