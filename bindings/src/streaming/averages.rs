//! Moving averages, deviations and what is made of them, a value at a time.

use pyo3::prelude::*;

use super::{period, streaming};
use crate::arguments::refuse;
use crate::help::help;

streaming! {
    /// Simple moving average of one value after the other: `calculate_sma` to 1e-12.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(sma)]
    Sma(period: i64 = 20) over indicators::Sma,
    indicators::Sma::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}

streaming! {
    /// Exponential moving average of one value after the other: `calculate_ema` to 1e-12.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(ema)]
    Ema(period: i64 = 20) over indicators::Ema,
    indicators::Ema::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}

streaming! {
    /// Linearly weighted moving average of one value after the other: `calculate_wma` to 1e-12.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(wma)]
    Wma(period: i64 = 20) over indicators::Wma,
    indicators::Wma::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}

streaming! {
    /// Convergence and divergence of averages of one value after the other: `calculate_macd` to 1e-12.
    ///
    /// Shapes: `update(value)` → `(macd, signal)`.
    #[doc = help!(macd)]
    /// `fast_period` must be smaller than `slow_period`.
    Macd(fast_period: i64 = 12, slow_period: i64 = 26, signal_period: i64 = 9) over indicators::Macd,
    indicators::Macd::new(
        period("fast_period", fast_period)?,
        period("slow_period", slow_period)?,
        period("signal_period", signal_period)?,
    )
    .map_err(refuse)?;
    update(value: f64) => value;
    |result| -> (f64, f64) { (result.macd, result.signal) }
}

streaming! {
    /// Population standard deviation of one value after the other: `calculate_rolling_std` to 1e-12.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(rolling_std)]
    RollingStd(period: i64 = 20) over indicators::RollingStd,
    indicators::RollingStd::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}

streaming! {
    /// Deviations from the mean of one value after the other: `calculate_zscore` to 1e-12.
    ///
    /// Shapes: `update(value)` → float.
    #[doc = help!(zscore)]
    ZScore(period: i64 = 20) over indicators::ZScore,
    indicators::ZScore::new(self::period("period", period)?);
    update(value: f64) => value;
    |result| -> f64 { result }
}

streaming! {
    /// Bollinger bands of one value after the other: `calculate_bollinger` to 1e-12.
    ///
    /// Shapes: `update(value)` → `(upper, middle, lower)`.
    #[doc = help!(bollinger)]
    /// `deviations` must be a positive number.
    Bollinger(period: i64 = 20, deviations: f64 = 2.0) over indicators::Bollinger,
    indicators::Bollinger::new(self::period("period", period)?, deviations).map_err(refuse)?;
    update(value: f64) => value;
    |bands| -> (f64, f64, f64) { (bands.upper, bands.middle, bands.lower) }
}
