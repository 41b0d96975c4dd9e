//! What is done about a difference in the record of decisions: commands, signals, the risk state, and every row of the
//! risk manager's journal.
//!
//! No trade hangs on it, so no gate closes. What the database lacks is stored again without being asked for, once; what
//! then still differs, since it was changed or is too much, stands in the store's status until it is mended by hand.

use super::audit::Discrepancy;

/// What the last comparisons found.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Found once: only what stays is believed.
    suspected: Vec<String>,
    /// Storing again was tried for these.
    stored_for: Vec<String>,
}

/// What follows from a comparison.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another look.
    Wait,
    /// The journal is stored again.
    StoreAgain,
    /// This is how it stands: alike, or what differs.
    Differs(Option<String>),
}

impl Records {
    pub(super) fn words(found: &[Discrepancy]) -> Vec<String> {
        found.iter().map(Discrepancy::in_words).collect()
    }

    pub(super) fn judge(&mut self, found: &[Discrepancy]) -> Verdict {
        let words = Self::words(found);
        let is_seen_again = words == self.suspected;
        self.suspected.clone_from(&words);
        if words.is_empty() {
            self.stored_for.clear();
            return Verdict::Differs(None);
        }
        if !is_seen_again {
            return Verdict::Wait;
        }
        if words != self.stored_for && found.iter().any(Discrepancy::can_be_stored_again) {
            self.stored_for = words;
            return Verdict::StoreAgain;
        }
        Verdict::Differs(Some(words.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::audit::{Ledger, Totals};

    fn differing(database_rows: i64) -> Vec<Discrepancy> {
        let totals = |rows| Totals {
            rows,
            ..Totals::default()
        };
        vec![Discrepancy {
            ledger: Ledger::Signals,
            symbol: "ALFA".into(),
            journal: totals(3),
            database: totals(database_rows),
        }]
    }

    #[test]
    fn what_is_missing_twice_is_stored_again_once_and_told_when_that_does_not_mend_it() {
        let mut records = Records::default();
        assert_eq!(records.judge(&differing(2)), Verdict::Wait);
        assert_eq!(records.judge(&differing(2)), Verdict::StoreAgain);
        let Verdict::Differs(Some(words)) = records.judge(&differing(2)) else {
            panic!("it is not tried for ever");
        };
        assert!(
            words.starts_with("the database lacks 1 signals in ALFA"),
            "{words}"
        );
        assert_eq!(records.judge(&[]), Verdict::Differs(None));
        assert_eq!(records.judge(&differing(2)), Verdict::Wait);
        assert_eq!(records.judge(&differing(2)), Verdict::StoreAgain, "another time");
    }

    #[test]
    fn what_is_too_much_is_told_when_it_is_seen_twice() {
        let mut records = Records::default();
        assert_eq!(records.judge(&differing(4)), Verdict::Wait);
        assert!(matches!(records.judge(&differing(4)), Verdict::Differs(Some(_))));
    }
}
