//! The risk manager: the very type the service runs, around it a journal and a latch.
//!
//! Carried out in the service's order: a kill into its latch file, everything else into the journal, and only
//! then what must not happen without it. What the journal doesn't take is withdrawn, except a kill.

mod writing;

use std::collections::{BTreeSet, VecDeque};

use messages::{Instrument, Money, wire};
use risk::daily::Figures;
use risk::manager::{Config, ENGINE, MARKET_DATA};
use risk::sizing::OrderStyle;
use risk::{Action, Limits, RiskManager};
use wire::order_request::Body;
use wire::risk_event::Event;
use wire::strategy_command::Type;

use crate::latch_file::LatchFile;
use crate::network::Parcel;
use crate::pending::Pending;
use crate::projection::Projection;
use crate::shared::{Died, Shared};

/// Services whose heartbeat it waits for, beside the engine.
pub(crate) const OTHERS: [&str; 3] = [MARKET_DATA, "signal-bridge", "paper-venue"];
/// The trading day begins two seconds after the run does.
const DAY_START_SECOND: u32 = 9 * 3_600 + 2;
/// Limits that nobody acknowledged are sent again after this long.
const LIMITS_AGAIN_US: i64 = 200_000;

/// Nothing was made durable.
struct Undurable;

/// What survives a crash, and the process while it lives.
#[derive(Debug)]
pub(crate) struct RiskActor {
    pub(crate) manager: Option<RiskManager>,
    pub(crate) starts: u64,
    pub(crate) disk_fails: bool,
    /// How far its clock is off.
    pub(crate) clock_us: i64,
    pub(crate) projection: Projection,
    journal: Vec<wire::RiskEvent>,
    keys: BTreeSet<(&'static str, String)>,
    pub(crate) latch: LatchFile,
    limits: Limits,
    instruments: Vec<Instrument>,
    order_style: OrderStyle,
    answered: BTreeSet<String>,
    unwritten: VecDeque<Pending>,
    journal_is_faulty: bool,
    owed_limits: Option<(wire::Limits, i64)>,
    /// The trading day that is on the record, and what it began with.
    day: Option<(i64, Figures)>,
}

impl RiskActor {
    pub(crate) fn new(instruments: Vec<Instrument>, limits: Limits, order_style: OrderStyle) -> Self {
        Self {
            manager: None,
            starts: 0,
            disk_fails: false,
            clock_us: 0,
            projection: Projection::default(),
            journal: Vec::new(),
            keys: BTreeSet::new(),
            latch: LatchFile::default(),
            limits,
            instruments,
            order_style,
            answered: BTreeSet::new(),
            unwritten: VecDeque::new(),
            journal_is_faulty: false,
            owed_limits: None,
            day: None,
        }
    }

    fn config(&self) -> Config {
        Config {
            instruments: self.instruments.clone(),
            target_notional: Money(10_000 * 1_000_000_000_000_000_000),
            order_style: self.order_style,
            reprice_after_us: 700_000,
            order_ttl_us: 500_000,
            day_start_second: DAY_START_SECOND,
            services: OTHERS.iter().chain(&[ENGINE]).map(ToString::to_string).collect(),
            restricted: BTreeSet::new(),
            epoch: self.starts,
        }
    }

    /// What a start would know, from journal and latch alone.
    pub(crate) fn rebuilt(&self, now_us: i64) -> Result<RiskManager, messages::Malformed> {
        let (limits, latch) = (self.limits.clone(), self.latch.read(now_us));
        let mut manager = RiskManager::new(self.config(), limits, latch, now_us);
        for event in &self.journal {
            manager.restore(event)?;
        }
        Ok(manager)
    }

    pub(crate) fn start(&mut self, shared: &mut Shared) {
        self.starts += 1;
        self.answered = self
            .journal
            .iter()
            .filter_map(|event| match &event.event {
                Some(Event::Command(record)) => record.command.as_ref(),
                _ => None,
            })
            .map(|command| command.command_id.clone())
            .collect();
        (self.journal_is_faulty, self.owed_limits) = (false, None);
        self.latch.open(shared.now_us);
        match self.rebuilt(shared.now_us + self.clock_us) {
            Ok(manager) => self.manager = Some(manager),
            Err(malformed) => {
                return shared.witness.expect(false, || {
                    format!("the risk manager can't read its journal: {malformed}")
                });
            }
        }
        self.act(shared, RiskManager::start);
    }

    /// The process dies between two inputs. Its limits are there again.
    pub(crate) fn crash(&mut self, shared: &mut Shared) {
        let Some(manager) = &self.manager else { return };
        match self.rebuilt(shared.now_us) {
            Ok(rebuilt) => {
                let (held, again) = (manager.limits(), rebuilt.limits());
                shared.witness.expect(held == again, || {
                    format!("the risk manager's journal brings limits {again:?} back, and it had {held:?}")
                });
            }
            Err(malformed) => shared.witness.expect(false, || {
                format!("the risk manager can't read its journal: {malformed}")
            }),
        }
        self.die(shared);
    }

    /// The process dies, wherever it is. What it did not write is gone.
    fn die(&mut self, shared: &mut Shared) {
        if self.manager.take().is_some() {
            shared.witness.report.crashes += 1;
        }
        self.unwritten.clear();
    }

    /// A command; one that was answered already is not obeyed again.
    pub(crate) fn command(&mut self, shared: &mut Shared, command: &wire::StrategyCommand) {
        let now_us = shared.now_us + self.clock_us;
        let Some(manager) = &mut self.manager else { return };
        if !self.answered.insert(command.command_id.clone()) {
            return;
        }
        let (limits, latch) = (manager.limits().clone(), manager.latch().clone());
        let (_, actions) = manager.on_command(command, now_us);
        match self.perform(shared, actions) {
            Err(Died) => self.die(shared),
            Ok(Ok(())) => {}
            Ok(Err(Undurable)) => {
                let Some(manager) = &mut self.manager else { return };
                match command.r#type() {
                    Type::UpdateRiskLimits => manager.withdraw_limits(limits),
                    Type::Rearm => {
                        let actions = manager.withdraw_rearm(latch);
                        self.perform_plainly(shared, actions);
                    }
                    _ => {}
                }
            }
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

    /// The engine's answer; that to the limits ends their being sent.
    pub(crate) fn reply(&mut self, shared: &mut Shared, reply: &wire::OrderReply) {
        if let Some((limits, _)) = &self.owed_limits
            && reply.request_id == limits_request(limits.version)
        {
            if reply.accepted {
                self.owed_limits = None;
            }
            return;
        }
        self.act(shared, |manager, now_us| manager.on_order_reply(reply, now_us));
    }

    /// Time passed.
    pub(crate) fn tick(&mut self, shared: &mut Shared) {
        let behind = self.projection.look(self.journal.len(), shared.now_us);
        self.act(shared, |manager, now_us| manager.on_projection(behind, now_us));
        self.act(shared, RiskManager::on_tick);
        self.send_owed_limits(shared);
        self.remember_day(shared);
    }

    /// What the day began with stays, whatever crashes in it.
    fn remember_day(&mut self, shared: &mut Shared) {
        let Some(manager) = &self.manager else { return };
        if self.journal_is_faulty || !self.unwritten.is_empty() || !manager.is_following() {
            return;
        }
        let (start_us, at_start) = (manager.daily().start_us(), manager.daily().at_start());
        if let Some((same_us, before)) = self.day
            && same_us == start_us
        {
            shared.witness.expect(before == at_start, || {
                format!("the trading day began with {before:?}, and now it is said to have begun with {at_start:?}")
            });
        }
        self.day = Some((start_us, at_start));
    }

    fn try_act(
        &mut self,
        shared: &mut Shared,
        input: impl FnOnce(&mut RiskManager, i64) -> Result<Vec<Action>, messages::Malformed>,
    ) {
        let now_us = shared.now_us + self.clock_us;
        let Some(manager) = &mut self.manager else { return };
        match input(manager, now_us) {
            Ok(actions) => self.perform_plainly(shared, actions),
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
        self.try_act(shared, |manager, now_us| Ok(input(manager, now_us)));
    }

    fn perform_plainly(&mut self, shared: &mut Shared, actions: Vec<Action>) {
        if let Err(Died) = self.perform(shared, actions) {
            self.die(shared);
        }
    }

    fn perform(&mut self, shared: &mut Shared, actions: Vec<Action>) -> Result<Result<(), Undurable>, Died> {
        let mut records = Vec::new();
        let (mut submits, mut arms, mut limits) = (Vec::new(), None, None);
        let (mut cancels, mut kills, mut asks) = (Vec::new(), Vec::new(), false);
        for action in actions {
            match action {
                Action::Journal { kind, key, event } => records.push(Pending { kind, key, event }),
                Action::Publish(_) => {}
                Action::Submit(approved) => submits.push(approved),
                Action::Cancel { client_order_id } => cancels.push(client_order_id),
                Action::SendLimits(message) => limits = Some(message),
                Action::CommandEngine(command) => kills.push(command),
                Action::AskEngine => asks = true,
                Action::WriteLatch(latch) => {
                    shared.survives()?;
                    for action in self.write_latch(shared, latch)? {
                        if let Action::Journal { kind, key, event } = action {
                            records.push(Pending { kind, key, event });
                        }
                    }
                }
                Action::LiftLatch(latch) => arms = Some(latch),
            }
        }
        let durable = self.append(shared, records)?;
        if durable.is_ok() {
            if let Some(latch) = arms {
                shared.survives()?;
                let told = self.write_latch(shared, latch)?;
                let _ = self.perform(shared, told)?;
            }
            for approved in submits {
                shared.survives()?;
                self.ask(shared, approved.to_request());
            }
            if let Some(limits) = limits {
                self.owed_limits = Some((limits, i64::MIN));
                self.send_owed_limits(shared);
            }
        } else {
            for approved in submits {
                self.withdraw(shared, approved.get())?;
            }
        }
        for client_order_id in cancels {
            shared.survives()?;
            let request_id = format!("cancel-{client_order_id}");
            let body = Some(Body::Cancel(client_order_id));
            self.ask(shared, wire::OrderRequest { request_id, body });
        }
        for command in kills {
            shared.send(Parcel::CommandToEngine(command));
        }
        if asks {
            shared.send(Parcel::AskSnapshot {
                risk_start: self.starts,
            });
        }
        Ok(durable)
    }
}

/// The id under which limits are sent.
fn limits_request(version: u64) -> String {
    format!("limits-{version}")
}
