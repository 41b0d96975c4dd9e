//! Risk: what may be sent, how much of it, and why not.
//!
//! Pure functions and small state machines; time is an argument, and there is no socket, clock or database.
//!
//! In reading order:
//! - [`limits`]: the numbers an operator sets, changed all or nothing, versioned.
//! - [`gates`]: one concept for everything that stops trading.
//! - [`book`]: positions, working orders and marks, as the engine and the feed tell them.
//! - [`checks`]: one tiny type per pre-trade check; its error holds the limit and the value.
//! - [`approval`]: the only doors to [`RiskApproved`], without which no order can be sent.
//! - [`sizing`]: from a signal's target to an order, and when to re-price it.
//! - [`latch`]: the kills in force.
//! - [`conduct`]: losing streaks and executions of each symbol's strategy.
//! - [`clocks`]: a wall clock that jumps, and clocks that disagree.
//! - [`pnl`], [`daily`]: the mark-to-market formula, and the daily loss that latches a kill.
//! - [`manager`]: the state machine that the service runs and the simulator drives.

pub mod approval;
pub mod book;
pub mod checks;
pub mod clocks;
pub mod conduct;
pub mod daily;
pub mod gates;
pub mod ids;
pub mod latch;
pub mod limits;
pub mod manager;
pub mod pnl;
pub mod sizing;
#[cfg(test)]
mod testing;

pub use approval::{LastLine, RiskApproved, RiskRefused, View, approve, approve_flatten, approve_last_line};
pub use book::{Book, Effect};
pub use checks::Violation;
pub use daily::Daily;
pub use gates::Gates;
pub use latch::{LatchEntry, LatchState};
pub use limits::{LimitError, LimitErrors, LimitName, Limits};
pub use manager::{Action, CANCEL_UNRECORDED, RiskManager};

#[cfg(all(test, feature = "mutants"))]
mod protections {
    #[test]
    fn every_protection_that_is_taken_out_is_noticed_by_its_tests() {
        let sentences = messages::mutation::unnoticed("risk");
        assert!(sentences.is_empty(), "{}", sentences.join("\n"));
    }
}
