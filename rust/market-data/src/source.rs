//! Where rows come from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::row::Row;

/// Why a source can't go on. Policy: the service says `FAILED` with this sentence, publishes no more rows, and
/// stays up to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{place}: {reason}", file.display())]
pub struct SourceFailed {
    /// The file.
    pub file: PathBuf,
    /// Where in it.
    pub place: Place,
    /// What is wrong there.
    pub reason: String,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// None was reached.
    Whole,
    /// A line of text, the header being the first.
    Line(u64),
    /// A row of a table, from one; its header is no row.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(out, ", line {line}"),
            Self::Row(row) => write!(out, ", row {row}"),
        }
    }
}

/// Rows, one after the other. The same source with the same settings gives the same rows.
pub trait Source: Send {
    /// Its name in the status: `sim`, `replay` or `test`.
    fn kind(&self) -> &'static str;

    /// The next sound row; `None` at the end.
    fn next_row(&mut self) -> Result<Option<Row>, SourceFailed>;

    /// Rows taken from the source so far, those with faults included: where `--resume` goes on.
    fn position(&self) -> u64;

    /// Rows that were not passed on, by kind of fault.
    fn faults(&self) -> &BTreeMap<&'static str, u64>;

    /// What makes its rows what they are; progress of another identity is not gone on from.
    fn identity(&self) -> String;
}
