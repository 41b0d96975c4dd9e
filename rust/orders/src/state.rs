//! What the journal rebuilds: one `apply`, used live and at a restart, so that both are the same by construction.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use messages::{Fill, Gate, GateKind, Instrument, Malformed, Quantity, Symbol, wire};
use wire::command_result::Outcome;
use wire::kill_stage::Stage;
use wire::strategy_command::Type;

use crate::answered::Answered;
use crate::event::{Event, Recorded};
use crate::executions::Executions;
use crate::ledger::OrderLedger;
use crate::position::PositionBook;
use crate::reconcile::Difference;

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
    /// Fills of orders the desk never placed, each until an operator has flattened its symbol.
    pub unexplained: BTreeSet<Difference>,
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
            Event::Order(order) => self.orders.put(order),
            Event::Fill(fill) => self.apply_fill(fill, at_us),
            Event::Position(_) | Event::Break(_) | Event::Progress(_) => {}
            Event::State(state) => self.apply_trading_state(state),
            Event::Kill(stage) => self.apply_kill(stage),
            Event::Command(record) => {
                self.commands.add(record);
                self.apply_command(record);
            }
        }
    }

    /// Currency units per point and unit; one for an instrument nobody configured.
    pub fn multiplier(&self, symbol: &Symbol) -> Quantity {
        self.instruments
            .get(symbol)
            .map_or(Quantity::ONE, |instrument| instrument.multiplier)
    }

    fn apply_fill(&mut self, fill: &Fill, at_us: i64) {
        if !self.executions.add(fill) {
            return;
        }
        let order = self.orders.get(&fill.client_order_id);
        if order.is_none_or(|order| order.symbol != fill.symbol || order.side != fill.side) {
            self.unexplained.insert(Difference::FillOfUnknownOrder {
                symbol: fill.symbol.clone(),
                execution_id: fill.execution_id.clone(),
                client_order_id: fill.client_order_id.clone(),
            });
        }
        self.orders.fill(fill);
        let multiplier = self.multiplier(&fill.symbol);
        self.book.book(fill, multiplier, at_us);
        self.fills.push_back(fill.clone());
        if self.fills.len() > RECENT_FILLS {
            self.fills.pop_front();
        }
    }

    fn apply_trading_state(&mut self, state: &wire::TradingState) {
        let gates = state.gates.iter().filter_map(|gate| Gate::try_from(gate).ok());
        let pauses = gates.filter(|gate| gate.kind == GateKind::OperatorPause);
        self.pauses = pauses.map(|gate| (gate.symbol.clone(), gate)).collect();
        self.limits_version = state.limits_version;
    }

    /// Whoever flattens a symbol has answered for what it holds, wherever that came from.
    fn apply_command(&mut self, record: &wire::CommandRecord) {
        let (Some(command), Some(result)) = (&record.command, &record.result) else {
            return;
        };
        let obeyed = matches!(result.outcome(), Outcome::Done | Outcome::Accepted);
        if command.r#type() == Type::Flatten && obeyed {
            self.unexplained
                .retain(|difference| difference.symbol().as_str() != command.symbol);
        }
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
