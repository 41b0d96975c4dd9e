//! Indicators, bars and the feature vector: the one implementation of every formula of the desk.
//!
//! The live signal, the training script, the backtest and the chart all call this code. It knows no
//! socket, no clock and no message: numbers in, numbers out. Streaming indicators and features have the same bits on
//! every machine (only `+ − × ÷ √` of IEEE 754 are used, never a transcendental function of the system's library); recursions
//! over arrays may use fused multiply-add and agree to 1e-12.
//!
//! In reading order:
//! - [`Period`] and [`IndicatorError`]: the arguments and how they are refused
//! - [`Indicator`], its inputs, and [`Snapshot`]: one step, and a state that can be kept
//! - of prices: [`Sma`], [`Ema`], [`Wma`], [`RollingStd`], [`ZScore`], [`Bollinger`], [`Rsi`], [`Macd`], [`Momentum`],
//!   [`RateOfChange`]; of bars: [`TrueRange`], [`Atr`], [`Adx`], [`Stochastic`], [`FastStochastic`]; of price and volume: [`Obv`],
//!   [`SessionVwap`], [`RollingVwap`]
//! - [`batch`]: the same over whole arrays, with kernels chosen for the processor at run time
//! - [`BarBuilder`]: rows of market data to bars in event time
//! - [`FeatureVector`]: bars to the seven features a model sees
//!
//! Warm-up is NaN and as long as TA-Lib's. A value that is not finite gives NaN and starts the warm-up
//! anew, so one bad print can never poison a series for ever.

#![expect(
    clippy::inline_always,
    reason = "a step that isn't inlined into the kernel of an instruction set isn't compiled for that set"
)]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "the tests state exact values"))]

#[cfg(test)]
mod accuracy_tests;
mod adx;
pub mod bars;
pub mod batch;
mod bollinger;
mod error;
mod exact_sum;
pub mod features;
mod fold_window;
mod indicator;
mod macd;
mod momentum;
mod moving_average;
mod obv;
mod rolling;
mod rsi;
mod snapshot;
#[cfg(test)]
mod snapshot_tests;
mod stochastic;
mod true_range;
mod vwap;
mod weighted;
mod window;
mod z_score;

pub use adx::Adx;
pub use bars::{Bar, BarBuilder, ClosedBars, mid};
pub use bollinger::{Bands, Bollinger};
pub use error::{IndicatorError, Period};
pub use features::{FEATURE_COUNT, FEATURE_NAMES, FeatureVector};
pub use indicator::{HighLowClose, Indicator, PriceVolume, SessionTrade};
pub use macd::{Macd, MacdValue};
pub use momentum::{Momentum, RateOfChange};
pub use moving_average::{Ema, Sma};
pub use obv::Obv;
pub use rolling::RollingStd;
pub use rsi::Rsi;
pub use snapshot::Snapshot;
pub use stochastic::{FastStochastic, Stochastic, StochasticValue};
pub use true_range::{Atr, TrueRange};
pub use vwap::{RollingVwap, SessionVwap};
pub use weighted::Wma;
pub use z_score::ZScore;
