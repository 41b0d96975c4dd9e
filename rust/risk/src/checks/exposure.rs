//! What the desk could come to hold. Working orders count: each value is the worst case in which everything
//! open on that side fills.

use messages::{Money, Quantity, Symbol};

use crate::limits::Fraction;

/// Largest position of one symbol.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// The limit.
    pub limit: Quantity,
}

/// The position could become too large.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("position in {symbol} could reach {value} with working orders, over the limit of {limit}")]
pub struct PositionExceeded {
    /// The instrument.
    pub symbol: Symbol,
    /// The limit.
    pub limit: Quantity,
    /// The worst case, signed.
    pub value: Quantity,
}

impl Position {
    /// Passes when the worst case is within the limit on either side.
    pub fn check(self, symbol: &Symbol, worst: Quantity) -> Result<(), PositionExceeded> {
        if worst.abs() > self.limit {
            return Err(PositionExceeded {
                symbol: symbol.clone(),
                limit: self.limit,
                value: worst,
            });
        }
        Ok(())
    }
}

/// Largest sum of all notionals.
#[derive(Debug, Clone, Copy)]
pub struct GrossExposure {
    /// The limit.
    pub limit: Money,
}

/// The desk could become too large.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gross exposure could reach {value} with working orders, over the limit of {limit}")]
pub struct GrossExposureExceeded {
    /// The limit.
    pub limit: Money,
    /// The worst case.
    pub value: Money,
}

impl GrossExposure {
    /// Passes within the limit, and when the order doesn't raise what was there before.
    pub fn check(self, before: Money, after: Money) -> Result<(), GrossExposureExceeded> {
        if after > self.limit && after > before {
            return Err(GrossExposureExceeded {
                limit: self.limit,
                value: after,
            });
        }
        Ok(())
    }
}

/// Largest balance of long and short notionals.
#[derive(Debug, Clone, Copy)]
pub struct NetExposure {
    /// The limit.
    pub limit: Money,
}

/// The desk could lean too far to one side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("net exposure could reach {value} with working orders, over the limit of {limit}")]
pub struct NetExposureExceeded {
    /// The limit.
    pub limit: Money,
    /// The worst case, signed.
    pub value: Money,
}

impl NetExposure {
    /// Passes within the limit, and when the order doesn't raise what was there before.
    pub fn check(self, before: Money, after: Money) -> Result<(), NetExposureExceeded> {
        if after.abs() > self.limit && after.abs() > before.abs() {
            return Err(NetExposureExceeded {
                limit: self.limit,
                value: after,
            });
        }
        Ok(())
    }
}

/// Most symbols with a position or a working order.
#[derive(Debug, Clone, Copy)]
pub struct OpenPositions {
    /// The limit.
    pub limit: u32,
}

/// Too many symbols would be open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("open positions could reach {value} with working orders, over the limit of {limit}")]
pub struct OpenPositionsExceeded {
    /// The limit.
    pub limit: u32,
    /// The number with this order.
    pub value: usize,
}

impl OpenPositions {
    /// `open` symbols are open now; an order in a symbol that is open already adds none.
    pub fn check(self, open: usize, is_open: bool) -> Result<(), OpenPositionsExceeded> {
        let value = open + usize::from(!is_open);
        if !is_open && value > self.limit as usize {
            return Err(OpenPositionsExceeded {
                limit: self.limit,
                value,
            });
        }
        Ok(())
    }
}

/// Largest share of the gross exposure in one symbol.
///
/// A desk with one small position is concentrated by nature: the share counts only once the gross exposure,
/// the order included, is over a quarter of its own limit ([`Concentration::floor`]).
#[derive(Debug, Clone, Copy)]
pub struct Concentration {
    /// The limit, as a fraction of the gross exposure.
    pub limit: Fraction,
    /// The gross exposure up to which any share passes.
    pub floor: Money,
}

/// One symbol could become too large a share of the desk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{symbol} could reach {value} of the gross exposure with working orders, over the limit of {limit}")]
pub struct ConcentrationExceeded {
    /// The instrument.
    pub symbol: Symbol,
    /// The limit.
    pub limit: Fraction,
    /// The share.
    pub value: Fraction,
}

impl Concentration {
    /// The gross exposure up to which any share passes: a quarter of the limit on it.
    pub fn floor(max_gross_exposure: Money) -> Money {
        Money(max_gross_exposure.0 / 4)
    }

    /// Passes a `gross` up to the floor, and a share of it up to the limit.
    pub fn check(self, symbol: &Symbol, of_symbol: Money, gross: Money) -> Result<(), ConcentrationExceeded> {
        let value = Fraction::share(of_symbol, gross);
        if gross > self.floor && value > self.limit {
            return Err(ConcentrationExceeded {
                symbol: symbol.clone(),
                limit: self.limit,
                value,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{quantity, symbol};

    fn money(units: i64) -> Money {
        Money::from_f64(units as f64).unwrap()
    }

    #[test]
    fn position_fires_on_either_side() {
        let check = Position { limit: quantity(10) };
        assert_eq!(check.check(&symbol("ALFA"), quantity(10)), Ok(()));
        assert_eq!(check.check(&symbol("ALFA"), quantity(-10)), Ok(()));
        let error = check.check(&symbol("ALFA"), quantity(-11)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "position in ALFA could reach -11 with working orders, over the limit of 10"
        );
    }

    #[test]
    fn gross_exposure_fires_when_raised_above_its_limit() {
        let check = GrossExposure { limit: money(100) };
        assert_eq!(check.check(money(50), money(100)), Ok(()));
        assert!(check.check(money(50), money(101)).is_err());
        assert_eq!(
            check.check(money(150), money(120)),
            Ok(()),
            "bringing it down is never denied"
        );
    }

    #[test]
    fn net_exposure_fires_on_either_side() {
        let check = NetExposure { limit: money(100) };
        assert_eq!(check.check(money(0), money(-100)), Ok(()));
        assert!(check.check(money(0), money(-101)).is_err());
        assert!(check.check(money(0), money(101)).is_err());
        assert_eq!(check.check(money(-150), money(-120)), Ok(()));
    }

    #[test]
    fn open_positions_fires_for_one_symbol_more() {
        let check = OpenPositions { limit: 2 };
        assert_eq!(check.check(1, false), Ok(()));
        assert_eq!(check.check(2, true), Ok(()));
        let error = check.check(2, false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "open positions could reach 3 with working orders, over the limit of 2"
        );
    }

    #[test]
    fn concentration_fires_above_its_share_and_not_below_its_floor() {
        let check = Concentration {
            limit: Fraction(500_000_000),
            floor: Concentration::floor(money(400)),
        };
        let alfa = symbol("ALFA");
        assert_eq!(check.check(&alfa, money(100), money(100)), Ok(()), "at the floor");
        assert_eq!(check.check(&alfa, money(60), money(120)), Ok(()));
        let error = check.check(&alfa, money(90), money(120)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "ALFA could reach 0.75 of the gross exposure with working orders, over the limit of 0.5"
        );
    }
}
