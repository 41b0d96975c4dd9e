//! The backtester against a slow account that walks row by row and knows nothing of events or lines.

mod common;

use backtest::{BacktestError, Exit, Fill, Market, Quotes, Rules, Sizes, Unit, backtest_strategy};
use common::{Drawn, drawn, run};
use proptest::prelude::*;

/// Cash and units, nothing else; the equity after each row, and each fill as (row, units, price).
fn plain(drawn: &Drawn) -> (Vec<f64>, Vec<(usize, f64, f64)>) {
    let rules = &drawn.rules;
    let tick = rules.tick_size.expect("drawn with one");
    let (mut cash, mut held, mut entry) = (0.0, 0.0_f64, 0.0);
    let mut blocked = false;
    let (mut equity, mut fills) = (Vec::new(), Vec::new());
    for (row, &price) in drawn.prices.iter().enumerate() {
        let mut targets = Vec::new();
        if held != 0.0 {
            let distance = |distance: f64| match rules.stop_unit {
                Unit::Fraction => distance * f64::abs(entry),
                Unit::Ticks => distance * tick,
            };
            let (stop, take) = (rules.stop_loss.map(distance), rules.take_profit.map(distance));
            let out = if held > 0.0 {
                stop.is_some_and(|far| price <= entry - far) || take.is_some_and(|far| price >= entry + far)
            } else {
                stop.is_some_and(|far| price >= entry + far) || take.is_some_and(|far| price <= entry - far)
            };
            if out {
                targets.push(0.0);
                blocked = true;
            }
        }
        if let Some(source) = row.checked_sub(rules.delay) {
            let signal = drawn.signals[source];
            let before = if source > 0 { drawn.signals[source - 1] } else { 0 };
            blocked = blocked && signal == before && signal != 0;
            if signal != 0 && !blocked {
                let short = if rules.long_only {
                    0.0
                } else {
                    -drawn.sizes[source]
                };
                targets.push(if signal > 0 { drawn.sizes[source] } else { short });
            }
        }
        for target in targets {
            let units: f64 = target - held;
            if units == 0.0 {
                continue;
            }
            let worse = drawn.spreads[row] / 2.0 * tick + rules.slippage * tick;
            let fill = price + worse * units.signum();
            cash -= units * fill * rules.multiplier;
            cash -= rules.commission * (units * fill).abs() * rules.multiplier;
            cash -= rules.commission_per_unit * units.abs();
            entry = if target == 0.0 || held * target < 0.0 || held == 0.0 {
                price
            } else if target.abs() > held.abs() {
                (entry * held + price * units) / target
            } else {
                entry
            };
            held = target;
            fills.push((row, units, fill));
        }
        equity.push(cash + held * price * rules.multiplier);
    }
    (equity, fills)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn equity_and_fills_are_those_of_a_cash_account(drawn in drawn(400)) {
        let (expected, fills) = plain(&drawn);
        let (outcome, equity, down) = drawn.run(0.0);
        for (row, (actual, exact)) in equity.iter().zip(&expected).enumerate() {
            prop_assert!((actual - exact).abs() < 1e-7, "row {}: {} instead of {}", row, actual, exact);
        }
        prop_assert_eq!(outcome.totals.fills, fills.len());
        let turnover: f64 = fills.iter().map(|(_, units, fill)| (units * fill).abs()).sum();
        prop_assert!((outcome.totals.turnover - turnover * drawn.rules.multiplier).abs() < 1e-6);
        let mut peak = 0.0_f64;
        for (down, equity) in down.iter().zip(&equity) {
            peak = peak.max(*equity);
            prop_assert!((down - (peak - equity)).abs() < 1e-9);
        }
    }

    #[test]
    fn trades_add_up_to_the_profit(drawn in drawn(300)) {
        let (outcome, equity, _) = drawn.run(1000.0);
        let sum: f64 = outcome.trades.iter().map(|trade| trade.pnl).sum();
        let fees: f64 = outcome.trades.iter().map(|trade| trade.commission).sum();
        prop_assert!((sum - outcome.totals.pnl).abs() < 1e-7);
        prop_assert!((fees - outcome.totals.commission).abs() < 1e-7);
        prop_assert!((equity.last().copied().unwrap_or(1000.0) - 1000.0 - outcome.totals.pnl).abs() < 1e-7);
        let open = outcome.trades.iter().filter(|trade| trade.reason == Exit::Open).count();
        prop_assert!(open <= 1);
        for trade in &outcome.trades {
            prop_assert!(trade.entry < trade.exit || trade.reason == Exit::Open || trade.entry == trade.exit);
            prop_assert!(trade.size > 0.0 && (!drawn.rules.long_only || trade.side == 1));
        }
    }

    #[test]
    fn without_options_it_is_the_simple_strategy_to_the_bit(drawn in drawn(300), next in any::<bool>()) {
        let fill = if next { Fill::Next } else { Fill::Same };
        let rules = Rules { commission: drawn.rules.commission, delay: fill.delay(), ..Rules::default() };
        let market = Market::new(&drawn.prices, &drawn.signals);
        let (outcome, equity, _) = run(&[(market, rules)], 0.0);
        let profit = backtest_strategy(&drawn.prices, &drawn.signals, rules.commission, fill).expect("sound");
        prop_assert_eq!(outcome.totals.pnl.to_bits(), profit.to_bits());
        if let Some(last) = equity.last() {
            prop_assert_eq!(last.to_bits(), (profit + 0.0).to_bits());
        }
    }

    #[test]
    fn words_of_signals_and_single_events_give_the_same_bits(drawn in drawn(400)) {
        // An exit that no price reaches has the events looked for one by one.
        let rules = Rules { stop_loss: None, take_profit: None, ..drawn.rules };
        let searching = Rules { stop_loss: Some(1e300), ..rules };
        for market in [drawn.market(), Market { sizes: Sizes::Fixed(1.5), ..drawn.market() }] {
            let (words, equity, down) = run(&[(market, rules)], 10.0);
            let (events, searched_equity, searched_down) = run(&[(market, searching)], 10.0);
            prop_assert_eq!(&words.trades, &events.trades);
            prop_assert_eq!((words.totals, words.exposure.to_bits()), (events.totals, events.exposure.to_bits()));
            prop_assert_eq!(equity, searched_equity);
            prop_assert_eq!(down, searched_down);
        }
    }

    #[test]
    fn equal_sizes_per_row_are_one_size(drawn in drawn(300), size in 0.0..3.0) {
        let sizes = vec![size; drawn.prices.len()];
        let by_row = Market { sizes: Sizes::Rows(&sizes), ..drawn.market() };
        let fixed = Market { sizes: Sizes::Fixed(size), ..drawn.market() };
        let (first, first_equity, _) = run(&[(by_row, drawn.rules)], 0.0);
        let (second, second_equity, _) = run(&[(fixed, drawn.rules)], 0.0);
        prop_assert_eq!((first.trades, first.totals), (second.trades, second.totals));
        prop_assert_eq!(first_equity, second_equity);
    }

    #[test]
    fn a_portfolio_is_the_sum_of_its_parts(one in drawn(200), seed in drawn(200)) {
        let rows = one.prices.len().min(seed.prices.len());
        let cut = |drawn: &Drawn| Drawn {
            prices: drawn.prices[..rows].to_vec(),
            signals: drawn.signals[..rows].to_vec(),
            sizes: drawn.sizes[..rows].to_vec(),
            spreads: drawn.spreads[..rows].to_vec(),
            rules: drawn.rules,
        };
        let (one, two) = (cut(&one), cut(&seed));
        let (both, equity, _) = run(&[(one.market(), one.rules), (two.market(), two.rules)], 50.0);
        let ((first, first_equity, _), (second, second_equity, _)) = (one.run(50.0), two.run(0.0));
        for row in 0..rows {
            prop_assert!((equity[row] - first_equity[row] - second_equity[row]).abs() < 1e-9);
        }
        prop_assert_eq!(both.trades.len(), first.trades.len() + second.trades.len());
        prop_assert!((both.totals.pnl - first.totals.pnl - second.totals.pnl).abs() < 1e-9);
    }
}

/// Rows enough for several tiles of the loop over words.
fn long(rows: usize) -> (Vec<f64>, Vec<i8>) {
    let steps = (0..rows).map(|row| (row * row % 17) as f64 - (row * 7 % 15) as f64);
    let prices = steps.scan(1000.0, |price, step| {
        *price += step * 0.25;
        Some(*price)
    });
    let signals = (0..rows).map(|row| [0, 1, 0, 0, -1, 0, 0, 0, 0, 1, -1][row / 3 * 5 % 11]);
    (prices.collect(), signals.collect())
}

#[test]
fn rows_of_several_tiles_are_all_traded() {
    for rows in [2040, 2047, 2048, 2049, 2056, 4096, 4103, 6151] {
        for delay in [0, 1, 5, 2050] {
            let (prices, signals) = long(rows);
            let rules = Rules {
                commission: 0.001,
                delay,
                ..Rules::default()
            };
            let searching = Rules {
                stop_loss: Some(1e300),
                ..rules
            };
            let market = Market::new(&prices, &signals);
            let words = run(&[(market, rules)], 3.0);
            assert_eq!(
                words,
                run(&[(market, searching)], 3.0),
                "{rows} rows, delay {delay}"
            );
            let (outcome, equity, _) = words;
            assert!(delay > 5 || outcome.trades.len() > rows / 60);
            assert!((equity[rows - 1] - 3.0 - outcome.totals.pnl).abs() < 1e-6);
        }
    }
}

#[test]
fn nonsense_is_found_wherever_it_stands() {
    let (prices, signals) = long(4500);
    for row in [0, 7, 8, 2047, 2048, 4095, 4096, 4488, 4493, 4499] {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut bad = prices.clone();
            bad[row] = value;
            let refused = backtest_strategy(&bad, &signals, 0.0, Fill::Next).expect_err("refused");
            assert!(
                matches!(refused, BacktestError::Price { index, .. } if index == row),
                "{refused}"
            );
        }
        let mut bad = signals.clone();
        bad[row] = 2;
        let refused = backtest_strategy(&prices, &bad, 0.0, Fill::Next).expect_err("refused");
        assert_eq!(
            refused,
            BacktestError::Signal {
                index: row,
                value: 2.0
            }
        );
    }
}

#[test]
fn exits_follow_the_price_and_not_what_was_paid() {
    // Bought at 102 where the price is 100: a stop of 1 % waits for 99 and is filled 2 below it.
    let rules = Rules {
        tick_size: Some(1.0),
        slippage: 1.0,
        stop_loss: Some(0.01),
        take_profit: Some(0.05),
        ..Rules::default()
    };
    let outcome = |prices: &[f64]| {
        let signals = [1, 0, 0, 0];
        let market = Market {
            quotes: Quotes::Spread(2.0),
            ..Market::new(prices, &signals)
        };
        let (outcome, _, _) = run(&[(market, rules)], 0.0);
        let trade = outcome.trades[0];
        (trade.reason, trade.exit, trade.entry_price, trade.exit_price)
    };
    assert_eq!(
        outcome(&[100.0, 99.5, 99.0, 98.0]),
        (Exit::StopLoss, 2, 102.0, 97.0)
    );
    assert_eq!(
        outcome(&[100.0, 104.5, 105.0, 98.0]),
        (Exit::TakeProfit, 2, 102.0, 103.0)
    );
    assert_eq!(
        outcome(&[100.0, 99.5, 104.5, 100.0]),
        (Exit::Open, 3, 102.0, 100.0)
    );
}
