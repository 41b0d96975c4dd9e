//! What a session holds in one symbol, as the venue counts it.

use messages::{Money, Price, Quantity, Side};

/// A position by average cost, the venue's own count: kept apart from the desk's, so that comparing the
/// two means something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VenuePosition {
    /// Signed: below nought is short.
    pub quantity: Quantity,
    /// What the open quantity cost, with its sign.
    pub cost: Money,
    /// From what was closed, before fees.
    pub realized: Money,
    /// All fees, rebates taken off.
    pub fees: Money,
    /// Time of the last execution, in microseconds.
    pub updated_us: i64,
}

impl VenuePosition {
    /// Books one execution; false, and nothing changes, when the quantity would leave its range.
    pub(crate) fn book(
        &mut self,
        side: Side,
        quantity: Quantity,
        price: Price,
        multiplier: Quantity,
        fee: Money,
        at_us: i64,
    ) -> bool {
        let signed = side.signed(quantity);
        let Some(after) = self.quantity.checked_add(signed) else {
            return false;
        };
        let opposes = self.quantity.0.signum() * signed.0.signum() < 0;
        let closed = if opposes {
            quantity.min(self.quantity.abs())
        } else {
            Quantity::ZERO
        };
        if closed.is_positive() {
            let cost_of_closed = self.cost.share(closed.0, self.quantity.abs().0);
            let proceeds = Money::notional(price, side.signed(closed), multiplier);
            self.realized -= proceeds + cost_of_closed;
            self.cost -= cost_of_closed;
        }
        self.cost += Money::notional(price, side.signed(quantity - closed), multiplier);
        self.quantity = after;
        self.fees += fee;
        self.updated_us = at_us;
        true
    }

    /// Average price of what is open; `None` when flat.
    pub fn average_cost(&self, multiplier: Quantity) -> Option<Price> {
        self.cost.per_unit(self.quantity, multiplier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(position: &mut VenuePosition, side: Side, quantity: i64, price: i64) {
        let (quantity, price) = (Quantity::from_units(quantity), Price::from_units(price));
        assert!(position.book(side, quantity, price, Quantity::from_units(50), Money::ZERO, 1));
    }

    fn money(units: i128) -> Money {
        Money(units * 1_000_000_000_000_000_000)
    }

    #[test]
    fn a_round_trip_through_a_flip_realises_both_halves() {
        let mut position = VenuePosition::default();
        book(&mut position, Side::Buy, 2, 100);
        book(&mut position, Side::Buy, 2, 104);
        assert_eq!(
            position.average_cost(Quantity::from_units(50)),
            Some(Price::from_units(102))
        );
        book(&mut position, Side::Sell, 6, 105);
        assert_eq!(position.quantity, Quantity::from_units(-2));
        assert_eq!(position.realized, money(4 * 3 * 50));
        assert_eq!(
            position.average_cost(Quantity::from_units(50)),
            Some(Price::from_units(105))
        );
        book(&mut position, Side::Buy, 2, 100);
        assert_eq!(position.realized, money(600 + 2 * 5 * 50));
        assert_eq!((position.quantity, position.cost), (Quantity::ZERO, Money::ZERO));
    }

    #[test]
    fn a_quantity_out_of_range_changes_nothing() {
        let mut position = VenuePosition {
            quantity: Quantity(i64::MAX - 1),
            ..Default::default()
        };
        let before = position.clone();
        assert!(!position.book(Side::Buy, Quantity(2), Price::ONE, Quantity::ONE, Money::ZERO, 1));
        assert_eq!(position, before);
    }
}
