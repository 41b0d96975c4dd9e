//! The way from a row to a decision, walked while nothing is to be decided.
//!
//! A decision comes a few times a second. What runs in between on the same processor drives code, weights and tables out
//! of its caches, and then most of a decision's time would go by fetching them. So, after rows that closed no bar, a
//! market of the rehearsal's own goes the same way, and what comes of it is nobody's.

use bus::{Stamp, stamped};
use indicators::features::WARM_UP_BARS;
use indicators::{FEATURE_COUNT, IndicatorError};
use messages::Symbol;
use messages::wire::MarketData;
use prost::Message;

use crate::bridge::Bridge;
use crate::decision::Probabilities;

/// Any name will do: its bridge knows no other.
const SYMBOL: &str = "REHEARSAL";
/// Of its bars, µs: each row closes one.
const INTERVAL_US: i64 = 1_000;
/// Shortest rest after a rehearsal, and how many times as long as the rehearsal it is at least: it takes some ten
/// microseconds with a small model, and never more than a hundredth of the time with a large one.
const REST_NS: u64 = 1_000_000;
const REST_TIMES: u64 = 100;
/// Rows after which the prices begin anew.
const WAVE: u64 = 64;

/// A bridge for a market that is nowhere.
pub struct Rehearsal {
    bridge: Bridge,
    rows: u64,
}

impl Rehearsal {
    /// One that is warm, and decides above `threshold`.
    pub fn new(threshold: f64) -> Result<Self, IndicatorError> {
        let symbols: Vec<Symbol> = Symbol::new(SYMBOL).into_iter().collect();
        let mut rehearsal = Self {
            bridge: Bridge::new(&symbols, INTERVAL_US, threshold)?,
            rows: 0,
        };
        for _ in 0..=WARM_UP_BARS {
            rehearsal.walk(|_| None);
        }
        Ok(rehearsal)
    }

    /// One row from its frame to the frame of its signal; `ask` asks the model.
    pub fn walk(&mut self, ask: impl FnMut(&[f64; FEATURE_COUNT]) -> Option<Probabilities>) {
        self.rows += 1;
        let bid = 100.0 + (self.rows % WAVE) as f64;
        let row = MarketData {
            symbol: SYMBOL.to_owned(),
            price: Some(bid),
            volume: 1.0,
            bid: Some(bid),
            ask: Some(bid + 1.0),
            bid_size: 1.0,
            ask_size: 1.0,
            timestamp_us: self.rows as i64 * INTERVAL_US,
            epoch: 1,
            sequence: self.rows,
            ..MarketData::default()
        };
        let stamp = Stamp {
            epoch: 1,
            sequence: self.rows,
            published_us: row.timestamp_us,
        };
        self.bridge.on_frame(&row.encode_to_vec(), ask, |signal| {
            drop(std::hint::black_box(stamped(&signal, &stamp)));
        });
    }
}

/// How long nothing is rehearsed after a rehearsal that took `took_ns`.
pub fn rest_ns(took_ns: u64) -> u64 {
    REST_NS.max(took_ns.saturating_mul(REST_TIMES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rehearsals_take_no_more_than_a_hundredth_of_the_time() {
        assert_eq!(rest_ns(0), 1_000_000);
        assert_eq!(rest_ns(9_000), 1_000_000);
        assert_eq!(rest_ns(500_000), 50_000_000);
        assert_eq!(rest_ns(u64::MAX), u64::MAX);
    }

    #[test]
    fn each_walk_asks_the_model_once_and_none_is_refused() {
        let mut rehearsal = Rehearsal::new(0.6).expect("a bridge");
        let mut asked = 0;
        for _ in 0..1_000 {
            rehearsal.walk(|features| {
                assert!(features.iter().all(|feature| feature.is_finite()));
                asked += 1;
                Some([0.1, 0.8, 0.1])
            });
        }
        let counts = rehearsal.bridge.counts();
        assert_eq!((asked, counts.signals, counts.malformed), (1_000, 1_000, 0));
    }
}
