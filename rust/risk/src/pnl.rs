//! The mark-to-market formula, once for the whole desk.

use messages::{Money, Price, Quantity};

/// Unrealised P&L of an open position: `mid × quantity × multiplier − cost`.
///
/// `quantity` is signed and `cost` has its sign ([`Money::notional`] of an average price, or the exact sum where it
/// is known), so that a short gains when the mid falls. In the instrument's currency, before fees.
#[must_use]
pub fn unrealized(mid: Price, quantity: Quantity, multiplier: Quantity, cost: Money) -> Money {
    Money::notional(mid, quantity, multiplier) - cost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_gains_as_the_mid_rises_and_a_short_loses() {
        let (mid, cost) = (Price::from_units(4801), Price::from_units(4800));
        let fifty = Quantity::from_units(50);
        for (units, expected) in [(2, "100"), (-2, "-100"), (0, "0")] {
            let quantity = Quantity::from_units(units);
            let cost = Money::notional(cost, quantity, fifty);
            assert_eq!(unrealized(mid, quantity, fifty, cost).to_string(), expected);
        }
    }
}
