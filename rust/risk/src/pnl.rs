//! The mark-to-market formula, once for the whole desk.

use messages::{Money, Price, Quantity};

/// Unrealised P&L of an open position: `(mid − average cost) × quantity × multiplier`.
///
/// `quantity` is signed, so that a short gains when the mid falls. In the instrument's currency, before fees.
#[must_use]
pub fn unrealized(mid: Price, average_cost: Price, quantity: Quantity, multiplier: Quantity) -> Money {
    Money::notional(mid - average_cost, quantity, multiplier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_gains_as_the_mid_rises_and_a_short_loses() {
        let (mid, cost) = (Price::from_units(4801), Price::from_units(4800));
        let fifty = Quantity::from_units(50);
        assert_eq!(
            unrealized(mid, cost, Quantity::from_units(2), fifty).to_string(),
            "100"
        );
        assert_eq!(
            unrealized(mid, cost, Quantity::from_units(-2), fifty).to_string(),
            "-100"
        );
        assert_eq!(unrealized(mid, cost, Quantity::ZERO, fifty), Money::ZERO);
    }
}
