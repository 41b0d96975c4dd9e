//! Indicators over arrays.

use indicators::{Bollinger, Ema, Indicator, Macd, Momentum, Period, RollingStd, Rsi, Sma, batch};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::arguments::{numbers, refuse};

/// Runs `indicator` over `prices` without the interpreter's lock, writing `N` arrays that NumPy allocated.
fn run<'py, I, const N: usize>(
    prices: &Bound<'py, PyAny>,
    mut indicator: I,
    parts: impl Fn(I::Output) -> [f64; N] + Sync,
) -> PyResult<[Bound<'py, PyArray1<f64>>; N]>
where
    I: Indicator + Send,
{
    let py = prices.py();
    let prices = numbers("prices", prices)?;
    let prices = prices.slice()?;
    let outputs = std::array::from_fn(|_| PyArray1::zeros(py, prices.len(), false));
    {
        let mut borrowed: [_; N] = std::array::from_fn(|part| outputs[part].readwrite());
        let mut slices = Vec::with_capacity(N);
        for output in &mut borrowed {
            slices.push(output.as_slice_mut()?);
        }
        py.detach(|| {
            batch(&mut indicator, prices, |index, value| {
                for (slice, part) in slices.iter_mut().zip(parts(value)) {
                    slice[index] = part;
                }
            });
        });
    }
    Ok(outputs)
}

/// Relative strength index, 0 … 100, after Wilder (1978).
///
/// `100 G / (G + L)`, with Wilder's averages (smoothing 1/period) of gains and losses, seeded with the mean of
/// the first `period` changes. NaN for the first `period` values, as in TA-Lib; 0 in a flat market.
#[pyfunction]
#[pyo3(signature = (prices, period = 14))]
pub(crate) fn calculate_rsi<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let [rsi] = run(prices, Rsi::new(period), |value| [value])?;
    Ok(rsi)
}

/// MACD line and its signal, after Appel (1979): `(macd, signal)`.
///
/// `EMA(fast) − EMA(slow)` and the exponential average of that line. Both are NaN for the first
/// `slow_period + signal_period − 2` values, as in TA-Lib. `fast_period` must be smaller than `slow_period`.
#[pyfunction]
#[pyo3(signature = (prices, fast_period = 12, slow_period = 26, signal_period = 9))]
#[expect(
    clippy::type_complexity,
    reason = "a pair of arrays, as Python sees it"
)]
pub(crate) fn calculate_macd<'py>(
    prices: &Bound<'py, PyAny>,
    fast_period: i64,
    slow_period: i64,
    signal_period: i64,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
    let fast = Period::new("fast_period", fast_period).map_err(refuse)?;
    let slow = Period::new("slow_period", slow_period).map_err(refuse)?;
    let signal = Period::new("signal_period", signal_period).map_err(refuse)?;
    let macd = Macd::new(fast, slow, signal).map_err(refuse)?;
    let [macd, signal] = run(prices, macd, |value| [value.macd, value.signal])?;
    Ok((macd, signal))
}

/// Simple moving average: the mean of the last `period` values. NaN for the first `period − 1`.
#[pyfunction]
#[pyo3(signature = (prices, period = 20))]
pub(crate) fn calculate_sma<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let [average] = run(prices, Sma::new(period), |value| [value])?;
    Ok(average)
}

/// Exponential moving average, smoothing `2 / (period + 1)`, seeded with the mean of the first `period` values.
///
/// NaN for the first `period − 1` values, as in TA-Lib.
#[pyfunction]
#[pyo3(signature = (prices, period = 20))]
pub(crate) fn calculate_ema<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let [average] = run(prices, Ema::new(period), |value| [value])?;
    Ok(average)
}

/// Population standard deviation of the last `period` values. NaN for the first `period − 1`.
#[pyfunction]
#[pyo3(signature = (prices, period = 20))]
pub(crate) fn calculate_rolling_std<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let [deviation] = run(prices, RollingStd::new(period), |value| [value])?;
    Ok(deviation)
}

/// Momentum: the value minus the one `period` values before. NaN for the first `period` values.
#[pyfunction]
#[pyo3(signature = (prices, period = 10))]
pub(crate) fn calculate_momentum<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let period = Period::new("period", period).map_err(refuse)?;
    let [momentum] = run(prices, Momentum::new(period), |value| [value])?;
    Ok(momentum)
}

/// Bollinger bands (2001): `(upper, middle, lower)`.
///
/// The simple average of `period` values, and `deviations` population standard deviations on both sides. NaN for
/// the first `period − 1` values.
#[pyfunction]
#[pyo3(signature = (prices, period = 20, deviations = 2.0))]
#[expect(clippy::type_complexity, reason = "three arrays, as Python sees them")]
pub(crate) fn calculate_bollinger<'py>(
    prices: &Bound<'py, PyAny>,
    period: i64,
    deviations: f64,
) -> PyResult<(
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
)> {
    let period = Period::new("period", period).map_err(refuse)?;
    let bollinger = Bollinger::new(period, deviations).map_err(refuse)?;
    let [upper, middle, lower] = run(prices, bollinger, |bands| {
        [bands.upper, bands.middle, bands.lower]
    })?;
    Ok((upper, middle, lower))
}
