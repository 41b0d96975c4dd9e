//! The comparison of the database with the journal, beside the storing and on a connection of its own.
//!
//! One snapshot of the database says how far it is and what it holds; the journal is added up as far. Newer entries go
//! on being stored meanwhile: however long a comparison takes, and whatever becomes of it, the projection goes on.
//!
//! While the whole is added up within [`CHEAP`], it is every time. In larger tables what was found alike is not added up
//! again: a comparison costs what is new, and the whole follows as often as it takes one part in [`WHOLE_SHARE`] of the
//! time. A row that is changed or lost after it was compared is noticed by then, and not before.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_postgres::{Client, NoTls};

use super::audit::{self, BILLION, Books, Discrepancy, Place, Totals};
use super::rows::{Rows, Source};
use super::worker::{StoreError, text};
use super::{BATCH, sql};
use crate::journal::JournalReader;

/// Between two comparisons.
const EVERY: Duration = Duration::from_secs(5);
/// One that found a difference elsewhere than the last is made again so soon: only what stays is believed.
const AGAIN: Duration = Duration::from_millis(500);
/// The database adds up no more than one part in so many of the time.
const SHARE: u32 = 20;
/// A whole that is added up so soon is added up every time.
const CHEAP: Duration = Duration::from_secs(2);
/// Adding up a larger one takes no more than one part in so many of the time.
const WHOLE_SHARE: u32 = 200;
/// A snapshot that takes longer is given up, here and by the database.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// What one snapshot of the database holds.
#[derive(Debug, Clone)]
struct Held {
    /// The journal's sequence that it is projected to.
    sequence: u64,
    books: Books,
    /// Behind this sequence, without what was compared before; 0 when it is the whole.
    since: u64,
}

#[derive(Debug)]
enum Stage {
    /// Until the next is due.
    Resting,
    /// The database adds up.
    Asking(JoinHandle<Result<Held, String>>),
    /// It has answered, and the journal is added up as far.
    Adding(Held),
    /// It has not.
    Failed(String),
}

/// What a step of it came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing to do now.
    Wait,
    /// There is more to add up.
    More,
    /// Everything that differs at one sequence of the journal.
    Compared { sequence: u64, found: Vec<Discrepancy> },
}

/// What the journal says, added up as far as it was read for that.
#[derive(Debug, Default)]
struct Expected {
    books: Books,
    sequence: u64,
}

impl Expected {
    /// Adds the next entries, none behind `until`; false when there are none left. What is added up already and lies
    /// behind it is forgotten: it is another database, or the same one as it was some time ago.
    fn add_up(
        &mut self,
        journal: &JournalReader,
        (source, service): (Source, &str),
        until: u64,
    ) -> Result<bool, String> {
        if until < self.sequence {
            *self = Self::default();
        }
        let limit = BATCH.min(usize::try_from(until - self.sequence).unwrap_or(BATCH));
        if limit == 0 {
            return Ok(false);
        }
        let mut rows = Rows::default();
        let entries = journal.read(self.sequence + 1, limit).map_err(text)?;
        let Some(last) = entries.last() else {
            return Err(format!(
                "the database is projected to entry {until} and the journal ends at {}",
                self.sequence
            ));
        };
        for entry in &entries {
            rows.add(source, journal.identity(), service, entry)
                .map_err(text)?;
        }
        audit::add(&mut self.books, &rows);
        self.sequence = last.sequence;
        Ok(true)
    }
}

/// Comparisons, one after the other.
#[derive(Debug)]
pub(super) struct Comparison {
    source: Source,
    service: &'static str,
    database_url: String,
    expected: Expected,
    stage: Stage,
    started: Instant,
    /// How long the database added up.
    took: Duration,
    next: Instant,
    /// What was found alike the last time, and up to where.
    settled: Option<Held>,
    /// From then on the whole is added up again.
    whole_next: Instant,
    /// Where the last one found a difference.
    before: Vec<Place>,
    is_failing: bool,
}

impl Comparison {
    pub(super) fn new(source: Source, service: &'static str, database_url: String) -> Self {
        let now = Instant::now();
        Self {
            source,
            service,
            database_url,
            expected: Expected::default(),
            stage: Stage::Resting,
            started: now,
            took: Duration::ZERO,
            next: now,
            settled: None,
            whole_next: now,
            before: Vec::new(),
            is_failing: false,
        }
    }

    /// Gives up what is under way and begins anew: the rows change by more than new entries.
    pub(super) fn give_up(&mut self) {
        if let Stage::Asking(asked) = &self.stage {
            asked.abort();
        }
        self.stage = Stage::Resting;
        self.settled = None;
        self.next = Instant::now();
    }

    /// Resolves when there is something to do.
    pub(super) async fn stirs(&mut self) {
        match &mut self.stage {
            Stage::Resting => tokio::time::sleep_until(self.next).await,
            Stage::Asking(asked) => {
                let answer = asked.await.map_err(text).and_then(|answer| answer);
                self.took = self.started.elapsed();
                self.rest(EVERY);
                if answer.as_ref().is_ok_and(|held| held.since == 0) {
                    self.whole_next = Instant::now() + whole_again(self.took);
                }
                self.stage = answer.map_or_else(Stage::Failed, Stage::Adding);
            }
            Stage::Adding(_) | Stage::Failed(_) => {}
        }
    }

    /// Does what can be done without waiting.
    pub(super) async fn step(&mut self, journal: &JournalReader) -> Step {
        match &self.stage {
            Stage::Resting if self.next <= Instant::now() => {
                self.started = Instant::now();
                if self.whole_next <= self.started {
                    self.settled = None;
                }
                let since = self.settled.as_ref().map_or(0, |settled| settled.sequence);
                let asking = ask(self.database_url.clone(), journal.identity().to_owned(), since);
                self.stage = Stage::Asking(tokio::spawn(asking));
            }
            Stage::Asking(asked) if asked.is_finished() => self.stirs().await,
            _ => {}
        }
        match std::mem::replace(&mut self.stage, Stage::Resting) {
            Stage::Adding(held) => self.add(held, journal),
            Stage::Failed(reason) => self.postpone(&reason),
            waiting => {
                self.stage = waiting;
                Step::Wait
            }
        }
    }

    fn add(&mut self, held: Held, journal: &JournalReader) -> Step {
        if held.sequence < held.since {
            // Another database than the one that was compared, or the same one as it was some time ago.
            self.give_up();
            return Step::Wait;
        }
        let of = (self.source, self.service);
        match self.expected.add_up(journal, of, held.sequence) {
            Ok(true) => {
                self.stage = Stage::Adding(held);
                Step::More
            }
            Ok(false) => self.compare(held),
            Err(reason) => self.postpone(&reason),
        }
    }

    fn compare(&mut self, mut held: Held) -> Step {
        if let Some(settled) = self.settled.take().filter(|_| held.since > 0) {
            held.books = audit::since(&settled.books, held.books);
        }
        let found = audit::compare(&self.expected.books, &held.books);
        let places: Vec<_> = found.iter().map(Discrepancy::place).collect();
        if !found.is_empty() && places != self.before {
            self.rest(AGAIN);
        }
        self.before = places;
        self.is_failing = false;
        let sequence = held.sequence;
        // What differs is added up as a whole the next time.
        self.settled = found.is_empty().then_some(held);
        Step::Compared { sequence, found }
    }

    /// The next one comes as much later as this one took long.
    fn rest(&mut self, pause: Duration) {
        self.next = Instant::now() + pause.max(self.took * SHARE);
    }

    /// One that failed is no fault of the projection: it is made again later.
    fn postpone(&mut self, reason: &str) -> Step {
        if !std::mem::replace(&mut self.is_failing, true) {
            tracing::warn!(
                "the database of {} was not compared with its journal and will be later: {reason}",
                self.service
            );
        }
        Step::Wait
    }
}

/// When a whole that took so long to add up is added up again.
fn whole_again(took: Duration) -> Duration {
    if took <= CHEAP {
        Duration::ZERO
    } else {
        took * WHOLE_SHARE
    }
}

/// How far the database is and what it holds, in one snapshot.
async fn ask(database_url: String, journal: String, since: u64) -> Result<Held, String> {
    let asking = async {
        let (client, connection) = tokio_postgres::connect(&database_url, NoTls).await?;
        // It ends with its client.
        let driver = tokio::spawn(connection);
        let held = snapshot(&client, &journal, since).await;
        driver.abort();
        held
    };
    let held = tokio::time::timeout(ANSWER_WITHIN, asking).await;
    held.map_err(|_| format!("no answer within {} s", ANSWER_WITHIN.as_secs()))?
        .map_err(text)
}

async fn snapshot(client: &Client, journal: &str, since: u64) -> Result<Held, StoreError> {
    let behind = i64::try_from(since).unwrap_or(i64::MAX);
    client.batch_execute(&sql::snapshot(ANSWER_WITHIN)).await?;
    let progress = client.query_opt(sql::PROGRESS, &[&journal]).await?;
    let sequence = progress.map_or(0, |row| row.get::<_, i64>(0));
    let mut books = Books::new();
    for (ledger, statement) in sql::TOTALS {
        for row in client.query(statement, &[&journal, &behind]).await? {
            let sum = |column: usize| audit::parse_sum(row.get::<_, &str>(column)).unwrap_or_default();
            let totals = Totals {
                rows: row.get(1),
                sequences: sum(2) / BILLION,
                quantity: sum(3),
                values: sum(4),
            };
            books.insert((ledger, row.get(0)), totals);
        }
    }
    Ok(Held {
        sequence: u64::try_from(sequence).unwrap_or_default(),
        books,
        since,
    })
}

#[cfg(test)]
mod tests;
