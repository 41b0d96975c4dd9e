//! How many standard deviations a value lies from the mean of its window.

use crate::Period;
use crate::indicator::Indicator;
use crate::rolling::RollingStd;
use crate::snapshot::{Archive, State};

/// z-score: `(x − mean) / deviation` over the last `period` values including `x`, with the population deviation.
///
/// First output at the `period`-th value; 0 in a window of equal values. At most `√(period − 1)` in magnitude.
#[derive(Debug, Clone)]
pub struct ZScore {
    deviation: RollingStd,
    value: f64,
}

impl ZScore {
    /// A score over `period` values.
    pub fn new(period: Period) -> Self {
        Self {
            deviation: RollingStd::new(period),
            value: f64::NAN,
        }
    }
}

impl Indicator for ZScore {
    type Output = f64;

    #[inline]
    fn update(&mut self, value: f64) -> f64 {
        let deviation = self.deviation.update(value);
        self.value = score(self.deviation.distance(value), deviation);
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.deviation.reset();
        self.value = f64::NAN;
    }
}

/// A distance in deviations; 0 where there is no deviation.
#[inline(always)]
pub(crate) fn score(distance: f64, deviation: f64) -> f64 {
    if deviation == 0.0 {
        0.0
    } else {
        distance / deviation
    }
}

impl State for ZScore {
    const NAME: &'static str = "ZScore";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.deviation.visit(archive)?;
        archive.number(&mut self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;

    #[test]
    fn it_counts_in_deviations() {
        let values = collect(
            ZScore::new(Period::fixed(4)),
            &[2.0, 4.0, 4.0, 6.0, 6.0, 6.0, 6.0],
        );
        assert!(values[..3].iter().all(|value| value.is_nan()));
        assert!((values[3] - 2.0_f64.sqrt()).abs() < 1e-14);
        assert!((values[4] - 1.0).abs() < 1e-14);
        assert_eq!(values[6], 0.0);
    }

    #[test]
    fn a_tick_at_a_high_price_is_seen_in_full() {
        // 19 values at 60,000 and one a cent above: exactly the largest score there is.
        let mut values = vec![60_000.0; 19];
        values.push(60_000.01);
        let scores = collect(ZScore::new(Period::fixed(20)), &values);
        assert!((scores[19] - 19.0_f64.sqrt()).abs() < 1e-12, "{}", scores[19]);
    }

    #[test]
    fn an_inner_nan_starts_a_new_warm_up() {
        let values = collect(ZScore::new(Period::fixed(2)), &[1.0, 2.0, f64::NAN, 3.0, 6.0]);
        assert!(values[2].is_nan() && values[3].is_nan() && values[4] == 1.0);
    }
}
