//! Wilder's ranges of bars.

use indicators::{Period, batch};
use pyo3::prelude::*;

use super::over_bars;
use crate::arguments::refuse;
use crate::help::help;
use crate::outputs::Array;

/// True range of each bar: its range, the gap to the close before it included.
///
/// Shapes: high, low, close `(n,)` → `(n,)`, float64.
#[doc = help!(true_range)]
#[doc = help!(errors "high, low or close")]
#[pyfunction]
#[pyo3(signature = (high, low, close, *, out = None))]
pub(crate) fn calculate_true_range<'py>(
    high: &Bound<'py, PyAny>,
    low: &Bound<'py, PyAny>,
    close: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    let [range] = over_bars([high, low, close], out, |[high, low, close], [out]| {
        batch::true_range(high, low, close, out)
    })?;
    Ok(range)
}

/// Average true range.
///
/// Shapes: high, low, close `(n,)` → `(n,)`, float64.
#[doc = help!(atr)]
#[doc = help!(errors "high, low or close")]
#[pyfunction]
#[pyo3(signature = (high, low, close, period = 14, *, out = None))]
pub(crate) fn calculate_atr<'py>(
    high: &Bound<'py, PyAny>,
    low: &Bound<'py, PyAny>,
    close: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let [range] = over_bars([high, low, close], out, |[high, low, close], [out]| {
        batch::atr(high, low, close, period, out)
    })?;
    Ok(range)
}

/// Average directional index, 0 … 100: how strong the trend is, whichever way it goes.
///
/// Shapes: high, low, close `(n,)` → `(n,)`, float64.
#[doc = help!(adx)]
#[doc = help!(errors "high, low or close")]
#[pyfunction]
#[pyo3(signature = (high, low, close, period = 14, *, out = None))]
pub(crate) fn calculate_adx<'py>(
    high: &Bound<'py, PyAny>,
    low: &Bound<'py, PyAny>,
    close: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let [index] = over_bars([high, low, close], out, |[high, low, close], [out]| {
        batch::adx(high, low, close, period, out)
    })?;
    Ok(index)
}
