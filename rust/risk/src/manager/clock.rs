//! The clocks: a gate while they jump or disagree, and times that move with the wall clock.

use messages::{Gate, GateKind};

use super::{Action, RiskManager, SERVICE};

impl RiskManager {
    /// Takes both clocks of this machine, read together: call it every turn, before anything else. When the
    /// wall clock jumped, every arrival time held moves with it, so that no age changes: heartbeats, stale
    /// data, message rates and repeated questions go on by the monotonic clock.
    pub fn on_clocks(&mut self, wall_us: i64, monotonic_us: i64) -> Vec<Action> {
        if let Some(jump_us) = self.clocks.observe(wall_us, monotonic_us) {
            self.shift(jump_us);
            self.watch_clocks(wall_us);
        }
        self.take()
    }

    /// Takes the clock of another service, as its heartbeat tells it: asked at `asked_us` and heard at
    /// `heard_us`, both of this machine's wall clock.
    pub fn on_peer_clock(&mut self, service: &str, asked_us: i64, peer_us: i64, heard_us: i64) {
        self.clocks.peer(service, asked_us, peer_us, heard_us);
    }

    pub(super) fn watch_clocks(&mut self, now_us: i64) {
        let Some(reason) = self.clocks.fault() else {
            return self.open(GateKind::ClockOff, None, now_us);
        };
        self.gates.restate(SERVICE, GateKind::ClockOff, None, &reason);
        let steady_s = self.clocks.bounds().steady_us / 1_000_000;
        self.close(&Gate {
            kind: GateKind::ClockOff,
            symbol: None,
            closed_by: SERVICE.into(),
            reason,
            since_us: now_us,
            opens_when: format!("all clocks have agreed for {steady_s} s"),
        });
    }

    fn shift(&mut self, delta_us: i64) {
        self.book.shift(delta_us);
        self.rate.shift(delta_us);
        self.denials.shift(delta_us);
        for conduct in self.conducts.values_mut() {
            conduct.shift(delta_us);
        }
        for heard_us in self.heard_us.values_mut() {
            *heard_us += delta_us;
        }
        for at_us in [
            &mut self.engine_said_us,
            &mut self.asked_us,
            &mut self.started_us,
            &mut self.ticked_us,
            &mut self.pictured_us,
            &mut self.recorded.0,
        ] {
            *at_us = at_us.saturating_add(delta_us);
        }
        if let Some((_, since_us)) = &mut self.owed {
            *since_us += delta_us;
        }
        if let Some((_, asked_us)) = &mut self.loss_kill {
            *asked_us = asked_us.saturating_add(delta_us);
        }
    }
}
