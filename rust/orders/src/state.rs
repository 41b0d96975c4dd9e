//! What the journal rebuilds: one `apply`, used live and at a restart, so that both are the same by construction.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use messages::{Fill, Gate, GateKind, Instrument, Malformed, Order, Quantity, Symbol, wire};
use wire::command_progress::State as Progress;
use wire::kill_stage::Stage;

use crate::answered::Answered;
use crate::breaks;
use crate::event::{Event, Recorded};
use crate::executions::{self, Executions};
use crate::ledger::OrderLedger;
use crate::position::PositionBook;

/// How many fills stay in memory for a snapshot.
const RECENT_FILLS: usize = 2_000;

/// Orders, positions, pauses, kills and answered commands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The grid and multiplier of each instrument, from the configuration.
    pub instruments: BTreeMap<Symbol, Instrument>,
    /// Every order.
    pub orders: OrderLedger,
    /// Every position.
    pub book: PositionBook,
    /// What is booked of the venue's executions.
    pub executions: Executions,
    /// The newest fills, newest last.
    pub fills: VecDeque<Fill>,
    /// The pauses in force, by scope; `None` is the desk.
    pub pauses: BTreeMap<Option<Symbol>, Gate>,
    /// The newest stage of each kill that is not re-armed.
    pub kills: BTreeMap<Option<Symbol>, wire::KillStage>,
    /// The reconciliation breaks that are not over, by their id.
    pub breaks: BTreeMap<String, wire::Break>,
    /// The accepted commands that are still at work, by their id.
    pub progress: BTreeMap<String, wire::CommandProgress>,
    /// Orders of the session at the venue that were looked at, counted in order of entry.
    pub venue_orders: u64,
    /// Orders that booked fills named and the desk did not know.
    strangers: BTreeSet<String>,
    /// The newest commands that were answered.
    pub commands: Answered,
    /// The newest version of the limits there was.
    pub limits_version: u64,
}

impl State {
    /// Nothing happened yet.
    pub fn new(instruments: BTreeMap<Symbol, Instrument>) -> Self {
        Self {
            instruments,
            ..Self::default()
        }
    }

    /// The state after these events, in the journal's order.
    pub fn rebuild<'a>(
        instruments: BTreeMap<Symbol, Instrument>,
        events: impl IntoIterator<Item = &'a wire::ExecutionEvent>,
    ) -> Result<Self, Malformed> {
        let mut state = Self::new(instruments);
        for event in events {
            let recorded = Recorded::try_from(event)?;
            state.apply(&recorded.event, recorded.at_us);
        }
        Ok(state)
    }

    /// Takes one event over. An execution that is booked already changes nothing.
    pub fn apply(&mut self, event: &Event, at_us: i64) {
        match event {
            Event::Order(order) => self.apply_order(order),
            Event::Fill(fill) => self.apply_fill(fill, at_us),
            Event::Position(_) => {}
            Event::Break(found) => self.apply_break(found),
            Event::Progress(progress) => self.apply_progress(progress),
            Event::State(state) => self.apply_trading_state(state),
            Event::Kill(stage) => self.apply_kill(stage),
            Event::Command(record) => self.commands.add(record),
        }
    }

    /// Currency units per point and unit; one for an instrument nobody configured.
    pub fn multiplier(&self, symbol: &Symbol) -> Quantity {
        self.instruments
            .get(symbol)
            .map_or(Quantity::ONE, |instrument| instrument.multiplier)
    }

    /// True when a fill is of an order the desk knows.
    pub fn is_explained(&self, fill: &Fill) -> bool {
        let order = self.orders.get(&fill.client_order_id);
        order.is_some_and(|order| order.symbol == fill.symbol && order.side == fill.side)
    }

    /// The fill of this execution, as far as it is held whole.
    pub fn fill(&self, execution_id: &str) -> Option<&Fill> {
        let mut newest_first = self.fills.iter().rev();
        newest_first.find(|held| held.execution_id == execution_id)
    }

    fn apply_fill(&mut self, fill: &Fill, at_us: i64) {
        if !self.executions.add(fill) {
            return;
        }
        if executions::is_adjustment(fill) {
            let booked = executions::reversed(fill).and_then(|id| self.fill(id)).cloned();
            if let Some(booked) = booked {
                self.orders.unfill(&booked);
            }
        } else {
            let unknown = self.orders.get(&fill.client_order_id).is_none();
            if unknown && self.strangers.len() < RECENT_FILLS {
                self.strangers.insert(fill.client_order_id.clone());
            }
            self.orders.fill(fill);
        }
        let multiplier = self.multiplier(&fill.symbol);
        self.book.book(fill, multiplier, at_us);
        self.fills.push_back(fill.clone());
        if self.fills.len() > RECENT_FILLS {
            self.fills.pop_front();
        }
    }

    /// An order that is adopted after its fills were booked has them from its first moment.
    fn apply_order(&mut self, order: &Order) {
        self.orders.put(order);
        if !self.strangers.is_empty() && self.strangers.remove(&order.client_order_id) {
            let booked = self.fills.iter().filter(|fill| {
                fill.client_order_id == order.client_order_id && !executions::is_adjustment(fill)
            });
            for fill in booked {
                self.orders.fill(fill);
            }
        }
    }

    fn apply_break(&mut self, found: &wire::Break) {
        if breaks::is_over(found) {
            self.breaks.remove(&found.id);
        } else {
            self.breaks.insert(found.id.clone(), found.clone());
        }
    }

    fn apply_progress(&mut self, progress: &wire::CommandProgress) {
        if progress.state() == Progress::Working {
            self.progress
                .insert(progress.command_id.clone(), progress.clone());
        } else {
            self.progress.remove(&progress.command_id);
        }
    }

    fn apply_trading_state(&mut self, state: &wire::TradingState) {
        let gates = state.gates.iter().filter_map(|gate| Gate::try_from(gate).ok());
        let pauses = gates.filter(|gate| gate.kind == GateKind::OperatorPause);
        self.pauses = pauses.map(|gate| (gate.symbol.clone(), gate)).collect();
        self.limits_version = state.limits_version;
        self.venue_orders = state.venue_orders;
    }

    fn apply_kill(&mut self, stage: &wire::KillStage) {
        // A scope that can't be read is taken as the widest one.
        let scope = Symbol::scope(&stage.symbol).unwrap_or(None);
        if stage.stage() == Stage::Rearmed {
            self.kills.remove(&scope);
        } else {
            self.kills.insert(scope, stage.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fill, symbol};
    use messages::Side;

    #[test]
    fn an_execution_that_is_applied_twice_counts_once() {
        let mut state = State::default();
        let event = Event::Fill(Box::new(fill("q1-1", 1, Side::Buy, 2, "10")));
        state.apply(&event, 1);
        let once = state.clone();
        state.apply(&event, 2);
        assert_eq!(state, once);
        assert_eq!(state.book.quantity(&symbol("ALFA")), Quantity::from_units(2));
    }
}
