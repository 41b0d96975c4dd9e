//! Profit of one unit traded on signals.

use crate::BacktestError;

/// The profit of following `signals` on `prices`, in units of the price, after `commission`.
///
/// The rules stand at the head of this crate. `commission` is a fraction of the traded notional (0.001 is ten basis
/// points of each trade). Empty input earns 0.
pub fn backtest_strategy(prices: &[f64], signals: &[i8], commission: f64) -> Result<f64, BacktestError> {
    if prices.len() != signals.len() {
        return Err(BacktestError::Length {
            prices: prices.len(),
            signals: signals.len(),
        });
    }
    if !(commission.is_finite() && commission >= 0.0) {
        return Err(BacktestError::Commission(commission));
    }
    let mut profit = 0.0;
    let mut turnover = 0.0;
    let mut position = 0_i8;
    let mut last = 0.0;
    for (index, (&price, &signal)) in prices.iter().zip(signals).enumerate() {
        if !price.is_finite() {
            return Err(BacktestError::Price { index, value: price });
        }
        if !(-1..=1).contains(&signal) {
            return Err(BacktestError::Signal {
                index,
                value: f64::from(signal),
            });
        }
        if position != 0 {
            profit += f64::from(position) * (price - last);
        }
        if signal != 0 && signal != position {
            turnover += f64::from((signal - position).abs()) * price.abs();
            position = signal;
        }
        last = price;
    }
    Ok(profit - commission * turnover)
}

/// Signals from numbers: −1, 0 and 1 as they are, everything else refused with its place.
pub fn signals(values: &[f64]) -> Result<Vec<i8>, BacktestError> {
    let direction = |(index, &value): (usize, &f64)| match value {
        1.0 => Ok(1),
        0.0 => Ok(0),
        -1.0 => Ok(-1),
        _ => Err(BacktestError::Signal { index, value }),
    };
    values.iter().enumerate().map(direction).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buys_sells_and_keeps() {
        // Long at 10, kept, turned short at 13 (+3), marked at 11 (+2).
        let profit = backtest_strategy(&[10.0, 12.0, 13.0, 11.0], &[1, 0, -1, 0], 0.0);
        assert_eq!(profit, Ok(5.0));
    }

    #[test]
    fn commission_is_a_fraction_of_what_was_traded() {
        // One unit at 10 and two at 13 make 36 of notional; the mark at the end costs nothing.
        let profit = backtest_strategy(&[10.0, 12.0, 13.0, 11.0], &[1, 1, -1, -1], 0.01).expect("sound");
        assert!((profit - (5.0 - 0.36)).abs() < 1e-12);
    }

    #[test]
    fn a_signal_is_filled_at_its_own_price_and_not_before() {
        assert_eq!(backtest_strategy(&[10.0, 20.0], &[0, 1], 0.0), Ok(0.0));
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        let refusal = |prices: &[f64], signals: &[i8], commission| {
            backtest_strategy(prices, signals, commission)
                .expect_err("refused")
                .to_string()
        };
        assert!(refusal(&[1.0], &[1, 0], 0.0).contains("signals has 2 values"));
        assert!(refusal(&[1.0, f64::NAN], &[1, 0], 0.0).contains("prices[1]"));
        assert!(refusal(&[1.0, 2.0], &[1, 2], 0.0).contains("signals[1] is 2"));
        assert!(refusal(&[1.0], &[1], -0.1).contains("commission is -0.1"));
    }

    #[test]
    fn only_three_numbers_are_signals() {
        assert_eq!(signals(&[1.0, 0.0, -0.0, -1.0]), Ok(vec![1, 0, 0, -1]));
        for value in [0.5, 2.0, f64::INFINITY] {
            assert_eq!(
                signals(&[0.0, value]),
                Err(BacktestError::Signal { index: 1, value })
            );
        }
    }

    #[test]
    fn nothing_earns_nothing() {
        assert_eq!(backtest_strategy(&[], &[], 0.001), Ok(0.0));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_cash_account(
            steps in proptest::collection::vec((1_u32..1000, -1_i8..=1), 0..200),
        ) {
            let prices: Vec<f64> = steps.iter().map(|(price, _)| f64::from(*price)).collect();
            let signals: Vec<i8> = steps.iter().map(|(_, signal)| *signal).collect();
            let (mut cash, mut held) = (0.0, 0.0);
            for (price, signal) in prices.iter().zip(&signals) {
                let target = if *signal == 0 { held } else { f64::from(*signal) };
                let traded: f64 = target - held;
                cash -= traded * price + traded.abs() * price * 0.001;
                held = target;
            }
            let expected = cash + held * prices.last().copied().unwrap_or(0.0);
            let profit = backtest_strategy(&prices, &signals, 0.001).expect("sound");
            prop_assert!((profit - expected).abs() < 1e-6);
        }
    }
}
