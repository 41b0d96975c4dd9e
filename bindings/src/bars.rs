//! Bars from rows of market data.

use indicators::{Bar, BarBuilder, IndicatorError};
use numpy::{Element, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{integers, numbers, refuse};

// Python shows the default as it stands in the signature.
const _: () = assert!(BarBuilder::DEFAULT_INTERVAL_US == 250_000);

/// The mid of a touch, `(bid + ask) / 2`: what the desk marks, charts and decides at.
///
/// None where there is none to trust: a side missing (None or NaN) or not positive, or a bid above the ask. A locked
/// book has a mid.
#[pyfunction]
pub(crate) fn mid(bid: Option<f64>, ask: Option<f64>) -> Option<f64> {
    bid.zip(ask)
        .and_then(|(bid, ask)| indicators::mid(bid, ask))
}

/// The closed bars of one symbol, as a dict of arrays.
///
/// `timestamps_us`, `bids`, `asks` and `volumes` are rows of market data in event-time order; `volumes` is what was
/// traded in the row, 0 in a row that is no trade. A bar is aligned to the clock and closed by the first row of a later
/// interval, so the last interval is not among them. Empty intervals are carried forward (`rows` 0); a
/// silence of more than 1,200 intervals is a break (`after_break`). Rows with a crossed or missing touch mark nothing.
///
/// Keys: `start_us`, `open`, `high`, `low`, `close` (of the mid), `volume`, `rows`, `after_break`.
#[pyfunction]
#[pyo3(signature = (timestamps_us, bids, asks, volumes, interval_us = 250_000))]
pub(crate) fn build_bars<'py>(
    timestamps_us: &Bound<'py, PyAny>,
    bids: &Bound<'py, PyAny>,
    asks: &Bound<'py, PyAny>,
    volumes: &Bound<'py, PyAny>,
    interval_us: i64,
) -> PyResult<Bound<'py, PyDict>> {
    let py = timestamps_us.py();
    let timestamps = integers("timestamps_us", timestamps_us)?;
    let (bids, asks, volumes) = (
        numbers("bids", bids)?,
        numbers("asks", asks)?,
        numbers("volumes", volumes)?,
    );
    let (timestamps, bids, asks, volumes) = (
        timestamps.slice()?,
        bids.slice()?,
        asks.slice()?,
        volumes.slice()?,
    );
    for (name, column) in [("bids", bids), ("asks", asks), ("volumes", volumes)] {
        if column.len() != timestamps.len() {
            return Err(refuse(IndicatorError::Length {
                name,
                length: column.len(),
                reference: "timestamps_us",
                expected: timestamps.len(),
            }));
        }
    }
    let mut builder = BarBuilder::new(interval_us).map_err(refuse)?;
    let bars: Vec<Bar> = py.detach(|| {
        let touch = bids.iter().zip(asks);
        let rows = timestamps.iter().zip(touch).zip(volumes);
        rows.flat_map(|((&time, (&bid, &ask)), &volume)| {
            builder.update(time, indicators::mid(bid, ask), volume)
        })
        .collect()
    });
    let columns = PyDict::new(py);
    columns.set_item("start_us", column(py, &bars, |bar| bar.start_us))?;
    columns.set_item("open", column(py, &bars, |bar| bar.open))?;
    columns.set_item("high", column(py, &bars, |bar| bar.high))?;
    columns.set_item("low", column(py, &bars, |bar| bar.low))?;
    columns.set_item("close", column(py, &bars, |bar| bar.close))?;
    columns.set_item("volume", column(py, &bars, |bar| bar.volume))?;
    columns.set_item("rows", column(py, &bars, |bar| i64::from(bar.rows)))?;
    columns.set_item("after_break", column(py, &bars, |bar| bar.after_break))?;
    Ok(columns)
}

fn column<'py, T: Element>(
    py: Python<'py>,
    bars: &[Bar],
    part: impl Fn(&Bar) -> T,
) -> Bound<'py, PyArray1<T>> {
    PyArray1::from_iter(py, bars.iter().map(part))
}
