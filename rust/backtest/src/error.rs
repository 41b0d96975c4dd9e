//! What a backtest refuses.

use thiserror::Error;

/// An input on which a profit would mean nothing. Each sentence names the argument and the place in it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BacktestError {
    /// Arrays that have to run side by side and don't.
    #[error("{name} has {length} values, prices has {prices}; they must be equally long")]
    Length {
        /// The argument that doesn't fit.
        name: &'static str,
        /// Its length.
        length: usize,
        /// Number of prices.
        prices: usize,
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
    /// A value in an array that stands outside its bounds.
    #[error("{name}[{index}] is {value}; it must be {wanted}")]
    Element {
        /// The argument.
        name: &'static str,
        /// Where.
        index: usize,
        /// What.
        value: f64,
        /// What it should be.
        wanted: &'static str,
    },
    /// An option that stands outside its bounds.
    #[error("{name} is {value}; it must be {wanted}")]
    Option {
        /// The argument.
        name: &'static str,
        /// What.
        value: f64,
        /// What it should be.
        wanted: &'static str,
    },
    /// Something is counted in ticks, and the tick has no size.
    #[error("{name} is counted in ticks; give tick_size, the price of one")]
    TickSize {
        /// The argument that is counted in ticks.
        name: &'static str,
    },
    /// A portfolio of nothing.
    #[error("prices names no instrument; give at least one")]
    NoInstrument,
}
