//! The market data reader for screens.

use feed::{
    Bar, Change, FeedError, FeedOptions, Intervals, LatencySummary, MarketFeed as Feed, Totals,
};
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::{PyKeyError, PyOSError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arguments::refuse;

const COLUMNS: usize = 6;
const SECOND_US: i64 = 1_000_000;

/// Reads a market data stream on a native thread and keeps the newest of each symbol.
///
/// `symbols` are those to subscribe to, at most 10,000 (more are a `ValueError`); None takes whatever is published,
/// and counts the rows of an 10,001st symbol as `untracked`. Bars are of the mid, in event time, at each of
/// `intervals_ms` (each a multiple of the one before; None: 1, 5, 15 s, 1, 5, 15 min, 1 h, 1 day), the newest `bars`
/// of each; with many symbols fewer, so that all rings together stay below 224 MiB (`bars_kept` tells).
/// `history_address` is the control address of the publisher: bars from before this feed began are asked for there.
///
/// However fast the market and however slow the asker, memory stays what it was, and Python is never called back.
/// Times are microseconds since 1970 UTC. Usable as a context manager; `stop` ends the thread.
#[pyclass(frozen, module = "trading_rust")]
pub(crate) struct MarketFeed {
    feed: Feed,
}

#[pymethods]
impl MarketFeed {
    #[new]
    #[pyo3(signature = (address, symbols = None, *, intervals_ms = None, bars = 720, high_water_mark = 1_000_000,
        history_address = None))]
    fn new(
        address: String,
        symbols: Option<Vec<String>>,
        intervals_ms: Option<Vec<u32>>,
        bars: usize,
        high_water_mark: i32,
        history_address: Option<String>,
    ) -> PyResult<Self> {
        if symbols.as_ref().is_some_and(Vec::is_empty) {
            return Err(refuse(
                "symbols is empty; give None to take all that are published",
            ));
        }
        let widths_us = match intervals_ms {
            Some(intervals) => intervals
                .into_iter()
                .map(|interval| i64::from(interval) * 1_000)
                .collect(),
            None => Intervals::DEFAULT_S
                .iter()
                .map(|&seconds| i64::from(seconds) * SECOND_US)
                .collect(),
        };
        let options = FeedOptions {
            address,
            symbols: symbols.unwrap_or_default(),
            intervals_us: widths_us,
            bars,
            high_water_mark,
            history_address,
        };
        let feed = Feed::connect(&options).map_err(|error| match error {
            FeedError::Bus(bus::BusError::Socket { .. } | bus::BusError::Transport { .. })
            | FeedError::Thread(_) => PyOSError::new_err(error.to_string()),
            _ => refuse(error),
        })?;
        Ok(Self { feed })
    }

    /// What changed since the last call, as a dict of arrays with one element per symbol that changed.
    ///
    /// `symbol` (int64) is the position in `symbols`; `bid`, `ask`, `last` (float64) are NaN where there is none;
    /// `bid_size`, `ask_size`, `last_size`, `volume` (float64); `event_us`, `published_us`, `received_us`, `latency_us`,
    /// `sequence`, `gaps`, `messages` (int64). `volume`, `gaps` and `messages` count from the beginning of this feed;
    /// `latency_us` is the longest way from published to received of a row since the call before.
    /// The key `totals` holds what `totals` gives, the key `latency` the dict `count`, `p50_us`, `p99_us`, `longest_us`
    /// over all messages since the call before.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let frame = self.feed.frame();
        let changes = &frame.changes;
        let dict = PyDict::new(py);
        dict.set_item(
            "symbol",
            integers(py, changes, |change| u64::from(change.symbol)),
        )?;
        dict.set_item("bid", column(py, changes, |change| change.bid))?;
        dict.set_item("ask", column(py, changes, |change| change.ask))?;
        dict.set_item("bid_size", column(py, changes, |change| change.bid_size))?;
        dict.set_item("ask_size", column(py, changes, |change| change.ask_size))?;
        dict.set_item("last", column(py, changes, |change| change.last))?;
        dict.set_item("last_size", column(py, changes, |change| change.last_size))?;
        dict.set_item("volume", column(py, changes, |change| change.volume))?;
        dict.set_item("event_us", column(py, changes, |change| change.event_us))?;
        dict.set_item(
            "published_us",
            column(py, changes, |change| change.published_us),
        )?;
        dict.set_item(
            "received_us",
            column(py, changes, |change| change.received_us),
        )?;
        dict.set_item(
            "latency_us",
            integers(py, changes, |change| change.latency_us),
        )?;
        dict.set_item("sequence", integers(py, changes, |change| change.sequence))?;
        dict.set_item("gaps", integers(py, changes, |change| change.gaps))?;
        dict.set_item("messages", integers(py, changes, |change| change.messages))?;
        dict.set_item("totals", totals(py, &frame.totals)?)?;
        dict.set_item("latency", latency(py, frame.latency)?)?;
        Ok(dict)
    }

    /// The names that `take` gives positions of. They are never reordered; with `symbols=None` more are added.
    #[getter]
    fn symbols(&self, py: Python<'_>) -> Vec<String> {
        let symbols = py.detach(|| self.feed.symbols());
        symbols.iter().map(ToString::to_string).collect()
    }

    /// How many bars are kept of each symbol and interval.
    #[getter]
    fn bars_kept(&self) -> usize {
        self.feed.bars_kept()
    }

    /// The newest bars of `symbol`, shape (n, 6): `start_us`, open, high, low, close of the mid, traded volume.
    ///
    /// Oldest first, the open one last, at most `limit` (None: all). `KeyError` for a symbol or an interval that is not
    /// kept.
    #[pyo3(signature = (symbol, interval_ms = 1000, limit = None))]
    fn bars<'py>(
        &self,
        py: Python<'py>,
        symbol: &str,
        interval_ms: i64,
        limit: Option<usize>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let width_us = interval_ms.saturating_mul(1_000);
        let bars = py.detach(|| {
            self.feed
                .bars(symbol, width_us, limit.unwrap_or(usize::MAX))
        });
        let bars = bars.ok_or_else(|| {
            PyKeyError::new_err(format!("no bars of {interval_ms} ms of {symbol} are kept"))
        })?;
        let row = |bar: &Bar| {
            [
                bar.start_us as f64,
                bar.open,
                bar.high,
                bar.low,
                bar.close,
                bar.volume,
            ]
        };
        PyArray1::from_iter(py, bars.iter().flat_map(row)).reshape([bars.len(), COLUMNS])
    }

    /// Counts over all symbols: `messages`, of them `malformed` and `untracked` (of symbols that are not kept), `gaps`,
    /// `last_received_us` (0 before the first), `history_pending` (symbols whose earlier bars are still being asked
    /// for), and `failure`, why the thread ended by itself (empty while it runs).
    fn totals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = py.detach(|| self.feed.totals());
        totals(py, &counts)
    }

    /// Stops reading; what was read stays. A second call does nothing.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.feed.stop());
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.stop(py);
    }
}

fn column<'py, T: Element>(
    py: Python<'py>,
    changes: &[Change],
    part: impl Fn(&Change) -> T,
) -> Bound<'py, PyArray1<T>> {
    PyArray1::from_iter(py, changes.iter().map(part))
}

/// Counts have no sign, but NumPy turns a mixture of both kinds into doubles.
fn integers<'py>(
    py: Python<'py>,
    changes: &[Change],
    part: impl Fn(&Change) -> u64,
) -> Bound<'py, PyArray1<i64>> {
    column(py, changes, |change| {
        i64::try_from(part(change)).unwrap_or(i64::MAX)
    })
}

fn totals<'py>(py: Python<'py>, totals: &Totals) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("messages", totals.messages)?;
    dict.set_item("malformed", totals.malformed)?;
    dict.set_item("untracked", totals.untracked)?;
    dict.set_item("gaps", totals.gaps)?;
    dict.set_item("last_received_us", totals.last_received_us)?;
    dict.set_item("history_pending", totals.history_pending)?;
    dict.set_item("failure", &totals.failure)?;
    Ok(dict)
}

fn latency(py: Python<'_>, latency: LatencySummary) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("count", latency.count)?;
    dict.set_item("p50_us", latency.p50_us)?;
    dict.set_item("p99_us", latency.p99_us)?;
    dict.set_item("longest_us", latency.longest_us)?;
    Ok(dict)
}
