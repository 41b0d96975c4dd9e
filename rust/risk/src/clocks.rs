//! A wall clock that jumps, and clocks that disagree.
//!
//! The trading day, the times to live of orders and the audit rest on wall clocks. This detector compares this
//! machine's wall clock with its monotonic one, which is never set, and the clocks of other services with the
//! wall clock. While something is off, and for some time after, trading is closed.

use std::collections::BTreeMap;

/// What counts as off, and for how long nothing may be off before it counts as well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Most that two clocks may differ, in microseconds.
    pub difference_us: i64,
    /// How long all must have agreed, in microseconds of the monotonic clock.
    pub steady_us: i64,
}

impl Default for Bounds {
    /// Half a second, and five seconds.
    fn default() -> Self {
        Self {
            difference_us: 500_000,
            steady_us: 5_000_000,
        }
    }
}

/// A clock set right slowly drifts by less than this allows; small steps that add up within it don't.
const ANCHOR_US: i64 = 10_000_000;

#[derive(Debug, Clone, Copy)]
struct Anchor {
    at_us: i64,
    offset_us: i64,
}

/// The detector. Feed it both clocks every turn, and every other service's clock as it answers.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    bounds: Bounds,
    anchor: Option<Anchor>,
    newest_us: i64,
    /// When something was last off, on the monotonic clock, and what.
    off: Option<(i64, String)>,
    /// How far each peer's clock is off, while it is.
    peers: BTreeMap<String, i64>,
}

impl Clocks {
    /// A detector with these bounds.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }

    /// Takes both clocks of this machine, read one after the other. Returns by how much the wall clock jumped
    /// if it did, in either direction.
    pub fn observe(&mut self, wall_us: i64, monotonic_us: i64) -> Option<i64> {
        self.newest_us = self.newest_us.max(monotonic_us);
        let offset_us = wall_us.saturating_sub(monotonic_us);
        let now = Anchor {
            at_us: monotonic_us,
            offset_us,
        };
        let Some(anchor) = self.anchor else {
            self.anchor = Some(now);
            return None;
        };
        let jump_us = offset_us.saturating_sub(anchor.offset_us);
        if jump_us.saturating_abs() > self.bounds.difference_us {
            self.anchor = Some(now);
            let reason = format!(
                "the wall clock jumped {} against the monotonic one",
                told(jump_us, "forward", "back")
            );
            self.off = Some((self.newest_us, reason));
            return Some(jump_us);
        }
        if monotonic_us - anchor.at_us >= ANCHOR_US {
            self.anchor = Some(now);
        }
        None
    }

    /// Takes the clock of `peer`, read between `asked_us` and `heard_us` of this machine's wall clock: an
    /// answer that waited long, at either end, shows nothing.
    pub fn peer(&mut self, peer: &str, asked_us: i64, peer_us: i64, heard_us: i64) {
        let ahead_us = peer_us.saturating_sub(asked_us.max(heard_us));
        let behind_us = asked_us.min(heard_us).saturating_sub(peer_us);
        let bound_us = self.bounds.difference_us;
        let off_us = if ahead_us > bound_us {
            ahead_us
        } else if behind_us > bound_us {
            -behind_us
        } else {
            self.peers.remove(peer);
            return;
        };
        self.peers.insert(peer.to_owned(), off_us);
    }

    /// What is off, in a sentence; `None` when everything has agreed for long enough.
    pub fn fault(&mut self) -> Option<String> {
        if let Some((peer, off_us)) = self.peers.iter().next() {
            let reason = format!(
                "the clock of {peer} is {} this service's",
                told(*off_us, "ahead of", "behind")
            );
            self.off = Some((self.newest_us, reason));
        }
        let (since_us, reason) = self.off.as_ref()?;
        if self.newest_us - since_us >= self.bounds.steady_us {
            self.off = None;
            return None;
        }
        Some(reason.clone())
    }

    /// The bounds it holds to.
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }
}

fn told(us: i64, positive: &str, negative: &str) -> String {
    let direction = if us > 0 { positive } else { negative };
    format!("{:.3} s {direction}", us.saturating_abs() as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000;
    const WALL_US: i64 = 1_700_000_000 * SECOND;

    fn clocks() -> Clocks {
        let mut clocks = Clocks::default();
        assert_eq!(clocks.observe(WALL_US, 0), None);
        clocks
    }

    #[test]
    fn a_jump_in_either_direction_is_off_until_it_has_been_steady() {
        for (jump_us, words) in [(3_600 * SECOND, "3600.000 s forward"), (-SECOND, "1.000 s back")] {
            let mut clocks = clocks();
            assert_eq!(clocks.observe(WALL_US + SECOND + jump_us, SECOND), Some(jump_us));
            let reason = clocks.fault().unwrap();
            assert_eq!(
                reason,
                format!("the wall clock jumped {words} against the monotonic one")
            );
            for after in 2..6 {
                assert_eq!(
                    clocks.observe(WALL_US + after * SECOND + jump_us, after * SECOND),
                    None
                );
                assert!(clocks.fault().is_some());
            }
            clocks.observe(WALL_US + 6 * SECOND + jump_us, 6 * SECOND);
            assert_eq!(clocks.fault(), None);
        }
    }

    #[test]
    fn a_stopped_process_is_no_jump() {
        let mut clocks = clocks();
        assert_eq!(clocks.observe(WALL_US + 60 * SECOND, 60 * SECOND), None);
        assert_eq!(clocks.fault(), None);
    }

    #[test]
    fn small_steps_that_add_up_are_a_jump_and_a_slow_drift_is_none() {
        let mut clocks = clocks();
        let jumps = (1..=5).filter(|step| {
            let at_us = step * SECOND;
            clocks.observe(WALL_US + at_us + step * 200_000, at_us).is_some()
        });
        assert_eq!(jumps.count(), 1);
        let mut clocks = super::Clocks::default();
        for step in 0..36_000 {
            let at_us = step * SECOND;
            // 500 parts in a million is the most a clock is slewed by.
            assert_eq!(clocks.observe(WALL_US + at_us + at_us / 2_000, at_us), None);
        }
        assert_eq!(clocks.fault(), None);
    }

    #[test]
    fn a_peer_ahead_or_behind_is_named_and_a_late_answer_is_not() {
        for (off_us, words) in [(SECOND, "1.000 s ahead of"), (-SECOND, "0.990 s behind")] {
            let mut clocks = clocks();
            let (asked_us, heard_us) = (WALL_US, WALL_US + 10_000);
            clocks.peer("paper-venue", asked_us, heard_us + off_us, heard_us);
            assert_eq!(
                clocks.fault().unwrap(),
                format!("the clock of paper-venue is {words} this service's")
            );
            clocks.peer("paper-venue", asked_us, heard_us, heard_us);
            assert!(clocks.fault().is_some(), "not yet");
            clocks.observe(WALL_US + 5 * SECOND, 5 * SECOND);
            assert_eq!(clocks.fault(), None);
        }
        let mut clocks = clocks();
        clocks.peer("paper-venue", WALL_US, WALL_US + 1_000, WALL_US + 60 * SECOND);
        assert_eq!(clocks.fault(), None, "it was read a minute late");
    }

    proptest! {
        #[test]
        fn it_is_off_exactly_while_something_jumped_within_the_steady_time(
            steps in prop::collection::vec((1_000..400_000_i64, prop::option::weighted(0.05, -20..20_i64)), 1..200)
        ) {
            let mut clocks = clocks();
            let (mut monotonic_us, mut offset_us, mut jumped_us) = (0, WALL_US, None);
            for (passed_us, jump) in steps {
                monotonic_us += passed_us;
                let jump_us = jump.unwrap_or(0) * SECOND;
                offset_us += jump_us;
                let seen = clocks.observe(monotonic_us + offset_us, monotonic_us);
                prop_assert_eq!(seen, (jump_us != 0).then_some(jump_us));
                if jump_us != 0 {
                    jumped_us = Some(monotonic_us);
                }
                let is_off = jumped_us.is_some_and(|at_us| monotonic_us - at_us < 5 * SECOND);
                prop_assert_eq!(clocks.fault().is_some(), is_off);
            }
        }
    }
}
