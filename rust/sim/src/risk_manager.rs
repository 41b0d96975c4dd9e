//! The risk manager: the very type the service runs, around it a journal and a latch.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Instrument, Money, wire};
use risk::manager::{Config, ENGINE, MARKET_DATA};
use risk::sizing::OrderStyle;
use risk::{Action, LatchState, Limits, RiskManager};
use wire::order_request::Body;
use wire::risk_event::Event;

use crate::network::Parcel;
use crate::shared::Shared;
use crate::witness::{MAX_ORDER, MAX_POSITION};

/// Services whose heartbeat it waits for, beside the engine.
pub(crate) const OTHERS: [&str; 3] = [MARKET_DATA, "signal-bridge", "paper-venue"];

/// What survives a crash, and the process while it lives.
#[derive(Debug)]
pub(crate) struct RiskActor {
    pub(crate) manager: Option<RiskManager>,
    pub(crate) starts: u64,
    journal: Vec<wire::RiskEvent>,
    keys: BTreeSet<(&'static str, String)>,
    latch: LatchState,
    limits: Limits,
    instruments: Vec<Instrument>,
    order_style: OrderStyle,
    answered: BTreeSet<String>,
    requests: u64,
}

/// What the configuration would say.
pub(crate) fn limits() -> Result<Limits, risk::LimitErrors> {
    let values: BTreeMap<String, f64> = [
        ("max_order_quantity", MAX_ORDER.to_f64()),
        ("max_order_notional", 40_000.0),
        ("price_collar", 0.05),
        ("max_position_size", MAX_POSITION.to_f64()),
        ("max_gross_exposure", 60_000.0),
        ("max_net_exposure", 40_000.0),
        ("max_open_positions", 3.0),
        ("max_daily_loss", 20_000.0),
        ("max_concentration", 1.0),
        ("max_drawdown", 1e6),
        ("max_loss_streak", 1_000.0),
        ("max_executions_per_minute", 100_000.0),
        ("max_messages_per_second", 10.0),
        ("stale_after_s", 5.0),
        ("heartbeat_after_s", 2.0),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    Limits::new(1, &values)
}

impl RiskActor {
    pub(crate) fn new(instruments: Vec<Instrument>, limits: Limits, order_style: OrderStyle) -> Self {
        Self {
            manager: None,
            starts: 0,
            journal: Vec::new(),
            keys: BTreeSet::new(),
            latch: LatchState::default(),
            limits,
            instruments,
            order_style,
            answered: BTreeSet::new(),
            requests: 0,
        }
    }

    fn config(&self) -> Config {
        Config {
            instruments: self.instruments.clone(),
            target_notional: Money(10_000 * 1_000_000_000_000_000_000),
            order_style: self.order_style,
            reprice_after_us: 700_000,
            order_ttl_us: 500_000,
            day_start_second: 0,
            services: OTHERS.iter().chain(&[ENGINE]).map(ToString::to_string).collect(),
            restricted: BTreeSet::new(),
            epoch: self.starts,
        }
    }

    pub(crate) fn start(&mut self, shared: &mut Shared) {
        self.starts += 1;
        let latch = self.latch.clone();
        let mut manager = RiskManager::new(self.config(), self.limits.clone(), latch, shared.now_us);
        self.answered.clear();
        for event in &self.journal {
            if let Err(malformed) = manager.restore(event) {
                shared.witness.expect(false, || {
                    format!("the risk manager can't read its journal: {malformed}")
                });
            }
            if let Some(Event::Command(wire::CommandRecord {
                command: Some(command),
                ..
            })) = &event.event
            {
                self.answered.insert(command.command_id.clone());
            }
        }
        self.manager = Some(manager);
        self.act(shared, RiskManager::start);
    }

    pub(crate) fn crash(&mut self, shared: &mut Shared) {
        if self.manager.take().is_some() {
            shared.witness.report.crashes += 1;
        }
    }

    /// A command; one that was answered already is not obeyed again.
    pub(crate) fn command(&mut self, shared: &mut Shared, command: &wire::StrategyCommand) {
        if self.manager.is_some() && self.answered.insert(command.command_id.clone()) {
            self.act(shared, |manager, now_us| manager.on_command(command, now_us).1);
        }
    }

    pub(crate) fn signal(&mut self, shared: &mut Shared, signal: &wire::TradingSignal) {
        self.try_act(shared, |manager, now_us| manager.on_signal(signal, now_us));
    }

    pub(crate) fn event(&mut self, shared: &mut Shared, event: &wire::ExecutionEvent) {
        self.try_act(shared, |manager, now_us| {
            manager.on_execution_event(event, now_us)
        });
    }

    pub(crate) fn snapshot(&mut self, shared: &mut Shared, snapshot: &wire::Snapshot) {
        self.try_act(shared, |manager, now_us| manager.on_snapshot(snapshot, now_us));
    }

    fn try_act(
        &mut self,
        shared: &mut Shared,
        input: impl FnOnce(&mut RiskManager, i64) -> Result<Vec<Action>, messages::Malformed>,
    ) {
        let Some(manager) = &mut self.manager else { return };
        match input(manager, shared.now_us) {
            Ok(actions) => self.perform(shared, actions),
            Err(malformed) => shared
                .witness
                .expect(false, || format!("the risk manager was sent {malformed}")),
        }
    }

    /// One input, and everything that follows from it.
    pub(crate) fn act(
        &mut self,
        shared: &mut Shared,
        input: impl FnOnce(&mut RiskManager, i64) -> Vec<Action>,
    ) {
        let Some(manager) = &mut self.manager else { return };
        let actions = input(manager, shared.now_us);
        self.perform(shared, actions);
    }

    fn perform(&mut self, shared: &mut Shared, actions: Vec<Action>) {
        for action in actions {
            if shared.dies_here() {
                return self.crash(shared);
            }
            match action {
                Action::Journal { kind, key, mut event } => {
                    if let Some(key) = key {
                        let is_new = self.keys.insert((kind, key.clone()));
                        shared
                            .witness
                            .expect(is_new, || format!("the risk manager writes {kind} {key} twice"));
                    }
                    if let Some(Event::Decision(decision)) = &event.event {
                        shared.witness.decided(decision);
                    }
                    event.sequence = self.journal.len() as u64 + 1;
                    self.journal.push(event);
                }
                Action::Publish(_) => {}
                Action::Submit(approved) => self.ask(shared, approved.to_request()),
                Action::Cancel { client_order_id } => self.ask_engine(shared, Body::Cancel(client_order_id)),
                Action::SendLimits(limits) => self.ask_engine(shared, Body::Limits(limits)),
                Action::WriteLatch(latch) => self.latch = latch,
                Action::CommandEngine(command) => shared.send(Parcel::CommandToEngine(command)),
                Action::AskEngine => shared.send(Parcel::AskSnapshot {
                    risk_start: self.starts,
                }),
            }
        }
    }

    fn ask_engine(&mut self, shared: &mut Shared, body: Body) {
        self.requests += 1;
        let request_id = format!("r{}-{}", self.starts, self.requests);
        self.ask(
            shared,
            wire::OrderRequest {
                request_id,
                body: Some(body),
            },
        );
    }

    fn ask(&mut self, shared: &mut Shared, request: wire::OrderRequest) {
        shared.send(Parcel::OrderRequest {
            risk_start: self.starts,
            request,
        });
    }
}
