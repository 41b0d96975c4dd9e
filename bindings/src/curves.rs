//! What a curve of profit and its returns are judged by.

use numpy::PyArray1;
use pyo3::prelude::*;

use crate::arguments::numbers;
use crate::outputs::{Array, detach, fill};

/// How far a curve of profit stands below its highest value so far: 0 at a high, above 0 under it.
///
/// It is the drawdown of `BacktestReport`, for a curve that no single backtest gives, such as the sum of several.
/// Formula: `max(cash, equity[0], …, equity[i]) − equity[i]`; `cash` is what the curve began with.
/// Shapes: equity `(n,)` → `(n,)`, float64, in units of the equity. A value that is NaN gives NaN and is no high.
/// Out: an array of float64 to write into; it is what is given back.
/// Errors: ValueError for more than one dimension and for an `out` of another length or that shares memory with
/// `equity`; TypeError for what is not numbers.
#[pyfunction]
#[pyo3(signature = (equity, cash = 0.0, *, out = None))]
pub(crate) fn drawdown<'py>(
    equity: &Bound<'py, PyAny>,
    cash: f64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py>> {
    let values = numbers("equity", equity)?;
    let values = values.slice()?;
    let [array]: [Bound<'py, PyArray1<f64>>; 1] = fill(equity.py(), out, &[values], |[out]| {
        ::backtest::drawdown(values, cash, out);
        Ok(())
    })?;
    Ok(array)
}

/// The moments of returns that a Sharpe ratio is judged by: `(sharpe, skewness, kurtosis)`.
///
/// Formula: `sharpe = mean / s` per return, not annualised, with the standard deviation s of divisor n − 1, as in
/// `BacktestReport`; `skewness = Σ ((r − mean) / σ)³ / n` and `kurtosis = Σ ((r − mean) / σ)⁴ / n` with σ of divisor n.
/// A normal distribution has a skewness of 0 and a kurtosis of 3.
/// Source: W. Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1), 1994.
/// Shapes: returns `(n,)` → three floats, all NaN for returns without a deviation.
/// Errors: ValueError for more than one dimension; TypeError for what is not numbers.
#[pyfunction]
pub(crate) fn return_moments(returns: &Bound<'_, PyAny>) -> PyResult<(f64, f64, f64)> {
    let values = numbers("returns", returns)?;
    let values = values.slice()?;
    let made = detach(returns.py(), values.len(), || {
        ::backtest::Moments::new(values)
    });
    Ok((made.sharpe, made.skewness, made.kurtosis))
}
