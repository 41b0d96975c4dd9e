//! A small venue: it does what it is told, and as badly as it is told.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Order, OrderStatus, Origin, Quantity, wire};
use wire::venue_reply::Body as Reply;
use wire::venue_request::Body as Request;

/// A venue that holds orders, fills them when told, and refuses what is late or blocked.
#[derive(Default)]
pub(super) struct Venue {
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) executions: Vec<wire::Fill>,
    /// The kills that block the session as a whole, by name.
    pub(super) blocked: BTreeSet<String>,
    pub(super) refuses_all: bool,
    /// Orders whose cancel it refuses.
    pub(super) stubborn: BTreeSet<String>,
    pub(super) submitted: Vec<String>,
    /// Every order there ever was, in order of entry.
    pub(super) entered: Vec<String>,
    /// Held in ALFA without an execution, in whole units: a trade that was given up to somebody.
    pub(super) given: i64,
}

impl Venue {
    pub(super) fn open(&self) -> Vec<&Order> {
        self.orders
            .values()
            .filter(|order| order.status.is_working())
            .collect()
    }

    pub(super) fn position(&self, name: &str) -> Quantity {
        let signed = self
            .executions
            .iter()
            .filter(|fill| fill.symbol == name)
            .map(|fill| {
                let fill = messages::Fill::try_from(fill).unwrap();
                fill.side.signed(fill.quantity)
            });
        let given = if name == "ALFA" { self.given } else { 0 };
        signed.sum::<Quantity>() + Quantity::from_units(given)
    }

    /// An order of the session's that another hand entered.
    pub(super) fn enter(&mut self, id: &str, side: messages::Side, quantity: i64, status: OrderStatus) {
        let mut order = crate::testing::limit_order(id, side, quantity, "11");
        order.status = status;
        order.order_id = format!("V-{id}");
        self.orders.insert(id.to_owned(), order);
        self.entered.push(id.to_owned());
    }

    fn reply(&self, request_id: &str, body: Reply) -> wire::VenueReply {
        wire::VenueReply {
            request_id: request_id.to_owned(),
            ok: true,
            venue: "PAPER".into(),
            execution_sequence: self.executions.len() as u64,
            body: Some(body),
            ..wire::VenueReply::default()
        }
    }

    fn report(&self, request_id: &str, id: &str) -> wire::VenueReply {
        let order = self.orders.get(id).map(wire::Order::from);
        self.reply(
            request_id,
            Reply::Order(wire::VenueOrder {
                known: order.is_some(),
                order,
                ahead: 0,
            }),
        )
    }

    fn end(&mut self, id: &str, status: OrderStatus) {
        if let Some(order) = self.orders.get_mut(id).filter(|order| order.status.is_working()) {
            order.status = status;
        }
    }

    /// Executes part of an order: the report the venue sends unasked.
    pub(super) fn fill(&mut self, id: &str, quantity: i64, price: &str) -> Option<wire::VenueReply> {
        let order = self
            .orders
            .get_mut(id)
            .filter(|order| order.status.is_working())?;
        let quantity = Quantity::from_units(quantity).min(order.remaining());
        order.filled_quantity += quantity;
        order.status = if order.remaining().is_zero() {
            OrderStatus::Filled
        } else {
            OrderStatus::PartiallyFilled
        };
        let sequence = self.executions.len() as u64 + 1;
        let fill = messages::Fill {
            quantity,
            symbol: order.symbol.clone(),
            ..crate::testing::fill(id, sequence, order.side, 1, price)
        };
        self.executions.push(wire::Fill::from(&fill));
        Some(self.reply("", Reply::Fill(wire::Fill::from(&fill))))
    }

    fn submit(&mut self, id: &str, order: &wire::Order, now_us: i64) -> wire::VenueReply {
        let mut order = Order::try_from(order).unwrap();
        let name = order.client_order_id.clone();
        self.submitted.push(name.clone());
        if !self.orders.contains_key(&name) {
            let late = order.valid_until_us != 0 && order.valid_until_us < now_us;
            let stopped = !self.blocked.is_empty() && order.origin == Origin::Strategy;
            order.order_id = format!("V-{name}");
            order.status = if late || stopped || self.refuses_all {
                OrderStatus::Rejected
            } else {
                OrderStatus::Submitted
            };
            self.orders.insert(name.clone(), order);
            self.entered.push(name.clone());
        }
        self.report(id, &name)
    }

    pub(super) fn handle(&mut self, request: &wire::VenueRequest, now_us: i64) -> Vec<wire::VenueReply> {
        let replies = self.answers(request, now_us).into_iter();
        replies
            .map(|reply| wire::VenueReply {
                at_us: now_us,
                ..reply
            })
            .collect()
    }

    fn standing(&self) -> wire::LogonReply {
        wire::LogonReply {
            blocked: !self.blocked.is_empty(),
            last_execution: self.executions.len() as u64,
            ..wire::LogonReply::default()
        }
    }

    fn answers(&mut self, request: &wire::VenueRequest, now_us: i64) -> Vec<wire::VenueReply> {
        let id = request.request_id.as_str();
        let last_sequence = self.executions.len() as u64;
        match request.body.as_ref().unwrap() {
            Request::Logon(logon) => {
                let session = logon.session.clone();
                let standing = wire::LogonReply {
                    session,
                    ..self.standing()
                };
                vec![self.reply(id, Reply::Logon(standing))]
            }
            Request::Submit(order) => vec![self.submit(id, order, now_us)],
            Request::Cancel(name) => {
                if !self.stubborn.contains(name) {
                    self.end(name, OrderStatus::Cancelled);
                }
                vec![self.report(id, name)]
            }
            Request::MassCancel(cancel) => {
                if cancel.block && cancel.symbol.is_empty() {
                    self.blocked.insert(cancel.kill_id.clone());
                }
                let names: Vec<String> = self
                    .open()
                    .iter()
                    .map(|one| one.client_order_id.clone())
                    .collect();
                let (kept, gone): (Vec<_>, Vec<_>) =
                    names.into_iter().partition(|name| self.stubborn.contains(name));
                for name in &gone {
                    self.end(name, OrderStatus::Cancelled);
                }
                let refused = kept
                    .into_iter()
                    .map(|client_order_id| wire::kill_stage::Unresolved {
                        client_order_id,
                        reason: "too late to cancel".into(),
                    });
                let reply = wire::MassCancelReply {
                    cancelled: gone.len() as u32,
                    client_order_ids: gone.clone(),
                    refused: refused.collect(),
                    blocking: self.blocked.iter().cloned().collect(),
                };
                let reports: Vec<_> = gone.iter().map(|name| self.report("", name)).collect();
                [self.reply(id, Reply::MassCancel(reply))]
                    .into_iter()
                    .chain(reports)
                    .collect()
            }
            Request::Block(block) => {
                if block.symbol.is_empty() {
                    self.blocked.retain(|kill_id| !block.kill_ids.contains(kill_id));
                }
                vec![self.reply(id, Reply::Logon(self.standing()))]
            }
            Request::Query(query) => vec![self.report(id, &query.client_order_id)],
            Request::OpenOrders(_) => {
                let orders = self.open().into_iter().map(wire::Order::from).collect();
                vec![self.reply(id, Reply::Orders(wire::VenueOrders { orders }))]
            }
            Request::Executions(query) => {
                let from = query.from_sequence.max(1) as usize - 1;
                let fills = self
                    .executions
                    .iter()
                    .skip(from)
                    .take(query.limit as usize)
                    .cloned()
                    .collect();
                vec![self.reply(id, Reply::Executions(wire::Executions { fills, last_sequence }))]
            }
            Request::Positions(_) => {
                // What is flat is not in the list, as with most venues.
                let held = ["ALFA", "BRVO"].map(|name| (name, self.position(name)));
                let held = held.into_iter().filter(|(_, quantity)| !quantity.is_zero());
                let positions = held.map(|(name, quantity)| wire::Position {
                    symbol: name.into(),
                    quantity: quantity.to_f64(),
                    ..wire::Position::default()
                });
                let positions = positions.collect();
                vec![self.reply(id, Reply::Positions(wire::VenuePositions { positions }))]
            }
            Request::OrderHistory(query) => {
                let from = query.from_sequence.max(1) as usize - 1;
                let entered = self.entered.iter().skip(from).take(query.limit as usize);
                let history = wire::OrderHistory {
                    orders: entered
                        .filter_map(|name| self.orders.get(name))
                        .map(wire::Order::from)
                        .collect(),
                    last_sequence: self.entered.len() as u64,
                };
                vec![self.reply(id, Reply::OrderHistory(history))]
            }
            Request::Heartbeat(_) => vec![self.reply(id, Reply::Heartbeat(wire::VenueHeartbeat {}))],
        }
    }
}
