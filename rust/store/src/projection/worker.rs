//! The projection's thread.

use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::{Client, NoTls};

use super::audit::Discrepancy;
use super::comparison::{Comparison, Step};
use super::records::Records;
use super::rows::{Rows, Source};
use super::{BATCH, Shared, Wanted, lock, sql};
use crate::journal::{Entry, JournalReader};

/// The database is tried again after this long, unless the service stops first.
const RETRY: Duration = Duration::from_millis(250);
/// A database that does not answer for so long is away.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

pub(super) struct Worker {
    journal: JournalReader,
    source: Source,
    service: &'static str,
    database_url: String,
    progress: Shared,
    wanted: watch::Receiver<Wanted>,
    comparison: Comparison,
    records: Records,
    again: u64,
    storing_again: Option<Again>,
    /// Where the journal ended when the service started, until the database was found to be no further.
    ended: Option<u64>,
}

/// Entries that are stored once more, beside the new ones.
#[derive(Debug, Clone, Copy)]
struct Again {
    done: u64,
    until: u64,
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
        let comparison = Comparison::new(source, service, database_url.clone());
        let ended = Some(wanted.borrow().last);
        Self {
            journal,
            source,
            service,
            database_url,
            progress,
            wanted,
            comparison,
            records: Records::default(),
            again: 0,
            storing_again: None,
            ended,
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
            .as_ref()
            .map_or(Ok(0), |row| u64::try_from(row.get::<_, i64>(0)))
            .map_err(text)?;
        let held = row.and_then(|row| row.get::<_, Option<i64>>(1));
        // Up to here the database may hold more than its progress says: it is compared when that is stored again.
        let known = self.journal.last_sequence().map_err(text)?;
        let ended = self.ended.unwrap_or(known);
        // A journal that went on after it was restored may be as long by now: its entry there is another one.
        let is_another = held.is_some() && done <= known && self.checksum(done)? != held;
        lock(&self.progress).is_ahead = done > ended || is_another;
        if done > ended || is_another {
            let journal = if done > ended {
                format!("ended at {ended}")
            } else {
                "has another entry there".to_owned()
            };
            // What is appended now would be taken for what is stored under the same sequences.
            return Err(format!(
                "the database is ahead of the journal of {}: it holds its entries up to {done}, and the journal \
                 {journal}; if the journal was restored from an older copy, stop the desk and restore the newest \
                 one, or start it with an empty database",
                self.service
            ));
        }
        self.ended = None;
        loop {
            let again = self.wanted.borrow().again;
            if std::mem::replace(&mut self.again, again) != again {
                self.storing_again = Some(Again { done: 0, until: done });
                self.comparison.give_up();
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
            let more_to_store = self.store_again(client, &identity).await?;
            let comparable = done >= known.max(1) && !more_to_store;
            let more_to_compare = comparable && self.compare(done).await;
            if !entries.is_empty() || more_to_store || more_to_compare {
                // The connections have their turn, however much there is to do here.
                tokio::task::yield_now().await;
                continue;
            }
            let again = self.again;
            let more = self
                .wanted
                .wait_for(|wanted| wanted.stop || wanted.last > done || wanted.again != again);
            // Either way there is something to do: an entry, or a comparison.
            tokio::select! {
                more = more => drop(more.map_err(text)?),
                () = self.comparison.stirs(), if comparable => {}
            }
        }
    }

    /// That of the journal's entry, if it has one with this sequence.
    fn checksum(&self, sequence: u64) -> Result<Option<i64>, String> {
        let entries = self.journal.read(sequence, 1).map_err(text)?;
        let entry = entries.first().filter(|entry| entry.sequence == sequence);
        Ok(entry.map(|entry| i64::from(entry.checksum())))
    }

    /// Stores the next of the entries that are wanted once more; true while there are others. A desk that trades
    /// meanwhile is not behind by them: new entries are stored as they come.
    async fn store_again(&mut self, client: &mut Client, identity: &str) -> Result<bool, String> {
        let Some(again) = self.storing_again else {
            return Ok(false);
        };
        let limit = BATCH.min(usize::try_from(again.until - again.done).unwrap_or(BATCH));
        let entries = whole(self.journal.read(again.done + 1, limit).map_err(text)?, limit);
        let last = entries.last().map_or(again.until, |entry| entry.sequence);
        within(self.store(client, identity, &entries, last), "storing again").await?;
        self.storing_again = (last < again.until).then_some(Again { done: last, ..again });
        Ok(self.storing_again.is_some())
    }

    /// Goes on with the comparison of database and journal; true while there is more to add up.
    async fn compare(&mut self, done: u64) -> bool {
        match self.comparison.step(&self.journal).await {
            Step::Wait => false,
            Step::More => true,
            Step::Compared { sequence, found } => {
                // Of before the last decision: it says nothing about what that has changed.
                if self.wanted.borrow().again != self.again {
                    return false;
                }
                let is_break =
                    |one: &Discrepancy| self.source == Source::Execution && one.ledger.is_of_trading();
                let (breaks, records): (Vec<_>, Vec<_>) = found.into_iter().partition(is_break);
                let verdict = self.records.judge(&records);
                self.tell(verdict.differs);
                if let Some(words) = verdict.store_again {
                    tracing::warn!("{words}: the journal of {} is stored again", self.service);
                    self.storing_again = Some(Again { done: 0, until: done });
                    self.comparison.give_up();
                }
                lock(&self.progress).compared(sequence, breaks);
                self.storing_again.is_some()
            }
        }
    }

    /// Notes what of the record differs, and logs it when that begins and when it ends.
    fn tell(&self, differs: Option<String>) {
        let before = std::mem::replace(&mut lock(&self.progress).differs, differs.clone());
        match (before, differs) {
            (None, Some(words)) => tracing::warn!(
                "{words}: what storing the journal of {} again does not mend, the database's owner can",
                self.service
            ),
            (Some(_), None) => tracing::info!("the record of {} agrees with its journal again", self.service),
            (None, None) | (Some(_), Some(_)) => {}
        }
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
        let checksum = entries.last().map(|entry| i64::from(entry.checksum()));
        let last = i64::try_from(last).unwrap_or(i64::MAX);
        transaction
            .execute(sql::ADVANCE, &[&identity, &self.service, &last, &checksum])
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
pub(super) enum StoreError {
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

pub(super) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests;
