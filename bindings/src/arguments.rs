//! Python's arguments as Rust slices: converted once, refused with their name.

use std::fmt::Display;
use std::sync::OnceLock;
use std::thread::available_parallelism;

use numpy::{
    Element, PyArrayDescrMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::PyTypeInfo;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

/// The kinds of NumPy dtypes an argument may have: `f` float, `i` signed, `u` unsigned, `b` bool.
const NUMBERS: &str = "fiu";
const INTEGERS: &str = "iu";
const FLAGS: &str = "b";

/// A one-dimensional, contiguous, aligned array, borrowed from Python.
pub(crate) struct Values<'py, T: Element>(PyReadonlyArray1<'py, T>);

impl<T: Element> Values<'_, T> {
    pub(crate) fn slice(&self) -> PyResult<&[T]> {
        Ok(self.0.as_slice()?)
    }
}

/// Numbers of any dtype, as float64.
pub(crate) fn numbers<'py>(name: &str, argument: &Bound<'py, PyAny>) -> PyResult<Values<'py, f64>> {
    convert(name, argument, NUMBERS, "float64", "numbers")
}

/// Whole numbers, as int64; floats are refused, since a timestamp in them has lost digits.
pub(crate) fn integers<'py>(
    name: &str,
    argument: &Bound<'py, PyAny>,
) -> PyResult<Values<'py, i64>> {
    convert(name, argument, INTEGERS, "int64", "whole numbers")
}

/// How many threads to use: as many as given, by default one for each processor.
pub(crate) fn threads_of(given: Option<i64>) -> PyResult<usize> {
    // To ask for it takes longer than the features of a short series.
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    match given {
        None => Ok(*PROCESSORS.get_or_init(|| available_parallelism().map_or(1, usize::from))),
        Some(threads @ 1..=1024) => Ok(threads as usize),
        Some(threads) => Err(refuse(format!(
            "threads is {threads}; it must be between 1 and 1024"
        ))),
    }
}

/// True and false.
pub(crate) fn flags<'py>(name: &str, argument: &Bound<'py, PyAny>) -> PyResult<Values<'py, bool>> {
    convert(name, argument, FLAGS, "bool", "booleans")
}

/// A refusal as Python's `ValueError`: all that the crates refuse is a value.
pub(crate) fn refuse(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Refuses an array with masked values: as plain numbers they would count like all others.
pub(crate) fn refuse_masked(name: &str, argument: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = argument.py();
    if argument.get_type().is(PyUntypedArray::type_object(py)) {
        return Ok(());
    }
    let masked = py
        .import("numpy.ma")?
        .call_method1("is_masked", (argument,))?;
    if masked.is_truthy()? {
        return Err(PyTypeError::new_err(format!(
            "{name} has masked values; fill or drop them first: {name}.filled(numpy.nan) or {name}.compressed()"
        )));
    }
    Ok(())
}

/// How dates become the microseconds that are wanted; nothing for an argument that is no date.
fn remedy(name: &str, kind: char, argument: &Bound<'_, PyAny>) -> &'static str {
    // An index with a time zone comes as objects.
    let index = argument.hasattr("asi8").unwrap_or(false);
    if !name.ends_with("_us") || !(kind == 'M' || index) {
        ""
    } else if index {
        "; give a DatetimeIndex as .as_unit(\"us\").asi8"
    } else {
        "; give datetime64 values as .astype(\"datetime64[us]\").astype(\"int64\"), \
         a DatetimeIndex as .as_unit(\"us\").asi8"
    }
}

fn convert<'py, T: Element>(
    name: &str,
    argument: &Bound<'py, PyAny>,
    kinds: &str,
    dtype: &str,
    wanted: &str,
) -> PyResult<Values<'py, T>> {
    refuse_masked(name, argument)?;
    if let Ok(array) = argument.extract::<PyReadonlyArray1<'py, T>>()
        && array.as_slice().is_ok()
    {
        return Ok(Values(array));
    }
    let numpy = argument.py().import("numpy")?;
    let array = numpy
        .call_method1("asarray", (argument,))
        .map_err(|error| {
            PyTypeError::new_err(format!("{name} is not an array of {wanted}: {error}"))
        })?;
    let untyped = array.cast::<PyUntypedArray>()?;
    let kind = char::from(untyped.dtype().kind());
    if untyped.ndim() != 1 {
        return Err(refuse(format!(
            "{name} must have one dimension, not {}",
            untyped.ndim()
        )));
    }
    // An empty list has no numbers to tell its kind by: NumPy calls it float64.
    if !kinds.contains(kind) && !untyped.is_empty() {
        let actual = untyped.dtype().to_string();
        return Err(PyTypeError::new_err(format!(
            "{name} must be {wanted}, not {actual}{}",
            remedy(name, kind, argument)
        )));
    }
    let options = [("requirements", ["C_CONTIGUOUS", "ALIGNED"])].into_py_dict(argument.py())?;
    let array = numpy.call_method("require", (array, dtype), Some(&options))?;
    Ok(Values(array.extract()?))
}
