//! Prices with the volume that was traded at them.

use indicators::{IndicatorError, Period, batch};
use pyo3::prelude::*;

use super::equally_long;
use crate::arguments::{integers, numbers, refuse};
use crate::help::help;
use crate::outputs::{Array, fill};

/// On-balance volume: volume added when the price rises, subtracted when it falls.
///
/// Shapes: prices, volumes `(n,)` → `(n,)`, float64, in units of the volume.
#[doc = help!(obv)]
#[doc = help!(errors "prices or volumes")]
#[pyfunction]
#[pyo3(signature = (prices, volumes, *, out = None))]
pub(crate) fn calculate_obv<'py>(
    prices: &Bound<'py, PyAny>,
    volumes: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    over_volume(prices, volumes, out, batch::obv)
}

/// Average price of what was traded in the last `period` values, weighted by volume.
///
/// Shapes: prices, volumes `(n,)` → `(n,)`, float64, in units of the price.
#[doc = help!(rolling_vwap)]
#[doc = help!(errors "prices or volumes")]
#[pyfunction]
#[pyo3(signature = (prices, volumes, period = 20, *, out = None))]
pub(crate) fn calculate_rolling_vwap<'py>(
    prices: &Bound<'py, PyAny>,
    volumes: &Bound<'py, PyAny>,
    period: i64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    let period = Period::new("period", period).map_err(refuse)?;
    over_volume(prices, volumes, out, |prices, volumes, out| {
        batch::rolling_vwap(prices, volumes, period, out)
    })
}

/// Average price of what was traded since the session began, weighted by volume.
///
/// Shapes: prices, volumes `(n,)` and sessions `(n,)`, whole numbers → `(n,)`, float64, in units of the price.
#[doc = help!(vwap)]
#[doc = help!(errors "prices, volumes or sessions")]
#[pyfunction]
#[pyo3(signature = (prices, volumes, sessions = None, *, out = None))]
pub(crate) fn calculate_vwap<'py>(
    prices: &Bound<'py, PyAny>,
    volumes: &Bound<'py, PyAny>,
    sessions: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    let sessions = sessions
        .map(|argument| integers("sessions", argument))
        .transpose()?;
    let sessions = sessions.as_ref().map(|values| values.slice()).transpose()?;
    over_volume(prices, volumes, out, |prices, volumes, out| {
        batch::session_vwap(prices, volumes, sessions, out)
    })
}

fn over_volume<'py>(
    prices: &Bound<'py, PyAny>,
    volumes: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    kernel: impl FnOnce(&[f64], &[f64], &mut [f64]) -> Result<(), IndicatorError> + Send,
) -> PyResult<Array<'py>> {
    let py = prices.py();
    let (prices, volumes) = (numbers("prices", prices)?, numbers("volumes", volumes)?);
    let inputs = [prices.slice()?, volumes.slice()?];
    equally_long(["prices", "volumes"], &inputs)?;
    let [array] = fill(py, out, &inputs, |[out]| kernel(inputs[0], inputs[1], out))?;
    Ok(array)
}
