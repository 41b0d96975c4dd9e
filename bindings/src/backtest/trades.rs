//! Trades as a structured NumPy array.

use ::backtest::Trade;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

/// Name and kind of each field, in the order of [`encode`]. All of it makes records of [`RECORD`] bytes.
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
const RECORD: usize = 64;

/// One record per trade, in memory that NumPy allocated.
pub(super) fn structured<'py>(py: Python<'py>, trades: &[Trade]) -> PyResult<Bound<'py, PyAny>> {
    let numpy = py.import("numpy")?;
    let bytes = numpy.call_method1("empty", (trades.len() * RECORD, "u1"))?;
    {
        let bytes = bytes.cast::<PyArray1<u8>>()?;
        let mut bytes = bytes.readwrite();
        for (record, trade) in bytes.as_slice_mut()?.chunks_exact_mut(RECORD).zip(trades) {
            record.copy_from_slice(&encode(trade));
        }
    }
    let aligned = [("align", true)].into_py_dict(py)?;
    let kind = numpy.call_method("dtype", (FIELDS.to_vec(),), Some(&aligned))?;
    let records = bytes.call_method1("view", (kind,))?;
    records.call_method1("setflags", (false,))?;
    Ok(records)
}

fn encode(trade: &Trade) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    let words = [
        (trade.entry as i64).to_ne_bytes(),
        (trade.exit as i64).to_ne_bytes(),
        trade.size.to_ne_bytes(),
        trade.entry_price.to_ne_bytes(),
        trade.exit_price.to_ne_bytes(),
        trade.pnl.to_ne_bytes(),
        trade.commission.to_ne_bytes(),
    ];
    for (place, word) in record.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word);
    }
    record[56..60].copy_from_slice(&trade.instrument.to_ne_bytes());
    record[60..61].copy_from_slice(&trade.side.to_ne_bytes());
    record[61] = trade.reason as u8;
    record
}
