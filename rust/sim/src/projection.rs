//! The thread behind a journal that fills the database: away for a while, then it catches up.

/// Entries it takes over in one look, of which there are ten a second.
const TAKEN: usize = 200;
/// It is behind when entries wait for so long, as in the service.
const BEHIND_US: i64 = 2_000_000;

/// How far the database is.
#[derive(Debug, Default)]
pub(crate) struct Projection {
    pub(crate) is_away: bool,
    /// Entries that are in the database. They survive a crash of the service: rows and progress are one transaction.
    pub(crate) taken: usize,
    /// Since when something waits.
    waits_us: Option<i64>,
}

impl Projection {
    /// Takes over what it can of a journal of `entries`; says what is wrong when it is behind.
    pub(crate) fn look(&mut self, entries: usize, now_us: i64) -> Option<&'static str> {
        if !self.is_away {
            self.taken = entries.min(self.taken + TAKEN);
        }
        if self.taken >= entries {
            self.waits_us = None;
            return None;
        }
        let since_us = *self.waits_us.get_or_insert(now_us);
        (now_us - since_us >= BEHIND_US).then_some("the database is behind its bound")
    }
}
