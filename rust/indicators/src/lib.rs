//! Indicators, bars and the feature vector: the one implementation of every formula of the desk.
//!
//! The live signal, the training script, the backtest and the chart all call this code. It knows no
//! socket, no clock and no message: numbers in, numbers out, the same bits on every machine (only
//! `+ − × ÷ √` of IEEE 754 are used, never a transcendental function of the system's library).
//!
//! In reading order:
//! - [`Period`] and [`IndicatorError`]: the arguments and how they are refused
//! - [`Indicator`] and [`batch`]: one step, and the same step over an array
//! - [`Sma`], [`Ema`], [`RollingStd`], [`Rsi`], [`Macd`], [`Bollinger`], [`Momentum`]
//! - [`BarBuilder`]: rows of market data to bars in event time
//! - [`FeatureVector`]: bars to the seven features a model sees
//!
//! Warm-up is NaN and as long as TA-Lib's. A value that is not finite gives NaN and starts the warm-up
//! anew, so one bad print can never poison a series for ever.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "the tests state exact values"))]

pub mod bars;
mod bollinger;
mod error;
pub mod features;
mod indicator;
mod macd;
mod momentum;
mod moving_average;
mod rolling;
mod rsi;
mod window;

pub use bars::{Bar, BarBuilder, ClosedBars, mid};
pub use bollinger::{Bands, Bollinger};
pub use error::{IndicatorError, Period};
pub use features::{FEATURE_COUNT, FEATURE_NAMES, FeatureVector};
pub use indicator::{Indicator, batch};
pub use macd::{Macd, MacdValue};
pub use momentum::Momentum;
pub use moving_average::{Ema, Sma};
pub use rolling::RollingStd;
pub use rsi::Rsi;
