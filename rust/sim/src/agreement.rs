//! When all is quiet: do desk, venue and risk manager hold the same?

use messages::{Fill, OrderStatus, wire};

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
        if let Some(found) = engine.breaks().next() {
            return Some(format!("a break stands: {}", found.detail));
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
        let mut held: Vec<_> = exchange.open_orders(&session, None).map(fact).collect();
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
        let mut booked: Vec<Fill> = booked.collect();
        booked.sort_by_key(|fill| fill.venue_sequence);
        let executed = exchange.executions(&session, 1, usize::MAX);
        if booked != executed {
            let counts = (booked.len(), executed.len());
            return Some(format!(
                "fills: {} booked, {} executed, and they differ",
                counts.0, counts.1
            ));
        }
        for (symbol, position) in exchange.positions(&session) {
            let (desk, at_risk) = (state.book.quantity(symbol), manager.book().get(symbol));
            if desk != position.quantity {
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
        if !manager.is_following() {
            return Some("the risk manager doesn't follow the engine".to_owned());
        }
        match self.engine.rebuilt(self.shared.now_us) {
            Ok(rebuilt) if rebuilt.state() == state => None,
            _ => Some("the engine's journal doesn't rebuild its state".to_owned()),
        }
    }
}
