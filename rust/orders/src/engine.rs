//! The execution engine without its sockets: one state machine that the service runs and the simulator drives.
//!
//! Inputs are calls with the arrival time; what has to be done comes back as [`Action`]s, to be done in order.
//! Events are not actions: they wait in [`Engine::unwritten`] until the driver has appended *all* of them to
//! the journal in one transaction and says so with [`Engine::on_written`] (or [`Engine::on_write_failed`]).
//! Orders leave, replies go and events are published only from there. A kill waits for nothing.
//!
//! ```text
//! perform(engine.on_…(…, now));
//! while !engine.unwritten().is_empty() {
//!     match journal.append(engine.unwritten()) {
//!         Ok(last) => perform(engine.on_written(count, last, now)),
//!         Err(error) => { perform(engine.on_write_failed(error, now)); break }   // and again a little later
//!     }
//! }
//! ```

mod action;
mod booking;
mod breaking;
mod cancels;
mod clock;
mod commands;
mod durability;
mod endings;
mod flatten;
mod gates;
mod in_flight;
mod inputs;
mod killing;
mod killing_again;
mod latching;
mod marks;
mod outbox;
mod parked;
mod pictures;
mod rearm;
mod rebooking;
mod reconciling;
mod replies;
mod requests;
mod resolving;
mod session;
mod stages;
mod storing;
mod todo;

use std::collections::{BTreeMap, BTreeSet};

use messages::mutation::{Mutant, planted};
use messages::{Malformed, Order, Symbol, wire};

pub use action::{Action, Counters, EngineConfig, Timing, Token};
pub use todo::ToDo;

use crate::event::{Event, Recorded};
use crate::reconcile::Confirmation;
use crate::state::State;
use cancels::Cancelling;
use endings::Ending;
use flatten::Flattening;
use in_flight::InFlight;
use killing::Killing;
use latching::LatchWriting;
use marks::Marks;
use outbox::{Held, Outbox};
use parked::Parked;
use rearm::Unblocking;
use reconciling::Round;
use risk::LatchState;
use session::Session;

/// Its name on the wire.
pub const SERVICE: &str = "execution-engine";

/// What the engine last heard of the risk manager.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct RiskManager {
    heard_us: Option<i64>,
    /// When the ping was sent that its newest word answers, by the steady clock.
    asked_us: Option<i64>,
    killed: bool,
}

/// The engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Engine {
    config: EngineConfig,
    state: State,
    /// In force at once, whatever journal and file say; the stages of each kill are in `state`.
    latch: LatchState,
    outbox: Outbox,
    session: Session,
    in_flight: BTreeMap<String, InFlight>,
    /// Last words that wait for executions, by the order.
    endings: BTreeMap<String, Ending>,
    round: Option<Round>,
    confirmation: Confirmation,
    /// What the last comparison with the database found, by the id of its break.
    store_seen: BTreeSet<String>,
    /// Orders of the session at the venue that were looked at.
    history_seen: u64,
    killing: BTreeMap<Option<Symbol>, Killing>,
    /// Scopes whose block the venue has not lifted yet, and when it was asked to.
    unblocking: BTreeMap<Option<Symbol>, Unblocking>,
    /// Re-arms that wait for a heartbeat of the risk manager.
    parked: Vec<Parked>,
    flattening: Vec<Flattening>,
    cancelling: BTreeMap<String, Cancelling>,
    marks: Marks,
    limits: Option<risk::Limits>,
    gates: risk::Gates,
    gates_changed: bool,
    risk_manager: RiskManager,
    /// Whether a file KILL lies in `run/`, once that was looked for.
    kill_file: Option<bool>,
    latch_writing: LatchWriting,
    counters: Counters,
    last_positions_us: i64,
    last_tick_us: i64,
    /// The clock that nobody sets.
    steady_us: i64,
    next_request: u64,
    next_order: u64,
    actions: Vec<Action>,
}

impl Engine {
    /// An engine that knows what its journal and its latch say, and nothing of the venue yet.
    /// A scope is killed when either of them says so.
    pub fn new(config: EngineConfig, state: State, latch: LatchState, now_us: i64) -> Self {
        let mut engine = Self {
            config,
            state,
            latch,
            outbox: Outbox::default(),
            session: Session::default(),
            in_flight: BTreeMap::new(),
            endings: BTreeMap::new(),
            round: None,
            confirmation: Confirmation::default(),
            store_seen: BTreeSet::new(),
            history_seen: 0,
            killing: BTreeMap::new(),
            unblocking: BTreeMap::new(),
            parked: Vec::new(),
            flattening: Vec::new(),
            cancelling: BTreeMap::new(),
            marks: Marks::default(),
            limits: None,
            gates: risk::Gates::default(),
            gates_changed: false,
            risk_manager: RiskManager::default(),
            kill_file: None,
            latch_writing: LatchWriting::default(),
            counters: Counters::default(),
            last_positions_us: now_us,
            last_tick_us: now_us,
            steady_us: 0,
            next_request: 0,
            next_order: 0,
            actions: Vec::new(),
        };
        if planted(Mutant::RestartForgetsLatch) {
            engine.latch = LatchState::default();
            engine.state.kills.clear();
        }
        if planted(Mutant::PauseNotDurable) {
            engine.state.pauses.clear();
        }
        if planted(Mutant::BreakForgotten) {
            engine.state.breaks.clear();
        }
        if planted(Mutant::ProgressForgotten) {
            engine.state.progress.clear();
        }
        engine.start(now_us);
        engine
    }

    /// An engine from the events of its journal.
    pub fn rebuild<'a>(
        config: EngineConfig,
        events: impl IntoIterator<Item = &'a wire::ExecutionEvent>,
        latch: LatchState,
        now_us: i64,
    ) -> Result<Self, Malformed> {
        let state = State::rebuild(config.instruments.clone(), events)?;
        Ok(Self::new(config, state, latch, now_us))
    }

    fn start(&mut self, now_us: i64) {
        self.close_venue_gate("not connected to the venue yet", now_us);
        self.close_risk_manager_gate("the risk manager was not heard yet", now_us);
        self.history_seen = self.state.venue_orders;
        self.adopt_latches(now_us);
        self.show_breaks(now_us);
        self.resume_progress(now_us);
        self.record_gates(now_us);
    }

    /// What the journal rebuilds.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The kills in force.
    pub fn latch(&self) -> &LatchState {
        &self.latch
    }

    /// What was counted since the start.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Takes an event over at once; it is durable after the next append.
    fn record(&mut self, event: Event, now_us: i64) {
        self.state.apply(&event, now_us);
        let recorded = Recorded { event, at_us: now_us };
        if self.journal_fails() && matches!(recorded.event, Event::State(_)) {
            self.outbox.push_state(recorded);
        } else {
            self.outbox.push(recorded);
        }
    }

    fn record_order(&mut self, order: Order, now_us: i64) {
        self.record(Event::Order(Box::new(order)), now_us);
    }

    /// Does what depends on the events so far: at once if they are durable, else when they are.
    fn after_durable(&mut self, what: Held, now_us: i64) {
        if self.outbox.is_durable() || planted(Mutant::SendBeforeJournal) {
            self.release(what, now_us);
        } else {
            self.outbox.hold(what);
        }
    }

    fn next_request_id(&mut self) -> String {
        self.next_request += 1;
        format!("e{}-{}", self.config.epoch, self.next_request)
    }

    /// The end of every input: gates that changed are recorded, and the actions go out.
    fn finish(&mut self, now_us: i64) -> Vec<Action> {
        self.record_gates(now_us);
        std::mem::take(&mut self.actions)
    }
}

/// `symbol` as a scope in a sentence.
fn scope_name(scope: Option<&Symbol>) -> String {
    scope.map_or_else(|| "the desk".to_owned(), ToString::to_string)
}

/// `symbol` as a scope on the wire.
fn scope_field(scope: Option<&Symbol>) -> String {
    scope.map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests;
