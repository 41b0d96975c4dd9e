//! Re-arming: refused with the list of what is missing, and it leaves the scope paused.

use messages::mutation::{Mutant, planted};
use messages::{Symbol, wire};
use wire::command_result::Outcome;
use wire::kill_stage::Stage;
use wire::venue_request::Body;

use super::commands::{refused, result};
use super::killing::Killing;
use super::outbox::Held;
use super::session::Purpose;
use super::{Action, Engine, Token, scope_field, scope_name};

const RISK_MANAGER_KILLED: &str = "the risk manager is killed itself: re-arm it first";
pub(super) const KILLED_AGAIN: &str =
    "killed again after the re-arm was asked for; ask again if it still holds";

/// What the venue was asked to lift, and has not said that it did.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unblocking {
    pub(super) asked_us: i64,
    /// The kills that were re-armed with this scope.
    kill_ids: Vec<String>,
}

impl Engine {
    /// Obeys a re-arm, if nothing is missing; `told` when the risk manager was heard since it came.
    pub(super) fn rearm(
        &mut self,
        to: Token,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        told: bool,
        now_us: i64,
    ) {
        let missing = self.missing_to_rearm(scope, told, now_us);
        if command.check_only {
            return self.tell_checklist(to, command, scope, missing, now_us);
        }
        let before = self.in_words(scope);
        if !missing.is_empty() {
            let name = scope_name(scope);
            let reason = format!("{name} can't be re-armed: {}", missing.join("; "));
            let answer = wire::CommandResult {
                missing,
                before,
                ..refused(command, &reason, now_us)
            };
            self.record_command(command, &answer, now_us);
            self.after_durable(
                Held::ReplyCommand {
                    to,
                    result: Box::new(answer),
                },
                now_us,
            );
            return;
        }
        self.amend_stage(scope, now_us, |stage| {
            stage.set_stage(Stage::Rearmed);
            stage.detail.clone_from(&command.reason);
        });
        let why = if command.reason.is_empty() {
            "re-armed".into()
        } else {
            format!("re-armed: {}", command.reason)
        };
        let paused = wire::StrategyCommand {
            reason: why,
            ..command.clone()
        };
        if !planted(Mutant::RearmTrades) {
            self.close_pause(&paused, scope, now_us);
        }
        self.record_state(now_us);
        let name = scope_name(scope);
        let answer = wire::CommandResult {
            reason: format!("{name} is re-armed and paused; resume lets it trade"),
            working_orders: self.state.orders.working_in(scope).count() as u32,
            before,
            after: "paused".to_owned(),
            ..result(command, Outcome::Done, now_us)
        };
        self.record_command(command, &answer, now_us);
        // The latch holds until the journal has the re-arm: a crash in between comes back killed.
        let lift = Held::Lift {
            scope: scope.cloned(),
            to,
            result: Box::new(answer),
        };
        self.after_durable(lift, now_us);
    }

    /// Gives up re-arms that waited for the journal when a kill came. A scope that is not killed anew with it stays
    /// latched, and is proved anew.
    pub(super) fn refuse_lifts(&mut self, lifts: Vec<Held>, now_us: i64) {
        for lift in lifts {
            self.give_up(lift, KILLED_AGAIN, now_us);
        }
    }

    /// Answers what a re-arm would say, changes nothing and leaves no record: both latches are asked before
    /// either is lifted. That the risk manager is killed still is no obstacle then, since it goes first;
    /// `before` says whether it is, as far as heard, for whoever waits until this is known here.
    fn tell_checklist(
        &mut self,
        to: Token,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        mut missing: Vec<String>,
        now_us: i64,
    ) {
        let name = scope_name(scope);
        missing.retain(|part| part != RISK_MANAGER_KILLED);
        let answer = if self.latch.entry(scope).is_none() {
            wire::CommandResult {
                reason: format!("{name} is not killed"),
                ..result(command, Outcome::Done, now_us)
            }
        } else if missing.is_empty() {
            wire::CommandResult {
                reason: format!("{name} can be re-armed here"),
                before: if self.risk_manager.killed {
                    RISK_MANAGER_KILLED.to_owned()
                } else {
                    String::new()
                },
                after: "can be re-armed".to_owned(),
                ..result(command, Outcome::Done, now_us)
            }
        } else {
            let reason = format!("{name} can't be re-armed: {}", missing.join("; "));
            wire::CommandResult {
                missing,
                ..refused(command, &reason, now_us)
            }
        };
        self.after_durable(
            Held::ReplyCommand {
                to,
                result: Box::new(answer),
            },
            now_us,
        );
    }

    fn missing_to_rearm(&self, scope: Option<&Symbol>, told: bool, now_us: i64) -> Vec<String> {
        let mut missing = Vec::new();
        let mut need = |met: bool, what: &str| {
            if !met {
                missing.push(what.to_owned());
            }
        };
        if self.latch.entry(scope).is_none() || self.outbox.holds_lift(scope) {
            return vec![format!("{} is not killed", scope_name(scope))];
        }
        need(
            self.is_scope_verified(scope) || planted(Mutant::RearmUnproved),
            "the kill is not VERIFIED: the venue has not proved that none is open",
        );
        need(
            self.session.is_open(),
            "the venue is not connected and reconciled",
        );
        need(
            self.is_whole(scope),
            "desk and venue don't agree (see the reconciliation breaks)",
        );
        need(
            self.marks.is_fed(now_us, self.config.timing.stale_us),
            "no fresh market data arrives",
        );
        need(!self.journal_fails(), "the journal can't be written");
        need(
            !self.latch_file_fails() || planted(Mutant::RearmOnFailingLatch),
            "the latch file can't be written",
        );
        need(
            self.kill_file != Some(true),
            "a file KILL lies in run/: remove it",
        );
        let heard = told && self.risk_manager_heard(now_us);
        need(heard, "the risk manager does not answer");
        need(!heard || !self.risk_manager.killed, RISK_MANAGER_KILLED);
        missing
    }

    /// The re-arm is durable: the latch opens, in memory and file, and the venue is told.
    pub(super) fn lift(&mut self, scope: Option<&Symbol>, now_us: i64) {
        let own = self.latch.entry(scope).map(|entry| entry.command_id.clone());
        self.latch.lift(scope);
        self.actions.push(Action::WriteLatch(self.latch.clone()));
        let killing = self.killing.remove(&scope.cloned());
        self.forget_proof(scope);
        let mut kill_ids = killing.map(Killing::into_blocking).unwrap_or_default();
        kill_ids.extend(own);
        let unblocking = Unblocking {
            asked_us: now_us,
            kill_ids,
        };
        self.unblocking.insert(scope.cloned(), unblocking);
        self.unblock(scope, now_us);
        self.record_state(now_us);
    }

    /// Asks the venue to lift the blocks of the kills that were re-armed, which may be asked twice. Those of any other
    /// kill stay, however late this comes.
    pub(super) fn unblock(&mut self, scope: Option<&Symbol>, now_us: i64) {
        let Some(unblocking) = self.unblocking.get_mut(&scope.cloned()) else {
            return;
        };
        unblocking.asked_us = now_us;
        let kill_ids = unblocking.kill_ids.clone();
        if self.session.is_logged_on() {
            let block = wire::SessionBlock {
                blocked: false,
                symbol: scope_field(scope),
                reason: "re-armed".to_owned(),
                kill_ids,
            };
            self.send(Body::Block(block), Purpose::Unblock(scope.cloned()));
        }
    }

    /// The venue lifted what it was asked to. What still stands is the block of a kill that this desk doesn't know of.
    pub(super) fn unblocked(
        &mut self,
        scope: Option<&Symbol>,
        standing: Option<&wire::LogonReply>,
        now_us: i64,
    ) {
        self.unblocking.remove(&scope.cloned());
        if let Some(standing) = standing
            && !planted(Mutant::StandingBlockPassedOver)
        {
            self.adopt_blocks(standing, now_us);
        }
    }

    /// A lift that was journalled but given up (the journal failed after all) leaves the scope killed.
    pub(super) fn watch_latches(&mut self, now_us: i64) {
        let waiting = self
            .latch
            .scopes()
            .iter()
            .any(|scope| self.outbox.holds_lift(scope.as_ref()));
        if !waiting {
            self.adopt_latches(now_us);
            for scope in self.latch.scopes() {
                if self.session.is_logged_on() && !self.killing.contains_key(&scope) {
                    self.start_killing(scope.as_ref(), now_us);
                }
            }
        }
        let patience_us = self.config.timing.acknowledge_us;
        let due = self
            .unblocking
            .iter()
            .filter(|(_, unblocking)| now_us - unblocking.asked_us >= patience_us);
        let due: Vec<_> = due.map(|(scope, _)| scope.clone()).collect();
        for scope in due {
            self.unblock(scope.as_ref(), now_us);
        }
    }
}
