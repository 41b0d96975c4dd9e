//! How each symbol's strategy does: losing streaks, and the stop of one that executes too often.

use messages::mutation::{Mutant, planted};
use messages::{Fill, Money, Order, Origin, Symbol, wire};
use wire::command_result::Outcome as Answer;
use wire::risk_event::Event;
use wire::strategy_command::Type;

use super::watch::AGAIN_US;
use super::{Action, RiskManager, SERVICE};
use crate::book::Booked;
use crate::checks::RepeatedExecutions;
use crate::conduct::Conduct;

impl RiskManager {
    /// Takes the engine's answer to a command of this service's own.
    pub fn on_command_result(&mut self, result: &wire::CommandResult, now_us: i64) -> Vec<Action> {
        if matches!(result.outcome(), Answer::Done | Answer::Accepted) {
            self.note_stopped(&result.command_id, now_us);
        }
        self.take()
    }

    /// Executions that count against the limit. While the stop is not obeyed yet it is over its limit, also
    /// after a restart that has not heard of the executions.
    pub(super) fn executions(&self, symbol: &Symbol, now_us: i64) -> usize {
        let Some(conduct) = self.conducts.get(symbol) else {
            return 0;
        };
        let count = conduct.executions(now_us);
        if conduct.stop().is_some() {
            count.max(self.limits.max_executions_per_minute as usize + 1)
        } else {
            count
        }
    }

    /// An order as it is told: part of it executed, whether its fills were told or not.
    pub(super) fn note_execution(&mut self, order: &Order, at_us: i64) {
        if order.origin == Origin::Strategy
            && order.filled_quantity > messages::Quantity::ZERO
            && let Some(conduct) = self.conducts.get_mut(&order.symbol)
        {
            conduct.executed(&order.client_order_id, at_us);
        }
    }

    pub(super) fn note_fill(&mut self, fill: &Fill, now_us: i64) {
        let order = self.book.order(&fill.client_order_id);
        if order.is_some_and(|view| view.order.origin == Origin::Strategy)
            && let Some(conduct) = self.conducts.get_mut(&fill.symbol)
        {
            conduct.executed(&fill.client_order_id, now_us);
        }
    }

    /// A position as the engine booked it may close a round trip, which goes on the record.
    pub(super) fn note_position(&mut self, symbol: &Symbol, booked: &Booked, now_us: i64) {
        let Some(closed) = self
            .conducts
            .get_mut(symbol)
            .and_then(|conduct| conduct.position(booked))
        else {
            return;
        };
        let event = wire::RoundTrip {
            symbol: symbol.to_string(),
            realized_pnl: Money::to_f64(closed.pnl),
            loss_streak: closed.loss_streak,
            realized_at_close: closed.realized.to_f64(),
        };
        self.journal("round_trip", None, Event::RoundTrip(event), now_us);
    }

    /// A command the engine obeyed: its record of a stop is as good as its answer, and a person who resumes
    /// a symbol, or the desk, has answered for the losing streaks in it.
    pub(super) fn note_command(&mut self, record: &wire::CommandRecord, now_us: i64) {
        let (Some(command), Some(result)) = (&record.command, &record.result) else {
            return;
        };
        if !matches!(result.outcome(), Answer::Done | Answer::Accepted) {
            return;
        }
        self.note_stopped(&command.command_id, now_us);
        if command.r#type() != Type::ResumeTrading {
            return;
        }
        let in_scope = |symbol: &Symbol| command.symbol.is_empty() || symbol.as_str() == command.symbol;
        let forgiven: Vec<bool> = self
            .conducts
            .iter_mut()
            .filter(|(symbol, _)| in_scope(symbol))
            .map(|(_, conduct)| conduct.forgive())
            .collect();
        if forgiven.contains(&true) {
            self.record_state(now_us);
        }
    }

    fn note_stopped(&mut self, command_id: &str, now_us: i64) {
        let asked = |conduct: &Conduct| conduct.stop().is_some_and(|stop| stop.command_id == command_id);
        if let Some(conduct) = self.conducts.values_mut().find(|conduct| asked(conduct)) {
            conduct.stopped(now_us);
            self.record_state(now_us);
        }
    }

    /// Stops each strategy that executes too often, and asks for each stop until the engine has obeyed it.
    pub(super) fn watch_conduct(&mut self, now_us: i64) {
        let limit = self.limits.max_executions_per_minute;
        let mut stopped = Vec::new();
        for (symbol, conduct) in &mut self.conducts {
            conduct.prune(now_us);
            if conduct.stop().is_none()
                && !planted(Mutant::ConductUnwatched)
                && let Err(exceeded) =
                    (RepeatedExecutions { limit }).check(symbol, conduct.executions(now_us))
            {
                stopped.push((symbol.clone(), exceeded.to_string()));
            }
        }
        let is_new = !stopped.is_empty();
        for (symbol, reason) in stopped {
            let command = wire::StrategyCommand {
                r#type: Type::PauseTrading.into(),
                symbol: symbol.to_string(),
                reason: format!("{reason}; a person has to resume it"),
                command_id: self.next_id(now_us),
                operator: SERVICE.to_owned(),
                session: SERVICE.to_owned(),
                issued_us: now_us,
                ..Default::default()
            };
            self.forget_target(&symbol);
            if let Some(conduct) = self.conducts.get_mut(&symbol) {
                conduct.stop_with(command);
            }
        }
        // On the record before it is asked for: a restart goes on asking under the same id.
        if is_new {
            self.record_state(now_us);
        }
        for conduct in self.conducts.values_mut() {
            if let Some(command) = conduct.stop_due(AGAIN_US, now_us) {
                self.actions.push(Action::CommandEngine(command));
            }
        }
    }
}
