//! The engine's journal: each entry is one `ExecutionEvent`, and its sequence is the stream's.

use std::path::Path;

use messages::wire;
use orders::Recorded;
use prost::Message;
use store::{Entry, Journal, JournalError, Record};

/// Entries read at a time.
const PAGE: usize = 10_000;

/// An entry that is no event of this service. Policy: the service doesn't start on such a journal.
#[derive(Debug, thiserror::Error)]
#[error("entry {sequence} of the journal {path} cannot be read: {reason}; restore it from a copy")]
pub(crate) struct Unreadable {
    sequence: u64,
    path: String,
    reason: String,
}

/// An event as the journal takes it.
pub(crate) fn record(recorded: &Recorded) -> Record {
    Record {
        kind: recorded.event.kind(),
        key: recorded.event.key(),
        payload: recorded.to_wire().encode_to_vec(),
        at_us: recorded.at_us,
    }
}

/// The event of an entry.
pub(crate) fn event(entry: &Entry, path: &Path) -> Result<wire::ExecutionEvent, Unreadable> {
    wire::ExecutionEvent::decode(entry.payload.as_slice()).map_err(|error| Unreadable {
        sequence: entry.sequence,
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// Every event there is, a page at a time.
pub(crate) fn replay<E>(journal: &Journal, mut take: impl FnMut(&Entry) -> Result<(), E>) -> Result<(), E>
where
    E: From<JournalError>,
{
    let mut from = 1;
    loop {
        let entries = journal.read(from, PAGE)?;
        let Some(last) = entries.last() else { return Ok(()) };
        from = last.sequence + 1;
        for entry in &entries {
            take(entry)?;
        }
    }
}
