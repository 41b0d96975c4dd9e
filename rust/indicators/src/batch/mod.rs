//! Indicators over whole arrays, written into the caller's slices.
//!
//! Each function gives what the streaming indicator of the same name gives fed value by value: the same warm-up, the same
//! treatment of values that are not finite, the same numbers to 1e-12. No output is allocated. Arrays of unequal length are
//! refused with the argument's name ([`IndicatorError::Length`](crate::IndicatorError::Length)), before anything is written.

mod average;
mod average_blocks;
mod average_scan;
mod blocks;
mod chains;
mod deviation;
mod deviation_scan;
mod deviation_short;
mod each;
mod features;
mod fold_blocks;
mod instructions;
mod lengths;
mod momentum;
mod oscillator;
mod range;
mod runs;
mod scan;
mod sliding;
mod stochastic;
mod volume;
mod vwap_scan;

pub use average::{ema, sma, wma};
pub use deviation::{bollinger, rolling_std, z_score};
pub use features::features;
pub use instructions::{Instructions, instructions, with_instructions};
pub use momentum::{momentum, rate_of_change};
pub use oscillator::{macd, rsi};
pub use range::{adx, atr, true_range};
pub use stochastic::{fast_stochastic, stochastic};
pub use volume::{obv, rolling_vwap, session_vwap};

use crate::Indicator;

/// Runs a streaming indicator over `inputs`, one output per input.
fn stream<Input, I: Indicator<Input>>(
    indicator: &mut I,
    inputs: impl Iterator<Item = Input>,
    mut write: impl FnMut(usize, I::Output),
) {
    for (index, input) in inputs.enumerate() {
        write(index, indicator.update(input));
    }
}

#[cfg(test)]
mod tests;
