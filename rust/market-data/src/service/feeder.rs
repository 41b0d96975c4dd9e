//! Which row is published when: the source and the pacer, held or let go.

use messages::wire::source_status::State;

use crate::pacer::Pacer;
use crate::progress::Progress;
use crate::row::Row;
use crate::source::Source;

/// While nothing is due the loop waits this long at a time.
const IDLE_US: i64 = 1_000_000;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Publish this row now.
    Publish(Row),
    /// Nothing is due for so many microseconds.
    Wait(i64),
    /// This row from before the restart was passed over.
    PassedOver(Row),
    /// The source failed just now, for this reason.
    Stopped(String),
    /// The source ended just now.
    Ended,
}

/// A source on its way.
pub struct Feeder {
    source: Box<dyn Source>,
    pacer: Pacer,
    state: State,
    reason: String,
    /// A row that was read and is not yet due.
    next: Option<Row>,
    resume_at: u64,
    rows: u64,
    event_us: i64,
    identity: String,
}

impl Feeder {
    /// A source that is `held` until [`Feeder::start`], or begins at once. `progress` is where an earlier
    /// process got: its rows are passed over, and what had been let go is not held again.
    pub fn new(source: Box<dyn Source>, pacer: Pacer, held: bool, progress: Option<&Progress>) -> Self {
        let identity = source.identity();
        let progress = progress.filter(|progress| progress.identity == identity);
        let held = held && !progress.is_some_and(|progress| progress.started);
        Self {
            source,
            pacer,
            state: if held { State::Held } else { State::Running },
            reason: String::new(),
            next: None,
            resume_at: progress.map_or(0, |progress| progress.rows),
            rows: 0,
            event_us: 0,
            identity,
        }
    }

    /// What to do at `now_us`, of a clock that is never set back.
    pub fn step(&mut self, now_us: i64) -> Step {
        if self.state != State::Running {
            return Step::Wait(IDLE_US);
        }
        let row = match self.next.take() {
            Some(row) => row,
            None => match self.source.next_row() {
                Ok(Some(row)) => row,
                Ok(None) => {
                    self.state = State::Ended;
                    return Step::Ended;
                }
                Err(failed) => {
                    self.state = State::Failed;
                    self.reason = failed.to_string();
                    return Step::Stopped(self.reason.clone());
                }
            },
        };
        if self.source.position() <= self.resume_at {
            self.count(&row);
            return Step::PassedOver(row);
        }
        match self.pacer.wait_us(row.event_us, now_us) {
            0 => {
                self.count(&row);
                Step::Publish(row)
            }
            wait_us => {
                self.next = Some(row);
                Step::Wait(wait_us)
            }
        }
    }

    fn count(&mut self, row: &Row) {
        self.rows += 1;
        self.event_us = row.event_us;
    }

    /// Lets a held source go; true when it had been held.
    pub fn start(&mut self) -> bool {
        let held = self.state == State::Held;
        if held {
            self.state = State::Running;
        }
        held
    }

    /// Held, running, ended or failed.
    pub const fn state(&self) -> State {
        self.state
    }
    /// Why it failed: file, line and reason; else empty.
    pub fn reason(&self) -> &str {
        &self.reason
    }
    /// Rows passed on, those before a restart included.
    pub const fn rows(&self) -> u64 {
        self.rows
    }
    /// Event time of the last row.
    pub const fn event_us(&self) -> i64 {
        self.event_us
    }
    /// True until all rows from before a restart were passed over.
    pub fn is_resuming(&self) -> bool {
        self.state == State::Running && self.source.position() < self.resume_at
    }
    /// True once it was let go.
    pub fn has_started(&self) -> bool {
        self.state != State::Held
    }
    /// Rows done with: what a restart passes over.
    pub fn position(&self) -> u64 {
        let read = self.source.position() - u64::from(self.next.is_some());
        read.max(self.resume_at)
    }
    /// What makes its rows what they are.
    pub fn identity(&self) -> &str {
        &self.identity
    }
    /// The source.
    pub fn source(&self) -> &dyn Source {
        &*self.source
    }
    /// The pacer.
    pub const fn pacer(&self) -> &Pacer {
        &self.pacer
    }
}

#[cfg(test)]
mod tests;
