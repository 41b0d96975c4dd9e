//! The feature matrix of a series of bars.

use indicators::FEATURE_COUNT;
use indicators::features::batch_features;
use numpy::{PyArray2, PyArrayMethods};
use pyo3::prelude::*;

use crate::arguments::{flags, numbers, refuse};

/// The features a model sees: an array of shape `(n, 7)`, columns in the order of `FEATURE_NAMES`.
///
/// `closes` and `volumes` are those of consecutive bars; `after_break` (optional booleans) marks bars before which
/// nothing may be computed. Rows are NaN until 51 bars have been seen. The formulas are in `FEATURE_SCHEMA`; the same
/// code runs, bar by bar, in the live service.
#[pyfunction]
#[pyo3(signature = (closes, volumes, after_break = None))]
pub(crate) fn compute_features<'py>(
    closes: &Bound<'py, PyAny>,
    volumes: &Bound<'py, PyAny>,
    after_break: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let py = closes.py();
    let (closes, volumes) = (numbers("closes", closes)?, numbers("volumes", volumes)?);
    let after_break = after_break
        .map(|argument| flags("after_break", argument))
        .transpose()?;
    let breaks = after_break
        .as_ref()
        .map(|values| values.slice())
        .transpose()?;
    let (closes, volumes) = (closes.slice()?, volumes.slice()?);
    let matrix = PyArray2::zeros(py, [closes.len(), FEATURE_COUNT], false);
    {
        let mut borrowed = matrix.readwrite();
        let (rows, _) = borrowed.as_slice_mut()?.as_chunks_mut::<FEATURE_COUNT>();
        py.detach(|| batch_features(closes, volumes, breaks, |index, row| rows[index] = row))
            .map_err(refuse)?;
    }
    Ok(matrix)
}
