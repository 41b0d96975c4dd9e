//! RSI and MACD over arrays.

use super::{lengths, stream};
use crate::{IndicatorError, Macd, Period, Rsi};

/// Relative strength index of `prices` into `out`; see [`Rsi`]. NaN for the first `period` values.
pub fn rsi(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(&mut Rsi::new(period), prices.iter().copied(), |index, value| {
        out[index] = value;
    });
    Ok(())
}

/// MACD of `prices`: the line into `macd_out`, its signal into `signal_out`; see [`Macd`].
///
/// Both are NaN for the first `slow_period + signal_period − 2` values.
pub fn macd(
    prices: &[f64],
    fast_period: Period,
    slow_period: Period,
    signal_period: Period,
    macd_out: &mut [f64],
    signal_out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("prices", prices.len()),
        &[("macd_out", macd_out.len()), ("signal_out", signal_out.len())],
    )?;
    let mut macd = Macd::new(fast_period, slow_period, signal_period)?;
    stream(&mut macd, prices.iter().copied(), |index, value| {
        macd_out[index] = value.macd;
        signal_out[index] = value.signal;
    });
    Ok(())
}
