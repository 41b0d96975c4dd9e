//! Is what the decision rests on still true?

use std::fmt;

use messages::Symbol;

/// A duration in microseconds, shown in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(pub i64);

impl fmt::Display for Age {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.1} s", self.0 as f64 / 1_000_000.0)
    }
}

/// The reference price or the signal is too old.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {symbol} is {value} old, over the limit of {limit}")]
pub struct StaleData {
    /// "the market data" or "the signal".
    pub what: &'static str,
    /// The instrument.
    pub symbol: Symbol,
    /// The limit.
    pub limit: Age,
    /// The age.
    pub value: Age,
}

impl StaleData {
    /// Passes up to the limit and with it.
    pub fn check(what: &'static str, symbol: &Symbol, limit_us: i64, age_us: i64) -> Result<(), Self> {
        if age_us > limit_us {
            return Err(Self {
                what,
                symbol: symbol.clone(),
                limit: Age(limit_us),
                value: Age(age_us),
            });
        }
        Ok(())
    }
}

/// There was never a touch with both sides, uncrossed: nothing to measure a price against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} has no reference price: no touch with both sides has arrived")]
pub struct NoReferencePrice(pub Symbol);

/// The order arrived after its time. Checked by the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("order {client_order_id} arrived {} after its time to live ended", Age(.now_us.saturating_sub(*.valid_until_us)))]
pub struct Expired {
    /// The order.
    pub client_order_id: String,
    /// Its end.
    pub valid_until_us: i64,
    /// When it was looked at.
    pub now_us: i64,
}

impl Expired {
    /// Passes up to that time and with it; 0 never expires.
    pub fn check(client_order_id: &str, valid_until_us: i64, now_us: i64) -> Result<(), Self> {
        if valid_until_us != 0 && now_us > valid_until_us {
            return Err(Self {
                client_order_id: client_order_id.to_owned(),
                valid_until_us,
                now_us,
            });
        }
        Ok(())
    }
}

/// The order was approved under older limits than the engine holds. Checked by the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the order was approved under limits version {carried}, and version {held} is in force")]
pub struct LimitsOutdated {
    /// The version in force.
    pub held: u64,
    /// The version on the order.
    pub carried: u64,
}

impl LimitsOutdated {
    /// Passes for the version in force and later ones, which are still on their way.
    pub fn check(held: u64, carried: u64) -> Result<(), Self> {
        if carried < held {
            Err(Self { held, carried })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::symbol;

    #[test]
    fn stale_data_fires_past_its_age() {
        let check = |age_us| StaleData::check("the market data", &symbol("ALFA"), 15_000_000, age_us);
        assert_eq!(check(15_000_000), Ok(()));
        let error = check(16_000_000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the market data of ALFA is 16.0 s old, over the limit of 15.0 s"
        );
    }

    #[test]
    fn an_order_expires_past_its_time() {
        assert_eq!(Expired::check("q1-1", 100, 100), Ok(()));
        assert_eq!(Expired::check("q1-1", 0, 100), Ok(()));
        let error = Expired::check("q1-1", 100, 1_500_100).unwrap_err();
        assert_eq!(
            error.to_string(),
            "order q1-1 arrived 1.5 s after its time to live ended"
        );
    }

    #[test]
    fn older_limits_are_refused() {
        assert_eq!(LimitsOutdated::check(3, 3), Ok(()));
        assert_eq!(LimitsOutdated::check(3, 4), Ok(()));
        assert!(LimitsOutdated::check(3, 2).is_err());
    }
}
