//! The vector backtester: prices and signals in, profit out. No clock, no randomness, no message.
//!
//! The rules of [`backtest_strategy`]:
//! - a signal of 1 buys until the position is one unit long, −1 sells until it is one unit short, 0 keeps it
//! - the trade is filled at the price of the signal's own index
//! - commission is a fraction of the notional traded; turning from long to short trades two units
//! - a position left at the end is marked at the last price, without a commission for closing it

mod error;
mod strategy;

pub use error::BacktestError;
pub use strategy::{backtest_strategy, signals};
