//! The write-ahead log goes into the file beside the writer, on a thread and a connection of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Commits between two checkpoints: each takes a few pages of the log.
const COMMITS: u32 = 200;
/// A log of so many pages is to begin anew.
const LONG: i64 = 1_000;
/// Another connection may hold the lock of a checkpoint for as long as it takes one.
const WAIT: Duration = Duration::from_secs(1);

/// The checkpoints of one journal.
#[derive(Debug)]
pub(super) struct Checkpoints {
    commits: u32,
    /// The log grew long, and all but its newest pages are copied: the writer copies those between two commits,
    /// so that the next one begins it anew.
    behind: Arc<AtomicBool>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn start(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(WAIT)?;
        let (wake, woken) = sync_channel(1);
        let path = path.to_owned();
        let behind = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&behind);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || work(&connection, &woken, &seen, &path))
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok(Self {
            commits: 0,
            behind,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// The writer has committed once more on its `connection`.
    pub(super) fn committed(&mut self, connection: &Connection, path: &Path) {
        if self.behind.swap(false, Ordering::Relaxed)
            && let Err(error) = run(connection, "PASSIVE")
        {
            warn(path, &error);
        }
        self.commits += 1;
        if self.commits < COMMITS {
            return;
        }
        self.commits = 0;
        if let Some(wake) = &self.wake
            && let Err(std::sync::mpsc::TrySendError::Disconnected(())) = wake.try_send(())
        {
            tracing::error!(
                "nobody checkpoints the journal {} any more: its log grows until a restart",
                path.display()
            );
            self.wake = None;
        }
    }
}

impl Drop for Checkpoints {
    /// The thread ends before the writer's connection does, which then closes the file as the last one.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the journal's checkpoints panicked");
        }
    }
}

fn work(connection: &Connection, woken: &Receiver<()>, behind: &AtomicBool, path: &Path) {
    while woken.recv().is_ok() {
        match run(connection, "PASSIVE") {
            // What was appended meanwhile is not in its count: only the writer can see the end of the log.
            Ok(log) if log > LONG => behind.store(true, Ordering::Relaxed),
            Ok(_) => {}
            Err(error) => warn(path, &error),
        }
    }
}

/// A full disk, for instance: the writer notices it by itself, and nothing is lost, for the log holds everything.
fn warn(path: &Path, error: &rusqlite::Error) {
    tracing::warn!(
        "the journal {} could not be checkpointed: {error}",
        path.display()
    );
}

/// One checkpoint: copies the log as far as it goes. Gives its length in pages.
pub(super) fn run(connection: &Connection, mode: &str) -> rusqlite::Result<i64> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    connection.query_row(&sql, [], |row| row.get(1))
}
