//! Backtests over a grid of parameters.

mod grid;
mod result;

use backtest::Quotes;
use backtest::sweep::{Sweep, SweepError};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray2};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

use crate::arguments::{integers, numbers, refuse, refuse_masked, threads_of};
use crate::backtest::{Series, annual, series, signal_values, touch};
use grid::{Fixed, Grid, Kind};

pub(crate) use result::SweepResult;

/// Backtests every combination of a grid's parameters on one instrument, over all cores.
///
/// `strategy` says how the signals are made, by the same code as `calculate_sma` and its sisters, each distinct series
/// computed once. Its parameters, to be named in `grid`:
/// `"sma_cross"`, `"ema_cross"`: `fast`, `slow`. Long while the fast average stands above the slow one, short below.
/// `"macd"`: `fast` (12), `slow` (26), `signal` (9). Long while the line stands above its signal, short below.
/// `"rsi_reversion"`: `period` (14), `lower` (30), `upper` (70). Long below lower, short above upper, kept between.
/// `"threshold"`: `threshold`. `signals_from_probabilities(probabilities, threshold)`, the desk's own rule.
/// `"signals"`: none. Those of the argument `signals`.
/// During an indicator's warm-up the signal is 0.
///
/// `grid` maps a name to a number or a sequence of them: the strategy's parameters and the options `size`,
/// `commission`, `commission_per_unit`, `slippage`, `spread`, `latency`, `stop_loss`, `take_profit` (None in a sequence:
/// no such exit), which mean what they do in `backtest`. The combinations come in the order of `itertools.product`: the
/// name given last changes fastest. A combination without meaning (`fast` not below `slow`, `lower` not below `upper`)
/// is kept in its place with NaN figures, no trades and `valid` False; a value without meaning is refused.
///
/// `bids` and `asks`, one per row, are where every combination is filled, as in `backtest`; so is `spread` with one value
/// per row. Each takes the place of `spread` in the grid.
///
/// `fill`, `tick_size`, `multiplier`, `long_only`, `stop_unit`, `periods_per_year` and `timestamps_us` are as in
/// `backtest`. `threads` is the number of cores unless given. Neither it nor chance shows in the result. Ctrl-C ends the
/// sweep between two combinations. Memory: 8 bytes a row for each distinct average or index, 1 for each distinct MACD,
/// 9 for each thread.
///
/// Errors: ValueError or TypeError with the argument's name.
#[pyfunction]
#[pyo3(signature = (
    prices, strategy, grid, *, signals = None, probabilities = None, spread = None, bids = None, asks = None, fill = "same",
    tick_size = None, multiplier = 1.0, long_only = false, stop_unit = "fraction", periods_per_year = None, timestamps_us = None, threads = None,
))]
#[expect(
    clippy::too_many_arguments,
    reason = "each is an option of its own by name"
)]
pub(crate) fn sweep<'py>(
    prices: &Bound<'py, PyAny>,
    strategy: &str,
    grid: &Bound<'py, PyDict>,
    signals: Option<&Bound<'py, PyAny>>,
    probabilities: Option<&Bound<'py, PyAny>>,
    spread: Option<&Bound<'py, PyAny>>,
    bids: Option<&Bound<'py, PyAny>>,
    asks: Option<&Bound<'py, PyAny>>,
    fill: &str,
    tick_size: Option<f64>,
    multiplier: f64,
    long_only: bool,
    stop_unit: &str,
    periods_per_year: Option<f64>,
    timestamps_us: Option<Bound<'py, PyAny>>,
    threads: Option<i64>,
) -> PyResult<SweepResult> {
    let py = prices.py();
    let kind = Kind::of(strategy)?;
    let fixed = Fixed::new(fill, tick_size, multiplier, long_only, stop_unit)?;
    let grid = Grid::take(kind, grid, &fixed)?;
    let prices = numbers("prices", prices)?;
    let given = signals
        .map(|signals| signal_values("signals", signals))
        .transpose()?;
    let probabilities = probabilities.map(rows_of_three).transpose()?;
    for (name, is_given, wanted) in [
        ("signals", given.is_some(), kind == Kind::Signals),
        (
            "probabilities",
            probabilities.is_some(),
            kind == Kind::Threshold,
        ),
    ] {
        if is_given != wanted {
            let must = if wanted { "needs" } else { "takes no" };
            return Err(refuse(format!("strategy \"{strategy}\" {must} {name}")));
        }
    }
    let touch = touch(bids, asks)?;
    let spread = spread.map(|spread| series("spread", spread)).transpose()?;
    let said = [touch.is_some(), spread.is_some(), grid.names("spread")];
    if said.into_iter().filter(|is_said| *is_said).count() > 1 {
        return Err(refuse(
            "spread, spread in grid, and bids and asks all say where trades are filled; give one of them",
        ));
    }
    let quotes = match (&touch, &spread) {
        (Some((bids, asks)), _) => Some(Quotes::BidAsk {
            bids: bids.slice()?,
            asks: asks.slice()?,
        }),
        (None, Some(Series::One(spread))) => Some(Quotes::Spread(*spread)),
        (None, Some(Series::Rows(spreads))) => Some(Quotes::Spreads(spreads.slice()?)),
        (None, None) => None,
    };
    let stamps = timestamps_us
        .map(|stamps| integers("timestamps_us", &stamps))
        .transpose()?;
    let stamps = stamps.as_ref().map(|stamps| stamps.slice()).transpose()?;
    let rows = prices.slice()?;
    let periods_per_year = annual(periods_per_year, stamps, rows.len())?;
    let sweep = Sweep {
        prices: rows,
        signals: given
            .as_ref()
            .map_or(Ok(&[][..]), |signals| signals.slice())?,
        probabilities: probabilities.as_ref().map_or(Ok(&[][..]), |rows| {
            Ok::<_, PyErr>(rows.as_slice()?.as_chunks().0)
        })?,
        quotes,
        periods_per_year,
    };
    let threads = threads_of(threads)?;
    let sets = grid.sets();
    let mut interruption = None;
    let result = py.detach(|| {
        sweep.run(
            &sets,
            threads,
            &mut || match Python::attach(|python| -> PyResult<()> { python.check_signals() }) {
                Ok(()) => false,
                Err(error) => {
                    interruption = Some(error);
                    true
                }
            },
        )
    });
    match (result, interruption) {
        (_, Some(error)) => Err(error),
        (Ok(metrics), None) => SweepResult::new(py, &grid, strategy, &metrics, periods_per_year),
        (Err(SweepError::Backtest(error)), None) => {
            Err(refuse(grid::in_grid_words(&error.to_string())))
        }
        (Err(error), None) => Err(refuse(error)),
    }
}

/// Signals from a model's probabilities by the desk's own rule: int8, 1 BUY, −1 SELL, 0 HOLD.
///
/// BUY (or SELL) where its probability is the largest of the three and above `threshold`, else HOLD, which keeps the
/// position; a row with a NaN is HOLD. It is the code that the live signal runs.
/// Shapes: `probabilities` (n, 3), columns hold, buy, sell, as the models give them; the result has n values.
/// Errors: ValueError for another shape and for a threshold that is not finite; TypeError for what is not numbers.
#[pyfunction]
pub(crate) fn signals_from_probabilities<'py>(
    probabilities: &Bound<'py, PyAny>,
    threshold: f64,
) -> PyResult<Bound<'py, PyArray1<i8>>> {
    let py = probabilities.py();
    if !threshold.is_finite() {
        return Err(refuse(format!(
            "threshold is {threshold}; it must be a finite number"
        )));
    }
    let rows = rows_of_three(probabilities)?;
    let rows: &[strategy::Probabilities] = rows.as_slice()?.as_chunks().0;
    let signals = PyArray1::<i8>::zeros(py, rows.len(), false);
    {
        let mut signals = signals.readwrite();
        let signals = signals.as_slice_mut()?;
        py.detach(|| strategy::signals_from_probabilities(rows, threshold, signals));
    }
    Ok(signals)
}

/// Probabilities as contiguous float64 of shape (n, 3).
fn rows_of_three<'py>(argument: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray2<'py, f64>> {
    refuse_masked("probabilities", argument)?;
    let numpy = argument.py().import("numpy")?;
    let layout = [("requirements", ["C_CONTIGUOUS", "ALIGNED"])].into_py_dict(argument.py())?;
    let array = numpy
        .call_method("require", (argument, "float64"), Some(&layout))
        .map_err(|error| {
            PyTypeError::new_err(format!("probabilities is not an array of numbers: {error}"))
        })?;
    let shape: Vec<usize> = array.getattr("shape")?.extract()?;
    if shape.len() != 2 || shape[1] != 3 {
        return Err(refuse(format!(
            "probabilities has the shape {shape:?}; it must be (n, 3): hold, buy, sell"
        )));
    }
    array.extract()
}
