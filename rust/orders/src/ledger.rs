//! The orders of the desk by their `client_order_id`, with the working ones at hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use messages::{Fill, Money, Order, Quantity, Side, Symbol};

/// How many finished orders stay in memory; the journal keeps all.
const FINISHED: usize = 10_000;

/// Every order that may still fill, and the newest of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderLedger {
    orders: BTreeMap<String, Order>,
    working: BTreeSet<String>,
    /// Oldest end first.
    finished: VecDeque<String>,
}

impl OrderLedger {
    /// The order of this id.
    pub fn get(&self, client_order_id: &str) -> Option<&Order> {
        self.orders.get(client_order_id)
    }

    /// Takes over an order's new state. What is filled is never taken from it, only from booked fills.
    pub fn put(&mut self, order: &Order) {
        let mut order = order.clone();
        let (quantity, value) = self
            .get(&order.client_order_id)
            .map_or((Quantity::ZERO, Money::ZERO), |held| {
                (held.filled_quantity, held.filled_value)
            });
        order.filled_quantity = quantity;
        order.filled_value = value;
        let id = order.client_order_id.clone();
        let had_ended = self.get(&id).is_some_and(|held| held.status.is_finished());
        if order.status.is_working() {
            self.working.insert(id.clone());
            if had_ended {
                self.finished.retain(|ended| *ended != id);
            }
        } else {
            self.working.remove(&id);
            if !had_ended {
                self.finished.push_back(id.clone());
            }
        }
        self.orders.insert(id, order);
        if self.finished.len() > FINISHED
            && let Some(oldest) = self.finished.pop_front()
        {
            self.orders.remove(&oldest);
        }
    }

    /// Adds a fill to its order. Gives what exceeds the order's quantity: nought unless the venue overfilled.
    pub fn fill(&mut self, fill: &Fill) -> Quantity {
        let Some(order) = self.orders.get_mut(&fill.client_order_id) else {
            return Quantity::ZERO;
        };
        let counted = Quantity(fill.quantity.0.min(order.remaining().0));
        order.filled_quantity += counted;
        order.filled_value += Money::notional(fill.price, counted, Quantity::ONE);
        fill.quantity - counted
    }

    /// Takes a fill of its order back.
    pub fn unfill(&mut self, fill: &Fill) {
        if let Some(order) = self.orders.get_mut(&fill.client_order_id) {
            let counted = Quantity(fill.quantity.0.min(order.filled_quantity.0));
            order.filled_quantity -= counted;
            order.filled_value -= Money::notional(fill.price, counted, Quantity::ONE);
        }
    }

    /// The orders that may still fill.
    pub fn working(&self) -> impl Iterator<Item = &Order> {
        self.working.iter().filter_map(|id| self.orders.get(id))
    }

    /// Those of them in `scope`; `None` is the desk.
    pub fn working_in<'a>(&'a self, scope: Option<&'a Symbol>) -> impl Iterator<Item = &'a Order> {
        self.working()
            .filter(move |order| scope.is_none_or(|symbol| *symbol == order.symbol))
    }

    /// Their client order ids, taken down because what is done to an order changes the ledger.
    pub fn working_ids_in(&self, scope: Option<&Symbol>) -> Vec<String> {
        self.working_in(scope)
            .map(|order| order.client_order_id.clone())
            .collect()
    }

    /// What still works on one side of a symbol, without a sign.
    pub fn working_quantity(&self, symbol: &Symbol, side: Side) -> Quantity {
        let of_side = self.working_in(Some(symbol)).filter(|order| order.side == side);
        of_side.map(Order::remaining).sum()
    }

    /// The newest `count` finished orders, newest last.
    pub fn finished(&self, count: usize) -> impl Iterator<Item = &Order> {
        let older = self.finished.len().saturating_sub(count);
        self.finished
            .iter()
            .skip(older)
            .filter_map(|id| self.orders.get(id))
    }

    /// Every order that is remembered, by its id.
    pub fn iter(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }
}

#[cfg(test)]
mod tests {
    use messages::OrderStatus;

    use super::*;
    use crate::testing::limit_order;

    fn in_status(id: &str, status: OrderStatus) -> Order {
        Order {
            status,
            ..limit_order(id, Side::Buy, 1, "10")
        }
    }

    #[test]
    fn the_oldest_finished_orders_make_room_and_working_ones_never_do() {
        let mut ledger = OrderLedger::default();
        ledger.put(&in_status("first", OrderStatus::Submitted));
        for number in 0..FINISHED + 2 {
            ledger.put(&in_status(&format!("q{number}"), OrderStatus::Submitted));
            ledger.put(&in_status(&format!("q{number}"), OrderStatus::Cancelled));
        }
        assert!(ledger.get("first").is_some() && ledger.get("q2").is_some());
        assert!(ledger.get("q1").is_none());
        assert_eq!(ledger.iter().count(), FINISHED + 1);
        let newest: Vec<_> = ledger
            .finished(2)
            .map(|order| order.client_order_id.as_str())
            .collect();
        assert_eq!(newest, ["q10000", "q10001"]);
    }

    #[test]
    fn an_order_that_works_again_is_not_among_the_finished() {
        let mut ledger = OrderLedger::default();
        ledger.put(&in_status("a", OrderStatus::Rejected));
        ledger.put(&in_status("a", OrderStatus::Unknown));
        assert_eq!((ledger.finished(9).count(), ledger.working().count()), (0, 1));
        ledger.put(&in_status("a", OrderStatus::Cancelled));
        ledger.put(&in_status("a", OrderStatus::Cancelled));
        assert_eq!((ledger.finished(9).count(), ledger.working().count()), (1, 0));
    }
}
