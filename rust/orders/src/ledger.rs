//! Every order of the desk by its `client_order_id`, with the working ones at hand.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Fill, Money, Order, Quantity, Side, Symbol};

/// The orders there ever were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderLedger {
    orders: BTreeMap<String, Order>,
    working: BTreeSet<String>,
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
        if order.status.is_working() {
            self.working.insert(order.client_order_id.clone());
        } else {
            self.working.remove(&order.client_order_id);
        }
        self.orders.insert(order.client_order_id.clone(), order);
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

    /// The orders that may still fill.
    pub fn working(&self) -> impl Iterator<Item = &Order> {
        self.working.iter().filter_map(|id| self.orders.get(id))
    }

    /// Those of them in `scope`; `None` is the desk.
    pub fn working_in<'a>(&'a self, scope: Option<&'a Symbol>) -> impl Iterator<Item = &'a Order> {
        self.working()
            .filter(move |order| scope.is_none_or(|symbol| *symbol == order.symbol))
    }

    /// What still works on one side of a symbol, without a sign.
    pub fn working_quantity(&self, symbol: &Symbol, side: Side) -> Quantity {
        let of_side = self.working_in(Some(symbol)).filter(|order| order.side == side);
        of_side.map(Order::remaining).sum()
    }

    /// The newest `count` finished orders, newest last.
    pub fn finished(&self, count: usize) -> Vec<&Order> {
        let mut finished: Vec<&Order> = self
            .orders
            .values()
            .filter(|order| order.status.is_finished())
            .collect();
        finished.sort_by_key(|order| order.timestamp_us);
        let from = finished.len().saturating_sub(count);
        finished.split_off(from)
    }

    /// How many orders there ever were.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// True before the first one.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Every order by its id.
    pub fn iter(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }
}
