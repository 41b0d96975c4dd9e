//! Kills this engine didn't order: found in the latch file, in the journal, or at the venue.

use messages::{Symbol, wire};
use risk::LatchEntry;

use super::stages::first_stage;
use super::{Action, Engine};

impl Engine {
    /// What the latch says and the journal doesn't, and the other way round: either is a kill.
    pub(super) fn adopt_latches(&mut self, now_us: i64) {
        for scope in self.latch.scopes() {
            if !self.state.kills.contains_key(&scope)
                && let Some(entry) = self.latch.entry(scope.as_ref()).cloned()
            {
                self.record_stage(first_stage(scope.as_ref(), &entry, now_us), now_us);
                // Also one whose re-arm was given up: it is proved anew, whatever was proved before.
                self.killing.remove(&scope);
                self.forget_proof(scope.as_ref());
                self.gates_changed = true;
            }
        }
        for (scope, stage) in self.state.kills.clone() {
            if self.latch.entry(scope.as_ref()).is_none() {
                let entry = LatchEntry {
                    command_id: stage.command_id,
                    at_us: stage.at_us,
                    operator: stage.operator,
                    reason: stage.reason,
                };
                self.latch.set(scope.as_ref(), entry);
                self.actions.push(Action::WriteLatch(self.latch.clone()));
                self.gates_changed = true;
            }
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
