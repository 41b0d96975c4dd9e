//! The only place where the book changes.

use messages::{Money, Order, OrderStatus, OrderType, Quantity};

use super::{Exchange, Held, Market, Session};
use crate::book::OrderIndex;
use crate::event::{Event, Inconsistent, SessionName};
use crate::queue::Queue;

impl Exchange {
    /// Takes one event into the book; refuses it, unchanged, when it can't follow what went before.
    pub fn apply(&mut self, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::Accepted { session, order } => self.apply_accepted(session, order),
            Event::Rejected { session, order } => self.enter(session, order, true).map(|_| ()),
            Event::Triggered {
                session,
                client_order_id,
                at_us,
            } => {
                let index = self.working_index(session, client_order_id, "a trigger")?;
                let held = &mut self.orders[index];
                held.live = true;
                held.order.timestamp_us = *at_us;
                self.place(index);
                Ok(())
            }
            Event::Filled { session, fill } => self.apply_fill(session, fill),
            Event::Cancelled {
                session,
                client_order_id,
                reason,
                at_us,
            } => {
                let index = self.working_index(session, client_order_id, "a cancel")?;
                let order = &mut self.orders[index].order;
                order.status = OrderStatus::Cancelled;
                order.rejection_reason.clone_from(reason);
                order.timestamp_us = *at_us;
                self.retire(index);
                Ok(())
            }
            Event::Blocked {
                session,
                symbol,
                kill_id,
                reason,
                ..
            } => {
                let blocks = &mut self.session_mut(session).blocks;
                let of_scope = blocks.entry(symbol.clone()).or_default();
                of_scope.insert(kill_id.clone(), reason.clone());
                Ok(())
            }
            Event::Unblocked {
                session,
                symbol,
                kill_id,
                ..
            } => {
                let blocks = &mut self.session_mut(session).blocks;
                if let Some(of_scope) = blocks.get_mut(symbol) {
                    of_scope.remove(kill_id);
                    if of_scope.is_empty() {
                        blocks.remove(symbol);
                    }
                }
                Ok(())
            }
            Event::Guarded {
                session,
                cancel_on_disconnect,
                ..
            } => {
                self.session_mut(session).cancel_on_disconnect = *cancel_on_disconnect;
                Ok(())
            }
        }
    }

    fn session_mut(&mut self, name: &SessionName) -> &mut Session {
        self.sessions.entry(name.clone()).or_default()
    }

    fn market_mut(&mut self, index: OrderIndex) -> &mut Market {
        // Every accepted order's instrument has a market: `apply_accepted` saw to it.
        self.markets
            .entry(self.orders[index].order.symbol.clone())
            .or_default()
    }

    /// Remembers an order under its id.
    fn enter(&mut self, name: &SessionName, order: &Order, live: bool) -> Result<OrderIndex, Inconsistent> {
        let index = self.orders.len();
        let session = self.session_mut(name);
        if session.by_client_order_id.contains_key(&order.client_order_id) {
            let client_order_id = order.client_order_id.clone();
            return Err(Inconsistent::EnteredTwice {
                session: name.clone(),
                client_order_id,
            });
        }
        session
            .by_client_order_id
            .insert(order.client_order_id.clone(), index);
        session.entered.push(index);
        self.orders.push(Held {
            session: name.clone(),
            order: order.clone(),
            queue: Queue::unknown(),
            live,
        });
        Ok(index)
    }

    fn apply_accepted(&mut self, name: &SessionName, order: &Order) -> Result<(), Inconsistent> {
        if !self.instruments.contains_key(&order.symbol) {
            let symbol = order.symbol.clone();
            return Err(Inconsistent::UnknownInstrument {
                session: name.clone(),
                symbol,
            });
        }
        let live = !matches!(order.order_type, OrderType::Stop | OrderType::StopLimit);
        let index = self.enter(name, order, live)?;
        self.session_mut(name).working.insert(index);
        self.place(index);
        Ok(())
    }

    /// Puts a working order where it waits: among the stops, or at its limit price.
    fn place(&mut self, index: OrderIndex) {
        let (live, side, price) = {
            let held = &self.orders[index];
            (held.live, held.order.side, held.order.price)
        };
        let book = &mut self.market_mut(index).book;
        if live {
            book.stops.remove(&index);
            if let Some(price) = price {
                book.rest(side, price, index);
            }
        } else {
            book.stops.insert(index);
        }
    }

    fn apply_fill(&mut self, name: &SessionName, fill: &messages::Fill) -> Result<(), Inconsistent> {
        let index = self.working_index(name, &fill.client_order_id, "an execution")?;
        let order = &self.orders[index].order;
        if !fill.quantity.is_positive() || fill.quantity > order.remaining() {
            return Err(Inconsistent::Overfilled {
                session: name.clone(),
                client_order_id: fill.client_order_id.clone(),
                execution_id: fill.execution_id.clone(),
            });
        }
        let (side, symbol) = (order.side, order.symbol.clone());
        let multiplier = self.instruments[&symbol].multiplier;
        let session = self.session_mut(name);
        let expected = session.executions.len() as u64 + 1;
        if fill.venue_sequence != expected {
            let found = fill.venue_sequence;
            return Err(Inconsistent::Sequence {
                session: name.clone(),
                expected,
                found,
            });
        }
        let position = session.positions.entry(symbol.clone()).or_default();
        if !position.book(
            side,
            fill.quantity,
            fill.price,
            multiplier,
            fill.fee,
            fill.timestamp_us,
        ) {
            return Err(Inconsistent::PositionOutOfRange {
                session: name.clone(),
                symbol,
            });
        }
        session.executions.push(fill.clone());
        self.executions += 1;
        let order = &mut self.orders[index].order;
        order.filled_quantity += fill.quantity;
        order.filled_value += Money::notional(fill.price, fill.quantity, Quantity::ONE);
        order.timestamp_us = fill.timestamp_us;
        if order.remaining().is_zero() {
            order.status = OrderStatus::Filled;
            self.retire(index);
        } else {
            order.status = OrderStatus::PartiallyFilled;
        }
        Ok(())
    }

    fn working_index(
        &self,
        name: &SessionName,
        client_order_id: &str,
        event: &'static str,
    ) -> Result<OrderIndex, Inconsistent> {
        self.sessions
            .get(name)
            .and_then(|session| {
                session
                    .by_client_order_id
                    .get(client_order_id)
                    .filter(|index| session.working.contains(index))
            })
            .copied()
            .ok_or_else(|| Inconsistent::NotWorking {
                session: name.clone(),
                client_order_id: client_order_id.to_owned(),
                event,
            })
    }

    /// A finished order leaves the book; what it was stays known.
    fn retire(&mut self, index: OrderIndex) {
        let (session, side, price) = {
            let held = &self.orders[index];
            (held.session.clone(), held.order.side, held.order.price)
        };
        self.market_mut(index).book.remove(side, price, index);
        self.session_mut(&session).working.remove(&index);
    }
}
