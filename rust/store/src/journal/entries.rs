//! Entries out of the file, each held against its checksum.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Entry, JournalError, storage};

/// CRC-32 (ISO 3309) of everything an entry holds, its place in the journal among it.
pub(super) fn checksum(sequence: u64, kind: &str, key: Option<&str>, payload: &[u8], at_us: i64) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&sequence.to_le_bytes());
    hasher.update(&at_us.to_le_bytes());
    for text in [kind, key.unwrap_or_default()] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(payload);
    hasher.finalize()
}

/// A journal of an earlier release gets the column; its entries stay as they are, and are taken as they are.
pub(super) fn add_checksums(connection: &Connection) -> rusqlite::Result<()> {
    let known: i64 = connection.query_row(
        "SELECT count(*) FROM pragma_table_info('entries') WHERE name = 'checksum'",
        [],
        |row| row.get(0),
    )?;
    if known == 0 {
        connection.execute_batch("ALTER TABLE entries ADD COLUMN checksum INTEGER")?;
    }
    Ok(())
}

/// From which entry on each has a checksum: nothing behind the first that has one was written without.
pub(super) fn checked_from(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row(
        "SELECT coalesce((SELECT sequence FROM entries WHERE checksum IS NOT NULL ORDER BY sequence LIMIT 1),
                         (SELECT max(sequence) FROM entries) + 1, 1)",
        [],
        |row| row.get(0),
    )
}

pub(super) fn read(
    connection: &Connection,
    path: &Path,
    checked_from: u64,
    from: u64,
    limit: usize,
) -> Result<Vec<Entry>, JournalError> {
    let failed = storage(path);
    let mut query = connection
        .prepare_cached(
            "SELECT sequence, kind, key, payload, at_us, checksum FROM entries WHERE sequence >= ?1 \
             ORDER BY sequence LIMIT ?2",
        )
        .map_err(&failed)?;
    let rows = query
        .query_map(params![from, limit as i64], entry)
        .map_err(&failed)?;
    rows.map(|row| whole(row.map_err(&failed)?, path, checked_from))
        .collect()
}

pub(super) fn find(
    connection: &Connection,
    path: &Path,
    checked_from: u64,
    kind: &str,
    key: &str,
) -> Result<Option<Entry>, JournalError> {
    let found = connection
        .prepare_cached(
            "SELECT sequence, kind, key, payload, at_us, checksum FROM entries WHERE kind = ?1 AND key = ?2",
        )
        .and_then(|mut query| query.query_row([kind, key], entry).optional())
        .map_err(storage(path))?;
    found.map(|found| whole(found, path, checked_from)).transpose()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<(Entry, Option<u32>)> {
    let entry = Entry {
        sequence: row.get(0)?,
        kind: row.get(1)?,
        key: row.get(2)?,
        payload: row.get(3)?,
        at_us: row.get(4)?,
    };
    Ok((entry, row.get(5)?))
}

fn whole(
    (entry, written): (Entry, Option<u32>),
    path: &Path,
    checked_from: u64,
) -> Result<Entry, JournalError> {
    let now = entry.checksum();
    if written.map_or(entry.sequence >= checked_from, |written| written != now) {
        return Err(JournalError::Changed {
            path: path.to_owned(),
            sequence: entry.sequence,
        });
    }
    Ok(entry)
}
