//! The features a model sees: of a series of bars, and of one bar after the other.

use indicators::features::batch_features;
use indicators::{Bar, FEATURE_COUNT, FeatureVector, Snapshot};
use numpy::{PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};

use crate::arguments::{flags, numbers, refuse, threads_of};
use crate::outputs::{detach, empty};
use crate::streaming::refuse_another;

/// The features a model sees, in the order of `FEATURE_NAMES`.
///
/// Formula: `FEATURE_SCHEMA` states them, `FEATURE_SCHEMA_HASH` names that statement; the same steps run in the live
/// service and in the class `Features`, bit for bit.
/// Source: Quarterdeck's own definition, version `FEATURE_SCHEMA_VERSION`.
/// Shapes: closes, volumes `(n,)` of consecutive bars, `after_break` `(n,)` booleans → `(n, 7)`, float64, C order.
/// Warm-up: rows are NaN until `FEATURE_WARM_UP_BARS` bars have been seen; a bar marked in `after_break`, a close that is
/// not a positive number and a volume that is not finite or below zero start a new one.
/// Out: `out` receives the result and is returned: a float64 array `(n, 7)`.
/// Threads: a stretch of 32,000 bars or more is computed by up to `threads` at once, by default one per processor; the bits
/// don't depend on them.
/// Errors: `ValueError`, naming the argument, for columns that are not one-dimensional or not equally long, for an `out`
/// that has another shape, is read-only, not contiguous or shares memory with an input, and for `threads` that are not
/// between 1 and 1024; `TypeError` for what is
/// not numbers, for an `after_break` that is not booleans and for an `out` that is not float64.
#[pyfunction]
#[pyo3(signature = (closes, volumes, after_break = None, *, out = None, threads = None))]
pub(crate) fn compute_features<'py>(
    closes: &Bound<'py, PyAny>,
    volumes: &Bound<'py, PyAny>,
    after_break: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let py = closes.py();
    let threads = threads_of(threads)?;
    let (closes, volumes) = (numbers("closes", closes)?, numbers("volumes", volumes)?);
    let after_break = after_break
        .map(|argument| flags("after_break", argument))
        .transpose()?;
    let breaks = after_break
        .as_ref()
        .map(|values| values.slice())
        .transpose()?;
    let (closes, volumes) = (closes.slice()?, volumes.slice()?);
    let shape = [closes.len(), FEATURE_COUNT];
    let matrix = match out {
        None => empty(py, shape)?.cast_into::<PyArray2<f64>>()?,
        Some(out) => out.cast::<PyArray2<f64>>().cloned().map_err(|_| {
            PyTypeError::new_err("out must be a two-dimensional NumPy array of float64")
        })?,
    };
    if matrix.shape() != shape {
        return Err(refuse(format!(
            "out must have the shape ({}, {FEATURE_COUNT}), not {:?}",
            shape[0],
            matrix.shape()
        )));
    }
    if !matrix.is_c_contiguous() {
        return Err(refuse("out must be contiguous, in C order"));
    }
    let mut borrowed = matrix
        .try_readwrite()
        .map_err(|error| PyValueError::new_err(format!("out can't be written: {error}")))?;
    let (rows, _) = borrowed.as_slice_mut()?.as_chunks_mut::<FEATURE_COUNT>();
    let work = || batch_features(closes, volumes, breaks, threads, rows);
    detach(py, closes.len() * FEATURE_COUNT, work).map_err(refuse)?;
    drop(borrowed);
    Ok(matrix)
}

/// The features a model sees, of one bar after the other: `compute_features`, the same bits.
///
/// Formula: `FEATURE_SCHEMA` states them.
/// Source: Quarterdeck's own definition, version `FEATURE_SCHEMA_VERSION`.
/// Shapes: `update(close, volume, after_break=False)` → a tuple of 7 floats in the order of `FEATURE_NAMES`, or None.
/// Warm-up: None until `FEATURE_WARM_UP_BARS` bars have been seen; `after_break`, a close that is not a positive number
/// and a volume that is not finite or below zero start a new one.
/// Errors: `ValueError` for a snapshot that is damaged or another's; `TypeError` for what is not a number.
#[pyclass(module = "trading_rust")]
#[derive(Default)]
pub(crate) struct Features {
    inner: FeatureVector,
}

type Row = (f64, f64, f64, f64, f64, f64, f64);

#[pymethods]
impl Features {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Takes a closed bar and gives its features; None until warmed up.
    #[pyo3(signature = (close, volume, after_break = false, /))]
    fn update(&mut self, close: f64, volume: f64, after_break: bool) -> Option<Row> {
        self.inner
            .update(&Bar {
                start_us: 0,
                open: close,
                high: close,
                low: close,
                close,
                volume,
                rows: 1,
                after_break,
            })
            .map(Row::from)
    }

    /// The features of the last bar; None before one and in warm-up.
    #[getter]
    fn value(&self) -> Option<Row> {
        self.inner.value().map(Row::from)
    }

    /// Forgets everything: the next bar is a first one.
    fn reset(&mut self) {
        self.inner.reset();
    }

    /// The whole state as bytes, versioned and with a checksum.
    fn snapshot<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.snapshot())
    }

    /// The features a snapshot was taken of; their next update gives the same bits.
    ///
    /// `ValueError` for bytes that are damaged, of another indicator or of another version.
    #[classmethod]
    #[pyo3(signature = (snapshot, /))]
    fn restore(_class: &Bound<'_, PyType>, snapshot: &[u8]) -> PyResult<Self> {
        refuse_another("Features", snapshot)?;
        let mut inner = FeatureVector::new();
        inner.restore(snapshot).map_err(refuse)?;
        Ok(Self { inner })
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let restore = slf.get_type().getattr("restore")?;
        Ok((restore, (slf.borrow().snapshot(slf.py()),)))
    }

    fn __repr__(&self) -> String {
        format!("<Features after {} bars>", self.inner.bars_seen())
    }
}
