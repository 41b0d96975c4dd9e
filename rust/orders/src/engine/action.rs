//! What the engine wants done, and how it is configured. The service and the simulator do it.

use std::collections::BTreeMap;

use messages::{Instrument, Symbol, wire};

use risk::LatchState;

/// Names the request that a reply answers; the caller chose it and knows the peer behind it.
pub type Token = u64;

/// One thing to do, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Publish on the stream. Sequence 0 is a picture that is in no journal.
    Publish {
        /// The journal's sequence of the event.
        sequence: u64,
        /// Without the fields its publisher adds.
        event: Box<wire::ExecutionEvent>,
    },
    /// Send to the venue. What can't be sent comes back by [`crate::Engine::on_send_failed`].
    Send(Box<wire::VenueRequest>),
    /// Answer the risk manager.
    ReplyOrder {
        /// Which request.
        to: Token,
        /// The answer.
        reply: wire::OrderReply,
    },
    /// Answer a command.
    ReplyCommand {
        /// Which request.
        to: Token,
        /// The answer.
        result: Box<wire::CommandResult>,
    },
    /// Write the latch file now. A failure comes back by [`crate::Engine::on_latch_failed`].
    WriteLatch(LatchState),
    /// Have the whole journal stored in the database again.
    WriteStoreAgain,
}

/// Times of the engine, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// A submit or cancel without an answer for so long is asked about.
    pub acknowledge_us: i64,
    /// Between two questions about one order.
    pub ask_again_us: i64,
    /// After its time to live, an order the venue doesn't know is given up only so much later.
    pub late_us: i64,
    /// An order that never expires counts as expired so long after its intent.
    pub longest_life_us: i64,
    /// A venue that is silent for so long is lost.
    pub venue_silent_us: i64,
    /// Between two heartbeats to the venue, and between two attempts to log on.
    pub heartbeat_us: i64,
    /// Between two reconciliations.
    pub reconcile_us: i64,
    /// Until an unconfirmed difference is looked at again.
    pub confirm_us: i64,
    /// A kill that found orders open asks again after so long.
    pub kill_again_us: i64,
    /// Between two pictures of the marks.
    pub marks_us: i64,
    /// Between two journalled pictures of the open positions.
    pub positions_us: i64,
    /// A risk manager that is silent for so long is lost.
    pub heartbeat_lost_us: i64,
    /// Market data older than this doesn't count as fed.
    pub stale_us: i64,
    /// Time to live of a flattening order.
    pub flatten_life_us: i64,
    /// A flatten that isn't done after so long is given up.
    pub flatten_us: i64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            acknowledge_us: 1_000_000,
            ask_again_us: 500_000,
            late_us: 1_000_000,
            longest_life_us: 10_000_000,
            venue_silent_us: 2_000_000,
            heartbeat_us: 500_000,
            reconcile_us: 5_000_000,
            confirm_us: 250_000,
            kill_again_us: 50_000,
            marks_us: 250_000,
            positions_us: 60_000_000,
            heartbeat_lost_us: 2_000_000,
            stale_us: 15_000_000,
            flatten_life_us: 2_000_000,
            flatten_us: 20_000_000,
        }
    }
}

/// What the engine is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineConfig {
    /// This start of the service; part of the ids it gives.
    pub epoch: u64,
    /// The session's name at the venue.
    pub session: String,
    /// The instruments of the desk.
    pub instruments: BTreeMap<Symbol, Instrument>,
    /// Its times.
    pub timing: Timing,
}

/// What is counted, for the heartbeat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages that could not be read.
    pub malformed: u64,
    /// Orders sent to the venue.
    pub orders_sent: u64,
    /// Orders refused by the last line.
    pub orders_refused: u64,
    /// Executions booked.
    pub fills: u64,
    /// Executions that came again.
    pub duplicate_fills: u64,
    /// Executions that came again, and too long after they were booked to be compared.
    pub fills_forgotten: u64,
    /// Executions that came with a gap before them.
    pub execution_gaps: u64,
    /// Executions beyond their order's quantity.
    pub overfills: u64,
    /// Orders that became UNKNOWN.
    pub unknown: u64,
    /// Records dropped because the journal held their key already.
    pub records_dropped: u64,
    /// Reconciliations completed.
    pub reconciliations: u64,
}
