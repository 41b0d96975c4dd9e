//! An engine with a journal, a latch file and a small venue around it, all in memory.

use std::collections::VecDeque;

use messages::{Instrument, Order, OrderStatus, Quantity, Quote, wire};

use super::venue::Venue;
use crate::testing::symbol;
use crate::{Action, Engine, EngineConfig, LatchState, State, Timing, ToDo};

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
        ("max_concentration", 1.0),
        ("max_drawdown", 1e6),
        ("max_loss_streak", 1_000.0),
        ("max_executions_per_minute", 100_000.0),
        ("max_messages_per_second", 100.0),
        ("stale_after_s", 15.0),
        ("heartbeat_after_s", 2.0),
    ];
    wire::Limits {
        version,
        values: values.map(|(name, value)| (name.to_owned(), value)).into(),
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
    pub(super) latch_fails: bool,
    /// Nothing can be handed over to the venue.
    pub(super) is_cut_off: bool,
    pub(super) now_us: i64,
    /// The clock that nobody sets.
    pub(super) steady_us: i64,
    /// What the risk manager last said, and says again when it is asked: whether it is killed.
    risk_manager: Option<bool>,
    pub(super) commands: u64,
    pub(super) stored_again: u32,
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
            latch_fails: false,
            is_cut_off: false,
            now_us,
            steady_us: 0,
            risk_manager: None,
            commands: 0,
            stored_again: 0,
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

    /// The risk manager answers a ping of now.
    pub(super) fn hear_risk_manager(&mut self, killed: bool) {
        self.risk_manager = Some(killed);
        self.engine.on_risk_manager(self.now_us, self.steady_us, killed);
    }

    pub(super) fn hear(&mut self) {
        self.hear_risk_manager(false);
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
        let mut to_do = ToDo::from(actions);
        while let Some(action) = to_do.next() {
            match action {
                Action::Publish { sequence, event } => self.published.push((sequence, *event)),
                Action::Send(request) if self.is_cut_off => {
                    to_do.follow(
                        self.engine
                            .on_send_failed(&request, "nobody is connected", self.now_us),
                    );
                }
                Action::Send(request) => self.to_venue.push_back(*request),
                Action::ReplyOrder { reply, .. } => self.order_replies.push(reply),
                Action::ReplyCommand { result, .. } => self.results.push(*result),
                Action::WriteLatch(_) if self.latch_fails => {
                    to_do.follow(self.engine.on_latch_failed("no space left", self.now_us));
                }
                Action::WriteLatch(latch) => {
                    self.latch_file = latch;
                    to_do.follow(self.engine.on_latch_written(self.now_us));
                }
                Action::WriteStoreAgain => self.stored_again += 1,
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
        self.engine.on_steady_clock(self.steady_us);
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
            self.steady_us += 10_000;
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
        if self.results.len() == before {
            // It waits for the risk manager's next word.
            match self.risk_manager {
                Some(killed) => self.hear_risk_manager(killed),
                None => self.steady_us += SECOND,
            }
            self.tick();
        }
        self.results[before].clone()
    }

    /// A re-arm comes, and the risk manager's next word; nothing is written yet.
    pub(super) fn judge(&mut self, rearm: &wire::StrategyCommand) {
        let actions = self.engine.on_command(1, rearm, self.now_us);
        self.perform(actions);
        self.hear_risk_manager(false);
        let actions = self.engine.on_tick(self.now_us);
        self.perform(actions);
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
