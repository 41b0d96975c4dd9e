//! The wall clock set back: what waited for a moment that now lies far ahead would wait that long.

use super::Engine;

impl Engine {
    /// Lets nothing that was noted lie ahead of a clock that was set back. One put forward mends itself: what was to
    /// come later comes at once, and a venue that seems silent is asked again.
    pub(super) fn follow_clock(&mut self, now_us: i64) {
        if now_us < self.last_tick_us {
            self.not_after(now_us);
        }
        self.last_tick_us = now_us;
    }

    fn not_after(&mut self, now_us: i64) {
        self.session.not_after(now_us);
        if let Some(round) = &mut self.round {
            round.not_after(now_us);
        }
        for entry in self.in_flight.values_mut() {
            for noted in [&mut entry.sent_us, &mut entry.cancel_us, &mut entry.asked_us] {
                *noted = noted.map(|noted| noted.min(now_us));
            }
        }
        for killing in self.killing.values_mut() {
            killing.not_after(now_us);
        }
        for cancelling in self.cancelling.values_mut() {
            cancelling.not_after(now_us);
        }
        for unblocking in self.unblocking.values_mut() {
            unblocking.asked_us = unblocking.asked_us.min(now_us);
        }
        for flattening in &mut self.flattening {
            flattening.not_after(now_us, self.config.timing.flatten_life_us);
        }
        self.marks.not_after(now_us);
        self.risk_manager.heard_us = self.risk_manager.heard_us.map(|heard_us| heard_us.min(now_us));
        self.last_positions_us = self.last_positions_us.min(now_us);
    }
}
