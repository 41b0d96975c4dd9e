//! What is remembered of the strategy in one symbol: losing round trips in a row, and executions within a
//! minute.
//!
//! A strategy that executes too often is stopped by pausing its symbol at the engine, in the risk manager's
//! name: the pause is durable there, stands on every screen with its reason, and a person's `resume` of the
//! symbol lifts it. Until the engine has obeyed, the command is kept here and on the record, and asked again
//! under the same id.

use std::collections::VecDeque;

use messages::{Money, wire};

use crate::book::Booked;

/// Executions count for this long.
const WINDOW_US: i64 = 60_000_000;

/// A round trip that has just closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// Its P&L after fees.
    pub pnl: Money,
    /// Losing ones in a row, this one counted.
    pub loss_streak: u32,
    /// The symbol's realised P&L at its close.
    pub realized: Money,
}

/// One symbol's strategy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conduct {
    loss_streak: u32,
    /// Realised P&L when the last round trip closed; `None` until a position was told.
    realized: Option<Money>,
    /// The side of the position as last told: -1, 0 or 1.
    side: i64,
    /// When each order first executed, arrival time, with its id; oldest first.
    executions: VecDeque<(i64, String)>,
    /// Executions up to then don't count.
    after_us: i64,
    stop: Option<wire::StrategyCommand>,
    asked_us: Option<i64>,
}

impl Conduct {
    /// Losing round trips in a row, this trading day.
    pub const fn loss_streak(&self) -> u32 {
        self.loss_streak
    }
    /// Realised P&L when the last round trip closed, if any was told.
    pub const fn realized(&self) -> Option<Money> {
        self.realized
    }
    /// Executions up to then don't count.
    pub const fn after_us(&self) -> i64 {
        self.after_us
    }
    /// The pause that the engine has not obeyed yet.
    pub const fn stop(&self) -> Option<&wire::StrategyCommand> {
        self.stop.as_ref()
    }

    /// Takes a position as the engine booked it; tells when a round trip closed with it: the position came to
    /// nought or went through it. What happened unseen, before a snapshot, counts as one.
    pub fn position(&mut self, booked: &Booked) -> Option<Closed> {
        let side = booked.quantity.0.signum();
        let turned = side != 0 && self.side != 0 && side != self.side;
        self.side = side;
        let Some(before) = self.realized else {
            self.realized = Some(booked.realized);
            return None;
        };
        let came_to_nought = side == 0 && booked.realized != before;
        if !turned && !came_to_nought {
            return None;
        }
        let pnl = booked.realized - before;
        if pnl < Money::ZERO {
            self.loss_streak += 1;
        } else if pnl > Money::ZERO {
            self.loss_streak = 0;
        }
        self.realized = Some(booked.realized);
        Some(Closed {
            pnl,
            loss_streak: self.loss_streak,
            realized: booked.realized,
        })
    }

    /// Takes back a round trip from the record.
    pub fn restore_close(&mut self, loss_streak: u32, realized: Money) {
        (self.loss_streak, self.realized) = (loss_streak, Some(realized));
    }

    /// Takes back what the record says of this symbol.
    pub fn restore(
        &mut self,
        loss_streak: u32,
        realized: Option<Money>,
        after_us: i64,
        stop: Option<wire::StrategyCommand>,
    ) {
        (self.loss_streak, self.realized, self.after_us) = (loss_streak, realized, after_us);
        (self.stop, self.asked_us) = (stop, None);
    }

    /// Begins the streak anew; true when there was one.
    pub fn forgive(&mut self) -> bool {
        std::mem::take(&mut self.loss_streak) > 0
    }

    /// Counts an order of the strategy that executed at `at_us`; an order counts once.
    pub fn executed(&mut self, client_order_id: &str, at_us: i64) {
        if at_us <= self.after_us || self.executions.iter().any(|(_, id)| id == client_order_id) {
            return;
        }
        let place = self.executions.partition_point(|(other, _)| *other <= at_us);
        self.executions.insert(place, (at_us, client_order_id.to_owned()));
    }

    /// How many orders executed within the minute before `now_us`.
    pub fn executions(&self, now_us: i64) -> usize {
        let first = self
            .executions
            .partition_point(|(at_us, _)| now_us.saturating_sub(*at_us) >= WINDOW_US);
        self.executions.len() - first
    }

    /// Drops what no longer counts.
    pub fn prune(&mut self, now_us: i64) {
        while self
            .executions
            .front()
            .is_some_and(|(at_us, _)| now_us.saturating_sub(*at_us) >= WINDOW_US)
        {
            self.executions.pop_front();
        }
    }

    /// Keeps a pause until the engine has obeyed it.
    pub fn stop_with(&mut self, command: wire::StrategyCommand) {
        (self.stop, self.asked_us) = (Some(command), None);
    }

    /// The pause, when it is time to ask for it (again).
    pub fn stop_due(&mut self, again_us: i64, now_us: i64) -> Option<wire::StrategyCommand> {
        let command = self.stop.as_ref()?;
        if self.asked_us.is_some_and(|asked_us| now_us - asked_us < again_us) {
            return None;
        }
        self.asked_us = Some(now_us);
        Some(command.clone())
    }

    /// The engine has obeyed: from here on its pause is what stops the strategy, and the count begins anew.
    pub fn stopped(&mut self, now_us: i64) {
        (self.stop, self.asked_us, self.after_us) = (None, None, now_us);
        self.executions.clear();
    }

    /// Moves every time held by `delta_us`, as the wall clock moved: no age changes with it.
    pub fn shift(&mut self, delta_us: i64) {
        for (at_us, _) in &mut self.executions {
            *at_us = at_us.saturating_add(delta_us);
        }
        self.after_us = self.after_us.saturating_add(delta_us);
        self.asked_us = self.asked_us.map(|at_us| at_us + delta_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use messages::{Price, Quantity};

    fn told(units: i64, realized: i64) -> Booked {
        Booked {
            quantity: Quantity::from_units(units),
            average_cost: Price::default(),
            realized: Money::from_f64(realized as f64).unwrap(),
            mark: None,
        }
    }

    fn streak(conduct: &mut Conduct, told: &[Booked]) -> Vec<Option<u32>> {
        let closed = told.iter().map(|booked| conduct.position(booked));
        closed
            .map(|closed| closed.map(|closed| closed.loss_streak))
            .collect()
    }

    #[test]
    fn losing_round_trips_in_a_row_count_and_a_win_ends_them() {
        let mut conduct = Conduct::default();
        let seen = [
            told(0, 0),
            told(5, -1),   // opened, with its fee
            told(2, -5),   // reduced: still open
            told(0, -9),   // lost 9
            told(-3, -10), // opened short
            told(3, -12),  // turned: lost 3
            told(0, -12),  // closed at its cost: neither
            told(4, -12),
            told(0, -2), // won 10
        ];
        assert_eq!(
            streak(&mut conduct, &seen),
            [None, None, None, Some(1), None, Some(2), None, None, Some(0)]
        );
    }

    #[test]
    fn a_round_trip_that_closed_unseen_counts_and_a_restart_forgets_none() {
        let mut before = Conduct::default();
        streak(&mut before, &[told(0, 0), told(5, 0), told(0, -4), told(5, -4)]);
        let mut after = Conduct::default();
        after.restore(before.loss_streak(), before.realized(), before.after_us(), None);
        assert_eq!(streak(&mut after, &[told(0, -6)]), [Some(2)]);
        let mut unknown = Conduct::default();
        assert_eq!(
            streak(&mut unknown, &[told(0, -6)]),
            [None],
            "nothing to compare with"
        );
    }

    #[test]
    fn an_order_counts_once_within_a_sliding_minute() {
        let mut conduct = Conduct::default();
        for (id, at_us) in [("a", 10), ("b", 30), ("a", 40), ("c", 20)] {
            conduct.executed(id, at_us);
        }
        assert_eq!(conduct.executions(40), 3);
        assert_eq!(conduct.executions(WINDOW_US + 20), 1);
        conduct.prune(WINDOW_US + 20);
        conduct.shift(7);
        assert_eq!(conduct.executions(WINDOW_US + 36), 1);
        conduct.stopped(WINDOW_US);
        conduct.executed("d", WINDOW_US);
        assert_eq!(conduct.executions(WINDOW_US), 0, "answered for");
    }
}
