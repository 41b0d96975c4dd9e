//! What rests on the rolling deviation, over arrays.

use super::{lengths, stream};
use crate::{Bollinger, IndicatorError, Period, RollingStd, ZScore};

/// Rolling population standard deviation of `prices` into `out`; see [`RollingStd`]. NaN for the first `period − 1`.
pub fn rolling_std(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(
        &mut RollingStd::new(period),
        prices.iter().copied(),
        |index, value| out[index] = value,
    );
    Ok(())
}

/// z-score of `prices` into `out`; see [`ZScore`]. NaN for the first `period − 1` values.
pub fn z_score(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    stream(
        &mut ZScore::new(period),
        prices.iter().copied(),
        |index, value| out[index] = value,
    );
    Ok(())
}

/// Bollinger bands of `prices`, `deviations` wide on each side; see [`Bollinger`]. NaN for the first `period − 1` values.
pub fn bollinger(
    prices: &[f64],
    period: Period,
    deviations: f64,
    upper_out: &mut [f64],
    middle_out: &mut [f64],
    lower_out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("prices", prices.len()),
        &[
            ("upper_out", upper_out.len()),
            ("middle_out", middle_out.len()),
            ("lower_out", lower_out.len()),
        ],
    )?;
    stream(
        &mut Bollinger::new(period, deviations)?,
        prices.iter().copied(),
        |index, bands| {
            upper_out[index] = bands.upper;
            middle_out[index] = bands.middle;
            lower_out[index] = bands.lower;
        },
    );
    Ok(())
}
