//! The market data reader for screens.

use feed::{Bar, FeedError, FeedOptions, MarketFeed as Feed};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::{PyKeyError, PyOSError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::arguments::refuse;

const COLUMNS: usize = 6;

/// Reads a market data stream on a native thread and keeps the newest of each symbol.
///
/// However fast the market and however slow the asker, memory stays what it was. Times are microseconds since 1970
/// UTC; `bar_interval_ms` is event time. Usable as a context manager; `stop` ends the thread.
#[pyclass(frozen, module = "trading_rust")]
pub(crate) struct MarketFeed {
    feed: Feed,
}

#[pymethods]
impl MarketFeed {
    #[new]
    #[pyo3(signature = (address, symbols, *, bar_interval_ms = 1000, bars = 900, high_water_mark = 1_000_000))]
    fn new(
        address: String,
        symbols: Vec<String>,
        bar_interval_ms: u32,
        bars: usize,
        high_water_mark: i32,
    ) -> PyResult<Self> {
        let options = FeedOptions {
            address,
            symbols,
            bar_interval_us: i64::from(bar_interval_ms) * 1_000,
            bars,
            high_water_mark,
        };
        let feed = Feed::connect(&options).map_err(|error| match error {
            FeedError::Bus(bus::BusError::Address(_)) | FeedError::Interval(_) => refuse(error),
            FeedError::Bus(_) | FeedError::Thread(_) => PyOSError::new_err(error.to_string()),
        })?;
        Ok(Self { feed })
    }

    /// What changed since the last call: at most one tuple per symbol.
    ///
    /// `(symbol, bid | None, ask | None, bid_size, ask_size, last | None, last_size, volume, event_us, received_us,
    /// sequence, gaps, messages)`. `volume`, `gaps` and `messages` count from the beginning of this feed.
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let changes = py.detach(|| self.feed.changes());
        let tuples = changes.into_iter().map(|change| {
            // Thirteen elements are one more than a Rust tuple converts with.
            let front = (
                change.symbol,
                change.bid,
                change.ask,
                change.bid_size,
                change.ask_size,
                change.last,
                change.last_size,
            );
            let back = (
                change.volume,
                change.event_us,
                change.received_us,
                change.sequence,
                change.gaps,
                change.messages,
            );
            front.into_pyobject(py)?.add(back)
        });
        PyList::new(py, tuples.collect::<PyResult<Vec<_>>>()?)
    }

    /// The bars of `symbol`, shape (n, 6): `start_us`, open, high, low, close of the mid, traded volume.
    ///
    /// Oldest first, the open one last. `KeyError` for a symbol that was not asked for.
    fn bars<'py>(&self, py: Python<'py>, symbol: &str) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let bars = py.detach(|| self.feed.bars(symbol));
        let bars = bars.ok_or_else(|| PyKeyError::new_err(symbol.to_owned()))?;
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

    /// Counts over all symbols: `messages`, `malformed`, `gaps`, `last_received_us` (0 before the first), and `failure`,
    /// why the thread ended by itself (empty while it runs).
    fn totals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let totals = py.detach(|| self.feed.totals());
        let dict = PyDict::new(py);
        dict.set_item("messages", totals.messages)?;
        dict.set_item("malformed", totals.malformed)?;
        dict.set_item("gaps", totals.gaps)?;
        dict.set_item("last_received_us", totals.last_received_us)?;
        dict.set_item("failure", totals.failure)?;
        Ok(dict)
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
