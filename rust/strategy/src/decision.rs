//! Probabilities to a decision.

/// The classes a model gives, in the order of its output.
pub const CLASSES: [&str; 3] = ["hold", "buy", "sell"];

/// The probabilities of [`CLASSES`].
pub type Probabilities = [f64; 3];

/// What a decision asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// As before.
    Hold,
    /// Long.
    Buy,
    /// Short.
    Sell,
}

impl Direction {
    /// The signal a backtest reads: 1, −1 or 0.
    pub fn signal(self) -> i8 {
        match self {
            Self::Hold => 0,
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }
}

/// BUY or SELL where that probability is the largest and above `threshold`, else HOLD; with its probability.
///
/// A NaN is neither larger nor above anything, so a row without probabilities is HOLD.
#[inline]
pub fn decide(probabilities: Probabilities, threshold: f64) -> (Direction, f64) {
    let [hold, buy, sell] = probabilities;
    if buy > threshold && buy > hold && buy > sell {
        (Direction::Buy, buy)
    } else if sell > threshold && sell > hold && sell > buy {
        (Direction::Sell, sell)
    } else {
        (Direction::Hold, hold)
    }
}

/// [`decide`] for each row of probabilities.
pub fn signals_from_probabilities(probabilities: &[Probabilities], threshold: f64, out: &mut [i8]) {
    for (out, &row) in out.iter_mut().zip(probabilities) {
        *out = decide(row, threshold).0.signal();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_probability_above_the_threshold_decides() {
        let cases = [
            ([0.2, 0.7, 0.1], 0.6, (Direction::Buy, 0.7)),
            ([0.2, 0.1, 0.7], 0.6, (Direction::Sell, 0.7)),
            ([0.35, 0.55, 0.1], 0.6, (Direction::Hold, 0.35)),
            ([0.4, 0.6, 0.0], 0.6, (Direction::Hold, 0.4)),
            ([0.8, 0.1, 0.1], 0.6, (Direction::Hold, 0.8)),
            ([0.4, 0.35, 0.25], 0.3, (Direction::Hold, 0.4)),
            ([0.2, 0.4, 0.4], 0.3, (Direction::Hold, 0.2)),
        ];
        let mut signals = [0; 1];
        for (probabilities, threshold, expected) in cases {
            assert_eq!(
                decide(probabilities, threshold),
                expected,
                "{probabilities:?} {threshold}"
            );
            signals_from_probabilities(&[probabilities], threshold, &mut signals);
            assert_eq!(signals, [expected.0.signal()]);
        }
    }

    #[test]
    fn a_row_that_is_no_number_holds() {
        for place in 0..3 {
            let mut row = [0.1, 0.8, 0.1];
            row[place] = f64::NAN;
            assert_eq!(decide(row, 0.5).0, Direction::Hold, "{row:?}");
        }
    }
}
