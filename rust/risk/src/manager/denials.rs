//! Identical denials on the record at most once per ten seconds, with their count: a closed gate and a signal
//! every quarter of a second would fill a journal with one sentence.

use std::collections::BTreeMap;

use messages::wire;

const PERIOD_US: i64 = 10_000_000;

/// What makes two denials the same: symbol, side and check, the latter two by their numbers on the wire.
pub(super) type Key = (String, i32, i32);

#[derive(Debug)]
struct Series {
    recorded_us: i64,
    since: u64,
    last: wire::RiskDecision,
}

/// The denials of the last ten seconds.
#[derive(Debug, Default)]
pub(super) struct Denials(BTreeMap<Key, Series>);

impl Denials {
    /// Takes a denial. Returns it when it goes on the record now: the first, or the first after ten seconds,
    /// which then tells how many there were in between.
    pub(super) fn take(
        &mut self,
        key: Key,
        decision: wire::RiskDecision,
        now_us: i64,
    ) -> Option<wire::RiskDecision> {
        match self.0.get_mut(&key) {
            Some(series) if now_us - series.recorded_us < PERIOD_US => {
                series.since += 1;
                series.last = decision;
                None
            }
            series => {
                let since = series.map_or(0, |series| series.since);
                let recorded = counted(decision, since);
                let last = recorded.clone();
                self.0.insert(
                    key,
                    Series {
                        recorded_us: now_us,
                        since: 0,
                        last,
                    },
                );
                Some(recorded)
            }
        }
    }

    /// Moves every time held by `delta_us`, as the wall clock moved.
    pub(super) fn shift(&mut self, delta_us: i64) {
        for series in self.0.values_mut() {
            series.recorded_us += delta_us;
        }
    }

    /// The denials whose ten seconds ended without another one: each is recorded with its count.
    pub(super) fn ended(&mut self, now_us: i64) -> Vec<wire::RiskDecision> {
        let mut ended = Vec::new();
        self.0.retain(|_, series| {
            let is_over = now_us - series.recorded_us >= PERIOD_US;
            if is_over && series.since > 0 {
                // The newest one stands for itself: it is not among those before it.
                ended.push(counted(series.last.clone(), series.since - 1));
            }
            !is_over
        });
        ended
    }
}

fn counted(mut decision: wire::RiskDecision, since: u64) -> wire::RiskDecision {
    if since > 0 {
        decision.reason = format!(
            "{} (and {since} more alike since the last record)",
            decision.reason
        );
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial() -> wire::RiskDecision {
        wire::RiskDecision {
            reason: "the desk is paused".into(),
            ..Default::default()
        }
    }

    fn key(symbol: &str) -> Key {
        (symbol.into(), 1, 10)
    }

    #[test]
    fn the_first_is_recorded_and_its_like_are_counted() {
        let mut denials = Denials::default();
        assert!(denials.take(key("ALFA"), denial(), 0).is_some());
        for now_us in 1..40 {
            assert!(denials.take(key("ALFA"), denial(), now_us).is_none());
        }
        assert!(
            denials.take(key("BRVO"), denial(), 5).is_some(),
            "another symbol is another series"
        );
        let again = denials.take(key("ALFA"), denial(), PERIOD_US).unwrap();
        assert_eq!(
            again.reason,
            "the desk is paused (and 39 more alike since the last record)"
        );
    }

    #[test]
    fn a_series_that_stops_is_recorded_at_its_end() {
        let mut denials = Denials::default();
        denials.take(key("ALFA"), denial(), 0);
        denials.take(key("ALFA"), denial(), 1);
        denials.take(key("ALFA"), denial(), 2);
        assert!(denials.ended(PERIOD_US - 1).is_empty());
        let ended = denials.ended(PERIOD_US);
        assert_eq!(
            ended[0].reason,
            "the desk is paused (and 1 more alike since the last record)"
        );
        assert!(denials.ended(PERIOD_US * 2).is_empty());
    }
}
