//! A sweep is nothing but its backtests, whatever the number of threads.

mod common;

use backtest::sweep::{Set, Strategy, Sweep, SweepError};
use backtest::{CurveStatistics, Market, Quotes, Rules, Sizes, TradeStatistics, max_drawdown};
use common::run;
use indicators::{Indicator, Period, Rsi, Sma};

fn prices(rows: u32) -> Vec<f64> {
    (0..rows)
        .map(|row| 100.0 + f64::from((row * 7919) % 101) * 0.25 + f64::from(row % 50))
        .collect()
}

fn sets() -> Vec<Option<Set>> {
    let mut sets = Vec::new();
    for fast in [2, 3, 5] {
        for commission in [0.0, 0.001] {
            for stop_loss in [None, Some(0.01)] {
                let strategy = Strategy::SmaCross {
                    fast: Period::fixed(fast),
                    slow: Period::fixed(11),
                };
                let rules = Rules {
                    commission,
                    stop_loss,
                    ..Rules::default()
                };
                sets.push(Some(Set {
                    strategy,
                    rules,
                    size: 2.0,
                    spread: 0.0,
                }));
            }
        }
        sets.push(None);
        let strategy = Strategy::RsiReversion {
            period: Period::fixed(fast),
            lower: 30.0,
            upper: 70.0,
        };
        sets.push(Some(Set {
            strategy,
            rules: Rules::default(),
            size: 1.0,
            spread: 0.0,
        }));
    }
    sets
}

/// The signals of a set by the streaming indicators, one row at a time.
fn signals(strategy: Strategy, prices: &[f64]) -> Vec<i8> {
    let above = |left: f64, right: f64| i8::from(left > right) - i8::from(left < right);
    match strategy {
        Strategy::SmaCross { fast, slow } => {
            let (mut fast, mut slow) = (Sma::new(fast), Sma::new(slow));
            prices
                .iter()
                .map(|&price| above(fast.update(price), slow.update(price)))
                .collect()
        }
        Strategy::RsiReversion { period, lower, upper } => {
            let mut rsi = Rsi::new(period);
            let side = |value: f64| i8::from(value < lower) - i8::from(value > upper);
            prices.iter().map(|&price| side(rsi.update(price))).collect()
        }
        _ => unreachable!("not among the sets"),
    }
}

#[test]
fn each_set_is_the_backtest_of_its_parameters() {
    let prices = prices(3000);
    let sweep = Sweep {
        prices: &prices,
        signals: &[],
        probabilities: &[],
        quotes: None,
        periods_per_year: 252.0,
    };
    let sets = sets();
    let results = sweep.run(&sets, 2, &mut || false).expect("sound");
    assert!(results.iter().flatten().all(|metrics| metrics.trades > 0));
    for (set, metrics) in sets.iter().zip(&results) {
        let (Some(set), Some(metrics)) = (set, metrics) else {
            assert_eq!(set.is_none(), metrics.is_none());
            continue;
        };
        let signals = signals(set.strategy, &prices);
        let market = Market {
            sizes: Sizes::Fixed(set.size),
            quotes: Quotes::Spread(set.spread),
            ..Market::new(&prices, &signals)
        };
        let (outcome, equity, _) = run(&[(market, set.rules)], 0.0);
        let (trades, curve) = (
            TradeStatistics::new(&outcome.trades),
            CurveStatistics::new(&equity, 0.0, 252.0),
        );
        let pairs = [
            (metrics.pnl, outcome.totals.pnl),
            (metrics.sharpe, curve.sharpe),
            (metrics.sortino, curve.sortino),
            (metrics.max_drawdown, max_drawdown(&equity, 0.0)),
            (metrics.turnover, outcome.totals.turnover),
            (metrics.exposure, outcome.exposure),
            (metrics.win_rate, trades.win_rate()),
            (metrics.profit_factor, trades.profit_factor()),
        ];
        for (actual, expected) in pairs {
            let equal = actual.total_cmp(&expected).is_eq();
            assert!(
                equal || (actual - expected).abs() <= 1e-12 * expected.abs(),
                "{set:?}: {actual} {expected}"
            );
        }
        assert_eq!(metrics.trades, trades.closed);
    }
}

#[test]
fn the_number_of_threads_does_not_show() {
    let prices = prices(2000);
    let sweep = Sweep {
        prices: &prices,
        signals: &[],
        probabilities: &[],
        quotes: None,
        periods_per_year: 252.0,
    };
    let alone = format!("{:?}", sweep.run(&sets(), 1, &mut || false));
    for threads in [2, 7] {
        assert_eq!(alone, format!("{:?}", sweep.run(&sets(), threads, &mut || false)));
    }
}

#[test]
fn a_sweep_is_filled_at_the_quotes_given() {
    let prices = prices(1500);
    let (bids, asks): (Vec<f64>, Vec<f64>) = prices
        .iter()
        .enumerate()
        .map(|(row, price)| {
            (
                price - 0.01 * (1 + row % 7) as f64,
                price + 0.02 * (row % 5) as f64,
            )
        })
        .unzip();
    let spreads: Vec<f64> = (0..1500).map(|row| f64::from(1 + row % 4)).collect();
    let quoted = Quotes::BidAsk {
        bids: &bids,
        asks: &asks,
    };
    for quotes in [quoted, Quotes::Spreads(&spreads)] {
        let sweep = Sweep {
            prices: &prices,
            signals: &[],
            probabilities: &[],
            quotes: Some(quotes),
            periods_per_year: 252.0,
        };
        let in_ticks = |set: Set| Set {
            rules: Rules {
                tick_size: Some(0.25),
                ..set.rules
            },
            ..set
        };
        let sets: Vec<Option<Set>> = sets().into_iter().map(|set| set.map(in_ticks)).collect();
        let results = sweep.run(&sets, 2, &mut || false).expect("sound");
        for (set, metrics) in sets.iter().flatten().zip(results.iter().flatten()) {
            let signals = signals(set.strategy, &prices);
            let market = Market {
                sizes: Sizes::Fixed(set.size),
                quotes,
                ..Market::new(&prices, &signals)
            };
            let (outcome, _, _) = run(&[(market, set.rules)], 0.0);
            assert!((metrics.pnl - outcome.totals.pnl).abs() <= 1e-12 * outcome.totals.pnl.abs());
            assert!(outcome.totals.slippage > 0.0);
        }
        let beside = Set {
            spread: 1.0,
            ..sets[0].expect("a set")
        };
        let refused = sweep.run(&[Some(beside)], 1, &mut || false).expect_err("refused");
        assert!(refused.to_string().contains("spread is 1"));
    }
    let crossed = Sweep {
        prices: &prices,
        signals: &[],
        probabilities: &[],
        quotes: Some(Quotes::BidAsk {
            bids: &asks,
            asks: &bids,
        }),
        periods_per_year: 252.0,
    };
    let refused = crossed.run(&sets(), 1, &mut || false).expect_err("refused");
    assert!(refused.to_string().contains("asks[0]"), "{refused}");
}

#[test]
fn given_signals_and_probabilities_are_swept_too() {
    let prices = prices(300);
    let given: Vec<i8> = (0..300).map(|row| [1, 0, -1][row / 10 % 3]).collect();
    let probabilities: Vec<[f64; 3]> = given
        .iter()
        .map(|signal| match signal {
            1 => [0.2, 0.7, 0.1],
            -1 => [0.2, 0.1, 0.7],
            _ => [0.8, 0.1, 0.1],
        })
        .collect();
    let sweep = Sweep {
        prices: &prices,
        signals: &given,
        probabilities: &probabilities,
        quotes: None,
        periods_per_year: 1.0,
    };
    let set = |strategy| {
        Some(Set {
            strategy,
            rules: Rules::default(),
            size: 1.0,
            spread: 0.0,
        })
    };
    let sets = [
        set(Strategy::Signals),
        set(Strategy::Probabilities { threshold: 0.5 }),
        set(Strategy::Probabilities { threshold: 0.7 }),
    ];
    let results = sweep.run(&sets, 2, &mut || false).expect("sound");
    assert_eq!(format!("{:?}", results[0]), format!("{:?}", results[1]));
    assert_eq!(results[2].map(|metrics| metrics.turnover), Some(0.0));
}

#[test]
fn nonsense_is_refused_and_an_interruption_ends_it() {
    let prices = prices(300);
    let sweep = Sweep {
        prices: &prices,
        signals: &[1; 7],
        probabilities: &[],
        quotes: None,
        periods_per_year: 1.0,
    };
    let refusal = |strategy, size, spread| {
        let set = Set {
            strategy,
            rules: Rules::default(),
            size,
            spread,
        };
        sweep
            .run(&[Some(set)], 1, &mut || false)
            .expect_err("refused")
            .to_string()
    };
    let threshold = Strategy::Probabilities { threshold: 0.5 };
    assert!(refusal(Strategy::Signals, 1.0, 0.0).contains("signals has 7 values"));
    assert!(refusal(threshold, 1.0, 0.0).contains("probabilities has 0 values"));
    let good = Sweep {
        signals: &[],
        ..sweep
    };
    let macd = Strategy::Macd {
        fast: Period::fixed(3),
        slow: Period::fixed(2),
        signal: Period::fixed(2),
    };
    let set = |strategy, size| {
        Some(Set {
            strategy,
            rules: Rules::default(),
            size,
            spread: 0.0,
        })
    };
    assert!(matches!(
        good.run(&[set(macd, 1.0)], 1, &mut || false),
        Err(SweepError::Indicator(_))
    ));
    let sma = Strategy::SmaCross {
        fast: Period::fixed(2),
        slow: Period::fixed(3),
    };
    assert!(matches!(
        good.run(&[set(sma, -1.0)], 1, &mut || false),
        Err(SweepError::Backtest(_))
    ));
    let many = vec![set(sma, 1.0); 100_000];
    assert_eq!(good.run(&many, 2, &mut || true), Err(SweepError::Interrupted));
}
