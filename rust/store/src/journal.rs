//! An append-only log of records, one SQLite file a service.
//!
//! The sequence starts at 1, has no gaps, and goes on over restarts: it is the sequence of the stream that the
//! service publishes. A record with a key is there at most once per kind, whatever is tried twice. Each entry has a
//! checksum: what a disk or a hand has changed is refused by its sequence, and never taken for what was written.

mod checkpoints;
mod entries;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use checkpoints::Checkpoints;

/// While a journal is opened another connection may still be mending or closing it.
const OPENING: Duration = Duration::from_secs(5);
/// The longest an append waits for a lock: only this writer writes, so there is none to wait for. A stranger who
/// holds one is a fault like a full disk, and no reason for the hot thread to stand still.
const APPENDING: Duration = Duration::from_millis(20);
/// The write-ahead log is made so large before the first append: a commit that only overwrites is durable sooner
/// than one that makes the file longer. In bytes.
const PREPARED: u32 = 4_000_000;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS entries (
        sequence INTEGER PRIMARY KEY,
        kind     TEXT NOT NULL,
        key      TEXT,
        payload  BLOB NOT NULL,
        at_us    INTEGER NOT NULL,
        checksum INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS entries_once ON entries (kind, key) WHERE key IS NOT NULL;
    CREATE TABLE IF NOT EXISTS journal (identity TEXT NOT NULL) STRICT;
";

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is, as the service names it.
    pub kind: &'static str,
    /// With a key: at most once per kind.
    pub key: Option<String>,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Arrival time in microseconds.
    pub at_us: i64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without gaps.
    pub sequence: u64,
    /// What it is.
    pub kind: String,
    /// Its key, if it has one.
    pub key: Option<String>,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Arrival time in microseconds.
    pub at_us: i64,
}

impl Entry {
    /// The one that the journal keeps beside it: tells it from another entry of the same sequence.
    pub fn checksum(&self) -> u32 {
        let key = self.key.as_deref();
        entries::checksum(self.sequence, &self.kind, key, &self.payload, self.at_us)
    }
}

/// Policy: after any of these nothing of the batch is in the journal, and nothing of it may be acted upon.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A record with this key is there already.
    #[error("the journal {path} holds a {kind} with the key {key} already")]
    Duplicate {
        /// Which journal.
        path: PathBuf,
        /// Kind of the record.
        kind: String,
        /// Its key.
        key: String,
    },
    /// The file cannot be opened, read or written: full disk, no rights, damage.
    #[error("the journal {path} cannot be used: {source}; free disk space or mend its rights, then restart")]
    Storage {
        /// Which journal.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Its sequence has a hole: it was changed by somebody else, or damaged.
    #[error(
        "the journal {path} holds {entries} entries but its last sequence is {last}; restore it from a copy"
    )]
    Damaged {
        /// Which journal.
        path: PathBuf,
        /// How many entries there are.
        entries: u64,
        /// The last one's sequence.
        last: u64,
    },
    /// An entry is not what was written.
    #[error("entry {sequence} of the journal {path} is not what was written there; restore it from a copy")]
    Changed {
        /// Which journal.
        path: PathBuf,
        /// Which entry.
        sequence: u64,
    },
}

/// The writing end. One a file: the service's instance lock sees to that.
#[derive(Debug)]
pub struct Journal {
    checkpoints: Checkpoints,
    connection: Connection,
    path: PathBuf,
    identity: String,
    checked_from: u64,
    last: u64,
}

impl Journal {
    /// Opens the journal at `path`, or makes it; `identity` names a new one for ever (an older one keeps its own).
    pub fn open(path: &Path, identity: &str) -> Result<Self, JournalError> {
        let failed = storage(path);
        let mut connection = Connection::open(path).map_err(&failed)?;
        connection.busy_timeout(OPENING).map_err(&failed)?;
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(&failed)?;
        // FULL: a commit is on the disk when it returns, not merely with the operating system.
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(&failed)?;
        connection.execute_batch(SCHEMA).map_err(&failed)?;
        entries::add_checksums(&connection).map_err(&failed)?;
        let first = connection.transaction().map_err(&failed)?;
        let known = first
            .query_row("SELECT identity FROM journal", [], |row| row.get(0))
            .optional();
        let identity = if let Some(known) = known.map_err(&failed)? {
            known
        } else {
            first
                .execute("INSERT INTO journal VALUES (?1)", [identity])
                .map_err(&failed)?;
            identity.to_owned()
        };
        first.commit().map_err(&failed)?;
        let (last, entries): (u64, u64) = connection
            .query_row(
                "SELECT coalesce(max(sequence), 0), count(*) FROM entries",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(&failed)?;
        if entries != last {
            return Err(JournalError::Damaged {
                path: path.to_owned(),
                entries,
                last,
            });
        }
        let checked_from = entries::checked_from(&connection).map_err(&failed)?;
        prepare(&connection).map_err(&failed)?;
        // The log goes into the file on another thread: it takes many writes and is no business of a commit.
        connection
            .pragma_update(None, "wal_autocheckpoint", 0)
            .map_err(&failed)?;
        connection.busy_timeout(APPENDING).map_err(&failed)?;
        Ok(Self {
            checkpoints: Checkpoints::start(path).map_err(&failed)?,
            connection,
            path: path.to_owned(),
            identity,
            checked_from,
            last,
        })
    }

    /// Appends all of `records` in one transaction that is durable on return, and gives the last sequence.
    /// On an error none of them is there.
    pub fn append(&mut self, records: &[Record]) -> Result<u64, JournalError> {
        if records.is_empty() {
            return Ok(self.last);
        }
        let failed = storage(&self.path);
        let transaction = self.connection.transaction().map_err(&failed)?;
        let mut sequence = self.last;
        {
            let mut insert = transaction
                .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                .map_err(&failed)?;
            for record in records {
                sequence += 1;
                let key = record.key.as_deref();
                let checksum = entries::checksum(sequence, record.kind, key, &record.payload, record.at_us);
                let inserted = insert.execute(params![
                    sequence,
                    record.kind,
                    record.key,
                    record.payload,
                    record.at_us,
                    checksum
                ]);
                match inserted {
                    Ok(_) => {}
                    Err(error) if is_constraint(&error) => {
                        return Err(JournalError::Duplicate {
                            path: self.path.clone(),
                            kind: record.kind.to_owned(),
                            key: record.key.clone().unwrap_or_default(),
                        });
                    }
                    Err(error) => return Err(failed(error)),
                }
            }
        }
        transaction.commit().map_err(&failed)?;
        self.last = sequence;
        self.checkpoints.committed(&self.connection, &self.path);
        Ok(sequence)
    }

    /// Up to `limit` entries from `sequence` on, in order.
    pub fn read(&self, sequence: u64, limit: usize) -> Result<Vec<Entry>, JournalError> {
        entries::read(&self.connection, &self.path, self.checked_from, sequence, limit)
    }

    /// The entry of this kind with this key, if there is one.
    pub fn find(&self, kind: &str, key: &str) -> Result<Option<Entry>, JournalError> {
        entries::find(&self.connection, &self.path, self.checked_from, kind, key)
    }

    /// The sequence of the last entry; 0 when there is none.
    pub const fn last_sequence(&self) -> u64 {
        self.last
    }

    /// Names this journal for ever: another file at the same path has another identity.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// A reading end with a connection of its own, for another thread.
    pub fn reader(&self) -> Result<JournalReader, JournalError> {
        JournalReader::open(&self.path)
    }
}

/// A reading end: sees what is committed, writes nothing.
#[derive(Debug)]
pub struct JournalReader {
    connection: Connection,
    path: PathBuf,
    identity: String,
    checked_from: u64,
}

impl JournalReader {
    /// Opens the journal at `path`, which must be there.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = storage(path);
        // A reader of a WAL file needs the right to write its shared memory, so not READ_ONLY.
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&failed)?;
        connection.busy_timeout(OPENING).map_err(&failed)?;
        connection
            .pragma_update(None, "query_only", true)
            .map_err(&failed)?;
        let identity = connection
            .query_row("SELECT identity FROM journal", [], |row| row.get(0))
            .map_err(&failed)?;
        let checked_from = entries::checked_from(&connection).map_err(&failed)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            identity,
            checked_from,
        })
    }

    /// Up to `limit` entries from `sequence` on, in order.
    pub fn read(&self, sequence: u64, limit: usize) -> Result<Vec<Entry>, JournalError> {
        entries::read(&self.connection, &self.path, self.checked_from, sequence, limit)
    }

    /// The sequence of the last entry; 0 when there is none.
    pub fn last_sequence(&self) -> Result<u64, JournalError> {
        self.connection
            .query_row("SELECT coalesce(max(sequence), 0) FROM entries", [], |row| {
                row.get(0)
            })
            .map_err(storage(&self.path))
    }

    /// Names this journal for ever.
    pub fn identity(&self) -> &str {
        &self.identity
    }
}

/// Makes the write-ahead log as long as it will be, and empties it without making it shorter. The pages it needs
/// for that stay free in the file and serve the next start.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "BEGIN; CREATE TABLE prepared (room BLOB); INSERT INTO prepared VALUES (zeroblob({PREPARED})); \
         DROP TABLE prepared; COMMIT;"
    ))?;
    checkpoints::run(connection, "RESTART").map(|_| ())
}

fn storage(path: &Path) -> impl Fn(rusqlite::Error) -> JournalError + use<> {
    let path = path.to_owned();
    move |source| JournalError::Storage {
        path: path.clone(),
        source,
    }
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation)
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
