//! The risk manager's requests: submit, cancel, limits. The last line is here.

use messages::mutation::{Mutant, planted};
use messages::{Order, OrderStatus, Price, Side, Symbol, wire};
use risk::{CANCEL_UNRECORDED, LastLine, RiskApproved, approve_last_line};
use wire::order_request::Body;

use super::outbox::Held;
use super::{Action, Engine, Token};

/// An order that the last line stopped, and why.
struct Refused {
    order: Box<Order>,
    reason: String,
}

impl Refused {
    fn new(order: Order, reason: String) -> Self {
        Self {
            order: Box::new(order),
            reason,
        }
    }
}

impl Engine {
    /// A request of the risk manager arrived. It is answered once its intent is durable.
    pub fn on_order_request(&mut self, to: Token, request: &wire::OrderRequest, now_us: i64) -> Vec<Action> {
        let reply = wire::OrderReply {
            request_id: request.request_id.clone(),
            ..wire::OrderReply::default()
        };
        match &request.body {
            Some(Body::Submit(order)) => self.submit(to, reply, order, now_us),
            Some(Body::Cancel(client_order_id)) => self.cancel_requested(to, reply, client_order_id, now_us),
            Some(Body::Limits(limits)) => self.take_limits(to, reply, limits, now_us),
            None => self.refuse(to, reply, "the request is empty", now_us),
        }
        self.finish(now_us)
    }

    fn refuse(&mut self, to: Token, reply: wire::OrderReply, reason: &str, now_us: i64) {
        let reply = wire::OrderReply {
            accepted: false,
            reason: reason.to_owned(),
            ..reply
        };
        self.after_durable(Held::ReplyOrder { to, reply }, now_us);
    }

    fn submit(&mut self, to: Token, mut reply: wire::OrderReply, message: &wire::Order, now_us: i64) {
        reply.client_order_id.clone_from(&message.client_order_id);
        let order = match Order::try_from(message) {
            Ok(order) if !order.client_order_id.is_empty() => order,
            Ok(_) => {
                self.counters.malformed += 1;
                return self.refuse(to, reply, "Order.client_order_id is empty", now_us);
            }
            Err(malformed) => {
                self.counters.malformed += 1;
                return self.refuse(to, reply, &malformed.to_string(), now_us);
            }
        };
        if let Some(held) = self.state.orders.get(&order.client_order_id) {
            // The same request again gets the first one's answer; it is never sent twice.
            let same = is_same_intent(held, &order);
            let (accepted, reason) = match (same, held.status) {
                (true, OrderStatus::Rejected) => (false, held.rejection_reason.clone()),
                (true, _) => (true, String::new()),
                (false, _) => (false, "another order has this client_order_id".to_owned()),
            };
            reply.accepted = accepted;
            reply.reason = reason;
            return self.after_durable(Held::ReplyOrder { to, reply }, now_us);
        }
        if self.journal_fails() {
            // Nothing of it goes on the record: refusals must not grow what waits for the journal.
            self.counters.orders_refused += 1;
            let reason = "the journal can't be written, so no intent can be made durable";
            return self.refuse(to, reply, reason, now_us);
        }
        let order = fresh(order, now_us);
        match self.last_line(order) {
            Ok(approved) => {
                self.record_order(approved.get().clone(), now_us);
                reply.accepted = true;
                // The risk manager hears first: an answer of the venue never overtakes it.
                self.after_durable(Held::ReplyOrder { to, reply }, now_us);
                self.after_durable(Held::Leave(Box::new(approved)), now_us);
            }
            Err(Refused { order, reason }) => {
                self.counters.orders_refused += 1;
                let order = Order {
                    status: OrderStatus::Rejected,
                    rejection_reason: reason.clone(),
                    ..*order
                };
                self.record_order(order, now_us);
                self.refuse(to, reply, &reason, now_us);
            }
        }
    }

    fn last_line(&self, order: Order) -> Result<RiskApproved<Order>, Refused> {
        if !self.session.is_open() {
            let reason = "the venue is not connected and reconciled".to_owned();
            return Err(Refused::new(order, reason));
        }
        let Some(instrument) = self.config.instruments.get(&order.symbol) else {
            let reason = format!("{} is no instrument of this desk", order.symbol);
            return Err(Refused::new(order, reason));
        };
        let mut gates = risk::Gates::default();
        gates.replace(super::SERVICE, self.gates.iter().cloned());
        for gate in self.closed_gates() {
            gates.close(super::SERVICE, gate);
        }
        let now_us = order.timestamp_us;
        let (position, open_same_side) = self.worse(&order.symbol, order.side);
        let line = LastLine {
            limits: self.limits.as_ref(),
            gates: &gates,
            instrument,
            position,
            open_same_side,
            reference: self.reference(&order.symbol, order.side),
            is_known: false,
            now_us,
        };
        approve_last_line(order, &line).map_err(|refused| Refused {
            order: refused.item,
            reason: refused.violation.to_string(),
        })
    }

    /// The far touch: what an order without a price would pay.
    fn reference(&self, symbol: &Symbol, side: Side) -> Option<Price> {
        self.marks.touch(symbol, side)
    }

    fn cancel_requested(&mut self, to: Token, mut reply: wire::OrderReply, id: &str, now_us: i64) {
        id.clone_into(&mut reply.client_order_id);
        match self.state.orders.get(id).map(|order| order.status) {
            None => "no such order".clone_into(&mut reply.reason),
            Some(status) if status.is_finished() => {
                reply.reason = format!("the order is {} already", status.to_wire().as_str_name());
            }
            Some(_) if planted(Mutant::CancelsStoppedByGates) && !self.closed_gates().is_empty() => {}
            Some(_) => {
                reply.accepted = self.cancel_for_strategy(id, now_us);
                if !reply.accepted {
                    let sent = if self.session.is_logged_on() {
                        "it was sent, and is not accepted"
                    } else {
                        "it was not sent either, for the venue does not answer"
                    };
                    reply.reason = format!("{CANCEL_UNRECORDED}{sent}");
                }
            }
        }
        self.after_durable(Held::ReplyOrder { to, reply }, now_us);
    }

    fn take_limits(&mut self, to: Token, mut reply: wire::OrderReply, message: &wire::Limits, now_us: i64) {
        let held = self.state.limits_version;
        if message.version < held {
            let reason = format!("version {} is older than {held}, which is held", message.version);
            return self.refuse(to, reply, &reason, now_us);
        }
        match risk::Limits::try_from(message) {
            Ok(limits) => {
                self.limits = Some(limits);
                if message.version > held {
                    self.state.limits_version = message.version;
                    self.record_state(now_us);
                }
                reply.accepted = true;
                self.after_durable(Held::ReplyOrder { to, reply }, now_us);
            }
            Err(error) => self.refuse(to, reply, &error.to_string(), now_us),
        }
    }
}

/// The order as the desk starts it, whatever its sender said of its progress.
fn fresh(order: Order, now_us: i64) -> Order {
    Order {
        order_id: String::new(),
        status: OrderStatus::Created,
        timestamp_us: now_us,
        rejection_reason: String::new(),
        filled_quantity: messages::Quantity::ZERO,
        filled_value: messages::Money::ZERO,
        accepted_us: 0,
        ..order
    }
}

fn is_same_intent(held: &Order, order: &Order) -> bool {
    held.symbol == order.symbol
        && held.side == order.side
        && held.quantity == order.quantity
        && held.price == order.price
        && held.stop_price == order.stop_price
        && held.order_type == order.order_type
        && held.intent_us == order.intent_us
}
