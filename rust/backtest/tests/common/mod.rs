//! Markets drawn at random, owned so that a test may change them.

#![allow(dead_code, reason = "each test file uses its part")]

use backtest::{Market, Outcome, Quotes, Rules, Sizes, Unit, backtest};
use proptest::prelude::*;

/// A market with everything per row.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub(crate) prices: Vec<f64>,
    pub(crate) signals: Vec<i8>,
    pub(crate) sizes: Vec<f64>,
    pub(crate) spreads: Vec<f64>,
    pub(crate) rules: Rules,
}

impl Drawn {
    pub(crate) fn market(&self) -> Market<'_> {
        Market {
            prices: &self.prices,
            signals: &self.signals,
            sizes: Sizes::Rows(&self.sizes),
            quotes: Quotes::Spreads(&self.spreads),
        }
    }

    pub(crate) fn run(&self, cash: f64) -> (Outcome, Vec<f64>, Vec<f64>) {
        run(&[(self.market(), self.rules)], cash)
    }
}

pub(crate) fn run(instruments: &[(Market<'_>, Rules)], cash: f64) -> (Outcome, Vec<f64>, Vec<f64>) {
    let rows = instruments[0].0.prices.len();
    let (mut equity, mut down) = (vec![f64::NAN; rows], vec![f64::NAN; rows]);
    let outcome = backtest(instruments, cash, &mut equity, &mut down).expect("a sound market");
    (outcome, equity, down)
}

fn rules() -> impl Strategy<Value = Rules> {
    let exits = prop_oneof![
        Just((None, None, Unit::Fraction)),
        (0.0..0.05, 0.0..0.05).prop_map(|(stop, take)| (Some(stop), Some(take), Unit::Fraction)),
        (0..9_u8).prop_map(|stop| (Some(f64::from(stop)), None, Unit::Ticks)),
        (0..9_u8).prop_map(|take| (None, Some(f64::from(take)), Unit::Ticks)),
    ];
    (
        0.0..0.01,
        0.0..0.5,
        0.0..3.0,
        0.5..50.0,
        0..4_usize,
        any::<bool>(),
        exits,
    )
        .prop_map(
            |(commission, per_unit, slippage, multiplier, delay, long_only, exits)| Rules {
                commission,
                commission_per_unit: per_unit,
                slippage,
                tick_size: Some(0.25),
                multiplier,
                delay,
                long_only,
                stop_loss: exits.0,
                take_profit: exits.1,
                stop_unit: exits.2,
            },
        )
}

/// Up to `rows` rows of a walk on a tick of 0.25, with sizes that often repeat.
pub(crate) fn drawn(rows: usize) -> impl Strategy<Value = Drawn> {
    let row = (
        -8_i32..=8,
        prop_oneof![Just(0_i8), Just(1), Just(-1)],
        0..3_u8,
        0..4_u8,
    );
    (proptest::collection::vec(row, 0..rows), rules()).prop_map(|(rows, rules)| {
        let mut price = 100.0;
        let mut market = Drawn {
            prices: Vec::new(),
            signals: Vec::new(),
            sizes: Vec::new(),
            spreads: Vec::new(),
            rules,
        };
        for (step, signal, size, spread) in rows {
            price += f64::from(step) * 0.25;
            market.prices.push(price);
            market.signals.push(signal);
            market.sizes.push(f64::from(size));
            market.spreads.push(f64::from(spread));
        }
        market
    })
}
