//! The gates this service holds, and the record of their changes.

use messages::{Gate, GateKind, Symbol, wire};
use wire::r#break::State;

use super::{Engine, SERVICE};
use crate::event::Event;

/// At most so many breaks that nobody has ignored are listed.
const LISTED: usize = 100;

impl Engine {
    /// Closes a gate, or gives a closed one its new reason; it keeps the time since when. Only the closing goes
    /// on the record: a reason that changes with every turn would fill the journal, and the heartbeat shows it.
    pub(super) fn close_gate(
        &mut self,
        holder: &str,
        kind: GateKind,
        symbol: Option<&Symbol>,
        reason: &str,
        opens_when: &str,
        now_us: i64,
    ) {
        let held = self.gates.get(holder, kind, symbol);
        if held.is_some_and(|gate| gate.reason == reason) {
            return;
        }
        let is_new = held.is_none();
        let since_us = held.map_or(now_us, |gate| gate.since_us);
        self.gates.open(holder, kind, symbol);
        let gate = Gate {
            kind,
            symbol: symbol.cloned(),
            closed_by: SERVICE.to_owned(),
            reason: reason.to_owned(),
            since_us,
            opens_when: opens_when.to_owned(),
        };
        self.gates.close(holder, gate);
        self.gates_changed |= is_new;
    }

    pub(super) fn open_gate(&mut self, holder: &str, kind: GateKind, symbol: Option<&Symbol>) {
        if self.gates.open(holder, kind, symbol).is_some() {
            self.gates_changed = true;
        }
    }

    /// Every gate this service holds closed: pauses, kills and what it watches.
    pub fn closed_gates(&self) -> Vec<Gate> {
        let kills = self.latch.scopes().into_iter().filter_map(|scope| {
            let entry = self.latch.entry(scope.as_ref())?;
            Some(Gate {
                kind: GateKind::KillLatch,
                closed_by: entry.operator.clone(),
                reason: entry.reason.clone(),
                since_us: entry.at_us,
                opens_when: risk::latch::opens_when(scope.as_ref()),
                symbol: scope,
            })
        });
        self.state
            .pauses
            .values()
            .cloned()
            .chain(kills)
            .chain(self.gates.iter().cloned())
            .collect()
    }

    /// Pauses, kills and gates as they are now.
    pub fn trading_state(&self) -> wire::TradingState {
        let symbols = |scopes: Vec<Option<Symbol>>| {
            scopes
                .into_iter()
                .flatten()
                .map(|symbol| symbol.to_string())
                .collect()
        };
        let breaks = self.listed_breaks();
        wire::TradingState {
            desk_paused: self.state.pauses.contains_key(&None),
            paused_symbols: symbols(self.state.pauses.keys().cloned().collect()),
            desk_killed: self.latch.desk.is_some(),
            killed_symbols: symbols(self.latch.scopes()),
            gates: self.closed_gates().iter().map(wire::Gate::from).collect(),
            limits_version: self.state.limits_version,
            kills: self.state.kills.values().cloned().collect(),
            venue: self.session.venue.clone(),
            more_breaks: (self.state.breaks.len() - breaks.len()) as u32,
            breaks,
            venue_orders: self.history_seen,
        }
    }

    /// The breaks as the state lists them: every ignored one, since the risk manager counts it, and the first of the
    /// others; without the venue's words.
    fn listed_breaks(&self) -> Vec<wire::Break> {
        let (ignored, others): (Vec<_>, Vec<_>) = self
            .state
            .breaks
            .values()
            .partition(|found| found.state() == State::Ignored);
        let listed = ignored
            .into_iter()
            .chain(others.into_iter().take(LISTED))
            .cloned();
        listed
            .map(|found| wire::Break {
                execution: None,
                order: None,
                ..found
            })
            .collect()
    }

    /// Records pauses, kills and gates as they are now.
    pub(super) fn record_state(&mut self, now_us: i64) {
        self.gates_changed = false;
        let state = self.trading_state();
        self.record(Event::State(Box::new(state)), now_us);
    }

    pub(super) fn record_gates(&mut self, now_us: i64) {
        if self.gates_changed {
            self.record_state(now_us);
        }
    }
}
