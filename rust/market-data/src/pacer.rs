//! When a row is due.

use std::fmt;
use std::str::FromStr;

/// How fast event time passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// This many times as fast as the clock.
    Times(f64),
    /// As fast as it goes.
    Max,
}

impl Speed {
    /// As the status has it: nought is as fast as it goes.
    pub const fn as_number(self) -> f64 {
        match self {
            Self::Times(times) => times,
            Self::Max => 0.0,
        }
    }
}

impl FromStr for Speed {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(times) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err(format!("`{text}` is neither a number above nought nor `max`")),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(out, "{times}"),
            Self::Max => out.write_str("max"),
        }
    }
}

/// A pacer later than this begins anew from where it is, instead of sending what was missed in one burst.
pub const LATEST_US: i64 = 1_000_000;

/// Ties event time to the clock at the first row, and tells how long each later one has to wait.
#[derive(Debug, Clone)]
pub struct Pacer {
    speed: Speed,
    /// Event time and clock that belong together.
    anchor: Option<(i64, i64)>,
    behind_us: i64,
    slips: u64,
}

impl Pacer {
    /// A pacer that has not begun.
    pub const fn new(speed: Speed) -> Self {
        Self {
            speed,
            anchor: None,
            behind_us: 0,
            slips: 0,
        }
    }

    /// Microseconds until the row of `event_us` is due, nought when it is. `now_us` is of a clock that is never
    /// set back.
    pub fn wait_us(&mut self, event_us: i64, now_us: i64) -> i64 {
        let Speed::Times(times) = self.speed else { return 0 };
        let (event_anchor, clock_anchor) = *self.anchor.get_or_insert((event_us, now_us));
        let due_us = clock_anchor + ((event_us - event_anchor) as f64 / times) as i64;
        self.behind_us = (now_us - due_us).max(0);
        if self.behind_us > LATEST_US {
            self.anchor = Some((event_us, now_us));
            self.slips += 1;
            return 0;
        }
        (due_us - now_us).max(0)
    }

    /// How late the last row was.
    pub const fn behind_us(&self) -> i64 {
        self.behind_us
    }

    /// How often it was so late that it began anew.
    pub const fn slips(&self) -> u64 {
        self.slips
    }

    /// The speed it was made with.
    pub const fn speed(&self) -> Speed {
        self.speed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_speed_is_a_number_or_max() {
        assert_eq!("60".parse(), Ok(Speed::Times(60.0)));
        assert_eq!("max".parse(), Ok(Speed::Max));
        for text in ["0", "-1", "fast", "NaN", "inf", ""] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }

    #[test]
    fn event_time_passes_so_many_times_faster() {
        let mut pacer = Pacer::new(Speed::Times(60.0));
        assert_eq!(pacer.wait_us(1_000_000_000, 5), 0);
        assert_eq!(pacer.wait_us(1_060_000_000, 5), 1_000_000);
        assert_eq!(pacer.wait_us(1_060_000_000, 900_005), 100_000);
        assert_eq!(pacer.wait_us(1_060_000_000, 1_000_105), 0);
        assert_eq!(pacer.behind_us(), 100);
    }

    #[test]
    fn a_long_sleep_is_not_caught_up_with_in_a_burst() {
        let mut pacer = Pacer::new(Speed::Times(1.0));
        pacer.wait_us(0, 0);
        assert_eq!(pacer.wait_us(10_000, 60_000_000), 0);
        assert_eq!(pacer.wait_us(20_000, 60_000_000), 10_000);
        assert_eq!(pacer.slips(), 1);
    }

    proptest! {
        #[test]
        fn rows_waited_for_keep_their_distances(gaps in proptest::collection::vec(0_i64..500_000, 1..50)) {
            let (mut pacer, mut event, mut clock) = (Pacer::new(Speed::Times(2.0)), 0, 77);
            pacer.wait_us(event, clock);
            for gap in gaps {
                event += gap;
                clock += pacer.wait_us(event, clock);
                prop_assert!((clock - 77 - event / 2).abs() <= 1);
            }
        }
    }
}
