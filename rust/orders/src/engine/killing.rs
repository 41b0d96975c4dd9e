//! Kill with proof: LATCHED → CANCELLING n → VERIFIED → RESIDUAL, for the desk or one symbol.
//!
//! Latched in memory before anything else. The proof is the venue's: after the mass cancel was answered, the
//! same connection is asked for the open orders again, and only an empty list is VERIFIED.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{Symbol, wire};
use wire::command_result::Outcome;
use wire::kill_stage::{Stage, Unresolved};
use wire::venue_request::Body;

use super::commands::{operator, result};
use super::flatten::Close;
use super::session::Purpose;
use super::stages::first_stage;
use super::{Action, Engine, Token, scope_field, scope_name};
use risk::LatchEntry;

/// Orders of others that a kill names one by one; what it cancelled beyond them has to be decided about.
const MOST_UNKNOWN: usize = 1_000;

/// Where a kill stands between two answers of the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Waits for a session.
    Idle,
    /// Waits for an answer since then.
    Waiting { since_us: i64 },
    /// Found orders open: cancels again then.
    Again { at_us: i64 },
    /// None is open; waits until the executions up to there are booked.
    Booking { sequence: u64 },
    /// Done.
    Done,
}

/// A kill at work.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Killing {
    step: Step,
    refused: BTreeMap<String, String>,
    /// The kills whose blocks of this scope the venue holds: all of them are lifted with this one.
    blocking: Vec<String>,
}

impl Killing {
    fn new(step: Step) -> Self {
        Self {
            step,
            refused: BTreeMap::new(),
            blocking: Vec::new(),
        }
    }

    pub(super) fn into_blocking(self) -> Vec<String> {
        self.blocking
    }

    /// The venue has said that none is open, and nothing is asked since.
    pub(super) const fn is_proved(&self) -> bool {
        matches!(self.step, Step::Done | Step::Booking { .. })
    }

    pub(super) fn interrupt(&mut self) {
        self.step = Step::Idle;
    }

    /// The wall clock was set back: nothing noted lies ahead of it.
    pub(super) fn not_after(&mut self, now_us: i64) {
        if let Step::Waiting { since_us: noted } | Step::Again { at_us: noted } = &mut self.step {
            *noted = (*noted).min(now_us);
        }
    }
}

impl Engine {
    /// `KILL_SWITCH`. Never late, never refused twice over: a scope that is killed answers with its stage. Every kill ends
    /// the flattens of its scope, and says which.
    pub(super) fn kill_commanded(
        &mut self,
        to: Token,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) {
        let before = self.in_words(scope);
        // A re-arm that still waits for the journal was asked for before: it is given up, and the scope killed anew.
        let fresh = self.latch.entry(scope).is_none() || self.outbox.holds_lift(scope);
        let lifts = self.outbox.take_lifts(scope);
        let overtaken = self.take_overtaken(scope);
        let entry = LatchEntry {
            command_id: command.command_id.clone(),
            at_us: now_us,
            operator: operator(command),
            reason: command.reason.clone(),
        };
        if fresh {
            self.set_latch(scope, &entry, now_us);
        }
        let reason = self.ended_flattens(scope);
        let working_orders = self.state.orders.working_in(scope).count() as u32;
        if !fresh {
            // Before the answer is made: it has the stage in it.
            self.kill_again(scope, now_us);
        }
        let answer = wire::CommandResult {
            reason,
            working_orders,
            kill: self.state.kills.get(&scope.cloned()).cloned(),
            before,
            after: self.in_words(scope),
            ..result(command, Outcome::Accepted, now_us)
        };
        // The answer waits for memory and latch file, not for the journal.
        if fresh {
            self.answer_when_latched(to, &answer);
        } else {
            let result = Box::new(answer.clone());
            self.actions.push(Action::ReplyCommand { to, result });
        }
        self.record_command(command, &answer, now_us);
        self.refuse_lifts(lifts, now_us);
        self.refuse_overtaken(overtaken, now_us);
        if fresh {
            self.enforce_latch(scope, now_us);
        }
    }

    pub(super) fn set_latch(&mut self, scope: Option<&Symbol>, entry: &LatchEntry, now_us: i64) {
        self.latch.set(scope, entry.clone());
        self.forget_proof(scope);
        self.actions.push(Action::WriteLatch(self.latch.clone()));
        let open_before = self.state.orders.working_in(scope).count() as u32;
        let stage = wire::KillStage {
            open_before,
            ..first_stage(scope, entry, now_us)
        };
        self.record_stage(stage, now_us);
    }

    pub(super) fn enforce_latch(&mut self, scope: Option<&Symbol>, now_us: i64) {
        self.unblocking.remove(&scope.cloned());
        self.withdraw_all(scope, now_us);
        self.record_state(now_us);
        self.killing.insert(scope.cloned(), Killing::new(Step::Idle));
        if self.session.is_logged_on() {
            self.start_killing(scope, now_us);
        } else {
            self.amend_stage(scope, now_us, |stage| {
                "the venue does not answer".clone_into(&mut stage.detail);
            });
        }
    }

    /// Cancels everything of the scope at the venue, which blocks the session in the same stroke.
    pub(super) fn start_killing(&mut self, scope: Option<&Symbol>, now_us: i64) {
        let key = scope.cloned();
        let step = Step::Waiting { since_us: now_us };
        self.killing
            .entry(key.clone())
            .or_insert_with(|| Killing::new(step))
            .step = step;
        let latched = |stage: &wire::KillStage| stage.stage() == Stage::Latched;
        if self.state.kills.get(&key).is_some_and(latched) {
            let open = self.state.orders.working_in(scope).count() as u32;
            self.amend_stage(scope, now_us, |stage| {
                stage.set_stage(Stage::Cancelling);
                stage.open_before = stage.open_before.max(open);
                stage.detail.clear();
            });
        }
        let entry = self.latch.entry(scope);
        let (kill_id, reason) = entry.map_or_else(Default::default, |entry| {
            (entry.command_id.clone(), entry.reason.clone())
        });
        let kill_id = if planted(Mutant::KillUnnamedAtVenue) {
            String::new()
        } else {
            kill_id
        };
        let cancel = wire::MassCancel {
            symbol: scope_field(scope),
            block: !planted(Mutant::SessionNotBlocked),
            reason,
            kill_id,
        };
        self.send(Body::MassCancel(cancel), Purpose::KillCancel(key));
    }

    /// The mass cancel was answered: now the question that counts.
    pub(super) fn kill_cancelled(
        &mut self,
        scope: Option<&Symbol>,
        reply: &wire::MassCancelReply,
        now_us: i64,
    ) {
        let key = scope.cloned();
        let Some(killing) = self.killing.get_mut(&key) else {
            return;
        };
        killing.step = Step::Waiting { since_us: now_us };
        killing.refused = reply
            .refused
            .iter()
            .map(|one| (one.client_order_id.clone(), one.reason.clone()))
            .collect();
        killing.blocking.clone_from(&reply.blocking);
        let found = reply.cancelled + reply.refused.len() as u32;
        if let Some(stage) = self.state.kills.get(&key) {
            let named = reply.client_order_ids.iter();
            let unknown = named
                .filter(|id| self.state.orders.get(id).is_none() && !stage.cancelled_unknown.contains(id))
                .take(MOST_UNKNOWN.saturating_sub(stage.cancelled_unknown.len()));
            let unknown: Vec<String> = unknown.cloned().collect();
            if stage.open_before < found || !unknown.is_empty() {
                self.amend_stage(scope, now_us, |stage| {
                    stage.open_before = stage.open_before.max(found);
                    stage.cancelled_unknown.extend(unknown);
                });
            }
        }
        if planted(Mutant::CancelReplyTakenAsProof) {
            let (none, covered) = (wire::VenueOrders::default(), self.session.covered);
            return self.kill_answered(scope, &none, covered, now_us);
        }
        let query = wire::OpenOrdersQuery {
            symbol: scope_field(scope),
        };
        self.send(Body::OpenOrders(query), Purpose::KillAsk(key));
    }

    /// The venue was asked again: what it still holds of the scope.
    pub(super) fn kill_answered(
        &mut self,
        scope: Option<&Symbol>,
        orders: &wire::VenueOrders,
        sequence: u64,
        now_us: i64,
    ) {
        let key = scope.cloned();
        let again_us = now_us + self.config.timing.kill_again_us;
        let Some(killing) = self.killing.get_mut(&key) else {
            return;
        };
        let in_scope = |order: &&wire::Order| scope.is_none_or(|symbol| symbol.as_str() == order.symbol);
        let unresolved: Vec<Unresolved> = orders
            .orders
            .iter()
            .filter(in_scope)
            .map(|order| Unresolved {
                client_order_id: order.client_order_id.clone(),
                reason: killing
                    .refused
                    .get(&order.client_order_id)
                    .cloned()
                    .unwrap_or_else(|| "still open when the venue was asked again".to_owned()),
            })
            .collect();
        let open_after = unresolved.len() as u32;
        killing.step = if open_after == 0 {
            Step::Booking { sequence }
        } else {
            Step::Again { at_us: again_us }
        };
        let Some(stage) = self.state.kills.get(&key) else {
            return;
        };
        let verified = matches!(stage.stage(), Stage::Verified | Stage::Residual);
        if open_after == 0 {
            if !verified {
                self.amend_stage(scope, now_us, |stage| {
                    stage.set_stage(Stage::Verified);
                    stage.open_after = 0;
                    stage.unresolved.clear();
                    stage.detail.clear();
                });
            }
            self.settle_killed(scope, now_us);
            self.explain_killed(now_us);
            self.finish_killing(scope, sequence, now_us);
        } else if verified || stage.unresolved != unresolved || stage.open_after != open_after {
            self.amend_stage(scope, now_us, |stage| {
                stage.set_stage(Stage::Cancelling);
                stage.open_after = open_after;
                stage.unresolved = unresolved;
                stage.detail = format!("the venue still holds {open_after} open; cancelling again");
            });
        }
    }

    /// Orders that work for the desk and not at the venue: each is asked about.
    fn settle_killed(&mut self, scope: Option<&Symbol>, now_us: i64) {
        for id in self.state.orders.working_ids_in(scope) {
            self.ask(&id, now_us);
        }
    }

    fn finish_killing(&mut self, scope: Option<&Symbol>, sequence: u64, now_us: i64) {
        if self.session.covered < sequence {
            self.fetch_executions(now_us);
            return;
        }
        let key = scope.cloned();
        if let Some(killing) = self.killing.get_mut(&key) {
            killing.step = Step::Done;
        }
        if self
            .state
            .kills
            .get(&key)
            .is_none_or(|stage| stage.stage() != Stage::Verified)
        {
            return;
        }
        if planted(Mutant::KillFlattens) {
            let held: Vec<_> = self.state.book.open().map(|one| one.symbol.clone()).collect();
            let command = wire::StrategyCommand::default();
            for symbol in held {
                self.start_flattening(&symbol, Close::Position, "", &command, now_us);
            }
        }
        let positions = self.state.book.open();
        let residual = positions
            .filter(|position| scope.is_none_or(|symbol| *symbol == position.symbol))
            .map(|position| position.to_wire(self.marks.mark(&position.symbol)))
            .collect();
        self.amend_stage(scope, now_us, |stage| {
            stage.set_stage(Stage::Residual);
            stage.residual = residual;
        });
        // A break may name an order that is gone by now: nobody shall read beside the proof that it is open.
        self.compare_soon(now_us);
    }

    /// Why an order that the desk never placed is gone, when a kill of the desk's cancelled it and has proved it.
    pub(super) fn killed_away(&self, client_order_id: &str) -> Option<String> {
        let names = |stage: &wire::KillStage| stage.cancelled_unknown.iter().any(|id| id == client_order_id);
        let mut kills = self.state.kills.iter();
        let (scope, stage) =
            kills.find(|(scope, stage)| names(stage) && self.is_scope_verified(scope.as_ref()))?;
        let name = scope_name(scope.as_ref());
        Some(format!(
            "cancelled by the kill of {name} ({}), and nothing of it was filled",
            stage.command_id
        ))
    }

    /// Cancels again, asks again, and waits for the last executions.
    pub(super) fn watch_killing(&mut self, now_us: i64) {
        if !self.session.is_logged_on() {
            return;
        }
        for (scope, killing) in self.killing.clone() {
            let patience_us = self.config.timing.acknowledge_us;
            match killing.step {
                Step::Again { at_us } if now_us >= at_us => self.start_killing(scope.as_ref(), now_us),
                Step::Waiting { since_us } if now_us - since_us >= patience_us => {
                    self.start_killing(scope.as_ref(), now_us);
                }
                Step::Booking { sequence } => self.finish_killing(scope.as_ref(), sequence, now_us),
                _ => {}
            }
        }
    }
}
