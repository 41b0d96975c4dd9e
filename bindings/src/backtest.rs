//! Backtests over arrays.

use pyo3::prelude::*;

use crate::arguments::{numbers, refuse};

/// Profit of following `signals` on `prices`, in units of the price.
///
/// A signal of 1 buys until one unit long, −1 sells until one unit short, 0 keeps. Filled at the price of the signal's
/// own index; `commission` is a fraction of the notional traded; an open position is marked at the last price.
#[pyfunction]
#[pyo3(signature = (prices, signals, commission = 0.0))]
pub(crate) fn backtest_strategy(
    prices: &Bound<'_, PyAny>,
    signals: &Bound<'_, PyAny>,
    commission: f64,
) -> PyResult<f64> {
    let py = prices.py();
    let (prices, signals) = (numbers("prices", prices)?, numbers("signals", signals)?);
    let (prices, signals) = (prices.slice()?, signals.slice()?);
    py.detach(|| {
        let signals = backtest::signals(signals)?;
        backtest::backtest_strategy(prices, &signals, commission, backtest::Fill::Same)
    })
    .map_err(refuse)
}
