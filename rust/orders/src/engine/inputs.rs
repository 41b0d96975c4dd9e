//! What else the engine is told: the time, the risk manager's heartbeat, the KILL file, disk and database.

use messages::GateKind;
use messages::mutation::{Mutant, planted};

use super::{Action, Engine};
use risk::LatchEntry;

/// Who kills with the file, in latch and record.
const KILL_FILE: &str = "file KILL";

impl Engine {
    /// Time passed. Called at least every twenty milliseconds.
    pub fn on_tick(&mut self, now_us: i64) -> Vec<Action> {
        self.follow_clock(now_us);
        self.watch_session(now_us);
        self.watch_round(now_us);
        self.watch_in_flight(now_us);
        self.watch_executions(now_us);
        self.watch_latches(now_us);
        self.watch_latch_file();
        self.watch_killing(now_us);
        self.watch_parked(now_us);
        self.watch_cancelling(now_us);
        self.watch_flattening(now_us);
        self.watch_risk_manager(now_us);
        self.show_marks(now_us);
        self.record_positions(now_us);
        self.finish(now_us)
    }

    /// The risk manager answered at `heard_us` a ping that was sent at `asked_us` by the steady clock.
    pub fn on_risk_manager(&mut self, heard_us: i64, asked_us: i64, killed: bool) {
        self.risk_manager.heard_us = Some(heard_us);
        // Of two answers the one to the later question counts.
        if self.risk_manager.asked_us.is_none_or(|before| asked_us >= before) {
            self.risk_manager.asked_us = Some(asked_us);
            self.risk_manager.killed = killed;
        }
    }

    pub(super) fn risk_manager_heard(&self, now_us: i64) -> bool {
        let lost_us = self.config.timing.heartbeat_lost_us;
        self.risk_manager
            .heard_us
            .is_some_and(|heard| now_us - heard < lost_us)
    }

    fn watch_risk_manager(&mut self, now_us: i64) {
        if self.risk_manager_heard(now_us) {
            self.open_gate("heartbeats", GateKind::HeartbeatLost, None);
        } else {
            self.close_risk_manager_gate("the risk manager does not answer", now_us);
        }
    }

    pub(super) fn close_risk_manager_gate(&mut self, reason: &str, now_us: i64) {
        let opens = "the risk manager answers again";
        self.close_gate("heartbeats", GateKind::HeartbeatLost, None, reason, opens, now_us);
    }

    /// Whether a file KILL lies in `run/`, and what is written in it. It kills the desk, and a killed one once more when it
    /// appears.
    pub fn on_kill_file(&mut self, content: Option<&str>, now_us: i64) -> Vec<Action> {
        let before = self.kill_file.replace(content.is_some());
        let appeared = content.is_some() && before != Some(true);
        if let Some(content) = content {
            let words = content.trim();
            let reason = if words.is_empty() {
                "a file KILL lies in run/"
            } else {
                words
            };
            let entry = LatchEntry {
                command_id: format!("kill-file-{now_us}"),
                at_us: now_us,
                operator: KILL_FILE.to_owned(),
                reason: reason.to_owned(),
            };
            // After a restart it lies there from before, if it is what has killed the desk: no news, and no other kill.
            let is_same = |held: &LatchEntry| before.is_none() && held.operator == KILL_FILE;
            let again = appeared && self.latch.desk.as_ref().is_some_and(|held| !is_same(held));
            self.kill_otherwise(None, &entry, now_us);
            let lifts = self.outbox.take_lifts(None);
            self.refuse_lifts(lifts, now_us);
            if again {
                self.kill_again(None, now_us);
            }
            // One that comes while it lies there is told of the file.
            if appeared {
                let overtaken = self.take_overtaken(None);
                self.refuse_overtaken(overtaken, now_us);
            }
        }
        self.finish(now_us)
    }

    /// The projection is behind, in one sentence; or it is not.
    pub fn on_store(&mut self, behind: Option<&str>, now_us: i64) -> Vec<Action> {
        match behind.filter(|_| !planted(Mutant::ProjectionIgnored)) {
            Some(reason) => {
                let opens = "the database has caught up";
                self.close_gate("projection", GateKind::StoreBehind, None, reason, opens, now_us);
            }
            None => self.open_gate("projection", GateKind::StoreBehind, None),
        }
        self.finish(now_us)
    }
}
