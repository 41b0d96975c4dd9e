//! One class for each indicator that takes a value at a time. The state is the crate's; this is its Python coat.

mod averages;
mod bars;
mod prices;

pub(crate) use averages::{Bollinger, Ema, Macd, RollingStd, Sma, Wma, ZScore};
pub(crate) use bars::{Adx, Atr, FastStochastic, Obv, RollingVwap, Stochastic, TrueRange, Vwap};
pub(crate) use prices::{Momentum, Roc, Rsi};

use indicators::Period;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arguments::refuse;

/// A parameter of an indicator, as it stands at the front of a snapshot.
pub(crate) trait Parameter: Sized {
    fn write(&self, bytes: &mut Vec<u8>);
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

impl Parameter for i64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (front, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_le_bytes(*front))
    }
}

impl Parameter for f64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (front, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_le_bytes(*front))
    }
}

/// A period by its Python name.
fn period(name: &'static str, value: i64) -> PyResult<Period> {
    Period::new(name, value).map_err(refuse)
}

/// What a snapshot of the crate begins with; the name of its indicator follows the version.
const MAGIC: &[u8; 4] = b"QDIS";
/// Classes whose indicator has another name in the crate.
const PYTHON_NAMES: [(&str, &str); 3] = [
    ("FeatureVector", "Features"),
    ("RateOfChange", "Roc"),
    ("SessionVwap", "Vwap"),
];

/// The Python class whose snapshot `bytes` is, if they are one of another class than `class`.
///
/// The crate's part stands behind 0 … 3 parameters of eight bytes each, whichever class wrote it.
fn of_another(class: &str, bytes: &[u8]) -> Option<String> {
    let found = (0..=3).find_map(|parameters| {
        let framed = bytes.get(parameters * 8..)?.strip_prefix(MAGIC)?;
        let [_version, length, rest @ ..] = framed else {
            return None;
        };
        let name = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?;
        name.chars()
            .all(|letter| letter.is_ascii_alphanumeric())
            .then_some(name)
    })?;
    let renamed = PYTHON_NAMES.iter().find(|(name, _)| *name == found);
    let name = renamed.map_or(found, |(_, python)| python);
    (name != class).then(|| name.to_owned())
}

/// Refuses a snapshot of another class before any of it is read as this class's parameters.
pub(crate) fn refuse_another(class: &str, bytes: &[u8]) -> PyResult<()> {
    of_another(class, bytes).map_or(Ok(()), |other| {
        Err(PyValueError::new_err(format!(
            "these bytes are a snapshot of {other}, not of {class}; restore them with {other}.restore"
        )))
    })
}

/// Bytes too short to hold even the parameters.
fn cut_short(class: &str) -> PyErr {
    PyValueError::new_err(format!(
        "bytes are no snapshot of {class}: they end too early"
    ))
}

/// A class around an indicator: parameters, how it is made, what an update takes and what comes out.
///
/// A snapshot is the parameters followed by the crate's snapshot, which knows its own version, parameters and
/// checksum, so damage to either part is refused.
macro_rules! streaming {
    (
        $(#[$doc:meta])*
        $name:ident($($parameter:ident: $kind:ty = $default:tt),*) over $inner:ty,
        $new:expr;
        update($($input:ident: $input_kind:ty $(= $input_default:tt)?),+) => $step:expr;
        |$state:ident| -> $output:ty { $read:expr }
    ) => {
        $(#[$doc])*
        ///
        /// Methods: `update` takes the next value and gives the new result, `value` is the last one (NaN in warm-up),
        /// `reset` forgets everything, `snapshot` and `restore` carry the state elsewhere; so do pickle and copy.
        /// Errors: `ValueError` naming a parameter out of its bounds or a snapshot that is damaged or another's;
        /// `TypeError` for what is not a number.
        #[pyclass(module = "trading_rust")]
        pub(crate) struct $name {
            inner: $inner,
            $($parameter: $kind,)*
        }

        #[pymethods]
        #[allow(clippy::similar_names, reason = "parameters have the names of the field")]
        impl $name {
            #[new]
            #[pyo3(signature = ($($parameter = $default),*))]
            fn new($($parameter: $kind),*) -> PyResult<Self> {
                let inner = $new;
                Ok(Self { inner, $($parameter),* })
            }

            /// Takes the next value and gives the result with it; NaN until warmed up.
            ///
            /// What is not finite gives NaN and starts a new warm-up, as in the batch function.
            #[pyo3(signature = ($($input $(= $input_default)?),+, /))]
            fn update(&mut self, $($input: $input_kind),+) -> $output {
                let $state = indicators::Indicator::update(&mut self.inner, $step);
                $read
            }

            /// The result of the last update; NaN before one and in warm-up.
            #[getter]
            fn value(&self) -> $output {
                let $state = indicators::Indicator::value(&self.inner);
                $read
            }

            /// Forgets everything but the parameters: the next value is a first one.
            fn reset(&mut self) {
                indicators::Indicator::reset(&mut self.inner);
            }

            /// The parameters and the whole state, as bytes: versioned and with a checksum.
            fn snapshot<'py>(
                &self,
                py: Python<'py>,
            ) -> pyo3::Bound<'py, pyo3::types::PyBytes> {
                #[allow(unused_mut, reason = "there may be no parameter")]
                let mut bytes = Vec::<u8>::new();
                $($crate::streaming::Parameter::write(&self.$parameter, &mut bytes);)*
                bytes.extend(indicators::Snapshot::snapshot(&self.inner));
                pyo3::types::PyBytes::new(py, &bytes)
            }

            /// The indicator a snapshot was taken of; its next update gives the same bits.
            ///
            /// `ValueError` for bytes that are damaged, of another indicator or of another version.
            #[classmethod]
            #[pyo3(signature = (snapshot, /))]
            fn restore(
                _class: &pyo3::Bound<'_, pyo3::types::PyType>,
                snapshot: &[u8],
            ) -> PyResult<Self> {
                $crate::streaming::refuse_another(stringify!($name), snapshot)?;
                #[allow(unused_mut, reason = "there may be no parameter")]
                let mut rest = snapshot;
                $(let $parameter = <$kind as $crate::streaming::Parameter>::read(&mut rest)
                    .ok_or_else(|| $crate::streaming::cut_short(stringify!($name)))?;)*
                let mut restored = Self::new($($parameter),*)?;
                indicators::Snapshot::restore(&mut restored.inner, rest)
                    .map_err($crate::arguments::refuse)?;
                Ok(restored)
            }

            fn __reduce__<'py>(
                slf: &pyo3::Bound<'py, Self>,
            ) -> PyResult<(pyo3::Bound<'py, PyAny>, (pyo3::Bound<'py, pyo3::types::PyBytes>,))> {
                let restore = slf.get_type().getattr("restore")?;
                Ok((restore, (slf.borrow().snapshot(slf.py()),)))
            }

            fn __repr__(&self) -> String {
                let parameters: Vec<String> =
                    vec![$(format!("{}={:?}", stringify!($parameter), self.$parameter)),*];
                format!("{}({})", stringify!($name), parameters.join(", "))
            }

            $(
                #[getter]
                fn $parameter(&self) -> $kind {
                    self.$parameter
                }
            )*
        }
    };
}
use streaming;
