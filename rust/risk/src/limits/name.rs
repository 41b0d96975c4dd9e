//! The limits by name, with their units and ranges.

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
    /// Fall of the day's P&L from its highest at which nothing new is opened.
    MaxDrawdown,
    /// Losing round trips in a row at which nothing new is opened in a symbol.
    MaxLossStreak,
    /// Largest share of the gross exposure in one symbol, working orders counted.
    MaxConcentration,
    /// Most orders sent within any second; cancels are exempt.
    MaxMessagesPerSecond,
    /// Most orders of one symbol's strategy that execute within any minute before it is stopped.
    MaxExecutionsPerMinute,
    /// Age at which market data is stale.
    StaleAfter,
    /// Age at which a service's heartbeat is lost.
    HeartbeatAfter,
}

use LimitName as N;

impl LimitName {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 15] = [
        N::MaxOrderQuantity,
        N::MaxOrderNotional,
        N::PriceCollar,
        N::MaxPositionSize,
        N::MaxGrossExposure,
        N::MaxNetExposure,
        N::MaxOpenPositions,
        N::MaxConcentration,
        N::MaxDailyLoss,
        N::MaxDrawdown,
        N::MaxLossStreak,
        N::MaxMessagesPerSecond,
        N::MaxExecutionsPerMinute,
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
            N::MaxConcentration => "max_concentration",
            N::MaxDailyLoss => "max_daily_loss",
            N::MaxDrawdown => "max_drawdown",
            N::MaxLossStreak => "max_loss_streak",
            N::MaxMessagesPerSecond => "max_messages_per_second",
            N::MaxExecutionsPerMinute => "max_executions_per_minute",
            N::StaleAfter => "stale_after_s",
            N::HeartbeatAfter => "heartbeat_after_s",
        }
    }

    /// Its unit, for display.
    pub const fn unit(self) -> &'static str {
        match self {
            N::MaxOrderQuantity | N::MaxPositionSize => "units",
            N::MaxOrderNotional
            | N::MaxGrossExposure
            | N::MaxNetExposure
            | N::MaxDailyLoss
            | N::MaxDrawdown => "currency",
            N::PriceCollar | N::MaxConcentration => "fraction",
            N::MaxOpenPositions => "positions",
            N::MaxLossStreak => "round trips",
            N::MaxMessagesPerSecond => "1/s",
            N::MaxExecutionsPerMinute => "1/min",
            N::StaleAfter | N::HeartbeatAfter => "s",
        }
    }

    /// What it may be; the JSON schema of the configuration says the same.
    ///
    /// Nought forbids, where that means something: no order, no position, no loss. A collar, a share, a
    /// streak, a count of executions or an age of nought would be a way to stop trading that no gate shows.
    pub const fn range(self) -> Range {
        match self {
            N::MaxOrderQuantity | N::MaxPositionSize => Range::new(0.0, 1e9),
            N::MaxOrderNotional
            | N::MaxGrossExposure
            | N::MaxNetExposure
            | N::MaxDailyLoss
            | N::MaxDrawdown => Range::new(0.0, 1e15),
            N::PriceCollar => Range::new(1e-6, 0.999_999),
            N::MaxConcentration => Range::new(1e-6, 1.0),
            N::MaxOpenPositions => Range::whole(0.0, 1e4),
            N::MaxLossStreak => Range::whole(1.0, 1e4),
            N::MaxMessagesPerSecond => Range::whole(0.0, 1e6),
            N::MaxExecutionsPerMinute => Range::whole(1.0, 1e6),
            N::StaleAfter => Range::new(0.05, 86_400.0),
            N::HeartbeatAfter => Range::new(0.05, 3_600.0),
        }
    }

    /// The limit of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.as_str() == name)
    }
}

/// The values a limit may take, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
    /// True for a count.
    pub is_whole: bool,
}

impl Range {
    const fn new(least: f64, most: f64) -> Self {
        Self {
            least,
            most,
            is_whole: false,
        }
    }
    const fn whole(least: f64, most: f64) -> Self {
        Self {
            least,
            most,
            is_whole: true,
        }
    }
    pub(super) fn holds(self, value: f64) -> bool {
        (self.least..=self.most).contains(&value) && (!self.is_whole || value.fract() == 0.0)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.is_whole {
            "a whole number from"
        } else {
            "from"
        };
        write!(out, "{what} {} to {}", self.least, self.most)
    }
}
