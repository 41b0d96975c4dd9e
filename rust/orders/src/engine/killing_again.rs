//! A kill of a scope that is killed already, and what every kill ends.

use messages::mutation::{Mutant, planted};
use messages::{OrderStatus, Symbol, wire};
use wire::kill_stage::Stage;

use super::Engine;
use super::killing::Killing;

impl Engine {
    /// Kills a scope once more, by whatever way the kill came: it ends the flattens, cancels what is open of them, and has
    /// the venue asked again. From here on the scope is not proved while an order of it may be open.
    pub(super) fn kill_again(&mut self, scope: Option<&Symbol>, now_us: i64) {
        self.withdraw_all(scope, now_us);
        let open = self.open_since_proof(scope);
        for id in &open {
            // By its name, whatever the mass cancel finds.
            self.cancel_order(id, "killed", now_us);
        }
        if !open.is_empty() {
            self.doubt_proof(scope, open.len() as u32, now_us);
        }
        let is_proved = self.killing.get(&scope.cloned()).is_some_and(Killing::is_proved);
        if self.session.is_logged_on() && (is_proved || !open.is_empty()) {
            // Whoever asks again may have blocked the venue himself under his own name.
            self.start_killing(scope, now_us);
        }
    }

    /// The orders that may be open although the scope was proved to have none: those of flattens. Before the proof there
    /// are others, and that one is still to come.
    fn open_since_proof(&self, scope: Option<&Symbol>) -> Vec<String> {
        if !self.is_scope_verified(scope) {
            return Vec::new();
        }
        let working = self.state.orders.working_in(scope);
        working.map(|order| order.client_order_id.clone()).collect()
    }

    /// What was asked before those orders proves nothing, and neither does what was proved.
    fn doubt_proof(&mut self, scope: Option<&Symbol>, open: u32, now_us: i64) {
        self.forget_proof(scope);
        let is_heard = self.session.is_logged_on();
        self.amend_stage(scope, now_us, |stage| {
            stage.set_stage(Stage::Cancelling);
            stage.open_after = open;
            stage.detail = if is_heard {
                format!("{open} sent since it was verified may be open; cancelling again")
            } else {
                "the venue does not answer".to_owned()
            };
        });
    }

    /// The flattens that a kill of `scope` ends, in a sentence; empty when there are none.
    pub(super) fn ended_flattens(&self, scope: Option<&Symbol>) -> String {
        let ended = self.flattening.iter().filter(|one| one.is_within(scope));
        let symbols: Vec<&str> = ended.map(|one| one.symbol.as_str()).collect();
        if symbols.is_empty() {
            return String::new();
        }
        format!(
            "it ends the flatten of {}: what is held stays",
            symbols.join(", ")
        )
    }

    /// Ends the flattens, and what waits for the journal doesn't leave.
    pub(super) fn withdraw_all(&mut self, scope: Option<&Symbol>, now_us: i64) {
        self.give_up_flattening("killed", now_us, |one| one.is_within(scope));
        for id in self.state.orders.working_ids_in(scope) {
            if self.outbox.holds_order(&id) && !planted(Mutant::LatchIgnoredAtLastHop) {
                self.withdraw(&id, OrderStatus::Rejected, "killed before it left", now_us);
            }
        }
    }
}
