//! What the other services tell the risk manager.

use messages::{GateKind, wire};
use wire::execution_event::Event as Told;
use wire::trading_signal::Signal;

use super::Desk;
use crate::manager::{ENGINE, MARKET_DATA};
use crate::testing::quote_at;

impl Desk {
    pub(in crate::manager::tests) fn position(&mut self, name: &str, units: i64, cost: f64, realized: f64) {
        self.engine.positions.insert(name.into(), (units, cost));
        let position = wire::Position {
            symbol: name.into(),
            quantity: units as f64,
            avg_cost: cost,
            realized_pnl: realized,
            ..Default::default()
        };
        self.tell(Told::Position(position));
    }

    pub(in crate::manager::tests) fn engine_gates(&mut self, kinds: &[GateKind]) {
        let gates = kinds
            .iter()
            .map(|kind| wire::Gate::from(&crate::testing::gate(*kind, None)))
            .collect();
        let desk_killed = self.engine.killed;
        self.tell(Told::State(wire::TradingState {
            gates,
            desk_killed,
            ..Default::default()
        }));
    }

    /// The engine starts anew, as after a crash: a new epoch, the sequence goes on.
    pub(in crate::manager::tests) fn restart_engine(&mut self) {
        self.engine.epoch += 1;
    }

    pub(in crate::manager::tests) fn snapshot(&mut self) {
        let positions = self
            .engine
            .positions
            .iter()
            .map(|(name, (units, cost))| wire::Position {
                symbol: name.clone(),
                quantity: *units as f64,
                avg_cost: *cost,
                ..Default::default()
            });
        let snapshot = wire::Snapshot {
            epoch: self.engine.epoch,
            sequence: self.engine.sequence,
            orders: self.engine.orders.values().map(wire::Order::from).collect(),
            positions: positions.collect(),
            at_us: self.now_us,
            ..Default::default()
        };
        let actions = self.manager.on_snapshot(&snapshot, self.now_us).unwrap();
        self.carry_out(actions);
    }

    pub(in crate::manager::tests) fn pongs(&mut self) {
        let engine = wire::Pong {
            epoch: self.engine.epoch,
            last_sequence: self.engine.sequence,
            now_us: self.now_us,
            trading: Some(wire::TradingState {
                desk_killed: self.engine.killed,
                ..Default::default()
            }),
            ..Default::default()
        };
        let actions = self.manager.on_pong(ENGINE, &engine, self.now_us);
        self.carry_out(actions);
        self.source(wire::source_status::State::Running);
    }

    pub(in crate::manager::tests) fn source(&mut self, state: wire::source_status::State) {
        let source = wire::SourceStatus {
            state: state.into(),
            ..Default::default()
        };
        let pong = wire::Pong {
            source: Some(source),
            now_us: self.now_us,
            ..Default::default()
        };
        let actions = self.manager.on_pong(MARKET_DATA, &pong, self.now_us);
        self.carry_out(actions);
    }

    pub(in crate::manager::tests) fn quote(&mut self, name: &str, bid: &str, ask: &str) {
        self.manager.on_quote(&quote_at(name, bid, ask), self.now_us);
    }

    pub(in crate::manager::tests) fn signal(&mut self, name: &str, signal: Signal) {
        self.signals += 1;
        let signal = self.signal_message(name, signal);
        let actions = self.manager.on_signal(&signal, self.now_us).unwrap();
        self.carry_out(actions);
    }

    pub(in crate::manager::tests) fn signal_message(
        &self,
        name: &str,
        signal: Signal,
    ) -> wire::TradingSignal {
        wire::TradingSignal {
            symbol: name.into(),
            signal: signal.into(),
            confidence: 0.9,
            model_hash: "hash".into(),
            epoch: 1,
            sequence: self.signals,
            published_us: self.now_us,
            ..Default::default()
        }
    }
}
