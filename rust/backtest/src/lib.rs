//! The vector backtester: prices and signals in, profit out. No clock, no randomness, no message.
//!
//! The rules of [`backtest_strategy`]:
//! - a signal of 1 buys until the position is one unit long, −1 sells until it is one unit short, 0 keeps it
//! - the trade is filled at the price of the signal's own index ([`Fill::Next`]: of the next index)
//! - commission is a fraction of the notional traded; turning from long to short trades two units
//! - a position left at the end is marked at the last price, without a commission for closing it
//!
//! [`backtest()`] adds, by [`Rules`] and [`Market`]:
//! - sizes: a signal of row i means that row's size; a new size of the same side trades the difference
//! - a delay: the signal of row i acts at row i + delay; signals that would act behind the last row do nothing
//! - quotes: a buy pays half the spread (or the ask) and the slippage, a sale loses them; marks are at the price
//! - exits: stop-loss and take-profit are distances of the price from the price at which the position was taken up
//!   (its average, without spread and slippage). From the row after a fill on, a price at or beyond one closes the
//!   position at that row's price with its costs. There is one price per row and nothing between rows, so a gap
//!   fills at the gap. Exits rest in the market: they have no delay, and come before the signal of their row
//! - after an exit a signal that merely goes on opens nothing; one that differs from the signal before it does
//! - several instruments on one clock, whose profits are summed
//!
//! What happens at a row depends on that row and earlier ones alone.
//!
//! In reading order: [`Market`] and [`Rules`] (what goes in), `engine` (the loop over events), `account` (what an
//! event does), [`Trade`], [`CurveStatistics`] (what comes out), `strategy` and `portfolio` (the two entrances),
//! [`sweep`] (a grid of parameters over all cores).

mod account;
mod engine;
mod error;
mod market;
mod moments;
mod portfolio;
mod rules;
mod statistics;
mod strategy;
pub mod sweep;
mod trade;

pub use error::BacktestError;
pub use market::{Market, Quotes, Sizes, signals, whole_signals};
pub use moments::Moments;
pub use portfolio::{Outcome, backtest};
pub use rules::{Rules, Unit};
pub use statistics::{CurveStatistics, TradeStatistics, drawdown, max_drawdown, max_drawdown_fraction};
pub use strategy::{Fill, backtest_strategy};
pub use trade::{Exit, Totals, Trade};
