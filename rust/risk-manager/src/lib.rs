//! The risk manager: the only service that turns a signal into an order, and the first to say no.
//!
//! Thin: [`risk::RiskManager`] decides; this crate reads sockets, keeps the journal and the latch file, and
//! carries out what was decided.
//!
//! - [`service`]: the sockets and the loop.
//! - [`carry`]: what was decided is journalled first, then published and sent.
//! - [`reading`]: what the sockets bring, in portions.
//! - [`control`]: what a question or a command gets.
//! - [`configure`]: the configuration as the state machine takes it, and the way back from the journal.

pub mod carry;
pub mod configure;
pub mod control;
pub mod memory;
pub mod reading;
pub mod service;

/// Its name to the other services.
pub const NAME: &str = risk::manager::SERVICE;
