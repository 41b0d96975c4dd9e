//! The durable book: the exchange and the journal that rebuilds it.

use std::path::Path;

use messages::Instrument;
use store::{Journal, JournalError, Record};
use venue::{BadRecord, Event, EventRecord, Exchange, FeeModel, Inconsistent};

/// Entries read from the journal at a time.
const PAGE: usize = 10_000;

/// Why there is no book to start with. Policy: the venue doesn't start; orders may be lost otherwise.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("entry {sequence} of the venue's journal can't be read: {source}")]
    Record { sequence: u64, source: BadRecord },
    #[error("entry {sequence} of the venue's journal contradicts those before it: {source}")]
    Contradiction { sequence: u64, source: Inconsistent },
}

/// Opens the journal at `path`, or makes it, and rebuilds the exchange from it.
pub(crate) fn open(
    path: &Path,
    instruments: impl IntoIterator<Item = Instrument>,
    fees: FeeModel,
    now_us: i64,
) -> Result<(Journal, Exchange), BookError> {
    let journal = Journal::open(path, &base36(now_us.unsigned_abs()))?;
    let mut exchange = Exchange::new(journal.identity(), instruments, fees);
    let mut next = 1;
    while next <= journal.last_sequence() {
        for entry in journal.read(next, PAGE)? {
            let sequence = entry.sequence;
            let event = Event::from_record(&entry.kind, &entry.payload)
                .map_err(|source| BookError::Record { sequence, source })?;
            exchange
                .apply(&event)
                .map_err(|source| BookError::Contradiction { sequence, source })?;
            next = sequence + 1;
        }
    }
    Ok((journal, exchange))
}

/// Makes `events` durable, all or none.
pub(crate) fn commit(journal: &mut Journal, events: &[Event]) -> Result<(), JournalError> {
    let records: Vec<Record> = events
        .iter()
        .map(|event| {
            let EventRecord {
                kind,
                key,
                at_us,
                payload,
            } = event.into();
            Record {
                kind,
                key,
                payload,
                at_us,
            }
        })
        .collect();
    journal.append(&records).map(|_| ())
}

/// Short and unique for ever where `number` is: the journal's birth in microseconds.
fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize]);
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.iter().rev().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_base_36() {
        assert_eq!(
            (base36(0), base36(35), base36(36 * 36 + 1)),
            ("0".into(), "z".into(), "101".into())
        );
    }
}
