//! Latency models, and the line in which requests wait out their way to the venue.

use std::collections::VecDeque;

use rand::{Rng, RngExt};

/// How long a request is on its way to the venue, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatencyModel {
    /// It is there at once.
    None,
    /// Always the same.
    Fixed(i64),
    /// Anything from the first to the second, both included and in order, all equally likely.
    Uniform(i64, i64),
    /// At least the first, and beyond it an exponential tail with the second as its mean.
    Exponential(i64, i64),
}

impl LatencyModel {
    /// One draw, in microseconds.
    pub fn sample(self, random: &mut impl Rng) -> i64 {
        match self {
            Self::None => 0,
            Self::Fixed(delay) => delay,
            Self::Uniform(least, most) => random.random_range(least..=most),
            Self::Exponential(least, mean) => {
                // 1 − u lies in (0, 1], whose logarithm is finite.
                let tail = -(1.0 - random.random::<f64>()).ln() * mean as f64;
                least + tail as i64
            }
        }
    }
}

/// Requests on their way. They arrive in the order they were sent, whatever each one's draw: a later one
/// waits for those before it, as on one connection.
#[derive(Debug)]
pub struct DelayLine<T> {
    waiting: VecDeque<(i64, T)>,
}

impl<T> Default for DelayLine<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
        }
    }
}

impl<T> DelayLine<T> {
    /// Puts `item` on its way at `now_us`; it arrives after `delay_us`, and after everything before it.
    pub fn push(&mut self, item: T, now_us: i64, delay_us: i64) {
        let after_the_last = self.waiting.back().map_or(i64::MIN, |(due, _)| *due);
        self.waiting
            .push_back((now_us.saturating_add(delay_us).max(after_the_last), item));
    }

    /// The next item that has arrived by `now_us`.
    pub fn pop(&mut self, now_us: i64) -> Option<T> {
        match self.waiting.front() {
            Some((due, _)) if *due <= now_us => self.waiting.pop_front().map(|(_, item)| item),
            _ => None,
        }
    }

    /// When the next one arrives, in microseconds; `None` when nothing is on its way.
    pub fn next_due_us(&self) -> Option<i64> {
        self.waiting.front().map(|(due, _)| *due)
    }

    /// How many are on their way.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// True when nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn every_model_keeps_its_bounds() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut draws =
            |model: LatencyModel| (0..1000).map(|_| model.sample(&mut random)).collect::<Vec<_>>();
        assert!(draws(LatencyModel::None).iter().all(|&delay| delay == 0));
        assert!(draws(LatencyModel::Fixed(100)).iter().all(|&delay| delay == 100));
        let uniform = draws(LatencyModel::Uniform(100, 300));
        assert!(uniform.iter().all(|delay| (100..=300).contains(delay)));
        assert!(uniform.iter().any(|&delay| delay < 150) && uniform.iter().any(|&delay| delay > 250));
        let exponential = draws(LatencyModel::Exponential(100, 200));
        let mean = exponential.iter().sum::<i64>() / 1000;
        assert!(
            exponential.iter().all(|&delay| delay >= 100) && (280..320).contains(&mean),
            "{mean}"
        );
    }

    #[test]
    fn nothing_overtakes_on_the_line() {
        let mut line = DelayLine::default();
        line.push("slow", 0, 500);
        line.push("quick", 10, 1);
        assert_eq!(line.pop(499), None);
        assert_eq!(line.next_due_us(), Some(500));
        assert_eq!((line.pop(500), line.pop(500)), (Some("slow"), Some("quick")));
        assert!(line.is_empty());
    }
}
