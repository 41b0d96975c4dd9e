//! The risk manager as a pure state machine.
//!
//! Every input has its method, takes the arrival time, and returns what is to be done, in order:
//! [`Action::Journal`] entries are durable before any action behind them is carried out. The service carries
//! them out with sockets and files, the simulator with queues; both drive this very type.
//!
//! - `signals`: a signal becomes a decision. `execution`: what the engine tells becomes the view.
//! - `conduct`: losing streaks, and the stop of a strategy that executes too often. `clock`: clocks that jump.
//! - `watch`: heartbeats, stale data, the trading day, re-pricing: whatever time brings.
//! - `commands`: limits, kill, re-arm. `picture`: limits and their use. `restore`: back from the journal.

mod clock;
mod commands;
mod conduct;
mod denials;
mod execution;
mod picture;
mod restore;
mod signals;
mod store;
mod watch;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use execution::CANCEL_UNRECORDED;
use messages::{Gate, GateKind, Instrument, Money, Order, Quantity, Symbol, wire};
use wire::risk_event::Event;

use crate::approval::RiskApproved;
use crate::book::Book;
use crate::checks::MessageRate;
use crate::clocks::Clocks;
use crate::conduct::Conduct;
use crate::daily::Daily;
use crate::gates::Gates;
use crate::ids::uuid7;
use crate::latch::LatchState;
use crate::limits::Limits;
use crate::sizing::OrderStyle;
use denials::Denials;

/// The name under which this service closes gates.
pub const SERVICE: &str = "risk-manager";
/// The service whose word on orders and positions is the truth.
pub const ENGINE: &str = "execution-engine";
/// The service that says whether the session is open.
pub const MARKET_DATA: &str = "market-data";

/// What doesn't change while it runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the desk trades.
    pub instruments: Vec<Instrument>,
    /// What a BUY or SELL aims at in one symbol.
    pub target_notional: Money,
    /// How an entry is priced.
    pub order_style: OrderStyle,
    /// Age at which a working strategy order is looked at anew.
    pub reprice_after_us: i64,
    /// Time to live of an order on its way, and of a signal.
    pub order_ttl_us: i64,
    /// Start of the trading day in seconds after midnight UTC.
    pub day_start_second: u32,
    /// The services without whose heartbeat nothing new is approved.
    pub services: Vec<String>,
    /// Symbols in which nothing new may be opened.
    pub restricted: BTreeSet<Symbol>,
    /// One per start: part of every id made here.
    pub epoch: u64,
}

/// Something to be done. Policy: in order, and none before the journal entries ahead of it are durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Append to the journal, then publish under the journal's sequence.
    Journal {
        /// `decision`, `state`, `gate` or `command`.
        kind: &'static str,
        /// Unique within its kind: an order's id, a command's id.
        key: Option<String>,
        /// The entry.
        event: wire::RiskEvent,
    },
    /// Publish with sequence 0: a picture, which nobody misses when it is lost.
    Publish(wire::RiskEvent),
    /// Send an order to the engine.
    Submit(RiskApproved<Order>),
    /// Ask the engine to cancel an order.
    Cancel {
        /// The order.
        client_order_id: String,
    },
    /// Send the limits to the engine, which holds orders to them.
    SendLimits(wire::Limits),
    /// Write the latch file before anything else, and tell of it by [`RiskManager::on_latch_file`]. A kill stands in
    /// memory already, whether this succeeds or not.
    WriteLatch(LatchState),
    /// The same for a re-arm, once the journal has it.
    LiftLatch(LatchState),
    /// Send this command of its own, a kill or a pause, to the engine's control endpoint.
    CommandEngine(wire::StrategyCommand),
    /// Ask the engine for a snapshot of orders and positions.
    AskEngine,
}

/// What the strategy wants in one symbol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Strategy {
    /// Set by BUY and SELL, kept by HOLD. Forgotten when an order for it was denied or rejected, and when an
    /// operator stepped in: only a new BUY or SELL asks again.
    target: Option<Quantity>,
    /// The last order was cancelled for its age: the next one may cross.
    timed_out: bool,
    /// Epoch and sequence of the newest signal.
    newest: (u64, u64),
    /// Epoch and sequence of the newest signal that became an order.
    used: (u64, u64),
}

/// How far the view follows the engine's journal.
#[derive(Debug, Clone, PartialEq)]
enum Follow {
    /// A gap, a new epoch or the start: events are kept until a snapshot says where they belong.
    Lost { kept: VecDeque<wire::ExecutionEvent> },
    /// Everything up to and with this sequence is in the view.
    Live { epoch: u64, sequence: u64 },
}

/// What happened so far, for the heartbeat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Signals decided.
    pub signals: u64,
    /// Signals that came twice, or after a newer one.
    pub old_signals: u64,
    /// Orders approved.
    pub approved: u64,
    /// Orders denied, coalesced ones included.
    pub denied: u64,
    /// Messages of the engine that could not be read.
    pub malformed: u64,
    /// Times the engine's stream had to be taken up anew.
    pub resynchronised: u64,
}

/// The state machine.
#[derive(Debug)]
pub struct RiskManager {
    config: Config,
    limits: Limits,
    gates: Gates,
    book: Book,
    daily: Daily,
    rate: MessageRate,
    latch: LatchState,
    strategies: BTreeMap<Symbol, Strategy>,
    conducts: BTreeMap<Symbol, Conduct>,
    clocks: Clocks,
    denials: Denials,
    follow: Follow,
    /// Set by the first snapshot: until then positions and P&L are not known.
    is_informed: bool,
    engine_said_us: i64,
    engine_killed: bool,
    owed: Option<(u64, i64)>,
    asked_us: i64,
    heard_us: BTreeMap<String, i64>,
    started_us: i64,
    source: wire::source_status::State,
    source_reason: String,
    kill_file: bool,
    journal_fault: Option<String>,
    /// What is wrong with the latch file, and when that was last seen.
    latch_fault: Option<(String, i64)>,
    projection_fault: Option<String>,
    loss_kill: Option<(wire::StrategyCommand, i64)>,
    ticked_us: i64,
    pictured_us: i64,
    recorded: (i64, Option<wire::RiskState>),
    orders_made: u64,
    ids_made: u64,
    counters: Counters,
    actions: Vec<Action>,
}

impl RiskManager {
    /// A risk manager that knows nothing yet: trading is closed until every service was heard and the engine
    /// has sent its snapshot. `limits` are those of the configuration; [`RiskManager::restore`] brings back
    /// what an operator set since.
    pub fn new(config: Config, limits: Limits, latch: LatchState, now_us: i64) -> Self {
        let strategies = config
            .instruments
            .iter()
            .map(|instrument| (instrument.symbol.clone(), Strategy::default()));
        let conducts = config
            .instruments
            .iter()
            .map(|instrument| (instrument.symbol.clone(), Conduct::default()));
        Self {
            conducts: conducts.collect(),
            clocks: Clocks::default(),
            strategies: strategies.collect(),
            book: Book::new(config.instruments.iter().cloned()),
            daily: Daily::new(config.day_start_second, now_us),
            config,
            limits,
            latch,
            gates: Gates::default(),
            rate: MessageRate::default(),
            denials: Denials::default(),
            follow: Follow::Lost {
                kept: VecDeque::new(),
            },
            is_informed: false,
            engine_said_us: 0,
            engine_killed: false,
            owed: None,
            asked_us: 0,
            heard_us: BTreeMap::new(),
            started_us: now_us,
            source: wire::source_status::State::Unspecified,
            source_reason: String::new(),
            kill_file: false,
            journal_fault: None,
            latch_fault: None,
            projection_fault: None,
            loss_kill: None,
            ticked_us: 0,
            pictured_us: 0,
            recorded: (now_us, None),
            orders_made: 0,
            ids_made: 0,
            counters: Counters::default(),
            actions: Vec::new(),
        }
    }

    /// The limits in force.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }
    /// Every closed gate of the desk that is known here.
    pub const fn gates(&self) -> &Gates {
        &self.gates
    }
    /// Positions, working orders and marks.
    pub const fn book(&self) -> &Book {
        &self.book
    }
    /// This service's own latch.
    pub const fn latch(&self) -> &LatchState {
        &self.latch
    }
    /// What is remembered of a symbol's strategy.
    pub fn conduct(&self, symbol: &Symbol) -> Option<&Conduct> {
        self.conducts.get(symbol)
    }
    /// The P&L of the trading day.
    pub const fn daily(&self) -> &Daily {
        &self.daily
    }
    /// What happened so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }
    /// True while the view follows the engine's journal without a gap.
    pub const fn is_following(&self) -> bool {
        matches!(self.follow, Follow::Live { .. })
    }

    fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    fn journal(&mut self, kind: &'static str, key: Option<String>, event: Event, now_us: i64) {
        let event = wire::RiskEvent {
            event: Some(event),
            at_us: now_us,
            ..Default::default()
        };
        self.actions.push(Action::Journal { kind, key, event });
    }

    fn publish(&mut self, event: Event, now_us: i64) {
        let event = wire::RiskEvent {
            event: Some(event),
            at_us: now_us,
            ..Default::default()
        };
        self.actions.push(Action::Publish(event));
    }

    /// Closes one of this service's own gates; on the record when it was open.
    fn close(&mut self, gate: &Gate) {
        let now_us = gate.since_us;
        if self.gates.close(SERVICE, gate.clone()) {
            self.journal("gate", None, Event::GateClosed(wire::Gate::from(gate)), now_us);
        }
    }

    /// Opens one of this service's own gates; on the record when it was closed.
    fn open(&mut self, kind: GateKind, symbol: Option<&Symbol>, now_us: i64) {
        if let Some(gate) = self.gates.open(SERVICE, kind, symbol) {
            self.journal("gate", None, Event::GateOpened(wire::Gate::from(&gate)), now_us);
        }
    }

    /// An id for a command of its own.
    fn next_id(&mut self, now_us: i64) -> String {
        self.ids_made += 1;
        uuid7(now_us, self.config.epoch, self.ids_made)
    }

    fn forget_target(&mut self, symbol: &Symbol) {
        if let Some(strategy) = self.strategies.get_mut(symbol) {
            (strategy.target, strategy.timed_out) = (None, false);
        }
    }

    fn cancel(&mut self, client_order_id: &str, now_us: i64) {
        self.book.cancel_asked(client_order_id, now_us);
        self.actions.push(Action::Cancel {
            client_order_id: client_order_id.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
