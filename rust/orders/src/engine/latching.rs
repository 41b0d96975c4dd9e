//! Kills this engine didn't order: found in the latch file, in the journal, or at the venue. And what becomes of the file.

use messages::mutation::{Mutant, planted};
use messages::{GateKind, Symbol, wire};
use risk::LatchEntry;

use super::stages::first_stage;
use super::{Action, Engine, Token};

/// Holder of the gate that a latch file closes which can't be written.
const LATCH_FILE: &str = "latch";
/// One that took nothing is written again after this long.
const AGAIN_US: i64 = 1_000_000;

/// The latch file on its way to hold what is latched.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LatchWriting {
    /// Answers to kills, which say what became of it.
    answers: Vec<(Token, wire::CommandResult)>,
    /// When it took nothing last, by the steady clock.
    failed_us: Option<i64>,
}

impl Engine {
    /// Answers a kill once the latch file was written, or could not be.
    pub(super) fn answer_when_latched(&mut self, to: Token, answer: &wire::CommandResult) {
        self.latch_writing.answers.push((to, answer.clone()));
    }

    /// The latch file was written.
    pub fn on_latch_written(&mut self, now_us: i64) -> Vec<Action> {
        self.latch_writing.failed_us = None;
        self.open_gate(LATCH_FILE, GateKind::StoreBehind, None);
        self.answer_kills();
        self.finish(now_us)
    }

    /// The latch file could not be written. What is latched stays so in memory, and the file is written again until it
    /// holds the same.
    pub fn on_latch_failed(&mut self, reason: &str, now_us: i64) -> Vec<Action> {
        self.latch_writing.failed_us = Some(self.steady_us);
        let sentence = format!("the latch file can't be written: {reason}");
        let opens = "the latch file in state/ can be written again: it is tried every second";
        self.close_gate(LATCH_FILE, GateKind::StoreBehind, None, &sentence, opens, now_us);
        let mut answers = std::mem::take(&mut self.latch_writing.answers);
        for (_, answer) in &mut answers {
            answer.reason = if answer.reason.is_empty() {
                format!("in force in memory: {sentence}")
            } else {
                format!("in force in memory: {sentence}; {}", answer.reason)
            };
            self.amend_answer(answer);
        }
        self.latch_writing.answers = answers;
        self.answer_kills();
        self.finish(now_us)
    }

    fn answer_kills(&mut self) {
        for (to, answer) in std::mem::take(&mut self.latch_writing.answers) {
            let result = Box::new(answer);
            self.actions.push(Action::ReplyCommand { to, result });
        }
    }

    pub(super) fn watch_latch_file(&mut self) {
        let is_due = |failed_us| self.steady_us - failed_us >= AGAIN_US;
        if self.latch_writing.failed_us.is_some_and(is_due) && !planted(Mutant::LatchFileGivenUp) {
            self.actions.push(Action::WriteLatch(self.latch.clone()));
        }
    }

    pub(super) const fn latch_file_fails(&self) -> bool {
        self.latch_writing.failed_us.is_some()
    }

    /// What the latch says and the journal doesn't, and the other way round: either is a kill.
    pub(super) fn adopt_latches(&mut self, now_us: i64) {
        for scope in self.latch.scopes() {
            self.adopt_latch(scope.as_ref(), now_us);
        }
        let before = self.latch.scopes().len();
        for (scope, stage) in self.state.kills.clone() {
            if self.latch.entry(scope.as_ref()).is_none() {
                let entry = LatchEntry {
                    command_id: stage.command_id,
                    at_us: stage.at_us,
                    operator: stage.operator,
                    reason: stage.reason,
                };
                self.latch.set(scope.as_ref(), entry);
                self.gates_changed = true;
            }
        }
        if self.latch.scopes().len() > before {
            self.actions.push(Action::WriteLatch(self.latch.clone()));
        }
    }

    /// A scope that is latched and not killed by the record is killed by it from now on.
    pub(super) fn adopt_latch(&mut self, scope: Option<&Symbol>, now_us: i64) {
        if !self.state.kills.contains_key(&scope.cloned())
            && let Some(entry) = self.latch.entry(scope).cloned()
        {
            self.record_stage(first_stage(scope, &entry, now_us), now_us);
            // Also one whose re-arm was given up: it is proved anew, whatever was proved before.
            self.killing.remove(&scope.cloned());
            self.forget_proof(scope);
            self.gates_changed = true;
        }
    }

    /// A kill that came another way than by a command.
    pub(super) fn kill_otherwise(&mut self, scope: Option<&Symbol>, entry: &LatchEntry, now_us: i64) {
        if self.latch.entry(scope).is_none() {
            self.set_latch(scope, entry, now_us);
            self.enforce_latch(scope, now_us);
        }
    }

    /// A session that somebody blocked at the venue while this desk didn't know of a kill: it is one.
    pub(super) fn adopt_blocks(&mut self, logon: &wire::LogonReply, now_us: i64) {
        let desk = logon.blocked.then_some(None);
        let symbols = logon
            .blocked_symbols
            .iter()
            .filter_map(|name| Symbol::new(name).ok().map(Some));
        for scope in desk.into_iter().chain(symbols) {
            let covered = self.latch.desk.is_some() && scope.is_some();
            if self.unblocking.contains_key(&scope) || covered {
                continue;
            }
            let entry = LatchEntry {
                command_id: format!("venue-block-{now_us}"),
                at_us: now_us,
                operator: "venue".to_owned(),
                reason: "the venue holds the session blocked".to_owned(),
            };
            self.kill_otherwise(scope.as_ref(), &entry, now_us);
        }
    }
}
