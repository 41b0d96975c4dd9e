//! PostgreSQL, filled from a journal: idempotently, in order, behind the service's back.
//!
//! A thread of its own reads the journal and writes batches; rows and progress are one transaction, so a crash
//! anywhere repeats a batch that changes nothing. The database may lag or be away: the service asks for the
//! [`status`](Projector::status), and closes its gate when the lag or the backlog passes its bound.
//!
//! Every few seconds the thread holds the database against the journal ([`audit`]), on a connection of its own; what
//! differs in orders, fills and positions is the service's to judge, and [`Projector::write_again`] has the journal's word
//! stored anew; the record of decisions mends itself, or says in the status what can't be mended.

pub mod audit;
mod comparison;
mod records;
mod rows;
mod sql;
mod worker;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use messages::wire::{StoreStatus, store_status::State};
use tokio::sync::watch;

pub use rows::{Rows, Source, Unreadable};

use crate::journal::{JournalError, JournalReader};

/// Entries that are stored in one transaction, or added up in one step.
const BATCH: usize = 500;

/// When the projection counts as behind.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Age of the oldest entry that is not stored yet, in milliseconds.
    pub lag_limit_ms: i64,
    /// Number of entries that are not stored yet.
    pub backlog_limit: u64,
}

/// What the thread tells the service.
#[derive(Debug, Default)]
struct Progress {
    projected: u64,
    /// Arrival time of the oldest entry that is not stored; `None` when all are.
    oldest_pending_us: Option<i64>,
    /// Why nothing moves, while nothing moves.
    trouble: Option<String>,
    /// The database holds more of this journal than the journal does.
    is_ahead: bool,
    /// In what the record of decisions differs from the journal's, while it does.
    differs: Option<String>,
    /// The newest comparison of journal and database.
    audit: Option<audit::Audit>,
    /// How many there were.
    audits: u64,
}

impl Bounds {
    /// True when the backlog or the lag is over its bound.
    const fn passed(self, backlog: u64, lag_ms: i64) -> bool {
        lag_ms > self.lag_limit_ms || backlog > self.backlog_limit
    }
}

impl Progress {
    /// Takes note that the journal ends at `last`, appended at `now_us`.
    const fn journalled(&mut self, last: u64, now_us: i64) {
        if self.oldest_pending_us.is_none() && last > self.projected {
            self.oldest_pending_us = Some(now_us);
        }
    }

    /// Takes the newest comparison.
    fn compared(&mut self, sequence: u64, found: Vec<audit::Discrepancy>) {
        self.audits += 1;
        let number = self.audits;
        self.audit = Some(audit::Audit {
            number,
            sequence,
            found,
        });
    }

    /// Entries that are not stored yet.
    const fn backlog(&self, last: u64) -> u64 {
        last.saturating_sub(self.projected)
    }

    /// Age of the oldest of them.
    fn lag_ms(&self, last: u64, now_us: i64) -> i64 {
        let pending = self.oldest_pending_us.filter(|_| self.backlog(last) > 0);
        pending.map_or(0, |since| (now_us - since).max(0) / 1_000)
    }

    fn fault(&self, bounds: Bounds, last: u64, now_us: i64) -> Option<&'static str> {
        if self.is_ahead {
            return Some("the database is ahead of the journal");
        }
        let passed = bounds.passed(self.backlog(last), self.lag_ms(last, now_us));
        passed.then_some(if self.trouble.is_some() {
            "the database is away"
        } else {
            "the database is behind its bound"
        })
    }

    fn status(&self, bounds: Bounds, last: u64, now_us: i64) -> StoreStatus {
        let (backlog, lag_ms) = (self.backlog(last), self.lag_ms(last, now_us));
        let (state, detail) = match &self.trouble {
            Some(trouble) => (State::Away, trouble.clone()),
            None if bounds.passed(backlog, lag_ms) => (
                State::Behind,
                format!("{backlog} entries wait, the oldest for {lag_ms} ms"),
            ),
            None => match &self.differs {
                Some(differs) => (State::Differs, differs.clone()),
                None => (State::Ok, String::new()),
            },
        };
        StoreStatus {
            state: state.into(),
            lag_ms,
            backlog,
            detail,
        }
    }
}

type Shared = Arc<Mutex<Progress>>;

/// What the service tells the thread.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    last: u64,
    /// How often the whole journal was asked to be stored again.
    again: u64,
    stop: bool,
}

/// A running projection of one journal.
#[derive(Debug)]
pub struct Projector {
    progress: Shared,
    wanted: watch::Sender<Wanted>,
    bounds: Bounds,
    thread: Option<JoinHandle<()>>,
}

impl Projector {
    /// Starts projecting `journal` of `service` into `database_url`, from wherever it stopped the last time.
    pub fn start(
        journal: JournalReader,
        source: Source,
        service: &'static str,
        database_url: String,
        bounds: Bounds,
    ) -> Result<Self, ProjectorError> {
        let last = journal.last_sequence()?;
        let (wanted, watching) = watch::channel(Wanted {
            last,
            again: 0,
            stop: false,
        });
        let progress = Shared::default();
        let worker = worker::Worker::new(
            journal,
            source,
            service,
            database_url,
            Arc::clone(&progress),
            watching,
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("projection".into())
            .spawn(move || runtime.block_on(worker.run()))?;
        Ok(Self {
            progress,
            wanted,
            bounds,
            thread: Some(thread),
        })
    }

    /// Says that the journal now ends at `last`, appended at `now_us`.
    pub fn journalled(&self, last: u64, now_us: i64) {
        lock(&self.progress).journalled(last, now_us);
        self.wanted
            .send_if_modified(|wanted| std::mem::replace(&mut wanted.last, last) != last);
    }

    /// How far the projection is, for a journal that ends at `last`.
    pub fn status(&self, last: u64, now_us: i64) -> StoreStatus {
        lock(&self.progress).status(self.bounds, last, now_us)
    }

    /// The newest comparison of journal and database, when there was one since `number`.
    pub fn audit_since(&self, number: u64) -> Option<audit::Audit> {
        let progress = lock(&self.progress);
        progress
            .audit
            .as_ref()
            .filter(|audit| audit.number > number)
            .cloned()
    }

    /// Has every entry of the journal stored once more, beside the new ones: what is there already stays, what is
    /// missing comes back. Comparisons of before are over.
    pub fn write_again(&self) {
        self.wanted.send_modify(|wanted| wanted.again += 1);
        lock(&self.progress).audit = None;
    }

    /// Why new risk has to stop, if it has to: the lag or the backlog is over its bound, or the database is not this
    /// journal's. The same words every time: how far it is behind stands in its status.
    pub fn fault(&self, last: u64, now_us: i64) -> Option<&'static str> {
        lock(&self.progress).fault(self.bounds, last, now_us)
    }
}

impl Drop for Projector {
    /// Stops after the batch under way; what is not stored yet follows at the next start.
    fn drop(&mut self) {
        self.wanted.send_modify(|wanted| wanted.stop = true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the projection ended with a panic; its journal is whole and is projected again");
        }
    }
}

fn lock(progress: &Shared) -> std::sync::MutexGuard<'_, Progress> {
    // Plain values without an invariant between them: a poisoned lock is as good as any.
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a projection could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The thread or its runtime could not be made.
    #[error("cannot start the projection's thread: {0}")]
    Thread(#[from] std::io::Error),
}

#[cfg(test)]
mod tests;
