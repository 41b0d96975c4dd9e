//! The projection's thread.

use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::{Client, NoTls};

use super::audit::{self, Audit, Books, Totals};
use super::rows::{Rows, Source};
use super::{Shared, Wanted, lock, sql};
use crate::journal::{Entry, JournalReader};

/// Entries in one transaction.
const BATCH: usize = 500;
/// The database is tried again after this long, unless the service stops first.
const RETRY: Duration = Duration::from_millis(250);
/// A database that does not answer for so long is away.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Between two comparisons of journal and database.
const AUDIT_EVERY: Duration = Duration::from_secs(5);
/// A comparison that found something is made again so soon: only what stays is believed.
const AUDIT_AGAIN: Duration = Duration::from_millis(500);
/// A comparison takes no more than one part in so many of the time.
const AUDIT_SHARE: u32 = 50;

/// A sequence is read as a decimal, in billionths.
const BILLION: i128 = 1_000_000_000;

/// What the journal says, added up as far as it was read for that.
#[derive(Debug, Default)]
struct Expected {
    books: Books,
    sequence: u64,
    next: Option<tokio::time::Instant>,
}

pub(super) struct Worker {
    journal: JournalReader,
    source: Source,
    service: &'static str,
    database_url: String,
    progress: Shared,
    wanted: watch::Receiver<Wanted>,
    expected: Expected,
    again: u64,
}

impl Worker {
    pub(super) fn new(
        journal: JournalReader,
        source: Source,
        service: &'static str,
        database_url: String,
        progress: Shared,
        wanted: watch::Receiver<Wanted>,
    ) -> Self {
        Self {
            journal,
            source,
            service,
            database_url,
            progress,
            wanted,
            expected: Expected::default(),
            again: 0,
        }
    }

    pub(super) async fn run(mut self) {
        while !self.stopped() {
            if let Err(trouble) = self.project().await {
                if lock(&self.progress).trouble.replace(trouble.clone()).is_none() {
                    tracing::warn!("the projection of {} stands still: {trouble}", self.service);
                }
                self.pause().await;
            }
        }
    }

    fn stopped(&self) -> bool {
        self.wanted.borrow().stop
    }

    /// Waits for the next try, or until the service stops.
    async fn pause(&mut self) {
        let stopped = self.wanted.wait_for(|wanted| wanted.stop);
        // Both ends mean: look again.
        let _ended = tokio::time::timeout(RETRY, stopped).await;
    }

    /// Connects and projects until the service stops (`Ok`) or something fails.
    async fn project(&mut self) -> Result<(), String> {
        let connecting = tokio_postgres::connect(&self.database_url, NoTls);
        let (mut client, connection) = within(connecting, "connecting").await?;
        let mut driver = tokio::spawn(connection);
        // A connection that ends is noticed at once, not with the next entry: a database that is away must not
        // look well because the desk is quiet.
        let outcome = tokio::select! {
            outcome = self.follow(&mut client) => outcome,
            ended = &mut driver => Err(farewell(ended)),
        };
        drop(client);
        driver.abort();
        outcome
    }

    async fn follow(&mut self, client: &mut Client) -> Result<(), String> {
        let identity = self.journal.identity().to_owned();
        within(client.batch_execute(sql::SESSION), "setting up the session").await?;
        let other = within(
            client.query_opt(sql::OTHER_JOURNAL, &[&self.service, &identity]),
            "asking whose database it is",
        )
        .await?;
        if let Some(other) = other {
            return Err(format!(
                "this database holds the desk of another journal of {} ({}, ours is {identity}): give each desk a \
                 database of its own",
                self.service,
                other.get::<_, &str>(0)
            ));
        }
        let row = within(
            client.query_opt(sql::PROGRESS, &[&identity]),
            "reading the progress",
        )
        .await?;
        let mut done: u64 = row
            .map_or(Ok(0), |row| u64::try_from(row.get::<_, i64>(0)))
            .map_err(text)?;
        if done < self.expected.sequence {
            // Another database, or the same one as it was some time ago.
            self.expected = Expected::default();
        }
        loop {
            let again = self.wanted.borrow().again;
            if std::mem::replace(&mut self.again, again) != again {
                done = 0;
            }
            let entries = whole(self.journal.read(done + 1, BATCH).map_err(text)?, BATCH);
            {
                let mut progress = lock(&self.progress);
                progress.projected = done;
                progress.trouble = None;
                progress.oldest_pending_us = entries.first().map(|entry| entry.at_us);
            }
            if let Some(last) = entries.last().map(|entry| entry.sequence) {
                within(self.store(client, &identity, &entries, last), "storing").await?;
                done = last;
            }
            if self.stopped() {
                return Ok(());
            }
            if !entries.is_empty() || self.add_up(&identity, done)? {
                continue;
            }
            if self.source == Source::Execution && self.is_audit_due() {
                self.audit(client, &identity).await?;
            }
            let again = self.again;
            let more = self
                .wanted
                .wait_for(|wanted| wanted.stop || wanted.last > done || wanted.again != again);
            match self.expected.next {
                // Either way there is something to do: an entry, or a comparison.
                Some(next) => drop(
                    tokio::time::timeout_at(next, more)
                        .await
                        .map(|more| more.map(drop)),
                ),
                None => drop(more.await.map_err(text)?),
            }
        }
    }

    /// Adds the next entries that are stored to what is expected; false when there are none left.
    fn add_up(&mut self, identity: &str, done: u64) -> Result<bool, String> {
        if self.source != Source::Execution || self.expected.sequence >= done {
            return Ok(false);
        }
        let limit = BATCH.min(usize::try_from(done - self.expected.sequence).unwrap_or(BATCH));
        let mut rows = Rows::default();
        let entries = self
            .journal
            .read(self.expected.sequence + 1, limit)
            .map_err(text)?;
        for entry in &entries {
            rows.add(self.source, identity, self.service, entry)
                .map_err(text)?;
            self.expected.sequence = entry.sequence;
        }
        audit::add(&mut self.expected.books, &rows);
        Ok(!entries.is_empty())
    }

    fn is_audit_due(&self) -> bool {
        self.expected
            .next
            .is_none_or(|next| next <= tokio::time::Instant::now())
    }

    /// Holds the database against the journal, which ends where it does.
    async fn audit(&mut self, client: &Client, identity: &str) -> Result<(), String> {
        let started = tokio::time::Instant::now();
        let mut database = Books::new();
        for (ledger, statement) in sql::TOTALS {
            for row in within(client.query(statement, &[&identity]), "adding up").await? {
                let sum = |column: usize| audit::parse_sum(row.get::<_, &str>(column)).unwrap_or_default();
                let totals = Totals {
                    rows: row.get(1),
                    sequences: sum(2) / BILLION,
                    quantity: sum(3),
                    values: sum(4),
                };
                database.insert((ledger, row.get(0)), totals);
            }
        }
        let found = audit::compare(&self.expected.books, &database);
        let pause = match lock(&self.progress).audit.as_ref() {
            Some(before) if before.found == found => AUDIT_EVERY,
            _ if found.is_empty() => AUDIT_EVERY,
            _ => AUDIT_AGAIN,
        };
        self.expected.next = Some(tokio::time::Instant::now() + pause.max(started.elapsed() * AUDIT_SHARE));
        let mut progress = lock(&self.progress);
        let number = progress.audit.as_ref().map_or(1, |audit| audit.number + 1);
        progress.audit = Some(Audit {
            number,
            sequence: self.expected.sequence,
            found,
        });
        Ok(())
    }

    async fn store(
        &self,
        client: &mut Client,
        identity: &str,
        entries: &[Entry],
        last: u64,
    ) -> Result<(), StoreError> {
        let mut rows = Rows::default();
        for entry in entries {
            rows.add(self.source, identity, self.service, entry)?;
        }
        let transaction = client.transaction().await?;
        for (statement, rows) in sql::statements(rows) {
            transaction.execute(statement, &[&rows]).await?;
        }
        let last = i64::try_from(last).unwrap_or(i64::MAX);
        transaction
            .execute(sql::ADVANCE, &[&identity, &self.service, &last])
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// A full batch ends before a fill whose position is not in it: both are one append, and the row of a fill needs the
/// multiplier of its position.
fn whole(mut entries: Vec<Entry>, limit: usize) -> Vec<Entry> {
    let last = |kind: &str| entries.iter().rposition(|entry| entry.kind == kind);
    if entries.len() == limit
        && let Some(fill) = last("fill").filter(|fill| *fill > 0)
        && last("position") < Some(fill)
    {
        entries.truncate(fill);
    }
    entries
}

/// Why a connection ended.
fn farewell(ended: Result<Result<(), tokio_postgres::Error>, tokio::task::JoinError>) -> String {
    match ended {
        Ok(Ok(())) => "the database closed the connection".to_owned(),
        Ok(Err(error)) => format!("the connection ended: {}", database_text(&error)),
        Err(error) => format!("the connection ended: {error}"),
    }
}

#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error(transparent)]
    Unreadable(#[from] super::rows::Unreadable),
    #[error("{}", database_text(.0))]
    Database(#[from] tokio_postgres::Error),
}

/// The database's own words; the crate's display says only `db error`.
fn database_text(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |database| database.message().to_owned())
}

async fn within<T, E: Into<StoreError>>(
    work: impl Future<Output = Result<T, E>>,
    doing: &str,
) -> Result<T, String> {
    match tokio::time::timeout(ANSWER_WITHIN, work).await {
        Ok(done) => done.map_err(|error| format!("{doing}: {}", error.into())),
        Err(_) => Err(format!("{doing}: no answer within {} s", ANSWER_WITHIN.as_secs())),
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests;
