//! Which messages of a stream are missing.

use std::collections::HashMap;

/// What a sequence number told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// The first of this key: nothing can be said about what was before it.
    First,
    /// The one that was due.
    Next,
    /// Seen already (a last value, a replay): drop it.
    Duplicate,
    /// This many are missing before it.
    Gap(u64),
    /// The publisher started anew; `missing` of its messages came before this one.
    Restarted {
        /// How many of the new epoch are missing.
        missing: u64,
    },
}

/// How far one stream was read: the rule by which every reader tells a gap from a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamPosition {
    newest: Option<(u64, u64)>,
}

impl StreamPosition {
    /// Takes note of one message. An older epoch than the newest one counts as a duplicate.
    #[inline]
    pub const fn observe(&mut self, epoch: u64, sequence: u64) -> Observation {
        let Some((last_epoch, last_sequence)) = self.newest else {
            self.newest = Some((epoch, sequence));
            return Observation::First;
        };
        if epoch < last_epoch || (epoch == last_epoch && sequence <= last_sequence) {
            return Observation::Duplicate;
        }
        self.newest = Some((epoch, sequence));
        if epoch > last_epoch {
            let missing = sequence.saturating_sub(1);
            return Observation::Restarted { missing };
        }
        match sequence - last_sequence - 1 {
            0 => Observation::Next,
            missing => Observation::Gap(missing),
        }
    }

    /// The newest epoch and sequence; `None` before the first message.
    pub const fn newest(&self) -> Option<(u64, u64)> {
        self.newest
    }
}

/// Counts gaps per key (a symbol, or the stream's name).
#[derive(Debug, Default)]
pub struct GapCounter {
    positions: HashMap<String, StreamPosition>,
    missing: u64,
    duplicates: u64,
}

impl GapCounter {
    /// Takes note of one message. An older epoch than the newest one counts as a duplicate.
    pub fn observe(&mut self, key: &str, epoch: u64, sequence: u64) -> Observation {
        let observed = match self.positions.get_mut(key) {
            Some(position) => position.observe(epoch, sequence),
            None => self
                .positions
                .entry(key.to_owned())
                .or_default()
                .observe(epoch, sequence),
        };
        match observed {
            Observation::Duplicate => self.duplicates += 1,
            Observation::Gap(missing) | Observation::Restarted { missing } => self.missing += missing,
            Observation::First | Observation::Next => {}
        }
        observed
    }

    /// The newest epoch and sequence of a key.
    pub fn newest(&self, key: &str) -> Option<(u64, u64)> {
        self.positions.get(key)?.newest()
    }
    /// All that was missing so far.
    pub const fn missing(&self) -> u64 {
        self.missing
    }
    /// All that came twice.
    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn says_what_it_saw() {
        let mut gaps = GapCounter::default();
        assert_eq!(gaps.observe("ES", 1, 5), Observation::First);
        assert_eq!(gaps.observe("ES", 1, 6), Observation::Next);
        assert_eq!(gaps.observe("ES", 1, 9), Observation::Gap(2));
        assert_eq!(gaps.observe("ES", 1, 9), Observation::Duplicate);
        assert_eq!(gaps.observe("NQ", 1, 1), Observation::First);
        assert_eq!(gaps.observe("ES", 2, 3), Observation::Restarted { missing: 2 });
        assert_eq!(gaps.observe("ES", 1, 10), Observation::Duplicate);
        assert_eq!((gaps.missing(), gaps.duplicates()), (4, 2));
    }

    proptest! {
        #[test]
        fn counts_exactly_what_was_dropped(kept in proptest::collection::vec(any::<bool>(), 1..200)) {
            let mut gaps = GapCounter::default();
            let received: Vec<u64> =
                kept.iter().zip(1..).filter(|(kept, _)| **kept).map(|(_, sequence)| sequence).collect();
            for sequence in &received {
                gaps.observe("s", 1, *sequence);
            }
            let expected = match (received.first(), received.last()) {
                (Some(first), Some(last)) => last - first + 1 - received.len() as u64,
                _ => 0,
            };
            prop_assert_eq!(gaps.missing(), expected);
        }
    }
}
