//! Moving averages over arrays.

use super::{lengths, stream};
use crate::{Ema, IndicatorError, Period, Sma, Wma};

/// Simple moving average of `prices` into `out`; see [`Sma`]. NaN for the first `period − 1` values.
pub fn sma(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(&mut Sma::new(period), prices.iter().copied(), |index, value| {
        out[index] = value;
    });
    Ok(())
}

/// Exponential moving average of `prices` into `out`; see [`Ema`]. NaN for the first `period − 1` values.
pub fn ema(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(&mut Ema::new(period), prices.iter().copied(), |index, value| {
        out[index] = value;
    });
    Ok(())
}

/// Linearly weighted moving average of `prices` into `out`; see [`Wma`]. NaN for the first `period − 1` values.
pub fn wma(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(&mut Wma::new(period), prices.iter().copied(), |index, value| {
        out[index] = value;
    });
    Ok(())
}
