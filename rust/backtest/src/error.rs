//! What a backtest refuses.

use thiserror::Error;

/// An input on which a profit would mean nothing. Each sentence names the argument and the place in it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BacktestError {
    /// Prices and signals don't run side by side.
    #[error("signals has {signals} values, prices has {prices}; they must be equally long")]
    Length {
        /// Number of prices.
        prices: usize,
        /// Number of signals.
        signals: usize,
    },
    /// A price that is NaN or infinite.
    #[error("prices[{index}] is {value}; a price must be a finite number")]
    Price {
        /// Where.
        index: usize,
        /// What.
        value: f64,
    },
    /// A signal other than −1, 0 and 1.
    #[error("signals[{index}] is {value}; a signal must be -1, 0 or 1")]
    Signal {
        /// Where.
        index: usize,
        /// What.
        value: f64,
    },
    /// A commission that is negative or not a number.
    #[error("commission is {0}; it must be a fraction of the notional, 0 or more")]
    Commission(f64),
}
