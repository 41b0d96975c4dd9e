//! What a model is to foretell.

use numpy::PyArray1;
use pyo3::prelude::*;
use strategy::labels::{Bars, Labels, barriers, forward};

use crate::arguments::{numbers, refuse};

/// The labels of a series: int64 of 0 hold, 1 buy, 2 sell; and the returns they stand for, float64.
type Arrays<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>);

/// Labels by what the close does over the next `horizon` bars: 1 (2) where it rises (falls) by more than the cost.
///
/// Shapes: `closes` and `costs`, fractions of the price that a round trip pays, `(n,)` → labels and returns,
/// `(n − horizon,)` each. A cost of NaN gives 0.
/// Errors: ValueError for a horizon below 1 and for arrays that are not equally long; TypeError for what is no number.
#[pyfunction]
pub(crate) fn label_forward<'py>(
    closes: &Bound<'py, PyAny>,
    costs: &Bound<'py, PyAny>,
    horizon: i64,
) -> PyResult<Arrays<'py>> {
    let py = closes.py();
    let horizon = bars_ahead(horizon)?;
    let (closes, costs) = (numbers("closes", closes)?, numbers("costs", costs)?);
    let (closes, costs) = (closes.slice()?, costs.slice()?);
    let made = py
        .detach(|| forward(closes, costs, horizon))
        .map_err(refuse)?;
    Ok(arrays(py, made))
}

/// Labels by the first of three barriers that is touched within the next `horizon` bars: 1 for the upper, 2 for the
/// lower one, 0 for none or for both in one bar.
///
/// Formula: they lie `width · σ · √horizon` from the close, σ being the population deviation of a bar's return over the
/// last 50, and never nearer than the cost.
/// Source: M. López de Prado, Advances in Financial Machine Learning, 2018, section 3.4.
/// Shapes: `closes`, `highs`, `lows` and `costs`, fractions of the price that a round trip pays, `(n,)` → labels and
/// returns, `(n − horizon,)` each: the distance of the barrier, or the return over the horizon where it is 0.
/// Warm-up: 0 for the first 50 bars, and where the cost is NaN.
/// Errors: ValueError for a horizon below 1, a width that is not above 0 and for arrays that are not equally long;
/// TypeError for what is no number.
#[pyfunction]
pub(crate) fn label_barriers<'py>(
    closes: &Bound<'py, PyAny>,
    highs: &Bound<'py, PyAny>,
    lows: &Bound<'py, PyAny>,
    costs: &Bound<'py, PyAny>,
    horizon: i64,
    width: f64,
) -> PyResult<Arrays<'py>> {
    let py = closes.py();
    let horizon = bars_ahead(horizon)?;
    if !(width > 0.0 && width.is_finite()) {
        return Err(refuse(format!("width is {width}; it must be above 0")));
    }
    let (closes, highs) = (numbers("closes", closes)?, numbers("highs", highs)?);
    let (lows, costs) = (numbers("lows", lows)?, numbers("costs", costs)?);
    let bars = Bars {
        close: closes.slice()?,
        high: highs.slice()?,
        low: lows.slice()?,
        cost: costs.slice()?,
    };
    let made = py
        .detach(|| barriers(&bars, horizon, width))
        .map_err(refuse)?;
    Ok(arrays(py, made))
}

fn bars_ahead(horizon: i64) -> PyResult<usize> {
    match usize::try_from(horizon) {
        Ok(bars @ 1..) => Ok(bars),
        _ => Err(refuse(format!(
            "horizon is {horizon}; it must be 1 bar or more"
        ))),
    }
}

fn arrays(py: Python<'_>, made: Labels) -> Arrays<'_> {
    (
        PyArray1::from_vec(py, made.labels),
        PyArray1::from_vec(py, made.returns),
    )
}
