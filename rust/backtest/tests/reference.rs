//! The backtester against a slow account that walks row by row and knows nothing of events or lines.

mod common;

use backtest::{Exit, Fill, Market, Rules, Sizes, Unit, backtest_strategy};
use common::{Drawn, drawn, run};
use proptest::prelude::*;

/// Cash and units, nothing else; the equity after each row, and each fill as (row, units, price).
fn plain(drawn: &Drawn) -> (Vec<f64>, Vec<(usize, f64, f64)>) {
    let rules = &drawn.rules;
    let tick = rules.tick_size.expect("drawn with one");
    let (mut cash, mut held, mut average) = (0.0, 0.0_f64, 0.0);
    let mut blocked = false;
    let (mut equity, mut fills) = (Vec::new(), Vec::new());
    for (row, &price) in drawn.prices.iter().enumerate() {
        let mut targets = Vec::new();
        if held != 0.0 {
            let distance = |distance: f64| match rules.stop_unit {
                Unit::Fraction => distance * f64::abs(average),
                Unit::Ticks => distance * tick,
            };
            let (stop, take) = (rules.stop_loss.map(distance), rules.take_profit.map(distance));
            let out = if held > 0.0 {
                stop.is_some_and(|far| price <= average - far)
                    || take.is_some_and(|far| price >= average + far)
            } else {
                stop.is_some_and(|far| price >= average + far)
                    || take.is_some_and(|far| price <= average - far)
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
            average = if target == 0.0 || held * target < 0.0 || held == 0.0 {
                fill
            } else if target.abs() > held.abs() {
                (average * held + fill * units) / target
            } else {
                average
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
