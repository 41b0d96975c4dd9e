//! Profit of one unit traded on signals.

use std::ops::Range;

use crate::engine::{self, Line, Recorder, WORD};
use crate::{BacktestError, Market, Rules, Trade};

/// Keeps nothing: the sums are all that is asked for.
struct Sums;

impl Recorder for Sums {
    const TRADES: bool = false;

    #[inline]
    fn hold(&mut self, _rows: Range<usize>, _prices: &[f64], _line: Line) {}

    #[inline]
    fn eight(&mut self, _row: usize, _prices: &[f64; WORD], _line: Line) {}

    #[inline]
    fn finish(&mut self, _rows: Range<usize>) {}

    fn trade(&mut self, _trade: Trade) {}
}

/// At which price a signal is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fill {
    /// At the price of its own index.
    #[default]
    Same,
    /// At the price of the next index; the last signal is not filled.
    Next,
}

impl Fill {
    /// Rows between a signal and its fill.
    pub fn delay(self) -> usize {
        match self {
            Self::Same => 0,
            Self::Next => 1,
        }
    }
}

/// The profit of following `signals` on `prices`, in units of the price, after `commission`.
///
/// The rules stand at the head of this crate. `commission` is a fraction of the traded notional (0.001 is ten basis
/// points of each trade). Empty input earns 0.
pub fn backtest_strategy(
    prices: &[f64],
    signals: &[i8],
    commission: f64,
    fill: Fill,
) -> Result<f64, BacktestError> {
    let market = Market::new(prices, signals);
    let rules = Rules {
        commission,
        delay: fill.delay(),
        ..Rules::default()
    };
    rules.validate()?;
    market.validate_options(&rules)?;
    let totals = engine::run_judged(&market, &rules, &mut Sums)?;
    Ok(totals.pnl)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals;
    use proptest::prelude::*;

    fn profit(prices: &[f64], signals: &[i8], commission: f64) -> Result<f64, BacktestError> {
        backtest_strategy(prices, signals, commission, Fill::Same)
    }

    #[test]
    fn buys_sells_and_keeps() {
        // Long at 10, kept, turned short at 13 (+3), marked at 11 (+2).
        assert_eq!(profit(&[10.0, 12.0, 13.0, 11.0], &[1, 0, -1, 0], 0.0), Ok(5.0));
    }

    #[test]
    fn commission_is_a_fraction_of_what_was_traded() {
        // One unit at 10 and two at 13 make 36 of notional; the mark at the end costs nothing.
        let profit = profit(&[10.0, 12.0, 13.0, 11.0], &[1, 1, -1, -1], 0.01).expect("sound");
        assert!((profit - (5.0 - 0.36)).abs() < 1e-12);
    }

    #[test]
    fn a_signal_is_filled_at_its_own_price_and_not_before() {
        assert_eq!(profit(&[10.0, 20.0], &[0, 1], 0.0), Ok(0.0));
    }

    #[test]
    fn an_option_fills_at_the_next_price() {
        // Long at 12 instead of 10, short at 11 instead of 13; the last signal finds no price any more.
        let next = |signals: &[i8]| backtest_strategy(&[10.0, 12.0, 13.0, 11.0], signals, 0.0, Fill::Next);
        assert_eq!(next(&[1, 0, -1, 0]), Ok(-1.0));
        assert_eq!(next(&[0, 0, 0, 1]), Ok(0.0));
        assert_eq!(backtest_strategy(&[], &[], 0.0, Fill::Next), Ok(0.0));
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        let refusal = |prices: &[f64], signals: &[i8], commission| {
            profit(prices, signals, commission)
                .expect_err("refused")
                .to_string()
        };
        assert!(refusal(&[1.0], &[1, 0], 0.0).contains("signals has 2 values"));
        assert!(refusal(&[1.0, f64::NAN], &[1, 0], 0.0).contains("prices[1]"));
        assert!(refusal(&[1.0, 2.0], &[1, 2], 0.0).contains("signals[1] is 2"));
        assert!(refusal(&[1.0], &[1], -0.1).contains("commission is -0.1"));
        assert!(refusal(&[1.0], &[1], f64::NAN).contains("commission is NaN"));
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
        assert!(signals(&[0.0, f64::NAN]).is_err());
        assert!(crate::whole_signals(&[1, -1, 257]).is_err());
    }

    #[test]
    fn nothing_earns_nothing() {
        assert_eq!(profit(&[], &[], 0.001), Ok(0.0));
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
            let profit = profit(&prices, &signals, 0.001).expect("sound");
            prop_assert!((profit - expected).abs() < 1e-6);
        }
    }
}
