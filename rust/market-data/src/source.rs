//! Where rows come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::row::Row;

/// Why a source can't go on. Policy: the service says `FAILED` with this sentence, publishes no more rows, and
/// stays up to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}, line {line}: {reason}", file.display())]
pub struct SourceFailed {
    /// The file.
    pub file: PathBuf,
    /// The line in it, the header being the first; nought when no line was reached.
    pub line: u64,
    /// What is wrong there.
    pub reason: String,
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
