//! Indicators over arrays, one file for each family. Arguments are taken, the kernel of the crate is called.

mod averages;
mod deviations;
mod oscillators;
mod ranges;
mod volume;

pub(crate) use averages::{calculate_ema, calculate_macd, calculate_sma, calculate_wma};
pub(crate) use deviations::{calculate_bollinger, calculate_rolling_std, calculate_zscore};
pub(crate) use oscillators::{
    calculate_fast_stochastic, calculate_momentum, calculate_roc, calculate_rsi,
    calculate_stochastic,
};
pub(crate) use ranges::{calculate_adx, calculate_atr, calculate_true_range};
pub(crate) use volume::{calculate_obv, calculate_rolling_vwap, calculate_vwap};

use indicators::{IndicatorError, Period};
use pyo3::prelude::*;

use crate::arguments::{numbers, refuse};
use crate::outputs::{Array, fill};

/// An indicator with one series in, one out and one period.
fn over_period<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
    kernel: impl FnOnce(&[f64], Period, &mut [f64]) -> Result<(), IndicatorError> + Send,
) -> PyResult<Array<'py>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let values = numbers("prices", prices)?;
    let values = values.slice()?;
    let [array] = fill(prices.py(), out, &[values], |[out]| {
        kernel(values, period, out)
    })?;
    Ok(array)
}

/// An indicator with the highs, lows and closes of bars in, and `N` series out.
fn over_bars<'py, const N: usize>(
    [high, low, close]: [&Bound<'py, PyAny>; 3],
    out: Option<&Bound<'py, PyAny>>,
    kernel: impl FnOnce([&[f64]; 3], [&mut [f64]; N]) -> Result<(), IndicatorError> + Send,
) -> PyResult<[Array<'py>; N]> {
    let py = high.py();
    let (high, low, close) = (
        numbers("high", high)?,
        numbers("low", low)?,
        numbers("close", close)?,
    );
    let inputs = [high.slice()?, low.slice()?, close.slice()?];
    equally_long(["high", "low", "close"], &inputs)?;
    fill(py, out, &inputs, |outputs| kernel(inputs, outputs))
}

/// Refuses inputs of different lengths before an output is looked at, so that the message names the right one.
fn equally_long<const N: usize>(names: [&'static str; N], inputs: &[&[f64]; N]) -> PyResult<()> {
    let expected = inputs[0].len();
    for (name, input) in names.into_iter().zip(inputs) {
        if input.len() != expected {
            let (length, reference) = (input.len(), names[0]);
            return Err(refuse(IndicatorError::Length {
                name,
                length,
                reference,
                expected,
            }));
        }
    }
    Ok(())
}
