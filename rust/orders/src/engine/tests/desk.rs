//! An engine with a journal, a latch file and a small venue around it, all in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use messages::{Instrument, Order, OrderStatus, Origin, Quantity, Quote, wire};
use wire::venue_reply::Body as Reply;
use wire::venue_request::Body as Request;

use crate::testing::symbol;
use crate::{Action, Engine, EngineConfig, LatchState, State, Timing};

pub(super) const SECOND: i64 = 1_000_000;

pub(super) fn config(epoch: u64) -> EngineConfig {
    let instrument = |name: &str| Instrument {
        symbol: symbol(name),
        tick: "0.01".parse().unwrap(),
        lot: Quantity::ONE,
        multiplier: Quantity::from_units(2),
        currency: "USD".into(),
    };
    let instruments = ["ALFA", "BRVO"].map(|name| (symbol(name), instrument(name)));
    EngineConfig {
        epoch,
        session: "desk".into(),
        instruments: instruments.into(),
        timing: Timing::default(),
    }
}

pub(super) fn limits(version: u64) -> wire::Limits {
    let values = [
        ("max_order_quantity", 100.0),
        ("max_order_notional", 100_000.0),
        ("price_collar", 0.05),
        ("max_position_size", 50.0),
        ("max_gross_exposure", 1e6),
        ("max_net_exposure", 1e6),
        ("max_open_positions", 10.0),
        ("max_daily_loss", 1e5),
        ("max_messages_per_second", 100.0),
        ("stale_after_s", 15.0),
        ("heartbeat_after_s", 2.0),
    ];
    wire::Limits {
        version,
        values: values.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

/// A venue that holds orders, fills them when told, and refuses what is late or blocked.
#[derive(Default)]
pub(super) struct Venue {
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) executions: Vec<wire::Fill>,
    pub(super) blocked: bool,
    pub(super) refuses_all: bool,
    /// Orders whose cancel it refuses.
    pub(super) stubborn: BTreeSet<String>,
    pub(super) submitted: Vec<String>,
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
        signed.sum()
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

    pub(super) fn handle(&mut self, request: &wire::VenueRequest, now_us: i64) -> Vec<wire::VenueReply> {
        let id = request.request_id.as_str();
        let last_sequence = self.executions.len() as u64;
        match request.body.as_ref().unwrap() {
            Request::Logon(logon) => {
                let reply = wire::LogonReply {
                    session: logon.session.clone(),
                    blocked: self.blocked,
                    last_execution: last_sequence,
                    ..wire::LogonReply::default()
                };
                vec![self.reply(id, Reply::Logon(reply))]
            }
            Request::Submit(order) => {
                let mut order = Order::try_from(order).unwrap();
                let name = order.client_order_id.clone();
                self.submitted.push(name.clone());
                if !self.orders.contains_key(&name) {
                    let late = order.valid_until_us != 0 && order.valid_until_us < now_us;
                    let stopped = self.blocked && order.origin == Origin::Strategy;
                    order.order_id = format!("V-{name}");
                    order.status = if late || stopped || self.refuses_all {
                        OrderStatus::Rejected
                    } else {
                        OrderStatus::Submitted
                    };
                    self.orders.insert(name.clone(), order);
                }
                vec![self.report(id, &name)]
            }
            Request::Cancel(name) => {
                if !self.stubborn.contains(name) {
                    self.end(name, OrderStatus::Cancelled);
                }
                vec![self.report(id, name)]
            }
            Request::MassCancel(cancel) => {
                self.blocked |= cancel.block && cancel.symbol.is_empty();
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
                };
                let reports: Vec<_> = gone.iter().map(|name| self.report("", name)).collect();
                [self.reply(id, Reply::MassCancel(reply))]
                    .into_iter()
                    .chain(reports)
                    .collect()
            }
            Request::Block(block) => {
                self.blocked = block.blocked;
                vec![self.reply(id, Reply::Heartbeat(wire::VenueHeartbeat {}))]
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
                let positions = ["ALFA", "BRVO"].map(|name| wire::Position {
                    symbol: name.into(),
                    quantity: self.position(name).to_f64(),
                    ..wire::Position::default()
                });
                vec![self.reply(
                    id,
                    Reply::Positions(wire::VenuePositions {
                        positions: positions.into(),
                    }),
                )]
            }
            Request::Heartbeat(_) => vec![self.reply(id, Reply::Heartbeat(wire::VenueHeartbeat {}))],
        }
    }
}

/// The whole: what is on its way in both directions is in queues that a test may lose, double or turn.
pub(super) struct Desk {
    pub(super) engine: Engine,
    pub(super) venue: Venue,
    pub(super) journal: Vec<wire::ExecutionEvent>,
    pub(super) latch_file: LatchState,
    pub(super) to_venue: VecDeque<wire::VenueRequest>,
    pub(super) from_venue: VecDeque<wire::VenueReply>,
    pub(super) published: Vec<(u64, wire::ExecutionEvent)>,
    pub(super) order_replies: Vec<wire::OrderReply>,
    pub(super) results: Vec<wire::CommandResult>,
    pub(super) journal_fails: bool,
    pub(super) now_us: i64,
    pub(super) commands: u64,
    epoch: u64,
}

impl Desk {
    pub(super) fn new() -> Self {
        let now_us = 1_000 * SECOND;
        let config = config(1);
        let state = State::new(config.instruments.clone());
        let mut desk = Self {
            engine: Engine::new(config, state, LatchState::default(), now_us),
            venue: Venue::default(),
            journal: Vec::new(),
            latch_file: LatchState::default(),
            to_venue: VecDeque::new(),
            from_venue: VecDeque::new(),
            published: Vec::new(),
            order_replies: Vec::new(),
            results: Vec::new(),
            journal_fails: false,
            now_us,
            commands: 0,
            epoch: 1,
        };
        desk.settle();
        desk
    }

    /// Desk, venue and limits, ready to trade at 9.99 / 10.01.
    pub(super) fn trading() -> Self {
        let mut desk = Self::new();
        desk.run(SECOND);
        desk.hear();
        desk.tick();
        desk.send_limits(1);
        assert!(
            desk.engine.closed_gates().is_empty(),
            "{:?}",
            desk.engine.closed_gates()
        );
        desk
    }

    pub(super) fn hear(&mut self) {
        self.engine.on_risk_manager(self.now_us, false);
        for name in ["ALFA", "BRVO"] {
            let quote = Quote {
                symbol: symbol(name),
                bid: Some("9.99".parse().unwrap()),
                ask: Some("10.01".parse().unwrap()),
                bid_size: Quantity::ONE,
                ask_size: Quantity::ONE,
                trade: None,
                event_us: 1,
                epoch: 1,
                sequence: 1,
                published_us: 1,
            };
            self.engine.on_quote(&quote, self.now_us);
        }
    }

    pub(super) fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Publish { sequence, event } => self.published.push((sequence, *event)),
                Action::Send(request) => self.to_venue.push_back(*request),
                Action::ReplyOrder { reply, .. } => self.order_replies.push(reply),
                Action::ReplyCommand { result, .. } => self.results.push(*result),
                Action::WriteLatch(latch) => self.latch_file = latch,
            }
        }
    }

    /// What the driver does after every input.
    pub(super) fn settle(&mut self) {
        while !self.engine.unwritten().is_empty() {
            if self.journal_fails {
                let actions = self.engine.on_write_failed("no space left", self.now_us);
                self.perform(actions);
                return;
            }
            let batch: Vec<_> = self
                .engine
                .unwritten()
                .iter()
                .map(crate::Recorded::to_wire)
                .collect();
            let count = batch.len();
            self.journal.extend(batch);
            let actions = self
                .engine
                .on_written(count, self.journal.len() as u64, self.now_us);
            self.perform(actions);
        }
    }

    pub(super) fn act(&mut self, actions: Vec<Action>) {
        self.perform(actions);
        self.settle();
    }

    pub(super) fn tick(&mut self) {
        let actions = self.engine.on_tick(self.now_us);
        self.act(actions);
    }

    pub(super) fn deliver_to_venue(&mut self) {
        if let Some(request) = self.to_venue.pop_front() {
            self.from_venue.extend(self.venue.handle(&request, self.now_us));
        }
    }

    pub(super) fn deliver_to_engine(&mut self) {
        if let Some(reply) = self.from_venue.pop_front() {
            let actions = self.engine.on_venue_reply(&reply, self.now_us);
            self.act(actions);
        }
    }

    pub(super) fn exchange(&mut self) {
        while !self.to_venue.is_empty() || !self.from_venue.is_empty() {
            self.deliver_to_venue();
            self.deliver_to_engine();
        }
    }

    /// Lets time pass with everything delivered.
    pub(super) fn run(&mut self, duration_us: i64) {
        let until = self.now_us + duration_us;
        while self.now_us < until {
            self.now_us += 10_000;
            self.tick();
            self.exchange();
        }
    }

    pub(super) fn send_limits(&mut self, version: u64) {
        let body = wire::order_request::Body::Limits(limits(version));
        self.request(body);
    }

    pub(super) fn request(&mut self, body: wire::order_request::Body) -> Option<wire::OrderReply> {
        let request = wire::OrderRequest {
            request_id: "r".into(),
            body: Some(body),
        };
        let before = self.order_replies.len();
        let actions = self.engine.on_order_request(1, &request, self.now_us);
        self.act(actions);
        self.order_replies.get(before).cloned()
    }

    pub(super) fn submit(&mut self, order: &Order) -> wire::OrderReply {
        let order = Order {
            valid_until_us: self.now_us + SECOND,
            intent_us: self.now_us,
            ..order.clone()
        };
        self.request(wire::order_request::Body::Submit(wire::Order::from(&order)))
            .unwrap()
    }

    pub(super) fn command(&mut self, of: wire::strategy_command::Type, scope: &str) -> wire::CommandResult {
        self.commands += 1;
        let command = wire::StrategyCommand {
            r#type: of.into(),
            symbol: scope.into(),
            command_id: format!("c{}", self.commands),
            operator: "ann".into(),
            host: "desk1".into(),
            reason: "test".into(),
            ..wire::StrategyCommand::default()
        };
        self.send_command(&command)
    }

    pub(super) fn send_command(&mut self, command: &wire::StrategyCommand) -> wire::CommandResult {
        let before = self.results.len();
        let actions = self.engine.on_command(1, command, self.now_us);
        self.act(actions);
        self.results[before].clone()
    }

    /// The process dies: memory and what was on its way is gone. It starts again from journal and latch file.
    pub(super) fn crash(&mut self) {
        self.epoch += 1;
        self.to_venue.clear();
        self.from_venue.clear();
        let config = config(self.epoch);
        self.engine = Engine::rebuild(config, &self.journal, self.latch_file.clone(), self.now_us).unwrap();
        self.settle();
    }

    pub(super) fn status(&self, id: &str) -> OrderStatus {
        self.engine.state().orders.get(id).unwrap().status
    }

    pub(super) fn stages(&self) -> Vec<wire::kill_stage::Stage> {
        let stage = |event: &wire::ExecutionEvent| match &event.event {
            Some(wire::execution_event::Event::Kill(stage)) => Some(stage.stage()),
            _ => None,
        };
        self.journal.iter().filter_map(stage).collect()
    }
}
