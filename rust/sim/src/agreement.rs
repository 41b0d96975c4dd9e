//! When all is quiet: do desk, venue and risk manager hold the same?

use std::collections::BTreeSet;

use messages::{Fill, GateKind, OrderStatus, Symbol, wire};
use orders::Engine;
use risk::RiskManager;
use venue::Exchange;
use wire::kill_stage::Stage;

use crate::engine::SESSION;
use crate::world::World;

impl World {
    /// What is still different, in one sentence; `None` when all agree.
    pub(crate) fn disagreement(&self) -> Option<String> {
        let Some(engine) = &self.engine.engine else {
            return Some("the engine is down".to_owned());
        };
        let Some(manager) = &self.risk.manager else {
            return Some("the risk manager is down".to_owned());
        };
        let Some(exchange) = self.venue.exchange() else {
            return Some("the venue is down".to_owned());
        };
        let session = SESSION.into();
        if !engine.is_reconciled() {
            return Some("the engine is not reconciled".to_owned());
        }
        let breaks = self.break_gates();
        let intruded = &self.shared.witness.intruded;
        if let Some(symbol) = breaks.iter().find(|symbol| !intruded.contains(*symbol)) {
            return Some(format!("a break stands in {symbol}, where nobody else traded"));
        }
        let state = engine.state();
        let settled = |status| matches!(status, OrderStatus::Submitted | OrderStatus::PartiallyFilled);
        if let Some(order) = state.orders.working().find(|order| !settled(order.status)) {
            return Some(format!("{} is still {:?}", order.client_order_id, order.status));
        }
        let fact = |order: &messages::Order| {
            (
                order.client_order_id.clone(),
                order.filled_quantity,
                order.quantity,
            )
        };
        let mut desk: Vec<_> = state.orders.working().map(fact).collect();
        let unknown = |order: &&messages::Order| state.orders.get(&order.client_order_id).is_none();
        let is_listed = |id: &str| engine.breaks().any(|found| found.id == format!("order:{id}"));
        if let Some(order) = exchange
            .open_orders(&session, None)
            .filter(unknown)
            .find(|order| !is_listed(&order.client_order_id))
        {
            return Some(format!(
                "{} is open at the venue, the desk never placed it, and no break is listed",
                order.client_order_id
            ));
        }
        let mut held: Vec<_> = exchange
            .open_orders(&session, None)
            .filter(|order| !unknown(order))
            .map(fact)
            .collect();
        desk.sort();
        held.sort();
        if desk != held {
            return Some(format!(
                "working orders: the desk has {desk:?}, the venue {held:?}"
            ));
        }
        let booked = self.engine.journal.iter().filter_map(|event| match &event.event {
            Some(wire::execution_event::Event::Fill(fill)) => Fill::try_from(fill).ok(),
            _ => None,
        });
        let is_ours = |fill: &Fill| fill.venue_sequence > 0 && !breaks.contains(&fill.symbol);
        let mut booked: Vec<Fill> = booked.filter(is_ours).collect();
        booked.sort_by_key(|fill| fill.venue_sequence);
        let mut executed = exchange.executions(&session, 1, usize::MAX).to_vec();
        executed.retain(is_ours);
        if booked != executed {
            let counts = (booked.len(), executed.len());
            return Some(format!(
                "fills: {} booked, {} executed, and they differ",
                counts.0, counts.1
            ));
        }
        if let Some(what) = self.unequal_positions(engine, manager, exchange) {
            return Some(what);
        }
        if let Some(what) = self.unpaid_debt(exchange) {
            return Some(what);
        }
        if !manager.is_following() {
            return Some("the risk manager doesn't follow the engine".to_owned());
        }
        if !self.engine.rebuilds(engine, self.shared.now_us) {
            return Some("the engine's journal doesn't rebuild its state".to_owned());
        }
        if self.engine.latch.is_old() || self.risk.latch.is_old() {
            return Some("a latch file doesn't hold what is latched".to_owned());
        }
        self.lost_by_the_database()
    }

    fn unequal_positions(
        &self,
        engine: &Engine,
        manager: &RiskManager,
        exchange: &Exchange,
    ) -> Option<String> {
        let (session, breaks) = (SESSION.into(), self.break_gates());
        let state = engine.state();
        for (symbol, position) in exchange.positions(&session) {
            let (desk, at_risk) = (state.book.quantity(symbol), manager.book().get(symbol));
            if desk != position.quantity && !breaks.contains(symbol) {
                return Some(format!(
                    "{symbol}: the desk holds {desk}, the venue {}",
                    position.quantity
                ));
            }
            let at_risk = at_risk.map(risk::book::SymbolBook::position);
            if at_risk != Some(desk) {
                return Some(format!(
                    "{symbol}: the desk holds {desk}, the risk manager sees {at_risk:?}"
                ));
            }
        }
        None
    }

    /// The symbols whose gate a reconciliation break holds closed.
    fn break_gates(&self) -> BTreeSet<Symbol> {
        let gates = self.engine.engine.iter().flat_map(orders::Engine::closed_gates);
        gates
            .filter(|gate| gate.kind == GateKind::ReconciliationBreak)
            .filter_map(|gate| gate.symbol)
            .collect()
    }

    /// What an accepted command promised and the venue doesn't show.
    fn unpaid_debt(&self, exchange: &Exchange) -> Option<String> {
        let session = SESSION.into();
        let debts = &self.shared.witness.debts;
        if let Some(order) = exchange
            .open_orders(&session, None)
            .find(|order| debts.cancelled.contains(&order.client_order_id))
        {
            return Some(format!(
                "{} is open, and its cancel was accepted",
                order.client_order_id
            ));
        }
        if let Some((id, kind)) = debts.accepted.iter().next() {
            return Some(format!("{kind} {id} was accepted and has no end"));
        }
        let engine = self.engine.engine.as_ref()?;
        let proved = |stage: &wire::KillStage| matches!(stage.stage(), Stage::Verified | Stage::Residual);
        engine
            .latch()
            .scopes()
            .into_iter()
            .find(|scope| !engine.state().kills.get(scope).is_some_and(proved))
            .map(|scope| {
                let stage = engine.state().kills.get(&scope);
                format!("the kill of {scope:?} is not VERIFIED: {stage:?}")
            })
    }

    /// Entries of a journal that no database holds.
    fn lost_by_the_database(&self) -> Option<String> {
        let (taken, written) = (self.engine.projection.taken, self.engine.journal.len());
        (taken != written).then(|| format!("the database holds {taken} of {written} entries"))
    }
}
