//! What is under way between the actors: late, lost, twice, and now and then out of order.

use std::collections::BTreeMap;

use messages::{Quote, wire};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::clockwork::Timer;

/// Something that happens at a moment: a message arrives, or a clock strikes.
#[derive(Debug, Clone)]
pub(crate) enum Parcel {
    Timer(Timer),
    RowToRisk(Quote),
    RowToEngine(Quote),
    RowToVenue(Quote),
    Signal(wire::TradingSignal),
    OrderRequest {
        risk_start: u64,
        request: Box<wire::OrderRequest>,
    },
    OrderReply {
        risk_start: u64,
        reply: wire::OrderReply,
    },
    ToVenue {
        connection: u64,
        request: Box<wire::VenueRequest>,
    },
    FromVenue {
        connection: u64,
        reply: Box<wire::VenueReply>,
    },
    Event(Box<wire::ExecutionEvent>),
    AskSnapshot {
        risk_start: u64,
    },
    Snapshot {
        risk_start: u64,
        snapshot: Box<wire::Snapshot>,
    },
    Pong(Box<wire::Pong>),
    RiskPong {
        told_us: i64,
        killed: bool,
    },
    CommandToEngine(wire::StrategyCommand),
    CommandToRisk(wire::StrategyCommand),
}

/// One direction between two actors: what keeps its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    MarketToRisk,
    MarketToEngine,
    MarketToVenue,
    Signals,
    RiskToEngine,
    EngineToRisk,
    EngineToVenue,
    VenueToEngine,
    Events,
    Snapshots,
    Heartbeats,
    Operator,
}

impl Parcel {
    fn link(&self) -> Link {
        match self {
            // Timers take no link; they are put in by `strike`.
            Self::Timer(_) | Self::Pong(_) | Self::RiskPong { .. } => Link::Heartbeats,
            Self::RowToRisk(_) => Link::MarketToRisk,
            Self::RowToEngine(_) => Link::MarketToEngine,
            Self::RowToVenue(_) => Link::MarketToVenue,
            Self::Signal(_) => Link::Signals,
            Self::OrderRequest { .. } => Link::RiskToEngine,
            Self::OrderReply { .. } => Link::EngineToRisk,
            Self::ToVenue { .. } => Link::EngineToVenue,
            Self::FromVenue { .. } => Link::VenueToEngine,
            Self::Event(_) => Link::Events,
            Self::AskSnapshot { .. } | Self::Snapshot { .. } => Link::Snapshots,
            Self::CommandToEngine(_) | Self::CommandToRisk(_) => Link::Operator,
        }
    }

    /// Rows aren't repeated: the subscriber of each service drops what it has seen.
    fn may_come_twice(&self) -> bool {
        !matches!(
            self,
            Self::RowToRisk(_) | Self::RowToEngine(_) | Self::RowToVenue(_)
        )
    }
}

/// How bad it is. Shares of messages, and times in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) lost: f64,
    pub(crate) twice: f64,
    pub(crate) out_of_order: f64,
    /// Held up for up to two seconds, with everything behind it.
    pub(crate) held_up: f64,
    pub(crate) delay_us: i64,
}

impl Weather {
    /// Nothing goes wrong.
    pub(crate) const CALM: Self = Self {
        lost: 0.0,
        twice: 0.0,
        out_of_order: 0.0,
        held_up: 0.0,
        delay_us: 300,
    };

    /// The weather of one seed: one in four is calm throughout.
    pub(crate) fn draw(random: &mut ChaCha8Rng) -> Self {
        if random.random_bool(0.25) {
            return Self::CALM;
        }
        Self {
            lost: random.random_range(0.0..0.02),
            twice: random.random_range(0.0..0.04),
            out_of_order: random.random_range(0.0..0.04),
            held_up: random.random_range(0.0..0.003),
            delay_us: random.random_range(100..20_000),
        }
    }

    /// True when processes and disks fail as well.
    pub(crate) fn is_calm(&self) -> bool {
        self.lost == 0.0
    }
}

/// A venue's executions and its answers come by two ways in many houses, and overtake one another so much more often.
const VENUE_OVERTAKES: f64 = 8.0;

#[derive(Debug)]
pub(crate) struct Network {
    queue: BTreeMap<(i64, u64), Parcel>,
    /// Where the last message of each link will be.
    last_us: BTreeMap<Link, i64>,
    sent: u64,
    pub(crate) weather: Weather,
    /// The venue answers later than the engine waits for a word about an order, and is not silent.
    pub(crate) venue_is_slow: bool,
}

impl Network {
    pub(crate) fn new(weather: Weather) -> Self {
        Self {
            queue: BTreeMap::new(),
            last_us: BTreeMap::new(),
            sent: 0,
            weather,
            venue_is_slow: false,
        }
    }

    /// Puts a message on its way.
    pub(crate) fn send(&mut self, parcel: Parcel, now_us: i64, random: &mut ChaCha8Rng) {
        let Weather { lost, twice, .. } = self.weather;
        if random.random_bool(lost) {
            return;
        }
        if parcel.may_come_twice() && random.random_bool(twice) {
            self.put(parcel.clone(), now_us, random);
        }
        self.put(parcel, now_us, random);
    }

    fn put(&mut self, parcel: Parcel, now_us: i64, random: &mut ChaCha8Rng) {
        let mut due_us = now_us + random.random_range(50..=self.weather.delay_us);
        if random.random_bool(self.weather.held_up) {
            due_us += random.random_range(0..2_000_000);
        }
        if self.venue_is_slow && matches!(parcel, Parcel::FromVenue { .. }) {
            due_us += random.random_range(1_000_000..1_700_000);
        }
        let of_venue = matches!(parcel, Parcel::FromVenue { .. });
        let factor = if of_venue { VENUE_OVERTAKES } else { 1.0 };
        if random.random_bool(self.weather.out_of_order * factor) {
            // Overtaken by what comes behind it, as on a connection that was given up and replaced.
            due_us += random.random_range(0..600_000);
        } else {
            let last_us = self.last_us.entry(parcel.link()).or_insert(due_us);
            due_us = due_us.max(*last_us);
            *last_us = due_us;
        }
        self.strike(due_us, parcel);
    }

    /// Puts something at a moment, exactly.
    pub(crate) fn strike(&mut self, due_us: i64, parcel: Parcel) {
        self.sent += 1;
        self.queue.insert((due_us, self.sent), parcel);
    }

    /// The next thing to happen, and when.
    pub(crate) fn next(&mut self) -> Option<(i64, Parcel)> {
        self.queue
            .pop_first()
            .map(|((due_us, _), parcel)| (due_us, parcel))
    }
}
