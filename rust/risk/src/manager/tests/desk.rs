//! A desk for tests: the risk manager, its journal, and an engine that does as it is told.

mod telling;

use std::collections::{BTreeMap, BTreeSet};

use messages::{GateKind, Money, Order, OrderStatus, Price, Quantity, Symbol, wire};
use wire::execution_event::Event as Told;
use wire::risk_decision::Outcome;
use wire::risk_event::Event;

use crate::latch::LatchState;
use crate::limits::Limits;
use crate::manager::{Action, Config, ENGINE, MARKET_DATA, RiskManager};
use crate::sizing::OrderStyle;
use crate::testing::{instrument, limits, symbol};

pub(super) const START_US: i64 = 1_700_000_000_000_000;
pub(super) const SECOND: i64 = 1_000_000;

/// The engine's truth, and what it published.
#[derive(Default, Clone)]
pub(super) struct Engine {
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) positions: BTreeMap<String, (i64, f64)>,
    pub(super) killed: bool,
    pub(super) limits_version: u64,
    epoch: u64,
    sequence: u64,
    fills: u64,
}

pub(super) struct Desk {
    pub(super) manager: RiskManager,
    pub(super) engine: Engine,
    pub(super) now_us: i64,
    pub(super) journal: Vec<wire::RiskEvent>,
    pub(super) latch: LatchState,
    pub(super) published: Vec<wire::RiskEvent>,
    pub(super) submitted: Vec<Order>,
    pub(super) cancels: Vec<String>,
    pub(super) kills: Vec<wire::StrategyCommand>,
    /// False: orders and events are lost on the way.
    pub(super) connected: bool,
    signals: u64,
    epoch: u64,
    limits: Limits,
    restricted: BTreeSet<Symbol>,
}

fn config(epoch: u64, restricted: &BTreeSet<Symbol>) -> Config {
    Config {
        instruments: ["ALFA", "BRVO", "CHRL", "DLTA"].map(instrument).into(),
        target_notional: Money::from_f64(10_000.0).unwrap(),
        order_style: OrderStyle::PassiveThenCross,
        reprice_after_us: 3 * SECOND,
        order_ttl_us: 2 * SECOND,
        day_start_second: 0,
        services: [ENGINE, MARKET_DATA].map(String::from).into(),
        restricted: restricted.clone(),
        epoch,
    }
}

impl Desk {
    /// Nothing was heard yet.
    pub(super) fn cold() -> Self {
        Self::with(limits(), BTreeSet::new())
    }

    /// Nothing was heard yet, under these limits and with these symbols restricted.
    pub(super) fn with(limits: Limits, restricted: BTreeSet<Symbol>) -> Self {
        let config = config(1, &restricted);
        let manager = RiskManager::new(config, limits.clone(), LatchState::default(), START_US);
        let engine = Engine {
            epoch: 1,
            ..Engine::default()
        };
        let mut desk = Self {
            manager,
            engine,
            now_us: START_US,
            journal: Vec::new(),
            latch: LatchState::default(),
            published: Vec::new(),
            submitted: Vec::new(),
            cancels: Vec::new(),
            kills: Vec::new(),
            connected: true,
            signals: 0,
            epoch: 1,
            limits,
            restricted,
        };
        let actions = desk.manager.start(START_US);
        desk.carry_out(actions);
        desk
    }

    /// Every service heard, every symbol quoted at 99.99 to 100.01, ready to trade.
    pub(super) fn warm() -> Self {
        let mut desk = Self::cold();
        desk.warm_up();
        desk
    }

    pub(super) fn warm_up(&mut self) {
        for name in ["ALFA", "BRVO", "CHRL", "DLTA"] {
            self.quote(name, "99.99", "100.01");
        }
        self.pongs();
        self.snapshot();
        self.pass(10_000);
        assert!(self.manager.gates().is_empty(), "{:?}", self.manager.gates());
    }

    /// A restart: a new epoch, the journal and the latch file are all that is left.
    pub(super) fn restart(&mut self) {
        self.restart_from(0);
    }

    fn restart_from(&mut self, first: usize) {
        self.epoch += 1;
        let mut manager = RiskManager::new(
            config(self.epoch, &self.restricted),
            self.limits.clone(),
            self.latch.clone(),
            self.now_us,
        );
        for event in &self.journal[first..] {
            manager.restore(event).unwrap();
        }
        self.manager = manager;
        let actions = self.manager.start(self.now_us);
        self.carry_out(actions);
    }

    /// A restart that finds its newest state and nothing from before it.
    pub(super) fn restart_from_state(&mut self) {
        let is_state =
            |event: &wire::RiskEvent| matches!(event.event, Some(wire::risk_event::Event::State(_)));
        self.restart_from(self.journal.iter().rposition(is_state).unwrap());
    }

    pub(super) fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Journal { event, .. } => self.journal.push(event),
                Action::Publish(event) => self.published.push(event),
                Action::WriteLatch(latch) | Action::LiftLatch(latch) => self.latch = latch,
                Action::Cancel { client_order_id } => {
                    self.cancels.push(client_order_id.clone());
                    if self.connected {
                        self.end(&client_order_id, OrderStatus::Cancelled);
                    }
                }
                Action::SendLimits(limits) => self.engine.limits_version = limits.version,
                Action::CommandEngine(command) => self.kills.push(command),
                Action::AskEngine => {}
                Action::Submit(approved) => {
                    let order = approved.into_inner();
                    self.submitted.push(order.clone());
                    if self.connected {
                        self.engine
                            .orders
                            .insert(order.client_order_id.clone(), order.clone());
                        self.tell(Told::Order(wire::Order::from(&order)));
                        self.update(&Order {
                            status: OrderStatus::Submitted,
                            ..order
                        });
                    }
                }
            }
        }
    }

    fn event(&mut self, told: Told) -> wire::ExecutionEvent {
        self.engine.sequence += 1;
        let (epoch, sequence) = (self.engine.epoch, self.engine.sequence);
        wire::ExecutionEvent {
            event: Some(told),
            at_us: self.now_us,
            epoch,
            sequence,
            published_us: self.now_us,
        }
    }

    pub(super) fn tell(&mut self, told: Told) {
        let event = self.event(told);
        if self.connected {
            let actions = self.manager.on_execution_event(&event, self.now_us).unwrap();
            self.carry_out(actions);
        }
    }

    fn update(&mut self, order: &Order) {
        self.engine
            .orders
            .insert(order.client_order_id.clone(), order.clone());
        self.tell(Told::Order(wire::Order::from(order)));
    }

    pub(super) fn end(&mut self, client_order_id: &str, status: OrderStatus) {
        let Some(order) = self.engine.orders.get(client_order_id).cloned() else {
            return;
        };
        if order.status.is_working() {
            self.update(&Order {
                status,
                timestamp_us: self.now_us,
                ..order
            });
        }
    }

    /// Fills up to `units` of an order at its own price.
    pub(super) fn fill(&mut self, client_order_id: &str, units: i64) {
        let Some(order) = self.engine.orders.get(client_order_id).cloned() else {
            return;
        };
        let units = units.min(order.remaining().0 / Quantity::ONE.0);
        if units == 0 || !order.status.is_working() {
            return;
        }
        self.engine.fills += 1;
        let fill = crate::testing::fill(&order, units, self.engine.fills);
        self.tell(Told::Fill(wire::Fill::from(&fill)));
        let filled = order.filled_quantity + Quantity::from_units(units);
        let status = if filled == order.quantity {
            OrderStatus::Filled
        } else {
            OrderStatus::PartiallyFilled
        };
        self.update(&Order {
            filled_quantity: filled,
            status,
            ..order.clone()
        });
        let entry = self.engine.positions.entry(order.symbol.to_string()).or_default();
        entry.0 += order.side.sign() * units;
        entry.1 = order.price.unwrap().to_f64();
        let (position, cost) = *entry;
        self.position(order.symbol.as_str(), position, cost, 0.0);
    }

    pub(super) fn command(&mut self, command: &wire::StrategyCommand) -> wire::CommandResult {
        let (result, actions) = self.manager.on_command(command, self.now_us);
        self.carry_out(actions);
        result
    }

    /// Lets time pass in one step.
    pub(super) fn pass(&mut self, duration_us: i64) {
        self.now_us += duration_us;
        let actions = self.manager.on_tick(self.now_us);
        self.carry_out(actions);
    }

    /// Lets time pass with every service alive and every symbol quoted.
    pub(super) fn live(&mut self, duration_us: i64) {
        for name in ["ALFA", "BRVO", "CHRL", "DLTA"] {
            self.quote(name, "99.99", "100.01");
        }
        self.now_us += duration_us;
        self.pongs();
        let actions = self.manager.on_tick(self.now_us);
        self.carry_out(actions);
    }

    pub(super) fn position_of(&self, name: &str) -> Quantity {
        self.manager.book().get(&symbol(name)).unwrap().position()
    }

    pub(super) fn has_gate(&self, kind: GateKind) -> bool {
        self.manager.gates().iter().any(|gate| gate.kind == kind)
    }

    /// Decisions on the record.
    pub(super) fn decisions(&self, outcome: Outcome) -> Vec<wire::RiskDecision> {
        let decisions = self.journal.iter().filter_map(|event| match &event.event {
            Some(Event::Decision(decision)) => Some(decision.clone()),
            _ => None,
        });
        decisions
            .filter(|decision| decision.outcome() == outcome)
            .collect()
    }

    pub(super) fn working(&self) -> Vec<Order> {
        self.engine
            .orders
            .values()
            .filter(|order| order.status.is_working())
            .cloned()
            .collect()
    }
}

pub(super) fn command(kind: wire::strategy_command::Type, id: &str) -> wire::StrategyCommand {
    wire::StrategyCommand {
        r#type: kind.into(),
        command_id: id.into(),
        operator: "ann".into(),
        host: "desk".into(),
        reason: "because".into(),
        ..Default::default()
    }
}

pub(super) fn at(text: &str) -> Price {
    text.parse().unwrap()
}
