//! Trades as a structured NumPy array.

use ::backtest::Trade;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::IntoPyDict;

/// Name and kind of each field, in the order of [`encode`]. All of it makes records of [`WORDS`] words.
const FIELDS: [(&str, &str); 10] = [
    ("entry_index", "i8"),
    ("exit_index", "i8"),
    ("size", "f8"),
    ("entry_price", "f8"),
    ("exit_price", "f8"),
    ("pnl", "f8"),
    ("commission", "f8"),
    ("instrument", "i4"),
    ("side", "i1"),
    ("reason", "i1"),
];
const WORDS: usize = 8;

// Or the trades would be copied to memory of their own.
const _: () = assert!(size_of::<Trade>() == size_of::<[u64; WORDS]>());
const _: () = assert!(align_of::<Trade>() == align_of::<[u64; WORDS]>());

/// One record per trade, in the memory that the trades were in.
pub(super) fn structured(py: Python<'_>, trades: Vec<Trade>) -> PyResult<Bound<'_, PyAny>> {
    // As large and as aligned as a trade, so that the vector is written over in place.
    let records: Vec<[u64; WORDS]> = trades.into_iter().map(|trade| encode(&trade)).collect();
    let words = PyArray1::from_vec(py, records.into_flattened());
    let records = words.call_method1("view", (kind(py)?,))?;
    records.call_method1("setflags", (false,))?;
    Ok(records)
}

/// The dtype of a record.
pub(super) fn kind(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let kind = KIND.get_or_try_init(py, || {
        let aligned = [("align", true)].into_py_dict(py)?;
        let numpy = py.import("numpy")?;
        let kind = numpy.call_method("dtype", (FIELDS.to_vec(),), Some(&aligned))?;
        Ok::<_, PyErr>(kind.unbind())
    })?;
    Ok(kind.bind(py))
}

fn encode(trade: &Trade) -> [u64; WORDS] {
    let [a, b, c, d] = trade.instrument.to_ne_bytes();
    let [side] = trade.side.to_ne_bytes();
    [
        trade.entry as u64,
        trade.exit as u64,
        trade.size.to_bits(),
        trade.entry_price.to_bits(),
        trade.exit_price.to_bits(),
        trade.pnl.to_bits(),
        trade.commission.to_bits(),
        u64::from_ne_bytes([a, b, c, d, side, trade.reason as u8, 0, 0]),
    ]
}
