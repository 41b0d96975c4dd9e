//! `trading_rust`: a thin door from Python onto the crates. No formula lives here.
//!
//! Each file is one verb: take arguments ([`arguments`]), calculate, compute features, build bars, backtest.
//! Arguments are converted once, refused by name, and the interpreter's lock is released while Rust works.

mod arguments;
mod backtest;
mod bars;
mod curves;
mod features;
mod feed;
mod gaps;
mod help;
mod indicators;
mod labels;
mod outputs;
mod streaming;
mod sweep;

/// Indicators, features, bars and backtests of Quarterdeck, in Rust.
///
/// Everything takes one-dimensional NumPy arrays (lists and other numeric dtypes are converted once) and gives
/// float64 arrays as long as the input, NaN during warm-up. A value that is not finite starts a new warm-up.
///
/// A contiguous float64 array is read where it lies. Lists, other integer and float dtypes (rounded to the nearest
/// double), strided and foreign-endian arrays are copied once; booleans, strings and objects are refused. `out` takes
/// the result in the caller's memory. From 4,096 values on, other Python threads run during a call: they may read its
/// arrays and must neither write nor resize them, or the values that come out are not defined.
#[pyo3::pymodule]
mod trading_rust {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use super::backtest::{BacktestReport, backtest, backtest_strategy};
    #[pymodule_export]
    use super::bars::{build_bars, mid};
    #[pymodule_export]
    use super::curves::{drawdown, return_moments};
    #[pymodule_export]
    use super::features::{Features, compute_features};
    #[pymodule_export]
    use super::feed::MarketFeed;
    #[pymodule_export]
    use super::gaps::GapCounter;
    #[pymodule_export]
    use super::indicators::{
        calculate_adx, calculate_atr, calculate_bollinger, calculate_ema,
        calculate_fast_stochastic, calculate_macd, calculate_momentum, calculate_obv,
        calculate_roc, calculate_rolling_std, calculate_rolling_vwap, calculate_rsi, calculate_sma,
        calculate_stochastic, calculate_true_range, calculate_vwap, calculate_wma,
        calculate_zscore,
    };
    #[pymodule_export]
    use super::labels::{label_barriers, label_forward};
    #[pymodule_export]
    use super::streaming::{
        Adx, Atr, Bollinger, Ema, FastStochastic, Macd, Momentum, Obv, Roc, RollingStd,
        RollingVwap, Rsi, Sma, Stochastic, TrueRange, Vwap, Wma, ZScore,
    };

    #[pymodule_export]
    use super::sweep::{SweepResult, signals_from_probabilities, sweep};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        use ::indicators::features;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add(
            "FEATURE_NAMES",
            PyTuple::new(module.py(), features::FEATURE_NAMES)?,
        )?;
        module.add("FEATURE_SCHEMA", features::schema())?;
        module.add("FEATURE_SCHEMA_VERSION", features::SCHEMA_VERSION)?;
        module.add("FEATURE_SCHEMA_HASH", features::schema_hash())?;
        module.add("FEATURE_WARM_UP_BARS", features::WARM_UP_BARS)?;
        module.add(
            "EXIT_REASONS",
            PyTuple::new(module.py(), ::backtest::Exit::NAMES)?,
        )?;
        module.add(
            "DEFAULT_BAR_INTERVAL_US",
            ::indicators::BarBuilder::DEFAULT_INTERVAL_US,
        )
    }
}
