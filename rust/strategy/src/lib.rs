//! Numbers to a direction: the rules that the live desk, the backtest and the parameter search have in common.
//!
//! - [`decide`]: a model's probabilities to BUY, SELL or HOLD, one at a time for the live signal,
//!   [`signals_from_probabilities`] for a whole history
//! - [`labels`]: what a model is to foretell
//! - [`cross`], [`reversion`]: indicator series to signals
//!
//! A signal is 1, −1 or 0; 0 keeps the position. Where an indicator is NaN, the signal is 0.

mod decision;
pub mod labels;
mod series;

pub use decision::{CLASSES, Direction, Probabilities, decide, signals_from_probabilities};
pub use series::{cross, reversion};
