//! Whole arrays give what the streaming indicators give, whatever the processor, the length and the holes.

use super::*;
use crate::*;
use proptest::prelude::*;

/// Series that run side by side.
#[derive(Debug, Clone)]
struct Market {
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

/// An indicator over a market, by arrays and by steps: one vector for each output.
struct Case {
    name: &'static str,
    arrays: fn(&Market, usize) -> Vec<Vec<f64>>,
    steps: fn(&Market, usize) -> Vec<Vec<f64>>,
    agreement: Agreement,
}

/// How near arrays must be to steps.
#[derive(Debug, Clone, Copy)]
enum Agreement {
    /// To the last bit.
    Bits,
    /// To 1e-12 of the step's own size: averages of values of one sign, in which nothing cancels.
    OwnSize,
    /// To 1e-12 of 100: indices from 0 to 100.
    Index,
    /// To 1e-12 of the slow average: a difference of two averages has their rounding.
    SlowAverage,
}

fn filled<const O: usize>(
    length: usize,
    work: impl FnOnce([&mut [f64]; O]) -> Result<(), IndicatorError>,
) -> Vec<Vec<f64>> {
    let mut outputs = vec![vec![7.0; length]; O];
    let mut slices = outputs.iter_mut();
    work(std::array::from_fn(|_| {
        slices.next().expect("one for each").as_mut_slice()
    }))
    .expect("equally long");
    outputs
}

fn stepped<Input, I: Indicator<Input>, const O: usize>(
    mut indicator: I,
    inputs: impl Iterator<Item = Input>,
    parts: impl Fn(I::Output) -> [f64; O],
) -> Vec<Vec<f64>> {
    let mut outputs = vec![Vec::new(); O];
    for input in inputs {
        for (output, part) in outputs.iter_mut().zip(parts(indicator.update(input))) {
            output.push(part);
        }
    }
    outputs
}

impl Market {
    fn prices(&self) -> impl Iterator<Item = f64> {
        self.close.iter().copied()
    }

    fn bars(&self) -> impl Iterator<Item = HighLowClose> {
        let sides = self.high.iter().zip(&self.low).zip(&self.close);
        sides.map(|((&high, &low), &close)| HighLowClose { high, low, close })
    }

    fn trades(&self) -> impl Iterator<Item = PriceVolume> {
        let sides = self.close.iter().zip(&self.volume);
        sides.map(|(&price, &volume)| PriceVolume { price, volume })
    }
}

fn p(period: usize) -> Period {
    Period::fixed(period)
}

/// A case of one price series, one period and one output.
macro_rules! simple {
    ($function:ident, $indicator:ident, $agreement:expr) => {
        Case {
            name: stringify!($function),
            arrays: |market, period| {
                filled(market.close.len(), |[out]| {
                    $function(&market.close, p(period), out)
                })
            },
            steps: |market, period| stepped($indicator::new(p(period)), market.prices(), |value| [value]),
            agreement: $agreement,
        }
    };
}

/// A case of bars, one period and one output.
macro_rules! of_bars {
    ($function:ident, $indicator:ident, $agreement:expr) => {
        Case {
            name: stringify!($function),
            arrays: |market, period| {
                let Market { high, low, close, .. } = market;
                filled(close.len(), |[out]| $function(high, low, close, p(period), out))
            },
            steps: |market, period| stepped($indicator::new(p(period)), market.bars(), |value| [value]),
            agreement: $agreement,
        }
    };
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        simple!(sma, Sma, Agreement::OwnSize),
        simple!(ema, Ema, Agreement::OwnSize),
        simple!(wma, Wma, Agreement::Bits),
        simple!(rsi, Rsi, Agreement::Index),
        simple!(momentum, Momentum, Agreement::Bits),
        simple!(rate_of_change, RateOfChange, Agreement::Bits),
        simple!(rolling_std, RollingStd, Agreement::Bits),
        simple!(z_score, ZScore, Agreement::Bits),
        of_bars!(atr, Atr, Agreement::OwnSize),
        of_bars!(adx, Adx, Agreement::Index),
    ];
    cases.extend(cases_of_more_outputs());
    cases.extend(cases_of_volume());
    cases
}

fn cases_of_more_outputs() -> [Case; 5] {
    [
        Case {
            name: "macd",
            arrays: |market, period| {
                filled(market.close.len(), |[line, signal]| {
                    macd(
                        &market.close,
                        p(period),
                        p(2 * period),
                        p(period + 1),
                        line,
                        signal,
                    )
                })
            },
            steps: |market, period| {
                let indicator = Macd::new(p(period), p(2 * period), p(period + 1)).expect("in order");
                stepped(indicator, market.prices(), |value| [value.macd, value.signal])
            },
            agreement: Agreement::SlowAverage,
        },
        Case {
            name: "bollinger",
            arrays: |market, period| {
                filled(market.close.len(), |[upper, middle, lower]| {
                    bollinger(&market.close, p(period), 2.5, upper, middle, lower)
                })
            },
            steps: |market, period| {
                let indicator = Bollinger::new(p(period), 2.5).expect("a width");
                stepped(indicator, market.prices(), |bands| {
                    [bands.upper, bands.middle, bands.lower]
                })
            },
            agreement: Agreement::Bits,
        },
        Case {
            name: "true_range",
            arrays: |market, _| {
                filled(market.close.len(), |[out]| {
                    true_range(&market.high, &market.low, &market.close, out)
                })
            },
            steps: |market, _| stepped(TrueRange::new(), market.bars(), |value| [value]),
            agreement: Agreement::Bits,
        },
        Case {
            name: "fast_stochastic",
            arrays: |market, period| {
                filled(market.close.len(), |[k, d]| {
                    fast_stochastic(&market.high, &market.low, &market.close, p(period), p(3), k, d)
                })
            },
            steps: |market, period| {
                stepped(FastStochastic::new(p(period), p(3)), market.bars(), |value| {
                    [value.k, value.d]
                })
            },
            agreement: Agreement::Bits,
        },
        Case {
            name: "stochastic",
            arrays: |market, period| {
                filled(market.close.len(), |[k, d]| {
                    stochastic(
                        &market.high,
                        &market.low,
                        &market.close,
                        p(period),
                        p(3),
                        p(4),
                        k,
                        d,
                    )
                })
            },
            steps: |market, period| {
                stepped(Stochastic::new(p(period), p(3), p(4)), market.bars(), |value| {
                    [value.k, value.d]
                })
            },
            agreement: Agreement::Bits,
        },
    ]
}

fn cases_of_volume() -> [Case; 3] {
    [
        Case {
            name: "obv",
            arrays: |market, _| {
                filled(market.close.len(), |[out]| {
                    obv(&market.close, &market.volume, out)
                })
            },
            steps: |market, _| stepped(Obv::new(), market.trades(), |value| [value]),
            agreement: Agreement::Bits,
        },
        Case {
            name: "rolling_vwap",
            arrays: |market, period| {
                filled(market.close.len(), |[out]| {
                    rolling_vwap(&market.close, &market.volume, p(period), out)
                })
            },
            steps: |market, period| stepped(RollingVwap::new(p(period)), market.trades(), |value| [value]),
            agreement: Agreement::Bits,
        },
        Case {
            name: "session_vwap",
            arrays: |market, period| {
                let sessions: Vec<i64> = (0..market.close.len())
                    .map(|index| (index / (9 * period)) as i64)
                    .collect();
                filled(market.close.len(), |[out]| {
                    session_vwap(&market.close, &market.volume, Some(&sessions), out)
                })
            },
            steps: |market, period| {
                let trades = market.trades().enumerate().map(|(index, trade)| SessionTrade {
                    price: trade.price,
                    volume: trade.volume,
                    session: (index / (9 * period)) as i64,
                });
                stepped(SessionVwap::new(), trades, |value| [value])
            },
            agreement: Agreement::Bits,
        },
    ]
}

/// Fails unless arrays and steps agree, with the best instructions and with the portable ones.
fn compare(market: &Market, period: usize) {
    let sizes = stepped(Ema::new(p(2 * period)), market.prices().map(f64::abs), |value| {
        [value]
    })
    .concat();
    for case in cases() {
        let steps = (case.steps)(market, period);
        for wanted in [Instructions::detected(), Instructions::Portable] {
            let arrays = with_instructions(wanted, || (case.arrays)(market, period));
            for (index, (array, step)) in arrays.iter().flatten().zip(steps.iter().flatten()).enumerate() {
                let place = || {
                    format!(
                        "{} {wanted:?} period {period} index {index}: {array} {step}",
                        case.name
                    )
                };
                assert_eq!(array.is_nan(), step.is_nan(), "{}", place());
                let bound = match case.agreement {
                    Agreement::Bits => 0.0,
                    Agreement::OwnSize => 1e-12 * step.abs(),
                    Agreement::Index => 1e-12 * 100.0,
                    Agreement::SlowAverage => 1e-12 * sizes[index % sizes.len()],
                };
                assert!(array.is_nan() || (array - step).abs() <= bound, "{}", place());
            }
        }
    }
}

/// A walk of ticks at a price, with flat stretches, jumps by a factor, and holes where `hole` says so.
fn market(steps: &[(i8, u8)], level: f64, hole: impl Fn(usize) -> bool) -> Market {
    let mut ticks = 0_i32;
    let mut market = Market {
        high: Vec::new(),
        low: Vec::new(),
        close: Vec::new(),
        volume: Vec::new(),
    };
    for (index, (step, volume)) in steps.iter().enumerate() {
        ticks += if index / 60 % 4 == 3 { 0 } else { i32::from(*step) };
        let jump = if index / 500 % 2 == 1 { 7.0 } else { 1.0 };
        let close = level * jump + f64::from(ticks) * 0.01;
        let half = f64::from(*volume % 5) * 0.01;
        market.high.push(close + half);
        market.low.push(close - half);
        market.close.push(if hole(index) { f64::NAN } else { close });
        market.volume.push(f64::from(*volume));
    }
    market
}

/// Steps without randomness.
fn steps(length: usize) -> Vec<(i8, u8)> {
    let step = |index: usize| {
        (
            ((index * index + 7 * index) % 23) as i8 - 11,
            (index * 31 % 19) as u8,
        )
    };
    (0..length).map(step).collect()
}

#[test]
fn every_length_around_the_period_agrees() {
    for length in [
        0, 1, 2, 6, 7, 8, 13, 14, 15, 55, 56, 57, 62, 63, 64, 119, 520, 700,
    ] {
        compare(&market(&steps(length), 60_000.0, |_| false), 7);
    }
    compare(&market(&steps(300), 60_000.0, |_| false), 1);
}

#[test]
fn long_series_cut_into_segments_agree() {
    let steps = steps(12_000);
    compare(&market(&steps, 60_000.0, |_| false), 14);
    compare(&market(&steps, 100.0, |index| index < 5 || index == 7_001), 5);
    compare(&market(&steps, 100.0, |_| false), 600);
}

#[test]
fn bad_prints_anywhere_in_a_tile_are_forgotten_as_by_the_steps() {
    let steps = steps(5 * 256 + 50);
    // Beside the sum of 600 values, 1e9 is not large enough for the sum to be taken anew at once: 3e-12 is left of it.
    for (level, period, prints) in [
        (100.0, 14, &[1e9, 1e11][..]),
        (60_000.0, 5, &[1e9, 1e11]),
        (100.0, 600, &[1e11]),
    ] {
        for &bad in prints {
            // Tiles begin when an indicator is warm, so among neighbours one is its first value.
            for at in [
                256 + period - 1,
                256 + period,
                256 + period + 1,
                256 + 128,
                512 + period - 2,
            ] {
                let mut market = market(&steps, level, |_| false);
                for series in [&mut market.high, &mut market.low, &mut market.close] {
                    series[at] = bad;
                }
                compare(&market, period);
            }
        }
    }
}

#[test]
fn a_market_that_never_moves_agrees() {
    let flat = vec![(0, 0); 3_000];
    compare(&market(&flat, 60_000.01, |_| false), 10);
}

#[test]
fn arrays_of_unequal_length_are_refused_by_name() {
    let (long, short) = ([1.0; 3], [1.0; 2]);
    let refusal = atr(&long, &short, &long, p(2), &mut [0.0; 3]).expect_err("unequal");
    assert_eq!(
        refusal.to_string(),
        "low has 2 values, high has 3; they must be equally long"
    );
    let refusal = macd(&long, p(1), p(2), p(3), &mut [0.0; 3], &mut [0.0; 4]).expect_err("unequal");
    assert_eq!(
        refusal.to_string(),
        "signal_out has 4 values, prices has 3; they must be equally long"
    );
    let refusal = session_vwap(&long, &long, Some(&[1]), &mut [0.0; 3]).expect_err("unequal");
    assert!(
        refusal.to_string().starts_with("sessions has 1 values"),
        "{refusal}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn arrays_and_steps_agree_over_holes(
        steps in proptest::collection::vec((-9_i8..=9, 0_u8..30), 0..900),
        holes in proptest::collection::vec(0_usize..900, 0..4),
        period in 1_usize..12,
        level in prop::sample::select(vec![10.0, 60_000.0]),
    ) {
        compare(&market(&steps, level, |index| holes.contains(&index)), period);
    }
}
