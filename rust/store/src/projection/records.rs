//! What is done about a difference in the record of decisions: commands, signals, the risk state, and every row of the
//! risk manager's journal.
//!
//! No trade hangs on it, so no gate closes. What the database lacks is stored again without being asked for, once; what
//! then still differs, since it was changed or is too much, stands in the store's status until it is mended by hand.

use std::collections::BTreeMap;

use super::audit::{Discrepancy, Place};

/// What the last comparisons found.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// What the last one found: only where the next one finds something too it is believed.
    suspected: Apart,
    /// What storing again was tried for.
    stored_for: Apart,
}

/// What is apart, in words.
type Apart = BTreeMap<Place, String>;

/// What follows from a comparison.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The journal is stored again, since this is missing.
    StoreAgain(String),
    /// This is how it stands: nothing is known to differ, or what.
    Differs(Option<String>),
}

impl Records {
    pub(super) fn judge(&mut self, found: &[Discrepancy]) -> Verdict {
        let apart: Apart = found.iter().map(|one| (one.place(), one.in_words())).collect();
        let before = std::mem::replace(&mut self.suspected, apart.clone());
        self.stored_for.retain(|place, _| apart.contains_key(place));
        let mut differs = Vec::new();
        let mut missing = Apart::new();
        for one in found {
            let (place, words) = (one.place(), one.in_words());
            let Some(words_before) = before.get(&place) else {
                continue;
            };
            // Tried once, and once more when another difference stands still: what swallowed new rows may have ended.
            let is_tried = self
                .stored_for
                .get(&place)
                .is_some_and(|tried| *tried == words || *words_before != words);
            if one.can_be_stored_again() && !is_tried {
                missing.insert(place, words.clone());
            }
            differs.push(words);
        }
        if missing.is_empty() {
            return Verdict::Differs((!differs.is_empty()).then(|| differs.join("; ")));
        }
        let words: Vec<_> = missing.values().cloned().collect();
        self.stored_for.append(&mut missing);
        Verdict::StoreAgain(words.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::audit::{Ledger, Totals};

    fn differing(ledger: Ledger, database_rows: i64) -> Discrepancy {
        let totals = |rows| Totals {
            rows,
            ..Totals::default()
        };
        Discrepancy {
            ledger,
            symbol: "ALFA".into(),
            journal: totals(30),
            database: totals(database_rows),
        }
    }

    fn signals(missing: i64) -> Discrepancy {
        differing(Ledger::Signals, 30 - missing)
    }

    const NOTHING: Verdict = Verdict::Differs(None);

    #[track_caller]
    fn told(verdict: Verdict) -> String {
        match verdict {
            Verdict::Differs(Some(words)) => words,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn stored_again(verdict: Verdict) -> String {
        match verdict {
            Verdict::StoreAgain(words) => words,
            other @ Verdict::Differs(_) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_missing_twice_is_stored_again_once_and_told_when_that_does_not_mend_it() {
        let mut records = Records::default();
        assert_eq!(records.judge(&[signals(1)]), NOTHING);
        stored_again(records.judge(&[signals(1)]));
        let words = told(records.judge(&[signals(1)]));
        assert!(
            words.starts_with("the database lacks 1 signals in ALFA"),
            "it is not tried for ever: {words}"
        );
        assert_eq!(records.judge(&[]), NOTHING);
        assert_eq!(records.judge(&[signals(1)]), NOTHING);
        stored_again(records.judge(&[signals(1)]));
    }

    #[test]
    fn what_is_too_much_is_told_when_it_is_seen_twice() {
        let mut records = Records::default();
        assert_eq!(records.judge(&[signals(-1)]), NOTHING);
        told(records.judge(&[signals(-1)]));
    }

    #[test]
    fn a_gap_that_grows_is_told_and_stored_again_once_more_when_it_has_stopped() {
        let mut records = Records::default();
        assert_eq!(records.judge(&[signals(2)]), NOTHING);
        let words = stored_again(records.judge(&[signals(3)]));
        assert!(words.contains("lacks 3 signals"), "{words}");
        for missing in 4..8 {
            let words = told(records.judge(&[signals(missing)]));
            assert!(words.contains(&format!("lacks {missing} signals")), "{words}");
        }
        stored_again(records.judge(&[signals(7)]));
        told(records.judge(&[signals(7)]));
    }

    #[test]
    fn what_is_seen_for_the_first_time_hides_nothing_that_is_known() {
        let changed = || differing(Ledger::Commands, 30);
        let mut records = Records::default();
        records.judge(&[changed()]);
        for missing in 1..4 {
            let words = match records.judge(&[changed(), signals(missing)]) {
                Verdict::Differs(Some(words)) => words,
                // The signals were seen twice by now.
                other => stored_again(other),
            };
            let of = if missing == 2 { "signals" } else { "other commands" };
            assert!(words.contains(of), "{words}");
        }
        let words = told(records.judge(&[changed()]));
        assert!(!words.contains("signals"), "{words}");
    }
}
