//! Backtests over arrays.

mod options;
mod report;
mod trades;

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;

use crate::arguments::{integers, numbers, refuse};
use crate::outputs::{detach, empty};
use options::{Costs, Legs};

pub(crate) use options::{Series, choice, fill_rule, number, series, signal_values, touch};
pub(crate) use report::BacktestReport;

/// Rows a year, unless the caller says otherwise: the trading days of a year.
pub(crate) const PERIODS_PER_YEAR: f64 = 252.0;
/// Microseconds of a year of 365.25 days.
const YEAR_US: f64 = 365.25 * 86_400.0 * 1e6;

/// Profit of following `signals` on `prices` with one unit, in units of the price.
///
/// A signal of 1 buys until one unit long, −1 sells until one unit short, 0 keeps the position. A trade is filled at
/// the price of the signal's own index (`fill="same"`) or of the next one (`fill="next"`, where the last signal is not
/// filled). A signal that was computed from the price of its own row can't be traded at that price: give `fill="next"`.
/// `commission` is a fraction of the traded notional, 0.001 being ten basis points of each trade; turning from
/// long to short trades two units. A position open at the end is marked at the last price, without a commission.
///
/// Formula: `Σ position[i−1] · (prices[i] − prices[i−1]) − commission · Σ |traded units · price|`.
/// Shapes: `prices` and `signals` one-dimensional and equally long; signals of int8 are read without a copy. Empty
/// arrays earn 0.
/// Errors: ValueError, naming the argument and the index, for a price that is not finite, a signal other than −1, 0
/// and 1, lengths that differ, a commission below 0 and an unknown `fill`; TypeError for what is not numbers.
#[pyfunction]
#[pyo3(signature = (prices, signals, commission = 0.0, *, fill = "same"))]
pub(crate) fn backtest_strategy(
    prices: &Bound<'_, PyAny>,
    signals: &Bound<'_, PyAny>,
    commission: f64,
    fill: &str,
) -> PyResult<f64> {
    let py = prices.py();
    let fill = fill_rule(fill)?;
    let prices = numbers("prices", prices)?;
    let signals = signal_values("signals", signals)?;
    let (prices, signals) = (prices.slice()?, signals.slice()?);
    detach(py, prices.len(), || {
        ::backtest::backtest_strategy(prices, signals, commission, fill)
    })
    .map_err(refuse)
}

/// Trades `signals` on `prices` with costs, delays and exits, and reports on it.
///
/// Signals: 1 buys until `sizes` units long, −1 sells until `sizes` units short (with `long_only` until flat), 0 keeps
/// the position. `sizes` is one number or one per row, where a new size of the same side trades the difference.
///
/// Time: the signal of row i acts at row i + `latency` (rows, that is ticks), one later with `fill="next"`; signals that
/// would act behind the last row do nothing. A signal computed from its own row's price can't be traded at that price:
/// give `fill="next"` or a latency, or the result looks ahead. What happens at a row depends on that row and earlier ones alone.
///
/// Prices: positions are marked at `prices`. A buy is filled at the price plus half of `spread` plus `slippage`, both
/// counted in ticks of `tick_size` (a sale loses them); `spread` is one number or one per row. `bids` and `asks`, one
/// per row, take the place of `spread`: a buy is filled at the ask, a sale at the bid.
///
/// Commission: `commission` is a fraction of the notional of each fill (|price · units| · `multiplier`), and
/// `commission_per_unit` is money for each unit. One unit gains `multiplier` money when the price rises by one.
///
/// Exits: `stop_loss` and `take_profit` are distances of the price from the price of the row at which the position was
/// taken up (its average by units where it was added to): fractions of it, or ticks (`stop_unit="ticks"`). From the row
/// after the fill on, the first row whose price is at that distance or beyond closes the position at that same row,
/// filled like every trade: at the row's price with half its spread (or at its bid or ask) and the slippage. So nothing
/// but the price fires an exit, however wide the spread; costs are paid on top, and a take-profit nearer than the round
/// trip's costs ends in a loss. There is one price per row and nothing between two rows: a gap fills at the gap, not at
/// the stop. An exit is an order that rests in the market: neither `latency` nor `fill` delays it, and it comes before the
/// signal of its row. After an exit a signal that merely goes on opens nothing; one that differs from the signal before it
/// does.
///
/// Several instruments: `prices` and `signals` are mappings from name to array (for a data frame:
/// `dict(frame.items())`), equally long, row i being one moment for all of them. Each option but `cash`,
/// `periods_per_year` and `timestamps_us` is then one value for all, or a mapping with a value for every name. The
/// portfolio's equity is `cash` and the sum of the instruments' profits.
///
/// Annualisation: `periods_per_year` rows make a year, 252 by default (daily bars). With `timestamps_us` (one per row,
/// microseconds, rising) it is `(rows − 1) / (last − first)` per year of 365.25 days, and the curves get an index.
///
/// Errors: ValueError or TypeError with the argument's name, and the index where there is one.
#[pyfunction]
#[pyo3(
    signature = (
        prices, signals, *, sizes = None, commission = None, commission_per_unit = None, slippage = None, spread = None,
        bids = None, asks = None, latency = None, fill = None, tick_size = None, multiplier = None, long_only = None,
        stop_loss = None, take_profit = None, stop_unit = None, cash = 0.0, periods_per_year = None,
        timestamps_us = None,
    ),
    text_signature = "(prices, signals, *, sizes=1.0, commission=0.0, commission_per_unit=0.0, slippage=0.0, \
        spread=0.0, bids=None, asks=None, latency=0, fill='same', tick_size=None, multiplier=1.0, long_only=False, \
        stop_loss=None, take_profit=None, stop_unit='fraction', cash=0.0, periods_per_year=None, timestamps_us=None)"
)]
#[expect(
    clippy::too_many_arguments,
    reason = "each is an option of its own by name"
)]
pub(crate) fn backtest<'py>(
    prices: &Bound<'py, PyAny>,
    signals: &Bound<'py, PyAny>,
    sizes: Option<Bound<'py, PyAny>>,
    commission: Option<Bound<'py, PyAny>>,
    commission_per_unit: Option<Bound<'py, PyAny>>,
    slippage: Option<Bound<'py, PyAny>>,
    spread: Option<Bound<'py, PyAny>>,
    bids: Option<Bound<'py, PyAny>>,
    asks: Option<Bound<'py, PyAny>>,
    latency: Option<Bound<'py, PyAny>>,
    fill: Option<Bound<'py, PyAny>>,
    tick_size: Option<Bound<'py, PyAny>>,
    multiplier: Option<Bound<'py, PyAny>>,
    long_only: Option<Bound<'py, PyAny>>,
    stop_loss: Option<Bound<'py, PyAny>>,
    take_profit: Option<Bound<'py, PyAny>>,
    stop_unit: Option<Bound<'py, PyAny>>,
    cash: f64,
    periods_per_year: Option<f64>,
    timestamps_us: Option<Bound<'py, PyAny>>,
) -> PyResult<BacktestReport> {
    let py = prices.py();
    let costs = Costs {
        sizes,
        commission,
        commission_per_unit,
        slippage,
        spread,
        bids,
        asks,
        latency,
        fill,
        tick_size,
        multiplier,
        long_only,
        stop_loss,
        take_profit,
        stop_unit,
    };
    let legs = Legs::take(prices, signals, &costs)?;
    let markets = legs.markets()?;
    let rows = legs.rows()?;
    let index = timestamps_us
        .map(|stamps| integers("timestamps_us", &stamps))
        .transpose()?;
    let stamps = index.as_ref().map(|index| index.slice()).transpose()?;
    let periods_per_year = annual(periods_per_year, stamps, rows)?;
    // One piece of memory for both curves: the C library keeps a piece that was freed, and so mapped already, but gives
    // back what is free on top of it once that is more than twice the largest piece. Two pieces would be.
    let both = empty(py, (2, rows))?.cast_into::<PyArray2<f64>>()?;
    let outcome = {
        let mut both = both.readwrite();
        let (equity, drawdown) = both.as_slice_mut()?.split_at_mut(rows);
        detach(py, rows * markets.len(), || {
            ::backtest::backtest(&markets, cash, equity, drawdown)
        })
    };
    let outcome = outcome.map_err(refuse)?;
    drop(markets);
    both.call_method1("setflags", (false,))?;
    let curve = |row: usize| -> PyResult<_> {
        Ok(both.as_any().get_item(row)?.cast_into::<PyArray1<f64>>()?)
    };
    BacktestReport::new(
        py,
        report::Curves {
            equity: curve(0)?,
            drawdown: curve(1)?,
        },
        outcome,
        report::Setting {
            instruments: legs.into_names(),
            cash,
            periods_per_year,
            timestamps_us: stamps.map(|stamps| PyArray1::from_slice(py, stamps).unbind()),
        },
    )
}

/// Rows in a year: as said, from the time stamps, or the default.
pub(crate) fn annual(said: Option<f64>, stamps: Option<&[i64]>, rows: usize) -> PyResult<f64> {
    match (said, stamps) {
        (Some(_), Some(_)) => Err(refuse(
            "periods_per_year and timestamps_us both state the year; give one of them",
        )),
        (Some(said), None) if said.is_finite() && said > 0.0 => Ok(said),
        (Some(said), None) => Err(refuse(format!(
            "periods_per_year is {said}; it must be a finite number above 0"
        ))),
        (None, None) => Ok(PERIODS_PER_YEAR),
        (None, Some(stamps)) if stamps.len() != rows => Err(refuse(format!(
            "timestamps_us has {} values, prices has {rows}; they must be equally long",
            stamps.len()
        ))),
        (None, Some(stamps)) => {
            if let Some(index) = stamps.windows(2).position(|pair| pair[1] < pair[0]) {
                return Err(refuse(format!(
                    "timestamps_us[{}] is earlier than the one before it",
                    index + 1
                )));
            }
            match stamps {
                [first, .., last] if last > first => {
                    Ok((rows - 1) as f64 / (last.abs_diff(*first) as f64 / YEAR_US))
                }
                _ => Ok(f64::NAN),
            }
        }
    }
}
