//! The limits an operator sets: exact, versioned, changed all or nothing.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{Money, Price, Quantity, wire};

mod error;
mod name;

use LimitName as N;
pub use error::{LimitError, LimitErrors};
pub use name::{LimitName, Range};

/// A share of a price or an exposure, in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction(pub i64);

impl Fraction {
    /// That share of `price`, rounded down to a billionth.
    #[must_use]
    pub fn of(self, price: Price) -> Price {
        let product = i128::from(price.0) * i128::from(self.0) / i128::from(messages::exact::SCALE);
        Price(i64::try_from(product).unwrap_or(i64::MAX))
    }
    /// The share of `part` in `whole`, rounded down to a billionth; nought of nothing.
    #[must_use]
    pub fn share(part: Money, whole: Money) -> Self {
        let scale = i128::from(messages::exact::SCALE);
        // Scaled down first where the product would not fit: a billionth of so much is exact enough.
        let share = match part.0.checked_mul(scale) {
            Some(scaled) => scaled.checked_div(whole.0),
            None => part.0.checked_div((whole.0 / scale).max(1)),
        };
        Self(i64::try_from(share.unwrap_or_default()).unwrap_or(i64::MAX))
    }
    /// As a double, for the wire.
    pub fn to_f64(self) -> f64 {
        Quantity(self.0).to_f64()
    }
}

impl std::fmt::Display for Fraction {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Quantity(self.0).fmt(out)
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
    /// Fall from the day's highest P&L at which nothing new is opened.
    pub max_drawdown: Money,
    /// Losing round trips in a row at which nothing new is opened in a symbol.
    pub max_loss_streak: u32,
    /// Largest share of the gross exposure in one symbol.
    pub max_concentration: Fraction,
    /// Most orders within any second.
    pub max_messages_per_second: u32,
    /// Most orders of one symbol's strategy that execute within any minute.
    pub max_executions_per_minute: u32,
    /// Age at which market data is stale, in microseconds.
    pub stale_after_us: i64,
    /// Age at which a heartbeat is lost, in microseconds.
    pub heartbeat_after_us: i64,
}

const SECOND: f64 = 1_000_000.0;

impl Limits {
    /// The limits of a configuration: every one of them must be named, and none may contradict another.
    pub fn new(version: u64, values: &BTreeMap<String, f64>) -> Result<Self, LimitErrors> {
        let limits = Self::in_force(version, values)?;
        LimitErrors::none_in(limits.contradictions(&limits, values))?;
        Ok(limits)
    }

    /// Limits that are in force already, as they come from a journal or on the wire: every one of them must
    /// be named. An operator may have tightened a whole below its part.
    pub fn in_force(version: u64, values: &BTreeMap<String, f64>) -> Result<Self, LimitErrors> {
        let missing = LimitName::ALL
            .iter()
            .map(|name| name.as_str())
            .filter(|name| !values.contains_key(*name));
        LimitErrors::none_in(missing.map(LimitError::Missing).collect())?;
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
            max_drawdown: Money::ZERO,
            max_loss_streak: 0,
            max_concentration: Fraction(0),
            max_messages_per_second: 0,
            max_executions_per_minute: 0,
            stale_after_us: 0,
            heartbeat_after_us: 0,
        };
        LimitErrors::none_in(limits.set_all(values))?;
        Ok(limits)
    }

    /// These limits with `changes` and the next version; all of them, or every error and none.
    ///
    /// A change that tightens is never refused for making another limit unreachable: an operator who lowers
    /// the gross exposure in a hurry need not lower the net exposure first. One that loosens a part above
    /// its whole is, and so is one that names both.
    pub fn update(&self, changes: &BTreeMap<String, f64>) -> Result<Self, LimitErrors> {
        if changes.is_empty() {
            return Err(LimitErrors(vec![LimitError::Nothing]));
        }
        let mut next = self.clone();
        let mut errors = next.set_all(changes);
        errors.extend(next.contradictions(self, changes));
        if planted(Mutant::LimitsChangedInPart) && errors.len() < changes.len() {
            errors.clear();
        }
        LimitErrors::none_in(errors)?;
        next.version += 1;
        Ok(next)
    }

    fn set_all(&mut self, changes: &BTreeMap<String, f64>) -> Vec<LimitError> {
        let set = |(name, value): (&String, &f64)| {
            let limit = LimitName::parse(name).ok_or_else(|| LimitError::Unknown(name.clone()))?;
            self.set(limit, *value)
        };
        changes.iter().map(set).filter_map(Result::err).collect()
    }

    fn contradictions(&self, before: &Self, changes: &BTreeMap<String, f64>) -> Vec<LimitError> {
        let mut found = Vec::new();
        for (part, factor, whole) in BOUNDS {
            let is_named = changes.contains_key(part.as_str());
            let loosened = is_named && self.get(part) > before.get(part);
            let both = is_named && changes.contains_key(whole.as_str());
            if (loosened || both) && self.get(part) > factor * self.get(whole) {
                found.push(LimitError::Contradictory {
                    name: part.as_str(),
                    value: self.get(part),
                    times: if factor > 1.0 { "twice " } else { "" },
                    whole: whole.as_str(),
                    whole_value: factor * self.get(whole),
                });
            }
        }
        found
    }

    fn set(&mut self, limit: LimitName, value: f64) -> Result<(), LimitError> {
        let name = limit.as_str();
        if !value.is_finite() {
            return Err(LimitError::NotFinite { name, value });
        }
        if value < 0.0 {
            return Err(LimitError::Negative { name, value });
        }
        let must = limit.range();
        let out = || LimitError::OutOfRange { name, value, must };
        if !must.holds(value) {
            return Err(out());
        }
        let quantity = || Quantity::from_f64(value).map_err(|_| out());
        let money = || Money::from_f64(value).map_err(|_| out());
        let whole = value as u32;
        let microseconds = (value * SECOND).round() as i64;
        match limit {
            N::MaxOrderQuantity => self.max_order_quantity = quantity()?,
            N::MaxOrderNotional => self.max_order_notional = money()?,
            N::PriceCollar => self.price_collar = Fraction(quantity()?.0),
            N::MaxPositionSize => self.max_position_size = quantity()?,
            N::MaxGrossExposure => self.max_gross_exposure = money()?,
            N::MaxNetExposure => self.max_net_exposure = money()?,
            N::MaxOpenPositions => self.max_open_positions = whole,
            N::MaxConcentration => self.max_concentration = Fraction(quantity()?.0),
            N::MaxDailyLoss => self.max_daily_loss = money()?,
            N::MaxDrawdown => self.max_drawdown = money()?,
            N::MaxLossStreak => self.max_loss_streak = whole,
            N::MaxMessagesPerSecond => self.max_messages_per_second = whole,
            N::MaxExecutionsPerMinute => self.max_executions_per_minute = whole,
            N::StaleAfter => self.stale_after_us = microseconds,
            N::HeartbeatAfter => self.heartbeat_after_us = microseconds,
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
            N::MaxConcentration => self.max_concentration.to_f64(),
            N::MaxDailyLoss => self.max_daily_loss.to_f64(),
            N::MaxDrawdown => self.max_drawdown.to_f64(),
            N::MaxLossStreak => f64::from(self.max_loss_streak),
            N::MaxMessagesPerSecond => f64::from(self.max_messages_per_second),
            N::MaxExecutionsPerMinute => f64::from(self.max_executions_per_minute),
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
    type Error = LimitErrors;
    /// The engine's side: it holds orders to what the risk manager sent.
    fn try_from(message: &wire::Limits) -> Result<Self, LimitErrors> {
        Self::in_force(message.version, &message.values)
    }
}

#[cfg(test)]
mod tests;
