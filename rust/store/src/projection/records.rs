//! What is done about a difference in the record of decisions: commands, signals, the risk state, and every row of the
//! risk manager's journal.
//!
//! No trade hangs on it, so no gate closes. What the database lacks is stored again without being asked for, a few times
//! at most and ever more rarely, for comparisons rest meanwhile. What then still differs, since it was changed, is too
//! much or grows, stands in the store's status until it is mended by hand.

use std::collections::BTreeMap;

use super::audit::{Discrepancy, Place};

/// Storing again is tried so often for one place that stays apart.
const MOST_TRIES: u32 = 3;
/// While something stays apart, the looks between two storings double up to so many.
const MOST_BETWEEN: u64 = 64;

/// What the last comparisons found.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// What the last one found, in words: only where the next one finds something too it is believed.
    suspected: BTreeMap<Place, String>,
    /// What storing again was tried for, while it stays apart.
    tried: BTreeMap<Place, Tried>,
    /// How many comparisons there were.
    looks: u64,
    /// How often the journal was stored again since nothing differed, and the look that begins the next turn.
    stored: u32,
    due_look: u64,
}

/// Storing again, as it was tried for one place.
#[derive(Debug, Default)]
struct Tried {
    number: u32,
    /// What was apart the last time.
    words: String,
}

/// What follows from a comparison, in words; nothing where nothing does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The journal is stored again, since this is missing.
    pub(super) store_again: Option<String>,
    /// This is known to differ: what storing again can't mend, hasn't mended, or isn't tried for yet.
    pub(super) differs: Option<String>,
}

/// A difference that two comparisons found.
struct Believed {
    place: Place,
    words: String,
    /// Storing again may mend it.
    can_be_stored: bool,
    /// It hasn't changed since the comparison before.
    stands: bool,
}

impl Records {
    pub(super) fn judge(&mut self, found: &[Discrepancy]) -> Verdict {
        self.looks += 1;
        if found.is_empty() {
            (self.stored, self.due_look) = (0, 0);
        }
        let believed = self.believe(found);
        let suspected = &self.suspected;
        self.tried.retain(|place, _| suspected.contains_key(place));
        let is_due = self.looks >= self.due_look && believed.iter().any(|one| self.wants_storing(one));
        let mut missing = Vec::new();
        let mut differs = Vec::new();
        for one in believed {
            let is_stored = is_due && one.can_be_stored;
            if !is_stored || self.tried.contains_key(&one.place) {
                differs.push(one.words.clone());
            }
            if is_stored {
                missing.push(one.words.clone());
                // The whole journal is stored: it is a try for every place that lacks something.
                let tried = self.tried.entry(one.place).or_default();
                tried.number += 1;
                tried.words = one.words;
            }
        }
        if is_due {
            self.stored += 1;
            let between = 1_u64
                .checked_shl(self.stored)
                .map_or(MOST_BETWEEN, |looks| looks.min(MOST_BETWEEN));
            self.due_look = self.looks + between;
        }
        let in_words = |all: Vec<String>| (!all.is_empty()).then(|| all.join("; "));
        Verdict {
            store_again: in_words(missing),
            differs: in_words(differs),
        }
    }

    /// Takes note of what was found; gives what the comparison before found at the same place, as it is now.
    fn believe(&mut self, found: &[Discrepancy]) -> Vec<Believed> {
        let before = std::mem::take(&mut self.suspected);
        let mut believed = Vec::new();
        for one in found {
            let (place, words) = (one.place(), one.in_words());
            self.suspected.insert(place.clone(), words.clone());
            if let Some(words_before) = before.get(&place) {
                believed.push(Believed {
                    can_be_stored: one.can_be_stored_again(),
                    stands: *words_before == words,
                    place,
                    words,
                });
            }
        }
        believed
    }

    /// For what was not tried yet; and once more where another difference stands still: what swallowed new rows may have
    /// ended.
    fn wants_storing(&self, one: &Believed) -> bool {
        let may_help = |tried: &Tried| tried.number < MOST_TRIES && one.stands && tried.words != one.words;
        one.can_be_stored && self.tried.get(&one.place).is_none_or(may_help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::audit::{Ledger, Totals};

    fn differing(ledger: Ledger, symbol: &str, database_rows: i64) -> Discrepancy {
        let totals = |rows| Totals {
            rows,
            ..Totals::default()
        };
        Discrepancy {
            ledger,
            symbol: symbol.into(),
            journal: totals(5_000),
            database: totals(database_rows),
        }
    }

    fn missing_in(symbol: &str, missing: i64) -> Discrepancy {
        differing(Ledger::Signals, symbol, 5_000 - missing)
    }

    fn signals(missing: i64) -> Discrepancy {
        missing_in("ALFA", missing)
    }

    fn changed() -> Discrepancy {
        differing(Ledger::Commands, "ALFA", 5_000)
    }

    fn nothing() -> Verdict {
        Verdict::default()
    }

    #[track_caller]
    fn told(verdict: Verdict) -> String {
        assert_eq!(verdict.store_again, None);
        verdict.differs.unwrap()
    }

    #[track_caller]
    fn stored_again(verdict: Verdict) -> String {
        verdict.store_again.unwrap()
    }

    #[test]
    fn what_is_missing_twice_is_stored_again_once_and_told_when_that_does_not_mend_it() {
        let mut records = Records::default();
        assert_eq!(records.judge(&[signals(1)]), nothing());
        let first = records.judge(&[signals(1)]);
        assert_eq!(first.differs, None, "storing again may mend it");
        stored_again(first);
        for _ in 0..200 {
            let words = told(records.judge(&[signals(1)]));
            assert!(
                words.starts_with("the database lacks 1 signals in ALFA"),
                "it is not tried for ever: {words}"
            );
        }
        assert_eq!(records.judge(&[]), nothing());
        assert_eq!(records.judge(&[signals(1)]), nothing());
        stored_again(records.judge(&[signals(1)]));
    }

    #[test]
    fn what_is_too_much_is_told_when_it_is_seen_twice() {
        let mut records = Records::default();
        assert_eq!(records.judge(&[signals(-1)]), nothing());
        told(records.judge(&[signals(-1)]));
    }

    #[test]
    fn a_gap_that_grows_is_told_and_stored_again_once_more_when_it_has_stopped() {
        let mut records = Records::default();
        assert_eq!(records.judge(&[signals(2)]), nothing());
        let words = stored_again(records.judge(&[signals(3)]));
        assert!(words.contains("lacks 3 signals"), "{words}");
        for missing in 4..8 {
            let words = told(records.judge(&[signals(missing)]));
            assert!(words.contains(&format!("lacks {missing} signals")), "{words}");
        }
        let again = records.judge(&[signals(7)]);
        assert!(again.differs.is_some(), "it was tried before: {again:?}");
        stored_again(again);
        told(records.judge(&[signals(7)]));
    }

    #[test]
    fn a_gap_that_grows_and_stops_is_stored_again_a_few_times_and_told_at_every_look() {
        let mut records = Records::default();
        records.judge(&[signals(1)]);
        stored_again(records.judge(&[signals(1)]));
        let mut stored = 1;
        for look in 0..1_000 {
            let verdict = records.judge(&[signals(2 + look / 2)]);
            assert!(verdict.differs.is_some(), "{look}");
            stored += u32::from(verdict.store_again.is_some());
        }
        assert_eq!(stored, MOST_TRIES);
    }

    #[test]
    fn gaps_that_grow_in_turn_hide_nothing_and_the_journal_is_stored_again_ever_more_rarely() {
        let symbols: Vec<String> = (0..50).map(|number| format!("S{number}")).collect();
        let mut missing = vec![0_i64; symbols.len()];
        let mut records = Records::default();
        let mut stored = Vec::new();
        for look in 0..720_usize {
            // One after the other grows, each by one, and stands still until its next turn.
            missing[look % symbols.len()] += 1;
            let mut found: Vec<_> = symbols
                .iter()
                .zip(&missing)
                .filter(|(_, missing)| **missing > 0)
                .map(|(symbol, missing)| missing_in(symbol, *missing))
                .collect();
            found.push(changed());
            let verdict = records.judge(&found);
            if look > 0 {
                let words = verdict.differs.unwrap_or_default();
                assert!(words.contains("other commands"), "{look}: {words}");
            }
            if verdict.store_again.is_some() {
                stored.push(look);
            }
        }
        assert!(stored.len() <= 16, "{stored:?}");
        let between: Vec<_> = stored.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(between.iter().all(|looks| *looks >= 2), "{between:?}");
    }

    #[test]
    fn what_waits_for_its_turn_is_told_meanwhile_and_then_stored_again() {
        let mut records = Records::default();
        records.judge(&[signals(1)]);
        stored_again(records.judge(&[signals(1), missing_in("BRVO", 1)]));
        let words = told(records.judge(&[signals(1), missing_in("BRVO", 1)]));
        assert!(words.contains("BRVO"), "{words}");
        let words = stored_again(records.judge(&[signals(1), missing_in("BRVO", 1)]));
        assert!(words.contains("BRVO"), "{words}");
    }

    #[test]
    fn once_nothing_differs_the_next_gap_waits_for_no_turn() {
        let mut records = Records::default();
        for _ in 0..5 {
            assert_eq!(records.judge(&[signals(1)]), nothing());
            stored_again(records.judge(&[signals(1)]));
            assert_eq!(records.judge(&[]), nothing());
        }
    }

    #[test]
    fn what_is_seen_for_the_first_time_hides_nothing_that_is_known() {
        let mut records = Records::default();
        records.judge(&[changed()]);
        for missing in 1..4 {
            let verdict = records.judge(&[changed(), signals(missing)]);
            assert_eq!(verdict.store_again.is_some(), missing == 2, "{verdict:?}");
            let words = verdict.differs.unwrap();
            assert!(words.contains("other commands"), "{words}");
            assert_eq!(words.contains("signals"), missing == 3, "{words}");
        }
        let words = told(records.judge(&[changed()]));
        assert!(!words.contains("signals"), "{words}");
    }
}
