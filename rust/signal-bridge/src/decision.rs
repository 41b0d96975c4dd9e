//! A model's decision in the words of the wire. The rule itself is [`strategy::decide`], which backtests read too.

use messages::wire::trading_signal::Signal;
pub use strategy::{CLASSES, Probabilities};

/// BUY or SELL where that probability is the largest and above `threshold`, else HOLD; with its probability.
pub fn decide(probabilities: Probabilities, threshold: f64) -> (Signal, f64) {
    let (direction, probability) = strategy::decide(probabilities, threshold);
    let signal = match direction {
        strategy::Direction::Hold => Signal::Hold,
        strategy::Direction::Buy => Signal::Buy,
        strategy::Direction::Sell => Signal::Sell,
    };
    (signal, probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_direction_has_its_word_on_the_wire() {
        assert_eq!(decide([0.2, 0.7, 0.1], 0.6), (Signal::Buy, 0.7));
        assert_eq!(decide([0.2, 0.1, 0.7], 0.6), (Signal::Sell, 0.7));
        assert_eq!(decide([0.4, 0.6, 0.0], 0.6), (Signal::Hold, 0.4));
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
