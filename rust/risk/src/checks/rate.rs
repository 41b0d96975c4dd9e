//! Orders per second, over a sliding window. Cancels are exempt, and don't count.

use std::collections::VecDeque;

const WINDOW_US: i64 = 1_000_000;

/// Too many orders within one second.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value} orders within one second are over the limit of {limit}")]
pub struct MessageRateExceeded {
    /// The limit.
    pub limit: u32,
    /// The number with this order.
    pub value: usize,
}

/// The orders sent within the last second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageRate {
    sent_us: VecDeque<i64>,
}

impl MessageRate {
    /// Notes an order sent at `now_us`.
    pub fn record(&mut self, now_us: i64) {
        while self
            .sent_us
            .front()
            .is_some_and(|sent_us| now_us.saturating_sub(*sent_us) >= WINDOW_US)
        {
            self.sent_us.pop_front();
        }
        self.sent_us.push_back(now_us);
    }

    /// Moves every time held by `delta_us`, as the wall clock moved: no age changes with it.
    pub fn shift(&mut self, delta_us: i64) {
        for sent_us in &mut self.sent_us {
            *sent_us = sent_us.saturating_add(delta_us);
        }
    }

    /// How many were sent within the second before `now_us`.
    pub fn count(&self, now_us: i64) -> usize {
        self.sent_us
            .iter()
            .filter(|sent_us| now_us.saturating_sub(**sent_us) < WINDOW_US)
            .count()
    }

    /// Passes when one order more stays within `limit`.
    pub fn check(&self, limit: u32, now_us: i64) -> Result<(), MessageRateExceeded> {
        let value = self.count(now_us) + 1;
        if value > limit as usize {
            Err(MessageRateExceeded { limit, value })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_fires_within_any_second_and_not_across() {
        let mut rate = MessageRate::default();
        for now_us in [900_000, 950_000] {
            assert_eq!(rate.check(2, now_us), Ok(()));
            rate.record(now_us);
        }
        // A window that slides: the turn of a second frees nothing.
        let error = rate.check(2, 1_100_000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "3 orders within one second are over the limit of 2"
        );
        assert_eq!(rate.check(2, 1_900_000), Ok(()));
        rate.record(1_900_000);
        assert_eq!(rate.count(1_900_000), 2);
    }
}
