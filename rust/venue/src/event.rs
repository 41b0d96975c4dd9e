//! What happened at the venue: the facts its book is made of, and its journal holds.

use std::sync::Arc;

use messages::{Fill, Order, Symbol};

/// The name of a session. A session belongs to a name, not to a connection.
pub type SessionName = Arc<str>;

/// One fact. The book is the sum of these in order: applying them to an empty exchange rebuilds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An order entered the book; it carries the venue's `order_id` and is SUBMITTED.
    Accepted {
        /// Whose it is.
        session: SessionName,
        /// As it stood on entry.
        order: Order,
    },
    /// An order was refused. It is remembered, so that the same `client_order_id` stays refused.
    Rejected {
        /// Whose it was.
        session: SessionName,
        /// REJECTED, with the reason.
        order: Order,
    },
    /// A stop order became live.
    Triggered {
        /// Whose it is.
        session: SessionName,
        /// The order.
        client_order_id: String,
        /// When, in microseconds.
        at_us: i64,
    },
    /// An execution, whole and final.
    Filled {
        /// Whose it is.
        session: SessionName,
        /// The execution.
        fill: Fill,
    },
    /// What was left of an order is gone.
    Cancelled {
        /// Whose it was.
        session: SessionName,
        /// The order.
        client_order_id: String,
        /// Who or what cancelled it.
        reason: String,
        /// When, in microseconds.
        at_us: i64,
    },
    /// New orders of the session are refused from here on.
    Blocked {
        /// Which session.
        session: SessionName,
        /// In one symbol alone, or in all.
        symbol: Option<Symbol>,
        /// The kill it belongs to; empty when whoever asked named none.
        kill_id: String,
        /// Why.
        reason: String,
        /// When, in microseconds.
        at_us: i64,
    },
    /// A block was lifted.
    Unblocked {
        /// Which session.
        session: SessionName,
        /// The scope that had been blocked.
        symbol: Option<Symbol>,
        /// The kill whose block it was: those of other kills stay.
        kill_id: String,
        /// When, in microseconds.
        at_us: i64,
    },
    /// The session asked (or no longer asks) for its orders to be cancelled when its connection falls silent.
    Guarded {
        /// Which session.
        session: SessionName,
        /// Whether it asks.
        cancel_on_disconnect: bool,
        /// When, in microseconds.
        at_us: i64,
    },
}

impl Event {
    /// Whose event it is.
    pub fn session(&self) -> &SessionName {
        match self {
            Self::Accepted { session, .. }
            | Self::Rejected { session, .. }
            | Self::Triggered { session, .. }
            | Self::Filled { session, .. }
            | Self::Cancelled { session, .. }
            | Self::Blocked { session, .. }
            | Self::Unblocked { session, .. }
            | Self::Guarded { session, .. } => session,
        }
    }
}

/// An event that can't follow the state it was applied to.
///
/// Policy: the journal and the code that reads it disagree; the venue doesn't start on such a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistent {
    /// The same id twice.
    #[error("session {session}: order {client_order_id} is entered twice")]
    EnteredTwice {
        /// The session.
        session: SessionName,
        /// The order.
        client_order_id: String,
    },
    /// An event of an order that isn't working.
    #[error("session {session}: {event} of order {client_order_id}, which is not working")]
    NotWorking {
        /// The session.
        session: SessionName,
        /// The order.
        client_order_id: String,
        /// What was to happen to it.
        event: &'static str,
    },
    /// More than the order had left, or nothing.
    #[error(
        "session {session}: execution {execution_id} is larger than what order {client_order_id} had left"
    )]
    Overfilled {
        /// The session.
        session: SessionName,
        /// The order.
        client_order_id: String,
        /// The execution.
        execution_id: String,
    },
    /// A gap or a repeat in the session's executions.
    #[error("session {session}: execution sequence {found} where {expected} follows")]
    Sequence {
        /// The session.
        session: SessionName,
        /// What comes next.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// An instrument the configuration doesn't have.
    #[error(
        "session {session}: {symbol} is in the journal but not among the configured instruments; add it again"
    )]
    UnknownInstrument {
        /// The session.
        session: SessionName,
        /// The instrument.
        symbol: Symbol,
    },
    /// A position beyond what a quantity can hold.
    #[error("session {session}: the position in {symbol} leaves the range of a quantity")]
    PositionOutOfRange {
        /// The session.
        session: SessionName,
        /// The instrument.
        symbol: Symbol,
    },
}
