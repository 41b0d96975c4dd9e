//! Indicators of bars with a range, over arrays.

use super::{lengths, stream};
use crate::{Adx, Atr, HighLowClose, IndicatorError, Period, TrueRange};

/// The bars of three arrays of equal length.
pub(super) fn bars(high: &[f64], low: &[f64], close: &[f64]) -> impl Iterator<Item = HighLowClose> {
    let sides = high.iter().zip(low).zip(close);
    sides.map(|((&high, &low), &close)| HighLowClose { high, low, close })
}

/// True range into `out`; see [`TrueRange`]. NaN for the first bar.
pub fn true_range(high: &[f64], low: &[f64], close: &[f64], out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(
        ("high", high.len()),
        &[("low", low.len()), ("close", close.len()), ("out", out.len())],
    )?;
    stream(&mut TrueRange::new(), bars(high, low, close), |index, value| {
        out[index] = value;
    });
    Ok(())
}

/// Average true range into `out`; see [`Atr`]. NaN for the first `period` bars.
pub fn atr(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    period: Period,
    out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("high", high.len()),
        &[("low", low.len()), ("close", close.len()), ("out", out.len())],
    )?;
    stream(&mut Atr::new(period), bars(high, low, close), |index, value| {
        out[index] = value;
    });
    Ok(())
}

/// Average directional index into `out`; see [`Adx`]. NaN for the first `2 period − 1` bars.
pub fn adx(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    period: Period,
    out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("high", high.len()),
        &[("low", low.len()), ("close", close.len()), ("out", out.len())],
    )?;
    stream(&mut Adx::new(period), bars(high, low, close), |index, value| {
        out[index] = value;
    });
    Ok(())
}
