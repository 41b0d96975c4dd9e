//! How the strategy has done lately: drawdown, losing streaks, and executions without an end.

use messages::{Money, Symbol};

/// The fall of the day's P&L from its highest.
#[derive(Debug, Clone, Copy)]
pub struct Drawdown {
    /// The limit.
    pub limit: Money,
}

/// The day's P&L fell too far from its highest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the day's profit and loss is {value} below its highest, which reached the limit of {limit}")]
pub struct DrawdownReached {
    /// The limit.
    pub limit: Money,
    /// The fall.
    pub value: Money,
}

impl Drawdown {
    /// Passes under the limit; a day at its highest passes any.
    pub fn check(self, drawdown: Money) -> Result<(), DrawdownReached> {
        if drawdown > Money::ZERO && drawdown >= self.limit {
            return Err(DrawdownReached {
                limit: self.limit,
                value: drawdown,
            });
        }
        Ok(())
    }
}

/// Losing round trips in a row, in one symbol and one trading day.
#[derive(Debug, Clone, Copy)]
pub struct LossStreak {
    /// The limit.
    pub limit: u32,
}

/// Too many round trips lost in a row. Policy: nothing new in the symbol until the next trading day, a higher
/// limit, or a person's `resume` of the symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value} round trips in a row lost money in {symbol}, which reached the limit of {limit}")]
pub struct LossStreakReached {
    /// The instrument.
    pub symbol: Symbol,
    /// The limit.
    pub limit: u32,
    /// The streak.
    pub value: u32,
}

impl LossStreak {
    /// Passes under the limit.
    pub fn check(self, symbol: &Symbol, streak: u32) -> Result<(), LossStreakReached> {
        if streak >= self.limit {
            return Err(LossStreakReached {
                symbol: symbol.clone(),
                limit: self.limit,
                value: streak,
            });
        }
        Ok(())
    }
}

/// Executed orders of one symbol's strategy within a minute (RTS 6, Article 15).
#[derive(Debug, Clone, Copy)]
pub struct RepeatedExecutions {
    /// The limit.
    pub limit: u32,
}

/// The strategy executes too often. Policy: its symbol is paused until a person resumes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value} orders of the strategy in {symbol} executed within a minute, over the limit of {limit}")]
pub struct ExecutionsExceeded {
    /// The instrument.
    pub symbol: Symbol,
    /// The limit.
    pub limit: u32,
    /// The number.
    pub value: usize,
}

impl RepeatedExecutions {
    /// Passes up to the limit and with it.
    pub fn check(self, symbol: &Symbol, executions: usize) -> Result<(), ExecutionsExceeded> {
        if executions > self.limit as usize {
            return Err(ExecutionsExceeded {
                symbol: symbol.clone(),
                limit: self.limit,
                value: executions,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::symbol;

    #[test]
    fn drawdown_fires_at_its_limit() {
        let money = |units: f64| Money::from_f64(units).unwrap();
        let check = Drawdown { limit: money(100.0) };
        assert_eq!(check.check(money(99.99)), Ok(()));
        assert_eq!(
            check.check(money(100.0)).unwrap_err().to_string(),
            "the day's profit and loss is 100 below its highest, which reached the limit of 100"
        );
        assert_eq!(Drawdown { limit: Money::ZERO }.check(Money::ZERO), Ok(()));
    }

    #[test]
    fn a_loss_streak_fires_at_its_limit() {
        let check = LossStreak { limit: 3 };
        assert_eq!(check.check(&symbol("ALFA"), 2), Ok(()));
        assert_eq!(
            check.check(&symbol("ALFA"), 3).unwrap_err().to_string(),
            "3 round trips in a row lost money in ALFA, which reached the limit of 3"
        );
    }

    #[test]
    fn executions_fire_above_their_limit() {
        let check = RepeatedExecutions { limit: 3 };
        assert_eq!(check.check(&symbol("ALFA"), 3), Ok(()));
        assert_eq!(
            check.check(&symbol("ALFA"), 4).unwrap_err().to_string(),
            "4 orders of the strategy in ALFA executed within a minute, over the limit of 3"
        );
    }
}
