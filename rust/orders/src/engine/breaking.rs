//! Breaks: found, changed, gone; and the gates they close.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{Fill, GateKind, Quantity, Side, Symbol, wire};
use wire::r#break::{Kind, State};

use super::Engine;
use crate::breaks::{self, Evidence};
use crate::event::Event;
use crate::reconcile::Difference;

/// Holder of the gates that breaks close.
const BREAKS: &str = "reconciliation";
/// Breaks kept one by one; what is beyond them closes the desk as one.
const MOST: usize = 1_000;
/// The break that stands for all beyond [`MOST`].
const BEYOND: &str = "order:*";
/// Breaks named in the reason of a gate.
const NAMED: usize = 5;

impl Engine {
    /// Takes a break over: a new one, one that changed, or one that stands as it stood.
    pub(super) fn found(&mut self, seen: wire::Break, now_us: i64) {
        let Some(held) = self.state.breaks.get(&seen.id) else {
            if self.state.breaks.len() < MOST {
                self.record_break(seen, now_us);
            } else if !self.state.breaks.contains_key(BEYOND) {
                let beyond = wire::Break {
                    id: BEYOND.to_owned(),
                    kind: Kind::Order.into(),
                    state: State::Open.into(),
                    since_us: now_us,
                    detail: format!(
                        "more than {MOST} differences: decide about those listed, the rest follows"
                    ),
                    ..wire::Break::default()
                };
                self.record_break(beyond, now_us);
            }
            return;
        };
        let changed = breaks::has_changed(held, &seen);
        let expired = changed && held.state() == State::Ignored;
        let same = held.desk == seen.desk && held.venue == seen.venue && held.store == seen.store;
        if !expired && same && held.detail == seen.detail && held.actions == seen.actions {
            return;
        }
        let mut next = wire::Break {
            since_us: held.since_us,
            state: held.state,
            decided_by: held.decided_by.clone(),
            decided_us: held.decided_us,
            reason: held.reason.clone(),
            ..seen
        };
        if expired {
            next.set_state(State::Open);
            next.since_us = now_us;
        }
        self.record_break(next, now_us);
    }

    /// A difference was found that no comparison of books is needed for.
    pub(super) fn found_difference(&mut self, difference: &Difference, evidence: Evidence<'_>, now_us: i64) {
        if planted(Mutant::StrangersPassedOver) {
            return;
        }
        let seen = breaks::opened(difference, &self.state.orders, evidence, now_us);
        // One that is listed already was found before: it lasts, and its words say when it was found.
        if !self.state.breaks.contains_key(&seen.id) {
            self.found(seen, now_us);
        }
    }

    /// A break is over.
    pub(super) fn gone(&mut self, id: &str, detail: &str, now_us: i64) {
        if let Some(held) = self.state.breaks.get(id) {
            let mut over = held.clone();
            over.set_state(State::Resolved);
            detail.clone_into(&mut over.detail);
            over.actions.clear();
            self.record_break(over, now_us);
        }
    }

    /// What a comparison of books no longer shows is gone. One that is being closed goes with its order.
    pub(super) fn settle_breaks(&mut self, differences: &[String], now_us: i64) {
        let is_gone = |found: &&wire::Break| {
            let at_work = self.state.progress.values().any(|work| work.break_id == found.id);
            let closing = found.kind() == Kind::Position && found.state() == State::Flattening && at_work;
            let elsewhere = breaks::is_of_store(found) || found.id == BEYOND;
            !differences.contains(&found.id) && !breaks::is_lasting(found) && !closing && !elsewhere
        };
        let gone: Vec<String> = self
            .state
            .breaks
            .values()
            .filter(is_gone)
            .map(|found| found.id.clone())
            .collect();
        for id in gone {
            self.gone(&id, "desk and venue agree again", now_us);
        }
        self.explain_killed(now_us);
        if self.state.breaks.contains_key(BEYOND) && self.state.breaks.len() < MOST {
            self.gone(BEYOND, "the rest is listed one by one", now_us);
        }
    }

    /// An order that the desk never placed and its own kill cancelled, proved and without a fill, is explained:
    /// there is nothing left to decide about. One with fills waits for somebody to answer for them.
    pub(super) fn explain_killed(&mut self, now_us: i64) {
        let found = self.state.breaks.values();
        let explained: Vec<(String, String)> = found
            .filter(|found| found.state() != State::Flattening)
            .filter_map(|found| {
                let client_order_id = breaks::cancelled_unfilled(found)?;
                Some((found.id.clone(), self.killed_away(client_order_id)?))
            })
            .collect();
        for (id, reason) in explained {
            self.gone(&id, &reason, now_us);
        }
    }

    pub(super) fn record_break(&mut self, found: wire::Break, now_us: i64) {
        self.record(Event::Break(Box::new(found)), now_us);
        // The state carries the list: who only reads states sees every change of it.
        self.gates_changed = true;
        self.show_breaks(now_us);
    }

    /// One gate per symbol with a break that nobody has ignored, with what it is.
    pub(super) fn show_breaks(&mut self, now_us: i64) {
        let mut reasons: BTreeMap<Option<Symbol>, Vec<String>> = BTreeMap::new();
        for found in self
            .state
            .breaks
            .values()
            .filter(|found| breaks::closes_gate(found))
        {
            let scope = Symbol::scope(&found.symbol).unwrap_or(None);
            reasons.entry(scope).or_default().push(found.detail.clone());
        }
        let closed: Vec<Option<Symbol>> = self
            .gates
            .held_by(BREAKS)
            .map(|gate| gate.symbol.clone())
            .collect();
        for scope in closed {
            if !reasons.contains_key(&scope) {
                self.open_gate(BREAKS, GateKind::ReconciliationBreak, scope.as_ref());
            }
        }
        for (scope, mut reason) in reasons {
            let more = reason.len().saturating_sub(NAMED);
            reason.truncate(NAMED);
            if more > 0 {
                reason.push(format!("and {more} more"));
            }
            let opens = "both sides agree again, or each break is decided: quarterdeck breaks";
            let reason = reason.join("; ");
            self.close_gate(
                BREAKS,
                GateKind::ReconciliationBreak,
                scope.as_ref(),
                &reason,
                opens,
                now_us,
            );
        }
    }

    /// What desk and venue don't agree on, the ignored ones among them.
    pub fn breaks(&self) -> impl Iterator<Item = &wire::Break> {
        self.state.breaks.values()
    }

    /// True when nothing in `scope` is a break that nobody has ignored.
    pub(super) fn is_whole(&self, scope: Option<&Symbol>) -> bool {
        let mut closing = self
            .state
            .breaks
            .values()
            .filter(|found| breaks::closes_gate(found));
        !closing.any(|found| breaks::touches(found, scope))
    }

    /// A fill was booked: one of an order the desk never placed is a break until somebody answers for it.
    pub(super) fn explain_fill(&mut self, fill: &Fill, now_us: i64) {
        if self.state.is_explained(fill) {
            return;
        }
        let difference = Difference::FillOfUnknownOrder {
            symbol: fill.symbol.clone(),
            execution_id: fill.execution_id.clone(),
            client_order_id: fill.client_order_id.clone(),
        };
        let evidence = Evidence {
            execution: Some(fill),
            ..Evidence::default()
        };
        self.found_difference(&difference, evidence, now_us);
    }

    /// Position and open quantity on `side` as the last line counts them: where a break was ignored, the worse
    /// of what desk and venue hold.
    pub(super) fn worse(&self, symbol: &Symbol, side: Side) -> (Quantity, Quantity) {
        let mut position = self.state.book.quantity(symbol);
        let mut open = self.state.orders.working_quantity(symbol, side);
        let counted = !planted(Mutant::IgnoredBreakNotCounted);
        let ignored = |found: &&wire::Break| {
            counted && found.state() == State::Ignored && found.symbol == symbol.as_str()
        };
        for found in self.state.breaks.values().filter(ignored) {
            let apart = breaks::apart(found);
            match found.kind() {
                Kind::Position if side.sign() * apart.0 > 0 => position += apart,
                Kind::Order => {
                    let (desk, venue) = (breaks::quantity(found.desk), breaks::quantity(found.venue));
                    if side.sign() * venue.0 > 0 {
                        open += (venue.abs() - desk.abs()).max(Quantity::ZERO);
                    }
                }
                _ => {}
            }
        }
        (position, open)
    }
}
