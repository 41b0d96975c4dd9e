//! Indicators of bars and of trades, one at a time.

use indicators::{HighLowClose, PriceVolume, SessionTrade};
use pyo3::prelude::*;

use super::{period, streaming};
use crate::help::help;

streaming! {
    /// True range of one bar after the other: `calculate_true_range`, the same numbers.
    ///
    /// Shapes: `update(high, low, close)` → float.
    #[doc = help!(true_range)]
    TrueRange() over indicators::TrueRange,
    indicators::TrueRange::new();
    update(high: f64, low: f64, close: f64) => HighLowClose { high, low, close };
    |result| -> f64 { result }
}

streaming! {
    /// Average true range of one bar after the other: `calculate_atr` to 1e-12.
    ///
    /// Shapes: `update(high, low, close)` → float.
    #[doc = help!(atr)]
    Atr(period: i64 = 14) over indicators::Atr,
    indicators::Atr::new(self::period("period", period)?);
    update(high: f64, low: f64, close: f64) => HighLowClose { high, low, close };
    |result| -> f64 { result }
}

streaming! {
    /// Average directional index of one bar after the other: `calculate_adx` to 1e-12.
    ///
    /// Shapes: `update(high, low, close)` → float.
    #[doc = help!(adx)]
    Adx(period: i64 = 14) over indicators::Adx,
    indicators::Adx::new(self::period("period", period)?);
    update(high: f64, low: f64, close: f64) => HighLowClose { high, low, close };
    |result| -> f64 { result }
}

streaming! {
    /// Slow stochastic oscillator of one bar after the other: `calculate_stochastic` to 1e-12.
    ///
    /// Shapes: `update(high, low, close)` → `(k, d)`.
    #[doc = help!(stochastic)]
    Stochastic(fast_k_period: i64 = 14, slow_k_period: i64 = 3, slow_d_period: i64 = 3) over indicators::Stochastic,
    indicators::Stochastic::new(
        period("fast_k_period", fast_k_period)?,
        period("slow_k_period", slow_k_period)?,
        period("slow_d_period", slow_d_period)?,
    );
    update(high: f64, low: f64, close: f64) => HighLowClose { high, low, close };
    |result| -> (f64, f64) { (result.k, result.d) }
}

streaming! {
    /// Fast stochastic oscillator of one bar after the other: `calculate_fast_stochastic` to 1e-12.
    ///
    /// Shapes: `update(high, low, close)` → `(k, d)`.
    #[doc = help!(fast_stochastic)]
    FastStochastic(fast_k_period: i64 = 14, fast_d_period: i64 = 3) over indicators::FastStochastic,
    indicators::FastStochastic::new(
        period("fast_k_period", fast_k_period)?,
        period("fast_d_period", fast_d_period)?,
    );
    update(high: f64, low: f64, close: f64) => HighLowClose { high, low, close };
    |result| -> (f64, f64) { (result.k, result.d) }
}

streaming! {
    /// On-balance volume of one trade after the other: `calculate_obv`, the same numbers.
    ///
    /// Shapes: `update(price, volume)` → float.
    #[doc = help!(obv)]
    Obv() over indicators::Obv,
    indicators::Obv::new();
    update(price: f64, volume: f64) => PriceVolume { price, volume };
    |result| -> f64 { result }
}

streaming! {
    /// Average price of the last trades by volume, one after the other: `calculate_rolling_vwap` to 1e-12.
    ///
    /// Shapes: `update(price, volume)` → float.
    #[doc = help!(rolling_vwap)]
    RollingVwap(period: i64 = 20) over indicators::RollingVwap,
    indicators::RollingVwap::new(self::period("period", period)?);
    update(price: f64, volume: f64) => PriceVolume { price, volume };
    |result| -> f64 { result }
}

streaming! {
    /// Average price of the session by volume, one trade after the other: `calculate_vwap` to 1e-12.
    ///
    /// Shapes: `update(price, volume, session=0)` → float; another session than before begins anew.
    #[doc = help!(vwap)]
    Vwap() over indicators::SessionVwap,
    indicators::SessionVwap::new();
    update(price: f64, volume: f64, session: i64 = 0) => SessionTrade { price, volume, session };
    |result| -> f64 { result }
}
