//! The spread of the last values, and bands and scores made of it.

use indicators::{Period, batch};
use pyo3::prelude::*;

use super::over_period;
use crate::arguments::{numbers, refuse};
use crate::help::help;
use crate::outputs::{Array, fill};

/// Population standard deviation of the last `period` values.
///
/// Shapes: prices `(n,)` → `(n,)`, float64, in units of the price.
#[doc = help!(rolling_std)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 20, *, out = None))]
pub(crate) fn calculate_rolling_std<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::rolling_std)
}

/// How many standard deviations the value lies from the mean of the last `period`, itself among them.
///
/// Shapes: prices `(n,)` → `(n,)`, float64, without unit.
#[doc = help!(zscore)]
#[doc = help!(errors "prices")]
#[pyfunction]
#[pyo3(signature = (prices, period = 20, *, out = None))]
pub(crate) fn calculate_zscore<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_period(prices, period, out, batch::z_score)
}

/// Bollinger bands: `(upper, middle, lower)`.
///
/// Shapes: prices `(n,)` → three arrays `(n,)`, float64, in units of the price.
#[doc = help!(bollinger)]
#[doc = help!(errors "prices")]
/// `deviations` must be a positive number.
#[pyfunction]
#[pyo3(signature = (prices, period = 20, deviations = 2.0, *, out = None))]
pub(crate) fn calculate_bollinger<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    deviations: f64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Array<'py>, Array<'py>, Array<'py>)> {
    let period = Period::new("period", period).map_err(refuse)?;
    let values = numbers("prices", prices)?;
    let values = values.slice()?;
    let [upper, middle, lower] = fill(prices.py(), out, &[values], |[upper, middle, lower]| {
        batch::bollinger(values, period, deviations, upper, middle, lower)
    })?;
    Ok((upper, middle, lower))
}
