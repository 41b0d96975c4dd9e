//! Moving averages and what is made of them.

use indicators::{Period, batch};
use pyo3::prelude::*;

use super::over_period;
use crate::arguments::{numbers, refuse};
use crate::help::help;
use crate::outputs::{Array, fill};

/// Simple moving average: the mean of the last `period` values.
///
/// Shapes: prices `(n,)` → `(n,)`, float64.
#[doc = help!(sma)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 20, *, out = None))]
pub(crate) fn calculate_sma<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::sma)
}

/// Exponential moving average.
///
/// Shapes: prices `(n,)` → `(n,)`, float64, in units of the price.
#[doc = help!(ema)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 20, *, out = None))]
pub(crate) fn calculate_ema<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::ema)
}

/// Linearly weighted moving average: the newest value weighs `period`, the oldest 1.
///
/// Shapes: prices `(n,)` → `(n,)`, float64, in units of the price.
#[doc = help!(wma)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 20, *, out = None))]
pub(crate) fn calculate_wma<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::wma)
}

/// Moving average convergence and divergence: `(macd, signal)`.
///
/// Shapes: prices `(n,)` → two arrays `(n,)`, float64, in units of the price.
#[doc = help!(macd)]
#[doc = help!(errors "prices")]
/// `fast_period` must be smaller than `slow_period`.
#[pyfunction]
#[pyo3(signature = (prices, fast_period = 12, slow_period = 26, signal_period = 9, *, out = None))]
pub(crate) fn calculate_macd<'py>(
    prices: &Bound<'py, PyAny>,
    fast_period: i64,
    slow_period: i64,
    signal_period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Array<'py>, Array<'py>)> {
    let fast = Period::new("fast_period", fast_period).map_err(refuse)?;
    let slow = Period::new("slow_period", slow_period).map_err(refuse)?;
    let signal = Period::new("signal_period", signal_period).map_err(refuse)?;
    let values = numbers("prices", prices)?;
    let values = values.slice()?;
    let [macd, signal] = fill(prices.py(), out, &[values], |[macd_out, signal_out]| {
        batch::macd(values, fast, slow, signal, macd_out, signal_out)
    })?;
    Ok((macd, signal))
}
