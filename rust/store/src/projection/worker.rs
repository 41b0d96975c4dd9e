//! The projection's thread.

use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::{Client, NoTls};

use super::rows::{Rows, Source};
use super::{Shared, Wanted, lock, sql};
use crate::journal::{Entry, JournalReader};

/// Entries in one transaction.
const BATCH: usize = 500;
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
        // Ends by itself with the client; its error is the client's next one as well.
        let driver = tokio::spawn(connection);
        let outcome = self.follow(&mut client).await;
        drop(client);
        driver.abort();
        outcome
    }

    async fn follow(&mut self, client: &mut Client) -> Result<(), String> {
        let identity = self.journal.identity().to_owned();
        let row = within(
            client.query_opt(sql::PROGRESS, &[&identity]),
            "reading the progress",
        )
        .await?;
        let mut done: u64 = row
            .map_or(Ok(0), |row| u64::try_from(row.get::<_, i64>(0)))
            .map_err(text)?;
        loop {
            let entries = self.journal.read(done + 1, BATCH).map_err(text)?;
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
            if entries.is_empty() {
                let more = self.wanted.wait_for(|wanted| wanted.stop || wanted.last > done);
                more.await.map_err(text)?;
            }
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
        let last = i64::try_from(last).unwrap_or(i64::MAX);
        transaction
            .execute(sql::ADVANCE, &[&identity, &self.service, &last])
            .await?;
        transaction.commit().await?;
        Ok(())
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
