//! On-balance volume.

use crate::exact_sum::ExactSum;
use crate::indicator::{Indicator, PriceVolume};
use crate::snapshot::{Archive, State};

/// The volume with the sign of the price's change; 0 without a change.
#[inline(always)]
pub(crate) fn signed_volume(price: f64, previous: f64, volume: f64) -> f64 {
    let up = if price > previous { volume } else { 0.0 };
    let down = if price < previous { volume } else { 0.0 };
    up - down
}

/// On-balance volume (Granville, 1963): the volume is added when the price has risen, and taken away when it has fallen.
///
/// First output at the first value, which is that value's volume, as TA-Lib's OBV. What the additions round off is kept,
/// so the sum stays right over any number of them.
#[derive(Debug, Clone)]
pub struct Obv {
    previous: f64,
    balance: ExactSum,
    value: f64,
}

impl Default for Obv {
    fn default() -> Self {
        Self::new()
    }
}

impl Obv {
    /// A balance before its first value.
    pub fn new() -> Self {
        Self {
            previous: f64::NAN,
            balance: ExactSum::default(),
            value: f64::NAN,
        }
    }
}

impl Indicator<PriceVolume> for Obv {
    type Output = f64;

    #[inline]
    fn update(&mut self, PriceVolume { price, volume }: PriceVolume) -> f64 {
        if !(price.is_finite() && volume.is_finite()) {
            self.reset();
            return f64::NAN;
        }
        let change = if self.previous.is_nan() {
            volume
        } else {
            signed_volume(price, self.previous, volume)
        };
        self.previous = price;
        self.balance.add(change);
        self.value = self.balance.total();
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        *self = Self::new();
    }
}

impl State for Obv {
    const NAME: &'static str = "Obv";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.number(&mut self.previous)?;
        self.balance.visit(archive)?;
        archive.number(&mut self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;

    #[test]
    fn volume_follows_the_price() {
        let trades = [
            (10.0, 5.0),
            (11.0, 3.0),
            (11.0, 100.0),
            (9.0, 4.0),
            (f64::NAN, 1.0),
            (9.0, 7.0),
        ];
        let values = collect(
            Obv::new(),
            &trades.map(|(price, volume)| PriceVolume { price, volume }),
        );
        assert_eq!(values[..4], [5.0, 8.0, 8.0, 4.0]);
        assert!(values[4].is_nan());
        assert_eq!(values[5], 7.0);
    }
}
