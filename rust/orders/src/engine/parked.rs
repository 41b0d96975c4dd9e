//! Re-arms that wait for a heartbeat of the risk manager.
//!
//! It lifted its own latch a moment ago, and its last heartbeat may be from before that: a re-arm is judged by the
//! first one that was asked for since it came, and refused where none comes. What a kill overtakes meanwhile is never
//! obeyed. The waiting goes by the steady clock, which nobody sets.

use messages::mutation::{Mutant, planted};
use messages::{Symbol, wire};

use super::commands::refused;
use super::outbox::Held;
use super::rearm::KILLED_AGAIN;
use super::{Engine, Token};

/// A re-arm waits this long for a heartbeat of the risk manager; they come every 200 ms.
const LONGEST_WAIT_US: i64 = 1_000_000;

/// A re-arm, or a look at its checklist, that waits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parked {
    to: Token,
    command: wire::StrategyCommand,
    /// By the steady clock.
    since_us: i64,
}

impl Engine {
    /// How far the clock is that nobody sets. Said before the other inputs of a turn.
    pub fn on_steady_clock(&mut self, steady_us: i64) {
        self.steady_us = steady_us;
    }

    pub(super) fn park(&mut self, to: Token, command: &wire::StrategyCommand) {
        self.parked.push(Parked {
            to,
            command: command.clone(),
            since_us: self.steady_us,
        });
    }

    pub(super) fn is_parked(&self, command_id: &str) -> bool {
        self.parked.iter().any(|one| one.command.command_id == command_id)
    }

    /// Takes out the re-arms that a kill of `killed` came after: its own symbol, or every scope when it is the desk. A
    /// look at the checklist changes nothing and goes on waiting.
    pub(super) fn take_overtaken(&mut self, killed: Option<&Symbol>) -> Vec<Parked> {
        if planted(Mutant::ParkedRearmOutlivesKill) {
            return Vec::new();
        }
        let is_overtaken = |one: &mut Parked| {
            let scope = Symbol::scope(&one.command.symbol);
            !one.command.check_only && (killed.is_none() || scope.is_ok_and(|scope| scope.as_ref() == killed))
        };
        self.parked.extract_if(.., is_overtaken).collect()
    }

    /// Refuses what a kill overtook, whatever it would have been told.
    pub(super) fn refuse_overtaken(&mut self, overtaken: Vec<Parked>, now_us: i64) {
        for Parked { to, command, .. } in overtaken {
            if self.answer_at_once(to, &command, now_us) {
                continue;
            }
            let answer = wire::CommandResult {
                missing: vec![KILLED_AGAIN.to_owned()],
                ..refused(&command, KILLED_AGAIN, now_us)
            };
            self.record_command(&command, &answer, now_us);
            let result = Box::new(answer);
            self.after_durable(Held::ReplyCommand { to, result }, now_us);
        }
    }

    /// Judges what waits no longer.
    pub(super) fn watch_parked(&mut self, now_us: i64) {
        let (asked_us, steady_us) = (self.risk_manager.asked_us, self.steady_us);
        let any = planted(Mutant::OldHeartbeatBelieved);
        let is_told = |one: &Parked| asked_us.is_some_and(|asked_us| any || asked_us >= one.since_us);
        let is_due = |one: &mut Parked| is_told(one) || steady_us - one.since_us >= LONGEST_WAIT_US;
        let due: Vec<Parked> = self.parked.extract_if(.., is_due).collect();
        for one in due {
            let told = is_told(&one);
            self.judge_rearm(one.to, &one.command, told, now_us);
        }
    }
}
