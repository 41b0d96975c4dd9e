//! Size and price of one order.

use messages::{Money, Price, Quantity};

use crate::limits::Fraction;

/// Largest quantity of one order.
#[derive(Debug, Clone, Copy)]
pub struct OrderQuantity {
    /// The limit.
    pub limit: Quantity,
}

/// The order is too many units.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("order quantity {value} is over the limit of {limit}")]
pub struct OrderQuantityExceeded {
    /// The limit.
    pub limit: Quantity,
    /// The order's quantity.
    pub value: Quantity,
}

impl OrderQuantity {
    /// Passes up to the limit and with it.
    pub fn check(self, value: Quantity) -> Result<(), OrderQuantityExceeded> {
        if value > self.limit {
            Err(OrderQuantityExceeded {
                limit: self.limit,
                value,
            })
        } else {
            Ok(())
        }
    }
}

/// Largest notional of one order: price × quantity × multiplier. A market order is priced at the touch plus
/// the collar, since that is the worst it may be filled at.
#[derive(Debug, Clone, Copy)]
pub struct OrderNotional {
    /// The limit.
    pub limit: Money,
}

/// The order is worth too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("order notional {value} is over the limit of {limit}")]
pub struct OrderNotionalExceeded {
    /// The limit.
    pub limit: Money,
    /// The order's notional.
    pub value: Money,
}

impl OrderNotional {
    /// Passes up to the limit and with it.
    pub fn check(self, value: Money) -> Result<(), OrderNotionalExceeded> {
        if value > self.limit {
            Err(OrderNotionalExceeded {
                limit: self.limit,
                value,
            })
        } else {
            Ok(())
        }
    }
}

/// Largest distance of a price from the mid, on either side.
#[derive(Debug, Clone, Copy)]
pub struct Collar {
    /// The distance allowed, as a fraction of the mid.
    pub fraction: Fraction,
    /// The mid.
    pub mid: Price,
}

/// The price is too far from the mid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("price {price} is {value} away from the mid of {mid}, over the collar of {limit}")]
pub struct CollarBreached {
    /// The order's price.
    pub price: Price,
    /// The mid.
    pub mid: Price,
    /// Largest distance allowed.
    pub limit: Price,
    /// The distance.
    pub value: Price,
}

impl Collar {
    /// Passes up to the collar and with it.
    pub fn check(self, price: Price) -> Result<(), CollarBreached> {
        let limit = self.fraction.of(self.mid);
        let value = (price - self.mid).abs();
        if value > limit {
            Err(CollarBreached {
                price,
                mid: self.mid,
                limit,
                value,
            })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{price, quantity};

    #[test]
    fn order_quantity_fires_above_its_limit() {
        let check = OrderQuantity { limit: quantity(10) };
        assert_eq!(check.check(quantity(10)), Ok(()));
        let error = check.check(Quantity(quantity(10).0 + 1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "order quantity 10.000000001 is over the limit of 10"
        );
    }

    #[test]
    fn order_notional_fires_above_its_limit() {
        let check = OrderNotional {
            limit: Money::from_f64(1_000.0).unwrap(),
        };
        assert_eq!(check.check(Money::from_f64(1_000.0).unwrap()), Ok(()));
        let error = check.check(Money::from_f64(1_000.5).unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "order notional 1000.5 is over the limit of 1000"
        );
    }

    #[test]
    fn the_collar_fires_on_both_sides_of_the_mid() {
        let check = Collar {
            fraction: Fraction(50_000_000),
            mid: price("100"),
        };
        assert_eq!(check.check(price("105")), Ok(()));
        assert_eq!(check.check(price("95")), Ok(()));
        let error = check.check(price("105.01")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "price 105.01 is 5.01 away from the mid of 100, over the collar of 5"
        );
        assert!(check.check(price("94.99")).is_err());
    }
}
