//! Differences and relative changes over arrays.

use super::{lengths, stream};
use crate::{IndicatorError, Momentum, Period, RateOfChange};

/// Momentum of `prices` into `out`; see [`Momentum`]. NaN for the first `period` values.
pub fn momentum(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(
        &mut Momentum::new(period),
        prices.iter().copied(),
        |index, value| out[index] = value,
    );
    Ok(())
}

/// Rate of change of `prices` in percent into `out`; see [`RateOfChange`]. NaN for the first `period` values.
pub fn rate_of_change(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(
        &mut RateOfChange::new(period),
        prices.iter().copied(),
        |index, value| out[index] = value,
    );
    Ok(())
}
