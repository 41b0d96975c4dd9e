//! The execution engine: the very type the service runs, around it a journal, a latch and a connection.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Instrument, Symbol, wire};
use orders::{Action, Engine, EngineConfig, LatchState, Timing, ToDo, Token};

use crate::latch_file::LatchFile;
use crate::network::Parcel;
use crate::projection::Projection;
use crate::shared::Shared;

/// How often an input waits for the next one before the journal is written.
const UNSETTLED: f64 = 0.3;

/// The session's name at the venue.
pub(crate) const SESSION: &str = "desk";

#[derive(Debug)]
enum Caller {
    Risk(u64),
    Operator,
}

/// What survives a crash, and the process while it lives.
#[derive(Debug)]
pub(crate) struct EngineActor {
    pub(crate) engine: Option<Engine>,
    pub(crate) starts: u64,
    pub(crate) journal: Vec<wire::ExecutionEvent>,
    keys: BTreeSet<(&'static str, String)>,
    pub(crate) latch: LatchFile,
    instruments: BTreeMap<Symbol, Instrument>,
    /// This connection to the venue; a new one after every break.
    pub(crate) connection: u64,
    /// False while the venue can't be reached.
    pub(crate) connected: bool,
    pub(crate) disk_fails: bool,
    /// How far its clock is off.
    pub(crate) clock_us: i64,
    pub(crate) projection: Projection,
    callers: BTreeMap<Token, Caller>,
    tokens: Token,
}

impl EngineActor {
    pub(crate) fn new(instruments: BTreeMap<Symbol, Instrument>) -> Self {
        Self {
            engine: None,
            starts: 0,
            journal: Vec::new(),
            keys: BTreeSet::new(),
            latch: LatchFile::default(),
            instruments,
            connection: 0,
            connected: true,
            disk_fails: false,
            clock_us: 0,
            projection: Projection::default(),
            callers: BTreeMap::new(),
            tokens: 0,
        }
    }

    fn config(&self) -> EngineConfig {
        EngineConfig {
            epoch: self.starts,
            session: SESSION.to_owned(),
            instruments: self.instruments.clone(),
            timing: Timing::default(),
        }
    }

    fn rebuilt_with(&self, latch: LatchState, now_us: i64) -> Result<Engine, messages::Malformed> {
        Engine::rebuild(self.config(), &self.journal, latch, now_us)
    }

    /// True when the journal rebuilds what the engine knows. A latch file that took nothing is its own matter: what it
    /// says instead counts at the next start.
    pub(crate) fn rebuilds(&self, engine: &Engine, now_us: i64) -> bool {
        let latch = if self.latch.is_old() {
            engine.latch().clone()
        } else {
            self.latch.read(now_us)
        };
        self.rebuilt_with(latch, now_us)
            .is_ok_and(|rebuilt| rebuilt.state() == engine.state())
    }

    pub(crate) fn start(&mut self, shared: &mut Shared) {
        self.starts += 1;
        self.connection += 1;
        let now_us = shared.now_us + self.clock_us;
        let latch = self.latch.open(now_us);
        let in_file = latch.scopes();
        match self.rebuilt_with(latch, now_us) {
            Ok(engine) => {
                shared.witness.came_back(engine.latch().scopes(), in_file);
                self.engine = Some(engine);
            }
            Err(malformed) => {
                shared.witness.expect(false, || {
                    format!("the engine can't read its journal: {malformed}")
                });
            }
        }
        self.act(shared, Engine::on_tick);
    }

    /// The process dies. What it had written must rebuild what it knew.
    pub(crate) fn crash(&mut self, shared: &mut Shared) {
        let Some(mut engine) = self.engine.take() else {
            return;
        };
        shared.witness.report.crashes += 1;
        shared.witness.acknowledged();
        shared.witness.overtaking.died();
        self.callers.clear();
        if engine.unwritten().is_empty() {
            let same = self.rebuilds(&engine, shared.now_us);
            shared.witness.expect(same, || {
                "the engine's journal doesn't rebuild its state".to_owned()
            });
        }
    }

    pub(crate) fn request(&mut self, shared: &mut Shared, risk_start: u64, request: &wire::OrderRequest) {
        let token = self.token(Caller::Risk(risk_start));
        self.act(shared, |engine, now_us| {
            engine.on_order_request(token, request, now_us)
        });
    }

    pub(crate) fn command(&mut self, shared: &mut Shared, command: &wire::StrategyCommand) {
        if self.engine.is_some() {
            shared.witness.overtaking.came(command);
        }
        let token = self.token(Caller::Operator);
        self.act(shared, |engine, now_us| engine.on_command(token, command, now_us));
    }

    fn token(&mut self, caller: Caller) -> Token {
        self.tokens += 1;
        self.callers.insert(self.tokens, caller);
        self.tokens
    }

    /// Time passed, and the database is looked at.
    pub(crate) fn tick(&mut self, shared: &mut Shared) {
        let behind = self.projection.look(self.journal.len(), shared.now_us);
        self.act(shared, |engine, now_us| engine.on_store(behind, now_us));
        self.act(shared, Engine::on_tick);
        self.settle(shared);
        // What was approved before the engine heard of it leaves with this commit at the latest.
        shared.witness.projection_is_behind = behind.is_some();
    }

    /// One input. As in the service, several of them may share one commit of the journal.
    pub(crate) fn act(&mut self, shared: &mut Shared, input: impl FnOnce(&mut Engine, i64) -> Vec<Action>) {
        let now_us = shared.now_us + self.clock_us;
        let Some(engine) = &mut self.engine else { return };
        engine.on_steady_clock(shared.now_us);
        let actions = input(engine, now_us);
        if !self.perform(shared, actions) {
            return self.crash(shared);
        }
        if !shared.chance(UNSETTLED) {
            self.settle(shared);
        }
    }

    /// Appends what happened, and does what waited for it; until nothing is left or the journal fails.
    fn settle(&mut self, shared: &mut Shared) {
        let now_us = shared.now_us + self.clock_us;
        loop {
            let Some(engine) = &mut self.engine else { return };
            let unwritten = engine.unwritten().to_vec();
            if unwritten.is_empty() {
                return;
            }
            if shared.dies_here() {
                return self.crash(shared);
            }
            let actions = if self.disk_fails {
                engine.on_write_failed("no space left on the device", now_us)
            } else {
                for recorded in &unwritten {
                    self.append(shared, recorded);
                }
                if shared.dies_here() {
                    return self.crash(shared);
                }
                let Some(engine) = &mut self.engine else { return };
                engine.on_written(unwritten.len(), self.journal.len() as u64, now_us)
            };
            if !self.perform(shared, actions) {
                return self.crash(shared);
            }
            if self.disk_fails {
                return;
            }
            shared.witness.acknowledged();
        }
    }

    fn append(&mut self, shared: &mut Shared, recorded: &orders::Recorded) {
        if let Some(key) = recorded.event.key() {
            let (kind, is_new) = (
                recorded.event.kind(),
                self.keys.insert((recorded.event.kind(), key.clone())),
            );
            shared
                .witness
                .expect(is_new, || format!("the engine writes {kind} {key} a second time"));
        }
        let mut event = recorded.to_wire();
        event.sequence = self.journal.len() as u64 + 1;
        shared.witness.written(&event);
        self.journal.push(event);
    }

    /// Does what the engine wants done, in order; false when the process dies amid it.
    fn perform(&mut self, shared: &mut Shared, actions: Vec<Action>) -> bool {
        let mut to_do = ToDo::from(actions);
        while let Some(action) = to_do.next() {
            if shared.dies_here() {
                return false;
            }
            to_do.follow(self.carry_out(shared, action));
        }
        true
    }

    fn carry_out(&mut self, shared: &mut Shared, action: Action) -> Vec<Action> {
        let now_us = shared.now_us + self.clock_us;
        let Some(engine) = &mut self.engine else {
            return Vec::new();
        };
        match action {
            Action::Publish { sequence, mut event } => {
                (event.sequence, event.epoch) = (sequence, self.starts);
                event.published_us = shared.now_us;
                shared.send(Parcel::Event(event));
            }
            Action::Send(request) => {
                if !self.connected {
                    return engine.on_send_failed(&request, "nobody answers", now_us);
                }
                if let Some(wire::venue_request::Body::Submit(order)) = &request.body {
                    shared.witness.sent(order, now_us);
                }
                shared.send(Parcel::ToVenue {
                    connection: self.connection,
                    request,
                });
            }
            Action::ReplyOrder { to, reply } => {
                if reply.accepted
                    && let Some(id) = reply.request_id.strip_prefix("cancel-")
                {
                    shared.witness.cancel_accepted(id);
                }
                if let Some(Caller::Risk(risk_start)) = self.callers.remove(&to) {
                    shared.send(Parcel::OrderReply { risk_start, reply });
                }
            }
            Action::ReplyCommand { to, .. } => {
                self.callers.remove(&to);
            }
            // The projection of a run holds everything that it took: there is nothing to store again.
            Action::WriteStoreAgain => {}
            Action::WriteLatch(latch) => {
                shared.witness.latched(latch.scopes());
                return if self.latch.write(latch) {
                    engine.on_latch_written(now_us)
                } else {
                    shared.witness.report.latches_failed += 1;
                    engine.on_latch_failed("input/output error", now_us)
                };
            }
        }
        Vec::new()
    }

    /// What is listed as a break; nothing while it is down.
    pub(crate) fn breaks(&self) -> Vec<wire::Break> {
        let engine = self.engine.iter();
        engine.flat_map(Engine::breaks).cloned().collect()
    }

    /// What it answers a ping; `None` while it is down.
    pub(crate) fn pong(&self, now_us: i64) -> Option<wire::Pong> {
        let engine = self.engine.as_ref()?;
        let trading = engine.trading_state();
        Some(wire::Pong {
            service: orders::engine::SERVICE.to_owned(),
            state: wire::pong::State::Ready.into(),
            epoch: self.starts,
            last_sequence: self.journal.len() as u64,
            now_us,
            gates: trading.gates.clone(),
            trading: Some(trading),
            ..wire::Pong::default()
        })
    }

    /// The picture of a moment at which everything is written; `None` at any other.
    pub(crate) fn snapshot(&mut self, now_us: i64) -> Option<wire::Snapshot> {
        let engine = self.engine.as_mut()?;
        if !engine.unwritten().is_empty() {
            return None;
        }
        let request = wire::SnapshotRequest {
            finished_orders: 1_000,
            fills: 0,
        };
        let (epoch, sequence) = (self.starts, self.journal.len() as u64);
        Some(wire::Snapshot {
            epoch,
            sequence,
            ..engine.snapshot(&request, now_us)
        })
    }
}
