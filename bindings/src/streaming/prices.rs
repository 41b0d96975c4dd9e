//! How fast and how far the price has come, a value at a time.

use pyo3::prelude::*;

use super::{period, streaming};
use crate::help::help;

streaming! {
    /// Relative strength index, 0 … 100, of one value after the other: `calculate_rsi` to 1e-12.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(rsi)]
    Rsi(period: i64 = 14) over indicators::Rsi,
    indicators::Rsi::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}

streaming! {
    /// Momentum of one value after the other: `calculate_momentum`, the same numbers.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(momentum)]
    Momentum(period: i64 = 10) over indicators::Momentum,
    indicators::Momentum::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}

streaming! {
    /// Rate of change in percent, of one value after the other: `calculate_roc`, the same numbers.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(roc)]
    Roc(period: i64 = 10) over indicators::RateOfChange,
    indicators::RateOfChange::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}
