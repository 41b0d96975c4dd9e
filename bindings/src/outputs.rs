//! Where results go: arrays that NumPy allocated, or those the caller handed in as `out`.

use indicators::IndicatorError;
use numpy::{PyArray1, PyArrayMethods, PyReadwriteArray1, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use crate::arguments::refuse;

/// A result as Python sees it.
pub(crate) type Array<'py> = Bound<'py, PyArray1<f64>>;

/// Below so many values the work takes less than 10 µs, and giving the interpreter's lock away costs more than it
/// saves: a thread that wants it back waits for the others' turns.
const SHORT: usize = 4_096;

/// Runs `work` with the interpreter's lock released, unless there is too little of it.
pub(crate) fn detach<T: Send>(py: Python<'_>, values: usize, work: impl FnOnce() -> T + Send) -> T {
    if values < SHORT {
        work()
    } else {
        py.detach(work)
    }
}

/// Lets `kernel` fill `N` arrays, each as long as the inputs: new ones, or those of `out`.
pub(crate) fn fill<'py, const N: usize>(
    py: Python<'py>,
    out: Option<&Bound<'py, PyAny>>,
    inputs: &[&[f64]],
    kernel: impl FnOnce([&mut [f64]; N]) -> Result<(), IndicatorError> + Send,
) -> PyResult<[Array<'py>; N]> {
    let length = inputs.first().map_or(0, |input| input.len());
    let arrays: [Array<'py>; N] = match out {
        None => new(py, length)?,
        Some(out) => handed_in(out)?,
    };
    let mut borrowed = borrow(&arrays, length)?;
    let mut slices = Vec::with_capacity(N);
    for (index, output) in borrowed.iter_mut().enumerate() {
        let slice = output.as_slice_mut().map_err(|_| {
            PyValueError::new_err(format!(
                "{} must be contiguous and aligned",
                name::<N>(index)
            ))
        })?;
        // The borrow above sees arrays that share an owner; this also sees two views of one foreign buffer.
        if inputs
            .iter()
            .copied()
            .chain(slices.iter().map(|other: &&mut [f64]| &**other))
            .any(|o| overlap(slice, o))
        {
            return Err(overlapping(&name::<N>(index)));
        }
        slices.push(slice);
    }
    let slices: [&mut [f64]; N] = slices
        .try_into()
        .unwrap_or_else(|_| unreachable!("as many slices as arrays"));
    detach(py, length, || kernel(slices)).map_err(refuse)?;
    Ok(arrays)
}

fn new<const N: usize>(py: Python<'_>, length: usize) -> PyResult<[Array<'_>; N]> {
    let mut arrays = Vec::with_capacity(N);
    for _ in 0..N {
        arrays.push(empty(py, length)?.cast_into::<PyArray1<f64>>()?);
    }
    Ok(arrays
        .try_into()
        .unwrap_or_else(|_| unreachable!("N arrays were made")))
}

/// A float64 array whose content is undefined until a kernel has written every value of it.
///
/// By `numpy.empty`, not zeroed: NumPy hands out memory that is mapped already where it can, and page faults would
/// cost more than the indicator.
pub(crate) fn empty<'py>(
    py: Python<'py>,
    shape: impl IntoPyObject<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    EMPTY.import(py, "numpy", "empty")?.call1((shape,))
}

/// The caller's array, or the `N` arrays of the caller's tuple.
fn handed_in<'py, const N: usize>(out: &Bound<'py, PyAny>) -> PyResult<[Array<'py>; N]> {
    let mut arrays = Vec::with_capacity(N);
    if N == 1 {
        arrays.push(float64(out, &name::<N>(0))?);
    } else {
        let parts = out.cast::<PyTuple>().ok().filter(|parts| parts.len() == N);
        let parts = parts
            .ok_or_else(|| PyTypeError::new_err(format!("out must be a tuple of {N} arrays")))?;
        for (index, part) in parts.iter().enumerate() {
            arrays.push(float64(&part, &name::<N>(index))?);
        }
    }
    Ok(arrays
        .try_into()
        .unwrap_or_else(|_| unreachable!("N arrays were taken")))
}

fn float64<'py>(out: &Bound<'py, PyAny>, name: &str) -> PyResult<Array<'py>> {
    out.cast::<PyArray1<f64>>().cloned().map_err(|_| {
        PyTypeError::new_err(format!(
            "{name} must be a one-dimensional NumPy array of float64"
        ))
    })
}

fn borrow<'py, const N: usize>(
    arrays: &[Array<'py>; N],
    length: usize,
) -> PyResult<Vec<PyReadwriteArray1<'py, f64>>> {
    let mut borrowed = Vec::with_capacity(N);
    for (index, array) in arrays.iter().enumerate() {
        let name = name::<N>(index);
        if array.len() != length {
            let actual = array.len();
            return Err(refuse(format!(
                "{name} has {actual} values, the input has {length}; they must be equally long"
            )));
        }
        borrowed.push(array.try_readwrite().map_err(|error| match error {
            numpy::BorrowError::NotWriteable => {
                PyValueError::new_err(format!("{name} is not writeable"))
            }
            _ => overlapping(&name),
        })?);
    }
    Ok(borrowed)
}

/// What to call the output at `index`.
fn name<const N: usize>(index: usize) -> String {
    if N == 1 {
        "out".to_owned()
    } else {
        format!("out[{index}]")
    }
}

fn overlapping(name: &str) -> PyErr {
    PyValueError::new_err(format!(
        "{name} shares memory with an input or another output, or is in use by another thread; give an array of its own"
    ))
}

fn overlap(one: &[f64], other: &[f64]) -> bool {
    let (one, other) = (one.as_ptr_range(), other.as_ptr_range());
    one.start < other.end && other.start < one.end
}
