//! How long messages were on their way, as a distribution in fixed space.

/// Parts that each power of two is divided into: a value is told to an eighth of itself.
const PARTS: u64 = 8;
const BUCKETS: usize = (64 * PARTS) as usize;

/// Counts of durations in microseconds.
#[derive(Clone)]
pub struct Latencies {
    counts: Box<[u32; BUCKETS]>,
    total: u64,
    longest_us: u64,
}

/// What became of the messages of one frame: microseconds from published to received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LatencySummary {
    /// Messages that carried a publish time.
    pub count: u64,
    /// The median, not less than it and at most an eighth more.
    pub p50_us: u64,
    /// The 99th percentile, in the same way.
    pub p99_us: u64,
    /// The longest, exactly.
    pub longest_us: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            counts: Box::new([0; BUCKETS]),
            total: 0,
            longest_us: 0,
        }
    }
}

impl Latencies {
    /// Takes one.
    #[inline]
    pub fn add(&mut self, latency_us: u64) {
        let count = &mut self.counts[bucket(latency_us)];
        *count = count.saturating_add(1);
        self.total += 1;
        self.longest_us = self.longest_us.max(latency_us);
    }

    /// The summary of those since the last call.
    pub fn take(&mut self) -> LatencySummary {
        let summary = LatencySummary {
            count: self.total,
            p50_us: self.quantile(50),
            p99_us: self.quantile(99),
            longest_us: self.longest_us,
        };
        if self.total > 0 {
            self.counts.fill(0);
            (self.total, self.longest_us) = (0, 0);
        }
        summary
    }

    fn quantile(&self, percent: u64) -> u64 {
        let rank = (self.total * percent).div_ceil(100);
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank.max(1) {
                return highest(at).min(self.longest_us);
            }
        }
        0
    }
}

/// Values below the number of parts have a bucket each.
#[inline]
const fn bucket(value: u64) -> usize {
    if value < PARTS {
        return value as usize;
    }
    let power = value.ilog2() as u64 - PARTS.ilog2() as u64;
    (power * PARTS + (value >> power)) as usize
}

/// The largest value of a bucket.
const fn highest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < PARTS {
        return bucket;
    }
    let power = bucket / PARTS - 1;
    let part = bucket % PARTS + PARTS;
    (part << power) + ((1 << power) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_summary_is_given_once() {
        let mut latencies = Latencies::default();
        for value in 1..=100 {
            latencies.add(value);
        }
        let summary = latencies.take();
        assert_eq!((summary.count, summary.longest_us), (100, 100));
        assert!(
            (50..=56).contains(&summary.p50_us) && (99..=100).contains(&summary.p99_us),
            "{summary:?}"
        );
        assert_eq!(latencies.take(), LatencySummary::default());
    }

    proptest! {
        #[test]
        fn a_value_lies_in_its_bucket(value in any::<u64>()) {
            let at = bucket(value);
            prop_assert!(at < BUCKETS && value <= highest(at));
            prop_assert!(at == 0 || value > highest(at - 1));
            prop_assert!(highest(at) - value <= value / PARTS);
        }
    }
}
