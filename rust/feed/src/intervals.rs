//! Which lengths of bars are kept.

use indicators::bars::BarBuilder;

/// Lengths of bars, the shortest first, each a multiple of the one before.
#[derive(Debug, Clone)]
pub struct Intervals(Vec<BarBuilder>);

impl Default for Intervals {
    /// One second to one day: [`Self::DEFAULT_S`].
    fn default() -> Self {
        let builders = Self::DEFAULT_S.map(|seconds| BarBuilder::new(i64::from(seconds) * 1_000_000));
        Self(builders.into_iter().flatten().collect())
    }
}

/// Intervals that can't be folded into each other. Policy: whoever asked for them is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bar intervals {0:?} µs have to be above nought, the shortest first, each a multiple of the one before"
)]
pub struct UnfitIntervals(Vec<i64>);

impl Intervals {
    /// One second to one day: what a screen shows.
    pub const DEFAULT_S: [u32; 8] = [1, 5, 15, 60, 300, 900, 3_600, 86_400];

    /// Intervals in microseconds; at least one.
    pub fn new(intervals_us: &[i64]) -> Result<Self, UnfitIntervals> {
        let unfit = || UnfitIntervals(intervals_us.to_owned());
        let multiples = intervals_us
            .windows(2)
            .all(|pair| pair[0] > 0 && pair[1] > pair[0] && pair[1] % pair[0] == 0);
        if intervals_us.is_empty() || !multiples {
            return Err(unfit());
        }
        let builders = intervals_us.iter().map(|&interval| BarBuilder::new(interval));
        Ok(Self(builders.collect::<Result<_, _>>().map_err(|_| unfit())?))
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// A builder of each.
    pub fn builders(&self) -> impl Iterator<Item = BarBuilder> {
        self.0.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_to_be_a_multiple_of_the_one_before() {
        let seconds = Intervals::DEFAULT_S.map(|seconds| i64::from(seconds) * 1_000_000);
        assert_eq!(Intervals::new(&seconds).unwrap().count(), 8);
        assert_eq!(Intervals::default().count(), 8);
        for unfit in [&[][..], &[0], &[-1], &[2, 3], &[2, 2], &[4, 2], &[0, 2]] {
            assert!(Intervals::new(unfit).is_err(), "{unfit:?}");
        }
    }
}
