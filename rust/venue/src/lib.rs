//! The paper venue without its sockets: an exchange that matches orders against a live touch.
//!
//! - [`Exchange`]: sessions, orders, executions and positions. Commands and market data go in, [`Event`]s
//!   come out; applying the events to an empty exchange rebuilds it.
//! - [`gateway`]: the protocol of order entry in front of it: logon, answers, reports, cancel on disconnect.
//! - [`EventRecord`]: events as the bytes a journal holds.
//! - [`touch`] and [`queue`]: the two rules that keep paper fills honest. Nothing is filled beyond the size
//!   shown and not yet taken, and a resting order waits for the queue ahead of it.
//! - [`FeeModel`], [`LatencyModel`] and [`DelayLine`]: what an execution costs and how long a request travels;
//!   [`Arrivals`]: requests on that way, by the clock that is never set.
//!
//! Orders meet the market alone, never each other. Time and randomness are arguments.

mod arrivals;
mod book;
mod event;
mod exchange;
mod fees;
pub mod gateway;
mod latency;
mod position;
pub mod queue;
mod record;
pub mod touch;

pub use arrivals::{Arrivals, Moment};
pub use event::{Event, Inconsistent, SessionName};
pub use exchange::{CancelRefused, Exchange, Submission};
pub use fees::FeeModel;
pub use gateway::Gateway;
pub use latency::{DelayLine, LatencyModel};
pub use position::VenuePosition;
pub use record::{BadRecord, EventRecord};

#[cfg(all(test, feature = "mutants"))]
mod protections {
    #[test]
    fn every_protection_that_is_taken_out_is_noticed_by_its_tests() {
        let sentences = messages::mutation::unnoticed("venue");
        assert!(sentences.is_empty(), "{}", sentences.join("\n"));
    }
}
