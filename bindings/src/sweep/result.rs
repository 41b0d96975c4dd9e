//! What a sweep gives back to Python: a column per parameter and per figure.

use ::backtest::sweep::Metrics;
use numpy::{PyArray1, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::grid::Grid;
use crate::backtest::choice;

/// A figure of each combination.
struct Figure {
    name: &'static str,
    of: fn(&Metrics) -> f64,
    /// Whether more of it is better.
    more: bool,
}

const FIGURES: [Figure; 8] = [
    Figure {
        name: "pnl",
        of: |metrics| metrics.pnl,
        more: true,
    },
    Figure {
        name: "sharpe",
        of: |metrics| metrics.sharpe,
        more: true,
    },
    Figure {
        name: "sortino",
        of: |metrics| metrics.sortino,
        more: true,
    },
    Figure {
        name: "max_drawdown",
        of: |metrics| metrics.max_drawdown,
        more: false,
    },
    Figure {
        name: "win_rate",
        of: |metrics| metrics.win_rate,
        more: true,
    },
    Figure {
        name: "profit_factor",
        of: |metrics| metrics.profit_factor,
        more: true,
    },
    Figure {
        name: "turnover",
        of: |metrics| metrics.turnover,
        more: false,
    },
    Figure {
        name: "exposure",
        of: |metrics| metrics.exposure,
        more: false,
    },
];

/// The result of `sweep`: one place per combination in every array, in the order of `itertools.product` of the grid.
///
/// The figures mean what they do in `BacktestReport`. They are NaN, and `trades` 0, where `valid` is False. A result can be
/// pickled and copied.
#[pyclass(frozen, module = "trading_rust")]
pub(crate) struct SweepResult {
    /// The strategy swept.
    #[pyo3(get)]
    strategy: String,
    /// Rows that make a year in `sharpe` and `sortino`.
    #[pyo3(get)]
    periods_per_year: f64,
    /// Values of each name of the grid, by name: int64 where they count something, else float64 (NaN: no such exit).
    #[pyo3(get)]
    parameters: Py<PyDict>,
    /// False for a combination without meaning.
    #[pyo3(get)]
    valid: Py<PyArray1<bool>>,
    /// Number of closed trades.
    #[pyo3(get)]
    trades: Py<PyArray1<i64>>,
    figures: [Py<PyArray1<f64>>; FIGURES.len()],
    count: usize,
}

impl SweepResult {
    pub(super) fn new(
        py: Python<'_>,
        grid: &Grid,
        strategy: &str,
        metrics: &[Option<Metrics>],
        periods_per_year: f64,
    ) -> PyResult<Self> {
        let parameters = PyDict::new(py);
        for (name, values, whole) in grid.columns() {
            let column = PyArray1::from_slice(py, values).into_any();
            let column = if whole {
                column.call_method1("astype", ("int64",))?
            } else {
                column
            };
            read_only(&column)?;
            parameters.set_item(name, column)?;
        }
        let figures = FIGURES.map(|figure| {
            let values = metrics
                .iter()
                .map(|metrics| metrics.as_ref().map_or(f64::NAN, figure.of));
            PyArray1::from_iter(py, values)
        });
        let valid = PyArray1::from_iter(py, metrics.iter().map(Option::is_some));
        let trades = metrics
            .iter()
            .map(|metrics| metrics.as_ref().map_or(0, |metrics| metrics.trades as i64));
        let trades = PyArray1::from_iter(py, trades);
        for figure in &figures {
            read_only(figure)?;
        }
        read_only(&valid)?;
        read_only(&trades)?;
        Ok(Self {
            strategy: strategy.to_owned(),
            periods_per_year,
            parameters: parameters.unbind(),
            valid: valid.unbind(),
            trades: trades.unbind(),
            figures: figures.map(Bound::unbind),
            count: metrics.len(),
        })
    }

    fn figure<'py>(&self, py: Python<'py>, place: usize) -> Bound<'py, PyArray1<f64>> {
        self.figures[place].bind(py).clone()
    }

    /// Name and array of every column: parameters, validity, figures.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = self.parameters.bind(py).copy()?;
        columns.set_item("valid", &self.valid)?;
        for (figure, values) in FIGURES.iter().zip(&self.figures) {
            columns.set_item(figure.name, values)?;
        }
        columns.set_item("trades", &self.trades)?;
        Ok(columns)
    }
}

#[pymethods]
impl SweepResult {
    /// Profit after all costs, money.
    #[getter]
    fn pnl<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 0)
    }

    /// Sharpe ratio (1994).
    #[getter]
    fn sharpe<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 1)
    }

    /// Sortino ratio (1994).
    #[getter]
    fn sortino<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 2)
    }

    /// Largest drawdown, money.
    #[getter]
    fn max_drawdown<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 3)
    }

    /// Share of the closed trades that won.
    #[getter]
    fn win_rate<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 4)
    }

    /// Gross profit over gross loss of the closed trades.
    #[getter]
    fn profit_factor<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 5)
    }

    /// Traded notional, money.
    #[getter]
    fn turnover<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 6)
    }

    /// Share of the rows behind which a position was held.
    #[getter]
    fn exposure<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.figure(py, 7)
    }

    /// The best combination: its place as `index`, its parameters and its figures.
    ///
    /// `by` is `"pnl"`, `"sharpe"`, `"sortino"`, `"win_rate"` or `"profit_factor"`, of which more is better, or
    /// `"max_drawdown"`, `"turnover"` or `"exposure"`, of which less is. NaN is never best; among equals the first is.
    /// ValueError for another name, and where every figure is NaN.
    #[pyo3(signature = (by = "sharpe"))]
    fn best<'py>(&self, py: Python<'py>, by: &str) -> PyResult<Bound<'py, PyDict>> {
        let mut names = [("", 0); FIGURES.len()];
        for (place, figure) in FIGURES.iter().enumerate() {
            names[place] = (figure.name, place);
        }
        let chosen = choice("by", by, &names)?;
        let sign = if FIGURES[chosen].more { 1.0 } else { -1.0 };
        let mut best: Option<(usize, f64)> = None;
        for (place, value) in self.figures[chosen]
            .bind(py)
            .readonly()
            .as_slice()?
            .iter()
            .enumerate()
        {
            let value = value * sign;
            if !value.is_nan() && best.is_none_or(|(_, highest)| value > highest) {
                best = Some((place, value));
            }
        }
        let Some((place, _)) = best else {
            return Err(PyValueError::new_err(format!(
                "{by} is NaN for every combination; none is best"
            )));
        };
        let row = PyDict::new(py);
        row.set_item("index", place)?;
        for (name, column) in self.columns(py)?.iter() {
            row.set_item(name, column.get_item(place)?.call_method0("item")?)?;
        }
        Ok(row)
    }

    /// A pandas `DataFrame`: a row per combination, a column per parameter and figure.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("pandas")?
            .call_method1("DataFrame", (self.columns(py)?,))
    }

    /// For pickle and copy.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let restore = py.get_type::<Self>().getattr("_restored")?;
        let state = (
            (&self.strategy, self.periods_per_year),
            &self.parameters,
            (&self.valid, &self.trades),
            &self.figures,
        );
        (restore, state).into_pyobject(py)
    }

    /// What `__reduce__` told, as a result.
    #[classmethod]
    #[pyo3(name = "_restored", signature = (setting, parameters, counts, figures, /))]
    fn restored<'py>(
        _class: &Bound<'py, PyType>,
        setting: (String, f64),
        parameters: Bound<'py, PyDict>,
        counts: (Bound<'py, PyArray1<bool>>, Bound<'py, PyArray1<i64>>),
        figures: [Bound<'py, PyArray1<f64>>; FIGURES.len()],
    ) -> PyResult<Self> {
        let ((strategy, periods_per_year), (valid, trades)) = (setting, counts);
        for column in parameters.values() {
            read_only(&column)?;
        }
        for figure in &figures {
            read_only(figure)?;
        }
        read_only(&valid)?;
        read_only(&trades)?;
        Ok(Self {
            strategy,
            periods_per_year,
            parameters: parameters.unbind(),
            count: valid.len(),
            valid: valid.unbind(),
            trades: trades.unbind(),
            figures: figures.map(Bound::unbind),
        })
    }

    fn __len__(&self) -> usize {
        self.count
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let names: Vec<String> = self.parameters.bind(py).keys().extract()?;
        Ok(format!(
            "<SweepResult: {} of {}, {} combinations>",
            self.strategy,
            names.join(", "),
            self.count
        ))
    }
}

fn read_only(array: &Bound<'_, PyAny>) -> PyResult<()> {
    array.call_method1("setflags", (false,)).map(drop)
}
