//! The limits an operator sets: exact, versioned, changed all or nothing.

use std::collections::BTreeMap;

use messages::{Money, Price, Quantity, wire};

/// A limit by its name in `config/system.json` and in `limits set`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitName {
    /// Largest quantity of one order.
    MaxOrderQuantity,
    /// Largest notional of one order.
    MaxOrderNotional,
    /// Largest distance of an order's price from the mid, as a fraction of the mid.
    PriceCollar,
    /// Largest position per symbol, working orders counted.
    MaxPositionSize,
    /// Largest sum of the notionals of all positions, working orders counted.
    MaxGrossExposure,
    /// Largest absolute balance of long and short notionals, working orders counted.
    MaxNetExposure,
    /// Most symbols with a position or a working order.
    MaxOpenPositions,
    /// Daily loss, realised and unrealised, at which the desk is killed.
    MaxDailyLoss,
    /// Most orders sent within any second; cancels are exempt.
    MaxMessagesPerSecond,
    /// Age at which market data is stale.
    StaleAfter,
    /// Age at which a service's heartbeat is lost.
    HeartbeatAfter,
}

use LimitName as N;

impl LimitName {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        N::MaxOrderQuantity,
        N::MaxOrderNotional,
        N::PriceCollar,
        N::MaxPositionSize,
        N::MaxGrossExposure,
        N::MaxNetExposure,
        N::MaxOpenPositions,
        N::MaxDailyLoss,
        N::MaxMessagesPerSecond,
        N::StaleAfter,
        N::HeartbeatAfter,
    ];

    /// Its name in the configuration and in `limits set`.
    pub const fn as_str(self) -> &'static str {
        match self {
            N::MaxOrderQuantity => "max_order_quantity",
            N::MaxOrderNotional => "max_order_notional",
            N::PriceCollar => "price_collar",
            N::MaxPositionSize => "max_position_size",
            N::MaxGrossExposure => "max_gross_exposure",
            N::MaxNetExposure => "max_net_exposure",
            N::MaxOpenPositions => "max_open_positions",
            N::MaxDailyLoss => "max_daily_loss",
            N::MaxMessagesPerSecond => "max_messages_per_second",
            N::StaleAfter => "stale_after_s",
            N::HeartbeatAfter => "heartbeat_after_s",
        }
    }

    /// Its unit, for display.
    pub const fn unit(self) -> &'static str {
        match self {
            N::MaxOrderQuantity | N::MaxPositionSize => "units",
            N::MaxOrderNotional | N::MaxGrossExposure | N::MaxNetExposure | N::MaxDailyLoss => "currency",
            N::PriceCollar => "fraction",
            N::MaxOpenPositions => "positions",
            N::MaxMessagesPerSecond => "1/s",
            N::StaleAfter | N::HeartbeatAfter => "s",
        }
    }

    /// The limit of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.as_str() == name)
    }
}

/// Why a change of limits was refused. Policy: nothing is changed, and the sentence names the value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LimitError {
    /// No limit has that name.
    #[error("`{0}` is not a limit; the limits are {names}", names = LimitName::ALL.map(LimitName::as_str).join(", "))]
    Unknown(String),
    /// A limit was left out where all are needed.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The change names no limit at all.
    #[error("no limit is named: there is nothing to change")]
    Nothing,
    /// NaN or infinite.
    #[error("{name} cannot be {value}: it must be a finite number")]
    NotFinite {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
    },
    /// Below nought.
    #[error("{name} cannot be {value}: it must not be negative")]
    Negative {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
    },
    /// Outside what the limit can mean.
    #[error("{name} cannot be {value}: it must be {must}")]
    OutOfRange {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// Two values that cannot both hold.
    #[error(
        "{name} cannot be {value}: {times}{whole} is {whole_value}, which it could never use up; set both together"
    )]
    Contradictory {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
        /// "" or "twice ".
        times: &'static str,
        /// The limit it is bound by.
        whole: &'static str,
        /// That limit's value.
        whole_value: f64,
    },
}

/// A share of a price, in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction(pub i64);

impl Fraction {
    /// That share of `price`, rounded down to a billionth.
    #[must_use]
    pub fn of(self, price: Price) -> Price {
        let product = i128::from(price.0) * i128::from(self.0) / i128::from(messages::exact::SCALE);
        Price(i64::try_from(product).unwrap_or(i64::MAX))
    }
    /// As a double, for the wire.
    pub fn to_f64(self) -> f64 {
        Quantity(self.0).to_f64()
    }
}

/// The limits in force, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Grows with every change; the engine refuses orders approved under an older one than it holds.
    pub version: u64,
    /// Largest quantity of one order.
    pub max_order_quantity: Quantity,
    /// Largest notional of one order.
    pub max_order_notional: Money,
    /// Largest distance of a price from the mid, as a fraction of it.
    pub price_collar: Fraction,
    /// Largest position per symbol, working orders counted.
    pub max_position_size: Quantity,
    /// Largest gross notional.
    pub max_gross_exposure: Money,
    /// Largest net notional.
    pub max_net_exposure: Money,
    /// Most symbols with a position or a working order.
    pub max_open_positions: u32,
    /// The daily loss that kills the desk.
    pub max_daily_loss: Money,
    /// Most orders within any second.
    pub max_messages_per_second: u32,
    /// Age at which market data is stale, in microseconds.
    pub stale_after_us: i64,
    /// Age at which a heartbeat is lost, in microseconds.
    pub heartbeat_after_us: i64,
}

const SECOND: f64 = 1_000_000.0;

impl Limits {
    /// The limits of a configuration: every one of them must be named, and none may contradict another.
    pub fn new(version: u64, values: &BTreeMap<String, f64>) -> Result<Self, LimitError> {
        let limits = Self::in_force(version, values)?;
        limits.check_bounds(&limits, values)?;
        Ok(limits)
    }

    /// Limits that are in force already, as they come from a journal or on the wire: every one of them must
    /// be named. An operator may have tightened a whole below its part.
    pub fn in_force(version: u64, values: &BTreeMap<String, f64>) -> Result<Self, LimitError> {
        if let Some(missing) = LimitName::ALL
            .iter()
            .find(|name| !values.contains_key(name.as_str()))
        {
            return Err(LimitError::Missing(missing.as_str()));
        }
        let mut limits = Self {
            version,
            max_order_quantity: Quantity::ZERO,
            max_order_notional: Money::ZERO,
            price_collar: Fraction(0),
            max_position_size: Quantity::ZERO,
            max_gross_exposure: Money::ZERO,
            max_net_exposure: Money::ZERO,
            max_open_positions: 0,
            max_daily_loss: Money::ZERO,
            max_messages_per_second: 0,
            stale_after_us: 0,
            heartbeat_after_us: 0,
        };
        limits.set_all(values)?;
        Ok(limits)
    }

    /// These limits with `changes` and the next version; all of them, or an error and none.
    ///
    /// A change that tightens is never refused for making another limit unreachable: an operator who lowers
    /// the gross exposure in a hurry need not lower the net exposure first. One that loosens a part above
    /// its whole is.
    pub fn update(&self, changes: &BTreeMap<String, f64>) -> Result<Self, LimitError> {
        if changes.is_empty() {
            return Err(LimitError::Nothing);
        }
        let mut next = self.clone();
        next.set_all(changes)?;
        next.check_bounds(self, changes)?;
        next.version += 1;
        Ok(next)
    }

    fn set_all(&mut self, changes: &BTreeMap<String, f64>) -> Result<(), LimitError> {
        for (name, value) in changes {
            let limit = LimitName::parse(name).ok_or_else(|| LimitError::Unknown(name.clone()))?;
            self.set(limit, *value)?;
        }
        Ok(())
    }

    fn check_bounds(&self, before: &Self, changes: &BTreeMap<String, f64>) -> Result<(), LimitError> {
        for (part, factor, whole) in BOUNDS {
            let is_named = changes.contains_key(part.as_str());
            let loosened = is_named && self.get(part) > before.get(part);
            let both = is_named && changes.contains_key(whole.as_str());
            if (loosened || both) && self.get(part) > factor * self.get(whole) {
                return Err(LimitError::Contradictory {
                    name: part.as_str(),
                    value: self.get(part),
                    times: if factor > 1.0 { "twice " } else { "" },
                    whole: whole.as_str(),
                    whole_value: factor * self.get(whole),
                });
            }
        }
        Ok(())
    }

    fn set(&mut self, limit: LimitName, value: f64) -> Result<(), LimitError> {
        let name = limit.as_str();
        if !value.is_finite() {
            return Err(LimitError::NotFinite { name, value });
        }
        if value < 0.0 {
            return Err(LimitError::Negative { name, value });
        }
        let out = |must| LimitError::OutOfRange { name, value, must };
        let quantity = || Quantity::from_f64(value).map_err(|_| out("at most 9,223,372,036"));
        let money = || Money::from_f64(value).map_err(|_| out("under 10^18"));
        let whole = || {
            let fits = value.fract() == 0.0 && value <= f64::from(u32::MAX);
            if fits {
                Ok(value as u32)
            } else {
                Err(out("a whole number"))
            }
        };
        let seconds = || {
            let fits = (0.05..=86_400.0).contains(&value);
            if fits {
                Ok((value * SECOND).round() as i64)
            } else {
                Err(out("0.05 to 86,400 seconds"))
            }
        };
        match limit {
            N::MaxOrderQuantity => self.max_order_quantity = quantity()?,
            N::MaxOrderNotional => self.max_order_notional = money()?,
            N::PriceCollar if value >= 1.0 => return Err(out("a fraction under 1 (0.05 is five percent)")),
            N::PriceCollar => self.price_collar = Fraction(quantity()?.0),
            N::MaxPositionSize => self.max_position_size = quantity()?,
            N::MaxGrossExposure => self.max_gross_exposure = money()?,
            N::MaxNetExposure => self.max_net_exposure = money()?,
            N::MaxOpenPositions => self.max_open_positions = whole()?,
            N::MaxDailyLoss => self.max_daily_loss = money()?,
            N::MaxMessagesPerSecond => self.max_messages_per_second = whole()?,
            N::StaleAfter => self.stale_after_us = seconds()?,
            N::HeartbeatAfter => self.heartbeat_after_us = seconds()?,
        }
        Ok(())
    }

    /// One limit as a double, for the wire and for display.
    pub fn get(&self, limit: LimitName) -> f64 {
        match limit {
            N::MaxOrderQuantity => self.max_order_quantity.to_f64(),
            N::MaxOrderNotional => self.max_order_notional.to_f64(),
            N::PriceCollar => self.price_collar.to_f64(),
            N::MaxPositionSize => self.max_position_size.to_f64(),
            N::MaxGrossExposure => self.max_gross_exposure.to_f64(),
            N::MaxNetExposure => self.max_net_exposure.to_f64(),
            N::MaxOpenPositions => f64::from(self.max_open_positions),
            N::MaxDailyLoss => self.max_daily_loss.to_f64(),
            N::MaxMessagesPerSecond => f64::from(self.max_messages_per_second),
            N::StaleAfter => self.stale_after_us as f64 / SECOND,
            N::HeartbeatAfter => self.heartbeat_after_us as f64 / SECOND,
        }
    }

    /// All of them by name.
    pub fn values(&self) -> BTreeMap<String, f64> {
        LimitName::ALL
            .into_iter()
            .map(|name| (name.as_str().to_owned(), self.get(name)))
            .collect()
    }
}

/// A part that can never use more than `factor` times its whole. A flip from one end of the position limit
/// to the other is one order of twice the limit.
const BOUNDS: [(LimitName, f64, LimitName); 3] = [
    (N::MaxNetExposure, 1.0, N::MaxGrossExposure),
    (N::MaxOrderQuantity, 2.0, N::MaxPositionSize),
    (N::MaxOrderNotional, 2.0, N::MaxGrossExposure),
];

impl From<&Limits> for wire::Limits {
    fn from(limits: &Limits) -> Self {
        Self {
            version: limits.version,
            values: limits.values(),
        }
    }
}

impl TryFrom<&wire::Limits> for Limits {
    type Error = LimitError;
    /// The engine's side: it holds orders to what the risk manager sent.
    fn try_from(message: &wire::Limits) -> Result<Self, LimitError> {
        Self::in_force(message.version, &message.values)
    }
}

#[cfg(test)]
mod tests;
