//! Which of the venue's executions are booked.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use messages::Fill;

/// How many stay in memory by name. What lies before them is booked or was never there, and is never booked again.
const REMEMBERED: usize = 10_000;

/// The executions that are booked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Executions {
    by_sequence: BTreeMap<u64, String>,
    /// What each says, as a checksum: what is compared when it comes again.
    checksums: BTreeMap<String, u64>,
    count: usize,
}

impl Executions {
    /// The venue's sequence of the last one; 0 before the first.
    pub fn last(&self) -> u64 {
        self.by_sequence
            .last_key_value()
            .map_or(0, |(sequence, _)| *sequence)
    }

    /// True when this execution is booked, as far as is remembered.
    pub fn contains(&self, execution_id: &str) -> bool {
        self.checksums.contains_key(execution_id)
    }

    /// The checksum of what is booked under an id, as far as is remembered.
    pub fn checksum(&self, execution_id: &str) -> Option<u64> {
        self.checksums.get(execution_id).copied()
    }

    /// The execution booked under a sequence of the venue, as far as is remembered.
    pub fn at(&self, sequence: u64) -> Option<&str> {
        self.by_sequence.get(&sequence).map(String::as_str)
    }

    /// True when what was booked under a sequence is too long ago to be remembered.
    pub fn is_forgotten(&self, sequence: u64) -> bool {
        self.count > REMEMBERED
            && self
                .by_sequence
                .first_key_value()
                .is_some_and(|(first, _)| sequence < *first)
    }

    /// How many are booked.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True before the first.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds one; false when it is there. An adjustment is none of the venue's: it takes back the one it
    /// reverses, if it reverses one, and counts nothing.
    pub(crate) fn add(&mut self, fill: &Fill) -> bool {
        if is_adjustment(fill) {
            if let Some(reversed) = reversed(fill)
                && self.checksums.remove(reversed).is_some()
            {
                self.by_sequence.retain(|_, held| held != reversed);
                self.count -= 1;
            }
            return true;
        }
        if self.contains(&fill.execution_id) {
            return false;
        }
        self.checksums.insert(fill.execution_id.clone(), checksum(fill));
        self.count += 1;
        let before = self
            .by_sequence
            .insert(fill.venue_sequence, fill.execution_id.clone());
        if let Some(before) = before {
            self.checksums.remove(&before);
        }
        if self.by_sequence.len() > REMEMBERED
            && let Some((_, oldest)) = self.by_sequence.pop_first()
        {
            self.checksums.remove(&oldest);
        }
        true
    }
}

/// What an execution says that is booked, exactly.
pub fn in_words(fill: &Fill) -> String {
    let side = fill.side.to_wire().as_str_name();
    format!(
        "{side} {} {} at {} with a fee of {} for order {}",
        fill.quantity, fill.symbol, fill.price, fill.fee, fill.client_order_id
    )
}

/// The same in a number, for the comparison of what is too long ago to be held whole. It is on no record.
pub fn checksum(fill: &Fill) -> u64 {
    let mut hasher = DefaultHasher::new();
    in_words(fill).hash(&mut hasher);
    hasher.finish()
}

/// True for a booking of the desk's own: an adopted difference, not an execution. The venue counts from 1.
pub fn is_adjustment(fill: &Fill) -> bool {
    fill.venue_sequence == 0
}

/// The id of the adjustment that takes back an execution.
pub fn reversal_id(command_id: &str, execution_id: &str) -> String {
    format!("reverse:{command_id}:{execution_id}")
}

/// The execution that an adjustment takes back, if it takes one back.
pub fn reversed(fill: &Fill) -> Option<&str> {
    let (_, rest) = fill.execution_id.strip_prefix("reverse:")?.split_once(':')?;
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fill;
    use messages::Side;

    #[test]
    fn memory_is_bounded_and_the_last_one_and_the_count_stay_right() {
        let mut executions = Executions::default();
        let many = REMEMBERED as u64 + 50;
        for sequence in 1..=many {
            assert!(executions.add(&fill("q1-1", sequence, Side::Buy, 1, "10")));
        }
        assert_eq!((executions.len() as u64, executions.last()), (many, many));
        assert_eq!(executions.checksums.len(), REMEMBERED);
        assert!(executions.is_forgotten(50) && !executions.is_forgotten(51));
        assert!(executions.contains("X51") && !executions.contains("X50"));
    }
}
