//! Whole arrays give what the streaming indicators give, whatever the processor, the length and the holes.

mod cases;

use super::*;
use crate::moving_average::NOTHING;
use crate::*;
use cases::{Agreement, Market, cases, market, p, stepped};
use proptest::prelude::*;

/// Fails unless arrays and steps agree, with the best instructions and with the portable ones.
fn compare(market: &Market, period: usize) {
    let sizes = |period: usize| {
        let prices = market.prices().map(f64::abs);
        stepped(Ema::new(p(period)), prices, |value| [value]).concat()
    };
    let (averages, slow_averages) = (sizes(period), sizes(2 * period));
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
                    Agreement::OwnSize => 1e-12 * step.abs() + NOTHING,
                    Agreement::Average => 1e-12 * averages[index % averages.len()],
                    Agreement::Deviations => 1e-12,
                    Agreement::Index => 1e-12 * 100.0,
                    Agreement::SlowAverage => 1e-12 * slow_averages[index % slow_averages.len()],
                };
                assert!(array.is_nan() || (array - step).abs() <= bound, "{}", place());
            }
        }
    }
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
fn a_market_that_runs_away_and_never_stands_still_agrees() {
    let mut market = market(&steps(3_000), 100.0, |_| false);
    for series in [&mut market.high, &mut market.low, &mut market.close] {
        for (index, price) in series.iter_mut().enumerate() {
            *price = 100.0 + 0.5 * index as f64 + (index * index % 23) as f64 * 0.01;
        }
    }
    for period in [2, 5, 16, 17, 20, 300] {
        compare(&market, period);
    }
}

#[test]
fn a_market_that_stands_still_for_long_after_a_move_agrees() {
    // Averages over five values decay below the smallest numbers within 3,200.
    let mut market = market(&steps(9_000), 100.0, |_| false);
    for series in [&mut market.high, &mut market.low, &mut market.close] {
        series[900..].fill(101.0);
    }
    compare(&market, 5);
}

#[test]
fn an_infinite_value_before_equal_ones_is_a_hole() {
    let mut prices = vec![60_000.0; 1_500];
    for (index, price) in prices.iter_mut().enumerate().take(700) {
        *price += (index * index % 7) as f64 * 0.01;
    }
    prices[760] = f64::INFINITY;
    let mut out = vec![7.0; prices.len()];
    rolling_std(&prices, p(20), &mut out).expect("equally long");
    assert!(out[760..780].iter().all(|deviation| deviation.is_nan()));
    assert!(
        out[730..760]
            .iter()
            .chain(&out[780..])
            .all(|deviation| *deviation == 0.0)
    );
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
