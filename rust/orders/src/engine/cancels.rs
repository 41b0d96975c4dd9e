//! Cancels by command, of one order, a symbol or everything; and those of the strategy.
//!
//! An accepted one is durable until its orders have ended: it is sent again to a venue that was away, by this
//! process or by the next.

use std::collections::BTreeSet;

use messages::mutation::{Mutant, planted};
use messages::{Symbol, wire};
use wire::command_progress::State as Progress;
use wire::command_result::Outcome;
use wire::venue_request::Body;

use super::commands::{refused, result};
use super::session::Purpose;
use super::{Engine, scope_field};
use crate::event::Event;

/// Begins the id under which a cancel of the strategy's is on the record, before its order's own.
const BY_STRATEGY: &str = "strategy:";

/// A cancel at work. What of it must outlive this process is its [`wire::CommandProgress`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cancelling {
    /// The venue has answered the mass cancel.
    answered: bool,
    /// Orders the desk doesn't know that the venue refused to cancel with the others.
    refused: BTreeSet<String>,
    sent_us: Option<i64>,
    /// It is on no record, and neither will its end be.
    unrecorded: bool,
}

impl Cancelling {
    /// The connection is gone: what was sent may not have arrived.
    pub(super) fn interrupt(&mut self) {
        self.sent_us = None;
    }

    /// The wall clock was set back: nothing noted lies ahead of it.
    pub(super) fn not_after(&mut self, now_us: i64) {
        self.sent_us = self.sent_us.map(|sent_us| sent_us.min(now_us));
    }
}

impl Engine {
    pub(super) fn cancel_commanded(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        if command.order_id.is_empty() {
            return self.cancel_scope(command, scope, now_us);
        }
        let by_either_id = |order: &&messages::Order| {
            order.client_order_id == command.order_id || order.order_id == command.order_id
        };
        let found = self
            .state
            .orders
            .get(&command.order_id)
            .or_else(|| self.state.orders.iter().find(by_either_id));
        let Some(order) = found else {
            // The desk may not know it and the venue may: the reconciliation is what found it.
            let id = format!("order:{}", command.order_id);
            let symbol = self
                .state
                .breaks
                .get(&id)
                .and_then(|found| Symbol::new(&found.symbol).ok());
            if let Some(symbol) = symbol {
                self.start_cancelling_break(&command.order_id, &symbol, command, now_us);
                return wire::CommandResult {
                    working_orders: 1,
                    reason: self.unsent(),
                    ..result(command, Outcome::Accepted, now_us)
                };
            }
            return refused(
                command,
                &format!("there is no order {}", command.order_id),
                now_us,
            );
        };
        if order.status.is_finished() {
            let status = order.status.to_wire().as_str_name();
            return refused(
                command,
                &format!("order {} is {status} already", command.order_id),
                now_us,
            );
        }
        let id = order.client_order_id.clone();
        self.cancel_order(&id, "cancelled by the operator", now_us);
        let progress = wire::CommandProgress {
            symbol: command.symbol.clone(),
            orders: vec![id],
            ..working(command)
        };
        self.start_cancelling(progress, now_us);
        wire::CommandResult {
            working_orders: 1,
            reason: self.unsent(),
            ..result(command, Outcome::Accepted, now_us)
        }
    }

    /// Every order of the scope at the venue, also those the desk doesn't know.
    fn cancel_scope(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        let working = self.state.orders.working_ids_in(scope);
        for id in &working {
            self.cancel_order(id, "cancelled by the operator", now_us);
        }
        let progress = wire::CommandProgress {
            symbol: scope_field(scope),
            orders: working.clone(),
            mass: true,
            ..self::working(command)
        };
        self.start_cancelling(progress, now_us);
        wire::CommandResult {
            working_orders: working.len() as u32,
            reason: self.unsent(),
            ..result(command, Outcome::Accepted, now_us)
        }
    }

    /// Why a cancel that is accepted has not been sent; empty when it has.
    fn unsent(&self) -> String {
        if self.session.is_logged_on() {
            String::new()
        } else {
            "the venue does not answer; the cancels are sent again when it does".to_owned()
        }
    }

    /// Cancels an order at the venue that a break is about, until the break is gone.
    pub(super) fn start_cancelling_break(
        &mut self,
        client_order_id: &str,
        symbol: &Symbol,
        command: &wire::StrategyCommand,
        now_us: i64,
    ) {
        let progress = wire::CommandProgress {
            symbol: symbol.to_string(),
            orders: vec![client_order_id.to_owned()],
            break_id: format!("order:{client_order_id}"),
            until_us: now_us + self.config.timing.flatten_us,
            ..working(command)
        };
        self.start_cancelling(progress, now_us);
    }

    /// A cancel that the strategy asked for. It leaves at once, and is on the record before it is accepted: one that
    /// asks again finds it there. False when it can't be accepted: the journal fails, or no more can wait for it.
    pub(super) fn cancel_for_strategy(&mut self, client_order_id: &str, now_us: i64) -> bool {
        self.cancel_order(client_order_id, "cancelled by the strategy", now_us);
        let command_id = format!("{BY_STRATEGY}{client_order_id}");
        let order = self.state.orders.get(client_order_id);
        let Some(order) = order.filter(|order| order.status.is_working()) else {
            return true;
        };
        if self.cancelling.contains_key(&command_id) || planted(Mutant::StrategyCancelNotDurable) {
            return true;
        }
        if self.journal_fails() || self.outbox.is_full() {
            return false;
        }
        let progress = wire::CommandProgress {
            command_id,
            r#type: wire::strategy_command::Type::Cancel.into(),
            state: Progress::Working.into(),
            symbol: order.symbol.to_string(),
            orders: vec![client_order_id.to_owned()],
            ..wire::CommandProgress::default()
        };
        self.start_cancelling(progress, now_us);
        true
    }

    fn start_cancelling(&mut self, progress: wire::CommandProgress, now_us: i64) {
        let unrecorded = self.outbox.is_full();
        if unrecorded && (self.is_at_work(&progress) || planted(Mutant::UnrecordedCancelForgotten)) {
            return;
        }
        let cancelling = Cancelling {
            unrecorded,
            ..Cancelling::default()
        };
        self.cancelling.insert(progress.command_id.clone(), cancelling);
        let event = Event::Progress(Box::new(progress));
        if unrecorded {
            // No more can wait for the journal: this process alone goes on with it.
            self.state.apply(&event, now_us);
        } else {
            self.record(event, now_us);
        }
        self.watch_cancelling(now_us);
    }

    fn end_cancelling(
        &mut self,
        progress: wire::CommandProgress,
        unrecorded: bool,
        state: Progress,
        reason: &str,
        now_us: i64,
    ) {
        if unrecorded {
            self.state.progress.remove(&progress.command_id);
        } else {
            self.end_progress(progress, state, reason, now_us);
        }
    }

    /// True when the same waits to be sent already: what is on no record must not grow with each time it is asked for.
    fn is_at_work(&self, asked: &wire::CommandProgress) -> bool {
        self.cancelling.iter().any(|(command_id, cancelling)| {
            let same = wire::CommandProgress {
                command_id: command_id.clone(),
                until_us: 0,
                ..asked.clone()
            };
            let held = self.state.progress.get(command_id);
            !cancelling.answered
                && held.is_some_and(|held| {
                    same == wire::CommandProgress {
                        until_us: 0,
                        ..held.clone()
                    }
                })
        })
    }

    /// The accepted commands that a former process left at work.
    pub(super) fn resume_progress(&mut self, now_us: i64) {
        for progress in self.state.progress.clone().into_values() {
            let cancels = progress.r#type() == wire::strategy_command::Type::Cancel
                || progress.break_id.starts_with("order:");
            if !cancels {
                self.flattening.extend(self.flattening_of(&progress, now_us));
                continue;
            }
            self.cancelling
                .insert(progress.command_id.clone(), Cancelling::default());
            let reason = if progress.command_id.starts_with(BY_STRATEGY) {
                "cancelled by the strategy"
            } else {
                "cancelled by the operator"
            };
            for id in &progress.orders {
                self.cancel_order(id, reason, now_us);
            }
        }
    }

    /// The venue has answered a mass cancel. What it refused is cancelled one by one: another mass cancel would
    /// take orders that came after the command.
    pub(super) fn mass_cancel_answered(&mut self, command_id: &str, reply: &wire::MassCancelReply) {
        if let Some(cancelling) = self.cancelling.get_mut(command_id) {
            cancelling.answered = true;
            let refused = reply.refused.iter().map(|one| &one.client_order_id);
            let unknown = refused.filter(|id| self.state.orders.get(id).is_none());
            cancelling.refused = unknown.cloned().collect();
        }
    }

    /// The venue holds an order no more that the desk doesn't know.
    pub(super) fn unknown_is_gone(&mut self, client_order_id: &str) {
        for cancelling in self.cancelling.values_mut() {
            cancelling.refused.remove(client_order_id);
        }
    }

    /// Sends again what had no answer, and ends what is done.
    pub(super) fn watch_cancelling(&mut self, now_us: i64) {
        let patience_us = self.config.timing.acknowledge_us;
        for (command_id, mut cancelling) in std::mem::take(&mut self.cancelling) {
            let Some(progress) = self.state.progress.get(&command_id).cloned() else {
                continue;
            };
            let due = cancelling
                .sent_us
                .is_none_or(|sent_us| now_us - sent_us >= patience_us);
            let of_break = !progress.break_id.is_empty();
            if due && self.session.is_logged_on() {
                if progress.mass && !cancelling.answered {
                    let cancel = wire::MassCancel {
                        symbol: progress.symbol.clone(),
                        block: false,
                        reason: "cancelled by the operator".to_owned(),
                        kill_id: String::new(),
                    };
                    cancelling.sent_us = Some(now_us);
                    self.send(Body::MassCancel(cancel), Purpose::CancelMany(command_id.clone()));
                } else {
                    cancelling.sent_us = Some(now_us);
                    let of_break = progress.orders.iter().filter(|_| of_break);
                    for id in of_break.chain(&cancelling.refused) {
                        self.send(Body::Cancel(id.clone()), Purpose::CancelUnknown(id.clone()));
                    }
                }
            }
            let is_working = |id: &String| {
                self.state
                    .orders
                    .get(id)
                    .is_some_and(|order| order.status.is_working())
            };
            let done = if planted(Mutant::CancelDoneWhenSent) {
                cancelling.sent_us.is_some()
            } else if of_break {
                !self.state.breaks.contains_key(&progress.break_id)
            } else {
                (!progress.mass || cancelling.answered)
                    && cancelling.refused.is_empty()
                    && !progress.orders.iter().any(is_working)
            };
            let unrecorded = cancelling.unrecorded;
            if done {
                let reason = "the venue holds none of them";
                self.end_cancelling(progress, unrecorded, Progress::Done, reason, now_us);
            } else if progress.until_us != 0 && now_us >= progress.until_us {
                let reason = "the venue still holds it, however often it was asked to cancel";
                self.end_of_break(&progress.break_id, Progress::GivenUp, reason, now_us);
                self.end_cancelling(progress, unrecorded, Progress::GivenUp, reason, now_us);
            } else {
                self.cancelling.insert(command_id, cancelling);
            }
        }
    }
}

fn working(command: &wire::StrategyCommand) -> wire::CommandProgress {
    wire::CommandProgress {
        command_id: command.command_id.clone(),
        r#type: command.r#type,
        state: Progress::Working.into(),
        ..wire::CommandProgress::default()
    }
}
