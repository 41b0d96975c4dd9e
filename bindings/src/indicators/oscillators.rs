//! How fast and how far the price has come.

use indicators::{Period, batch};
use pyo3::prelude::*;

use super::{over_bars, over_period};
use crate::arguments::refuse;
use crate::help::help;
use crate::outputs::Array;

/// Relative strength index, 0 … 100.
///
/// Shapes: prices `(n,)` → `(n,)`, float64.
#[doc = help!(rsi)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 14, *, out = None))]
pub(crate) fn calculate_rsi<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::rsi)
}

/// Momentum: the value minus the one `period` values before.
///
/// Shapes: prices `(n,)` → `(n,)`, float64.
#[doc = help!(momentum)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 10, *, out = None))]
pub(crate) fn calculate_momentum<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::momentum)
}

/// Rate of change, in percent of the value `period` values before.
///
/// Shapes: prices `(n,)` → `(n,)`, float64, percent.
#[doc = help!(roc)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 10, *, out = None))]
pub(crate) fn calculate_roc<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::rate_of_change)
}

/// Slow stochastic oscillator, 0 … 100: `(k, d)`.
///
/// Shapes: high, low, close `(n,)` → two arrays `(n,)`, float64.
#[doc = help!(stochastic)]
#[doc = help!(errors "high, low or close")]
#[pyfunction]
#[pyo3(signature = (high, low, close, fast_k_period = 14, slow_k_period = 3, slow_d_period = 3, *, out = None))]
#[expect(clippy::similar_names, reason = "the names of the field")]
pub(crate) fn calculate_stochastic<'py>(
    high: &Bound<'py, PyAny>,
    low: &Bound<'py, PyAny>,
    close: &Bound<'py, PyAny>,
    fast_k_period: i64,
    slow_k_period: i64,
    slow_d_period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Array<'py>, Array<'py>)> {
    let fast_k = Period::new("fast_k_period", fast_k_period).map_err(refuse)?;
    let slow_k = Period::new("slow_k_period", slow_k_period).map_err(refuse)?;
    let slow_d = Period::new("slow_d_period", slow_d_period).map_err(refuse)?;
    let [k, d] = over_bars([high, low, close], out, |[high, low, close], [k, d]| {
        batch::stochastic(high, low, close, fast_k, slow_k, slow_d, k, d)
    })?;
    Ok((k, d))
}

/// Fast stochastic oscillator, 0 … 100: `(k, d)`.
///
/// Shapes: high, low, close `(n,)` → two arrays `(n,)`, float64.
#[doc = help!(fast_stochastic)]
#[doc = help!(errors "high, low or close")]
#[pyfunction]
#[pyo3(signature = (high, low, close, fast_k_period = 14, fast_d_period = 3, *, out = None))]
#[expect(clippy::similar_names, reason = "the names of the field")]
pub(crate) fn calculate_fast_stochastic<'py>(
    high: &Bound<'py, PyAny>,
    low: &Bound<'py, PyAny>,
    close: &Bound<'py, PyAny>,
    fast_k_period: i64,
    fast_d_period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Array<'py>, Array<'py>)> {
    let fast_k = Period::new("fast_k_period", fast_k_period).map_err(refuse)?;
    let fast_d = Period::new("fast_d_period", fast_d_period).map_err(refuse)?;
    let [k, d] = over_bars([high, low, close], out, |[high, low, close], [k, d]| {
        batch::fast_stochastic(high, low, close, fast_k, fast_d, k, d)
    })?;
    Ok((k, d))
}
