//! Orders: what the desk sent, what it holds, and whether the venue agrees.
//!
//! Pure: time is an argument, and there is no socket, clock or database.
//!
//! In reading order:
//! - [`status`]: the order state machine, total over every status and word.
//! - [`position`]: the position book, exact to the last 10⁻¹⁸.
//! - [`ledger`], [`executions`], [`answered`]: what is remembered of orders, executions and commands.
//! - [`event`], [`state`]: journalled events, and the one `apply` that rebuilds all of it.
//! - [`reconcile`], [`breaks`]: desk against venue as an outer join, and what becomes of a difference.
//! - [`LatchState`]: the kills in force, the type the risk manager latches with as well.
//! - [`engine`]: the state machine that the service runs and the simulator drives.

pub mod answered;
pub mod breaks;
pub mod engine;
pub mod event;
pub mod executions;
pub mod ledger;
pub mod position;
pub mod reconcile;
pub mod state;
pub mod status;

pub use engine::{Action, Counters, Engine, EngineConfig, Timing, ToDo, Token};
pub use event::{Event, Recorded};
pub use ledger::OrderLedger;
pub use position::{Mark, Position, PositionBook};
pub use reconcile::Difference;
pub use risk::{LatchEntry, LatchState};
pub use state::State;

#[cfg(test)]
mod testing;

#[cfg(all(test, feature = "mutants"))]
mod protections {
    #[test]
    fn every_protection_that_is_taken_out_is_noticed_by_its_tests() {
        let sentences = messages::mutation::unnoticed("orders");
        assert!(sentences.is_empty(), "{}", sentences.join("\n"));
    }
}
