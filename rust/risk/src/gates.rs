//! Gates: one concept for everything that stops trading.
//!
//! A gate is known by its kind, its scope and the service that holds it. Trading in a symbol is allowed when
//! no gate of the desk or of that symbol is closed. A closed gate stops new risk: cancels and fills always
//! pass, and reductions pass every gate but the kill.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Gate, GateKind, Symbol};

type Key = (GateKind, Option<Symbol>, String);

/// All closed gates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gates {
    closed: BTreeMap<Key, Gate>,
}

impl Gates {
    /// Closes `gate`, held by the service `holder`. Idempotent: a gate that is closed already keeps its
    /// reason and its time. True when it was open.
    pub fn close(&mut self, holder: &str, gate: Gate) -> bool {
        let key = (gate.kind, gate.symbol.clone(), holder.to_owned());
        let newly = !self.closed.contains_key(&key);
        self.closed.entry(key).or_insert(gate);
        newly
    }

    /// Gives a closed gate a new reason; it keeps the time since when.
    pub fn restate(&mut self, holder: &str, kind: GateKind, symbol: Option<&Symbol>, reason: &str) {
        let key = (kind, symbol.cloned(), holder.to_owned());
        if let Some(gate) = self.closed.get_mut(&key)
            && gate.reason != reason
        {
            reason.clone_into(&mut gate.reason);
        }
    }

    /// Opens the gate of that kind, scope and holder; returns it if it was closed.
    pub fn open(&mut self, holder: &str, kind: GateKind, symbol: Option<&Symbol>) -> Option<Gate> {
        self.closed.remove(&(kind, symbol.cloned(), holder.to_owned()))
    }

    /// Makes `gates` all that `holder` holds, as its heartbeat or its state says.
    pub fn replace(&mut self, holder: &str, gates: impl IntoIterator<Item = Gate>) {
        let gates: Vec<Gate> = gates.into_iter().collect();
        let kept: BTreeSet<_> = gates
            .iter()
            .map(|gate| (gate.kind, gate.symbol.clone()))
            .collect();
        self.closed
            .retain(|key, _| key.2 != holder || kept.contains(&(key.0, key.1.clone())));
        for gate in gates {
            // The holder's own words are newer than what is remembered of them.
            self.closed
                .insert((gate.kind, gate.symbol.clone(), holder.to_owned()), gate);
        }
    }

    /// The gate of that kind, scope and holder, if it is closed.
    pub fn get(&self, holder: &str, kind: GateKind, symbol: Option<&Symbol>) -> Option<&Gate> {
        self.closed.get(&(kind, symbol.cloned(), holder.to_owned()))
    }

    /// Every closed gate.
    pub fn iter(&self) -> impl Iterator<Item = &Gate> {
        self.closed.values()
    }

    /// Every gate that `holder` holds.
    pub fn held_by<'a>(&'a self, holder: &'a str) -> impl Iterator<Item = &'a Gate> {
        self.closed
            .iter()
            .filter(move |(key, _)| key.2 == holder)
            .map(|(_, gate)| gate)
    }

    /// The gates that stop `symbol`: its own and the desk's.
    pub fn blocking<'a, 's>(&'a self, symbol: &'s Symbol) -> impl Iterator<Item = &'a Gate> + use<'a, 's> {
        self.closed
            .values()
            .filter(move |gate| gate.symbol.as_ref().is_none_or(|scope| scope == symbol))
    }

    /// The kill that holds `symbol`, if there is one: the only gate that stops a reduction.
    pub fn killed(&self, symbol: &Symbol) -> Option<&Gate> {
        self.blocking(symbol)
            .find(|gate| gate.kind == GateKind::KillLatch)
    }

    /// True when no gate at all is closed.
    pub fn is_empty(&self) -> bool {
        self.closed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{gate, symbol};

    #[test]
    fn closing_twice_keeps_the_first_reason_and_time() {
        let mut gates = Gates::default();
        assert!(gates.close(
            "engine",
            Gate {
                since_us: 5,
                ..gate(GateKind::OperatorPause, None)
            }
        ));
        assert!(!gates.close(
            "engine",
            Gate {
                since_us: 9,
                ..gate(GateKind::OperatorPause, None)
            }
        ));
        assert_eq!(
            gates
                .get("engine", GateKind::OperatorPause, None)
                .unwrap()
                .since_us,
            5
        );
        assert!(gates.open("engine", GateKind::OperatorPause, None).is_some());
        assert!(gates.open("engine", GateKind::OperatorPause, None).is_none());
    }

    #[test]
    fn a_symbols_gate_stops_that_symbol_alone_and_the_desks_stops_all() {
        let mut gates = Gates::default();
        gates.close("risk-manager", gate(GateKind::StaleMarketData, Some("ALFA")));
        assert_eq!(gates.blocking(&symbol("ALFA")).count(), 1);
        assert_eq!(gates.blocking(&symbol("BRVO")).count(), 0);
        gates.close("engine", gate(GateKind::OperatorPause, None));
        assert_eq!(gates.blocking(&symbol("BRVO")).count(), 1);
        // Resuming the desk lifts the desk's own gate alone.
        gates.open("engine", GateKind::OperatorPause, None);
        assert_eq!(gates.blocking(&symbol("ALFA")).count(), 1);
    }

    #[test]
    fn two_holders_of_one_kind_are_two_gates() {
        let mut gates = Gates::default();
        gates.close("engine", gate(GateKind::KillLatch, None));
        gates.close("risk-manager", gate(GateKind::KillLatch, None));
        gates.open("risk-manager", GateKind::KillLatch, None);
        assert!(gates.killed(&symbol("ALFA")).is_some());
    }

    #[test]
    fn a_heartbeat_replaces_what_its_service_holds_and_nothing_else() {
        let mut gates = Gates::default();
        gates.close("risk-manager", gate(GateKind::LossLimit, None));
        gates.replace(
            "engine",
            [
                gate(GateKind::VenueLost, None),
                gate(GateKind::OperatorPause, Some("ALFA")),
            ],
        );
        gates.replace("engine", [gate(GateKind::OperatorPause, Some("ALFA"))]);
        let kinds: Vec<_> = gates.iter().map(|gate| gate.kind).collect();
        assert_eq!(kinds, [GateKind::OperatorPause, GateKind::LossLimit]);
        assert_eq!(gates.held_by("engine").count(), 1);
    }
}
