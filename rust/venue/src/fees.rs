//! Fee models: what the venue charges for one execution.

use messages::{Money, Price, Quantity};

/// One billionth of a currency unit: fees are whole multiples of it, so that they survive the wire.
const BILLIONTH: i128 = 1_000_000_000;
/// Basis points in one.
const BASIS_POINTS: i128 = 10_000;

/// How an execution is charged. Negative rates are rebates.
///
/// A fee that doesn't end within nine decimals is rounded up to the next billionth: in the venue's favour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeeModel {
    /// Nothing.
    Free,
    /// Currency units for each share or contract.
    PerShare(Price),
    /// Basis points of the notional (price × quantity × multiplier).
    BasisPoints(Quantity),
    /// Currency units for each share or contract, by who was there first.
    MakerTaker {
        /// Charged to an order that rested in the book.
        maker: Price,
        /// Charged to an order that crossed the spread.
        taker: Price,
    },
}

impl FeeModel {
    /// The fee for `quantity` units at `price` of an instrument with this `multiplier`.
    #[must_use]
    pub fn charge(self, price: Price, quantity: Quantity, multiplier: Quantity, maker: bool) -> Money {
        let per_unit = |rate| Money::notional(rate, quantity, Quantity::ONE);
        let exact = match self {
            Self::Free => Money::ZERO,
            Self::PerShare(rate) => per_unit(rate),
            Self::MakerTaker { maker: rate, taker } => per_unit(if maker { rate } else { taker }),
            Self::BasisPoints(rate) => {
                let notional = Money::notional(price, quantity, multiplier);
                // Whole billionths first: what is cut off is far below the billionth the fee is rounded to,
                // and is put back by rounding up.
                let billionths = ceiling(notional.0, BILLIONTH).saturating_mul(i128::from(rate.0));
                Money(ceiling(billionths, BASIS_POINTS))
            }
        };
        Money(ceiling(exact.0, BILLIONTH) * BILLIONTH)
    }
}

/// `value / divisor`, rounded up; the divisor is above nought.
fn ceiling(value: i128, divisor: i128) -> i128 {
    let quotient = value.div_euclid(divisor);
    if value.rem_euclid(divisor) == 0 {
        quotient
    } else {
        quotient + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(model: FeeModel, maker: bool) -> String {
        model
            .charge(
                Price::from_units(4800),
                Quantity::from_units(3),
                Quantity::from_units(50),
                maker,
            )
            .to_string()
    }

    #[test]
    fn every_model_charges_in_its_unit() {
        let rate: Price = "0.85".parse().unwrap();
        let maker_taker = FeeModel::MakerTaker {
            maker: "-0.2".parse().unwrap(),
            taker: rate,
        };
        assert_eq!(charge(FeeModel::Free, false), "0");
        assert_eq!(charge(FeeModel::PerShare(rate), true), "2.55");
        // 4800 × 3 × 50 = 720,000; 0.85 basis points of it.
        assert_eq!(
            charge(FeeModel::BasisPoints("0.85".parse().unwrap()), false),
            "61.2"
        );
        assert_eq!(charge(maker_taker, false), "2.55");
        assert_eq!(charge(maker_taker, true), "-0.6");
    }

    #[test]
    fn what_is_finer_than_a_billionth_goes_to_the_venue() {
        let third = FeeModel::PerShare("0.333333333".parse().unwrap());
        let fee = third.charge(Price::ONE, "0.1".parse().unwrap(), Quantity::ONE, false);
        assert_eq!(fee.to_string(), "0.033333334");
        let rebate = FeeModel::PerShare("-0.333333333".parse().unwrap());
        let fee = rebate.charge(Price::ONE, "0.1".parse().unwrap(), Quantity::ONE, false);
        assert_eq!(fee.to_string(), "-0.033333333");
    }
}
