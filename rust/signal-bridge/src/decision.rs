//! Probabilities to a decision.

use messages::wire::trading_signal::Signal;

/// The classes a model gives, in the order of its output: the wire's value less one.
pub const CLASSES: [&str; 3] = ["hold", "buy", "sell"];

/// The probabilities of [`CLASSES`].
pub type Probabilities = [f64; 3];

/// BUY or SELL where that probability is the largest and above `threshold`, else HOLD; with its probability.
pub fn decide(probabilities: Probabilities, threshold: f64) -> (Signal, f64) {
    let [hold, buy, sell] = probabilities;
    if buy > threshold && buy > hold && buy > sell {
        (Signal::Buy, buy)
    } else if sell > threshold && sell > hold && sell > buy {
        (Signal::Sell, sell)
    } else {
        (Signal::Hold, hold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_probability_above_the_threshold_decides() {
        let cases = [
            ([0.2, 0.7, 0.1], 0.6, (Signal::Buy, 0.7)),
            ([0.2, 0.1, 0.7], 0.6, (Signal::Sell, 0.7)),
            ([0.35, 0.55, 0.1], 0.6, (Signal::Hold, 0.35)),
            ([0.4, 0.6, 0.0], 0.6, (Signal::Hold, 0.4)),
            ([0.8, 0.1, 0.1], 0.6, (Signal::Hold, 0.8)),
            ([0.4, 0.35, 0.25], 0.3, (Signal::Hold, 0.4)),
            ([0.2, 0.4, 0.4], 0.3, (Signal::Hold, 0.2)),
        ];
        for (probabilities, threshold, expected) in cases {
            assert_eq!(
                decide(probabilities, threshold),
                expected,
                "{probabilities:?} {threshold}"
            );
        }
    }

    #[test]
    fn a_class_is_the_value_on_the_wire_less_one() {
        let values = [Signal::Hold, Signal::Buy, Signal::Sell];
        for (index, (class, value)) in CLASSES.iter().zip(values).enumerate() {
            assert_eq!(value as usize, index + 1);
            assert_eq!(value.as_str_name().to_lowercase(), *class);
        }
    }
}
