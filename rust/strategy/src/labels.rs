//! What a model is to foretell: what came after a bar, within a horizon and no further.
//!
//! A label is the class of [`CLASSES`](crate::CLASSES) by its place: [`HOLD`], [`BUY`], [`SELL`]. Labels and returns are
//! as many as bars have their whole horizon: `horizon` fewer than the bars.

use indicators::{IndicatorError, Period, batch};

/// Neither side paid.
pub const HOLD: i64 = 0;
/// It rose.
pub const BUY: i64 = 1;
/// It fell.
pub const SELL: i64 = 2;

/// Bars over which a barrier's unit, the deviation of one bar's return, is taken.
pub const VOLATILITY_BARS: i64 = 50;

/// Labels and the returns they stand for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Labels {
    /// One of [`HOLD`], [`BUY`] and [`SELL`] for each bar.
    pub labels: Vec<i64>,
    /// As fractions of the close.
    pub returns: Vec<f64>,
}

/// A series of bars. All are as long as `close`; `cost` is what a round trip pays, as a fraction of the price.
#[derive(Debug, Clone, Copy)]
pub struct Bars<'a> {
    /// Mid at the end of each bar.
    pub close: &'a [f64],
    /// Highest mid.
    pub high: &'a [f64],
    /// Lowest mid.
    pub low: &'a [f64],
    /// Of a round trip; NaN where it is not known.
    pub cost: &'a [f64],
}

/// BUY (SELL) where the close rises (falls) over `horizon` bars by more than the cost of a round trip.
pub fn forward(close: &[f64], cost: &[f64], horizon: usize) -> Result<Labels, IndicatorError> {
    check("cost", cost, close)?;
    let later = close.get(horizon..).unwrap_or_default();
    let returns: Vec<f64> = later
        .iter()
        .zip(close)
        .map(|(later, close)| later / close - 1.0)
        .collect();
    let labels = returns
        .iter()
        .zip(cost)
        .map(|(&change, &cost)| {
            if change > cost {
                BUY
            } else if change < -cost {
                SELL
            } else {
                HOLD
            }
        })
        .collect();
    Ok(Labels { labels, returns })
}

/// The first of three barriers that is touched (M. López de Prado, Advances in Financial Machine Learning, 2018, section
/// 3.4).
///
/// The upper and the lower one lie `width · σ · √horizon` away, σ being the deviation of a bar's return over the last
/// [`VOLATILITY_BARS`], but never nearer than the cost; the third is the end of the horizon, which gives HOLD, as does a
/// bar whose range touches both. The return is the barrier's distance, or that of the whole horizon for HOLD.
pub fn barriers(bars: &Bars<'_>, horizon: usize, width: f64) -> Result<Labels, IndicatorError> {
    let Bars {
        close,
        high,
        low,
        cost,
    } = *bars;
    for (name, values) in [("high", high), ("low", low), ("cost", cost)] {
        check(name, values, close)?;
    }
    let deviation = deviations(close)?;
    let root = (horizon as f64).sqrt();
    let count = close.len().saturating_sub(horizon);
    let mut made = Labels {
        labels: Vec::with_capacity(count),
        returns: Vec::with_capacity(count),
    };
    for at in 0..count {
        let from = close[at];
        let (mut label, mut change) = (HOLD, close[at + horizon] / from - 1.0);
        // The deviation's warm-up, or a cost that is not known: no barrier, no label, and no feature either.
        if let Some(distance) = larger(width * deviation[at] * root, cost[at]) {
            let (upper, lower) = (from * (1.0 + distance), from * (1.0 - distance));
            let ahead = at + 1..=at + horizon;
            let touched = high[ahead.clone()]
                .iter()
                .zip(&low[ahead])
                .map(|(high, low)| (*high >= upper, *low <= lower))
                .find(|(up, down)| *up || *down);
            match touched {
                Some((true, false)) => (label, change) = (BUY, distance),
                Some((false, true)) => (label, change) = (SELL, -distance),
                _ => {}
            }
        }
        made.labels.push(label);
        made.returns.push(change);
    }
    Ok(made)
}

/// The larger of two finite numbers.
fn larger(one: f64, other: f64) -> Option<f64> {
    (one.is_finite() && other.is_finite()).then(|| one.max(other))
}

/// Of each bar's return, over the last bars.
fn deviations(close: &[f64]) -> Result<Vec<f64>, IndicatorError> {
    let mut returns = vec![f64::NAN; close.len()];
    for (change, pair) in returns.iter_mut().skip(1).zip(close.windows(2)) {
        *change = pair[1] / pair[0] - 1.0;
    }
    let mut deviation = vec![f64::NAN; close.len()];
    let period = Period::new("volatility_bars", VOLATILITY_BARS)?;
    batch::rolling_std(&returns, period, &mut deviation)?;
    Ok(deviation)
}

fn check(name: &'static str, values: &[f64], close: &[f64]) -> Result<(), IndicatorError> {
    if values.len() == close.len() {
        Ok(())
    } else {
        Err(IndicatorError::Length {
            name,
            length: values.len(),
            reference: "close",
            expected: close.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: f64 = 0.01;

    fn flat(bars: usize) -> Vec<f64> {
        // Returns of ±1 % in turn: a deviation of about 1 %.
        (0..bars)
            .map(|bar| if bar % 2 == 0 { 100.0 } else { 101.0 })
            .collect()
    }

    #[test]
    fn a_forward_label_beats_its_cost() {
        let made = forward(&[100.0, 102.0, 101.5, 99.0], &[COST; 4], 1).expect("equally long");
        assert_eq!(made.labels, [BUY, HOLD, SELL]);
        assert!((made.returns[0] - 0.02).abs() < 1e-12);
        assert_eq!(forward(&[100.0], &[COST], 1), Ok(Labels::default()));
        assert_eq!(forward(&[100.0], &[COST], 9), Ok(Labels::default()));
        // A cost that is not known is beaten by nothing.
        assert_eq!(
            forward(&[1.0, 2.0], &[f64::NAN; 2], 1)
                .expect("equally long")
                .labels,
            [HOLD]
        );
    }

    #[test]
    fn the_first_barrier_decides_and_both_at_once_hold() {
        let close = flat(70);
        let (mut high, mut low) = (close.clone(), close.clone());
        high[60] = 200.0;
        low[62] = 1.0;
        let bars = |high: &[f64], low: &[f64]| {
            let bars = Bars {
                close: &close,
                high,
                low,
                cost: &[COST; 70],
            };
            // So wide that nothing else is touched.
            barriers(&bars, 4, 5.0).expect("equally long")
        };
        let made = bars(&high, &low);
        assert_eq!(made.labels.len(), 66);
        // A bar's own range is no later one.
        assert_eq!(made.labels[55..63], [HOLD, BUY, BUY, BUY, BUY, SELL, SELL, HOLD]);
        assert!(made.returns[56] > 0.05 && (made.returns[60] + made.returns[61]) < -0.1);
        low[60] = 1.0;
        assert_eq!(bars(&high, &low).labels[56..60], [HOLD; 4]);
        assert_eq!(made.labels[..50], [HOLD; 50], "no deviation is known yet");
    }

    #[test]
    fn no_barrier_lies_nearer_than_the_cost() {
        let close = flat(60);
        let label = |cost: f64| {
            let bars = Bars {
                close: &close,
                high: &close,
                low: &close,
                cost: &vec![cost; 60],
            };
            barriers(&bars, 3, 0.01).expect("equally long").labels[55]
        };
        assert_eq!((label(0.001), label(0.05), label(f64::NAN)), (SELL, HOLD, HOLD));
    }

    #[test]
    fn arrays_that_do_not_fit_are_named() {
        let error = forward(&[1.0; 3], &[1.0; 2], 1).expect_err("too short");
        assert!(error.to_string().starts_with("cost has 2 values"), "{error}");
    }
}
