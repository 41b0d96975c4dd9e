//! What the features promise: scale-free, warm after 51 bars, one path, and bits that change with the version.

use super::*;
use crate::batch::{Instructions, instructions, with_instructions};
use proptest::prelude::*;

/// A price path without randomness: a slow wave, a fast one, and a tick of 0.01.
fn path(bars: usize) -> (Vec<f64>, Vec<f64>) {
    let price = |step: usize| {
        let slow = (step * step % 97) as f64 * 0.01;
        let fast = (step * 31 % 17) as f64 * 0.01;
        let drift = (step / 40 % 3) as f64 * 0.05 * (step % 40) as f64;
        100.0 + slow + fast + drift
    };
    (
        (0..bars).map(price).collect(),
        (0..bars).map(|step| (step * 7 % 5) as f64).collect(),
    )
}

fn rows(closes: &[f64], volumes: &[f64]) -> Vec<[f64; FEATURE_COUNT]> {
    let mut rows = vec![[7.0; FEATURE_COUNT]; closes.len()];
    batch_features(closes, volumes, None, 1, &mut rows).expect("equally long");
    rows
}

fn bar(close: f64, volume: f64) -> Bar {
    Bar {
        start_us: 0,
        open: close,
        high: close,
        low: close,
        close,
        volume,
        rows: 1,
        after_break: false,
    }
}

#[test]
fn the_first_vector_comes_with_the_51st_bar() {
    let (closes, volumes) = path(120);
    let rows = rows(&closes, &volumes);
    assert!(
        rows[..WARM_UP_BARS - 1]
            .iter()
            .flatten()
            .all(|feature| feature.is_nan())
    );
    assert!(
        rows[WARM_UP_BARS - 1..]
            .iter()
            .flatten()
            .all(|feature| feature.is_finite())
    );
}

#[test]
fn every_feature_follows_its_formula() {
    let (closes, volumes) = path(120);
    let last = rows(&closes, &volumes)[119];
    let c = closes[119];
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let deviation = |values: &[f64]| {
        let centre = mean(values);
        mean(
            &values
                .iter()
                .map(|value| (value - centre).powi(2))
                .collect::<Vec<_>>(),
        )
        .sqrt()
    };
    let returns: Vec<f64> = closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    let sigma = deviation(&returns[returns.len() - 50..]);
    let ema = |period: usize, from: usize| {
        let weight = 2.0 / (period as f64 + 1.0);
        let seed = mean(&closes[from..from + period]);
        closes[from + period..]
            .iter()
            .fold(seed, |average, close| average + weight * (close - average))
    };
    let (mut gain, mut loss) = (0.0, 0.0);
    for (index, pair) in closes.windows(2).enumerate() {
        let weight = if index < 14 { 1.0 / 14.0 } else { 0.0 };
        let change = pair[1] - pair[0];
        if index < 14 {
            gain += change.max(0.0) * weight;
            loss += (-change).max(0.0) * weight;
        } else {
            gain = (gain * 13.0 + change.max(0.0)) / 14.0;
            loss = (loss * 13.0 + (-change).max(0.0)) / 14.0;
        }
    }
    let average_20 = mean(&closes[100..]);
    let average_50 = mean(&closes[70..]);
    let expected = [
        2.0 * gain / (gain + loss) - 1.0,
        (ema(12, 14) - ema(26, 0)) / (c * sigma),
        (c - average_20) / (2.0 * deviation(&closes[100..])),
        (c / average_20 - 1.0) / (sigma * 20.0_f64.sqrt()),
        (c / average_50 - 1.0) / (sigma * 50.0_f64.sqrt()),
        volumes[119] / mean(&volumes[100..]),
        (c / closes[109] - 1.0) / (sigma * 10.0_f64.sqrt()),
    ];
    for ((name, actual), expected) in FEATURE_NAMES.iter().zip(last).zip(expected) {
        assert!(
            (actual - expected).abs() < 1e-9,
            "{name}: {actual} instead of {expected}"
        );
    }
}

#[test]
fn a_change_of_any_bit_needs_a_new_schema_version() {
    // If this fails, the formulas changed: raise SCHEMA_VERSION, mend SCHEMA, retrain the models, and set the new bits.
    let (closes, volumes) = path(500);
    let bytes: Vec<u8> = rows(&closes, &volumes)
        .iter()
        .skip(50)
        .flatten()
        .flat_map(|feature| feature.to_le_bytes())
        .collect();
    assert_eq!(
        (SCHEMA_VERSION, schema_hash().as_str(), fnv1a(&bytes)),
        (1, "65794e599d2202a2", 0x71c7_092d_0605_775e)
    );
}

#[test]
fn a_flat_market_is_neutral() {
    let flat = rows(&[60_000.01; 80], &[0.0; 80]);
    assert_eq!(flat[79], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn a_break_or_a_bad_bar_starts_a_new_warm_up() {
    let (closes, volumes) = path(130);
    let mut features = FeatureVector::new();
    for (close, volume) in closes.iter().zip(&volumes).take(60) {
        features.update(&bar(*close, *volume));
    }
    assert!(features.is_warm());
    let after = Bar {
        after_break: true,
        ..bar(closes[60], volumes[60])
    };
    assert_eq!(features.update(&after), None);
    assert_eq!(features.bars_seen(), 1);
    assert_eq!(features.update(&bar(f64::NAN, 1.0)), None);
    assert_eq!(features.bars_seen(), 0);
}

#[test]
fn arrays_of_different_length_are_refused_by_name() {
    let refusal =
        batch_features(&[1.0, 2.0], &[1.0], None, 1, &mut [[0.0; FEATURE_COUNT]; 2]).expect_err("unequal");
    assert_eq!(
        refusal.to_string(),
        "volumes has 1 values, closes has 2; they must be equally long"
    );
}

/// Fails unless arrays give the bits of the steps, with the best instructions and with the portable ones.
fn arrays_give_the_bits_of_the_steps(closes: &[f64], volumes: &[f64], breaks: &[bool]) {
    let mut features = FeatureVector::new();
    let bars = closes.iter().zip(volumes).zip(breaks);
    let steps: Vec<_> = bars
        .map(|((&close, &volume), &after_break)| {
            let vector = features.update(&Bar {
                after_break,
                ..bar(close, volume)
            });
            assert_eq!(format!("{vector:?}"), format!("{:?}", features.value()));
            vector.unwrap_or([f64::NAN; FEATURE_COUNT]).map(f64::to_bits)
        })
        .collect();
    for (wanted, threads) in [
        (instructions(), 1),
        (instructions(), 3),
        (Instructions::Portable, 2),
    ] {
        let mut out = vec![[7.0; FEATURE_COUNT]; closes.len()];
        with_instructions(wanted, || {
            batch_features(closes, volumes, Some(breaks), threads, &mut out)
        })
        .expect("equally long");
        for (index, (row, step)) in out.iter().zip(&steps).enumerate() {
            assert_eq!(
                row.map(f64::to_bits),
                *step,
                "{wanted:?}, {threads} threads, row {index}: {row:?}"
            );
        }
    }
}

#[test]
fn long_series_with_everything_in_them_have_the_bits_of_the_steps() {
    let (mut closes, mut volumes) = path(15_000);
    let mut breaks = vec![false; closes.len()];
    // Flat stretches, bad prints, sizes whose squares overflow, unsound rows, and breaks, also one after the other.
    closes[1_000..1_400].fill(77.0);
    volumes[900..1_300].fill(0.0);
    closes[4_777] = 1e9;
    closes[9_100] = 1e200;
    closes[9_400] = f64::NAN;
    volumes[9_470] = -1.0;
    volumes[9_471] = f64::INFINITY;
    closes[13_000] = 0.0;
    for row in [0, 9_000, 9_001, 9_040, 9_470, 13_001, 14_999] {
        breaks[row] = true;
    }
    arrays_give_the_bits_of_the_steps(&closes, &volumes, &breaks);
}

#[test]
fn every_length_has_the_bits_of_the_steps() {
    let (closes, volumes) = path(8_200);
    for length in [
        0, 1, 2, 49, 50, 51, 52, 63, 64, 115, 449, 450, 4_049, 4_050, 4_051, 8_050, 8_200,
    ] {
        arrays_give_the_bits_of_the_steps(&closes[..length], &volumes[..length], &vec![false; length]);
    }
}

#[test]
fn what_several_threads_compute_has_the_bits_of_the_steps() {
    // Long enough for three threads, and ending within a chunk of the last one.
    let (mut closes, volumes) = path(50_234);
    // Gains and losses decay to nothing before the second thread begins.
    closes[10_000..30_000].fill(77.0);
    arrays_give_the_bits_of_the_steps(&closes, &volumes, &vec![false; closes.len()]);
}

proptest! {
    #[test]
    fn batch_and_streaming_agree_bit_for_bit(
        steps in proptest::collection::vec((-9_i32..=9, 0_u8..4), 0..900),
        holes in proptest::collection::vec((0_usize..900, any::<bool>()), 0..3),
    ) {
        let mut price = 500.0;
        let mut closes: Vec<f64> = steps.iter().map(|(step, _)| { price += f64::from(*step) * 0.01; price }).collect();
        let volumes: Vec<f64> = steps.iter().map(|(_, volume)| f64::from(*volume)).collect();
        let mut breaks = vec![false; steps.len()];
        for (row, is_break) in holes {
            if row < steps.len() {
                if is_break { breaks[row] = true } else { closes[row] = f64::NAN }
            }
        }
        arrays_give_the_bits_of_the_steps(&closes, &volumes, &breaks);
    }

    #[test]
    fn the_price_level_does_not_matter(
        steps in proptest::collection::vec((-9_i32..=9, 0_u8..4), 80..200),
    ) {
        // A power of two scales without rounding: the features must not change at all.
        let mut price = 500.0;
        let closes: Vec<f64> = steps.iter().map(|(step, _)| { price += f64::from(*step) * 0.01; price }).collect();
        let scaled: Vec<f64> = closes.iter().map(|close| close * 1024.0).collect();
        let volumes: Vec<f64> = steps.iter().map(|(_, volume)| f64::from(*volume)).collect();
        for (low, high) in rows(&closes, &volumes).iter().zip(rows(&scaled, &volumes)) {
            prop_assert_eq!(low.map(f64::to_bits), high.map(f64::to_bits));
        }
    }

    #[test]
    fn features_stay_in_their_documented_ranges(
        prices in proptest::collection::vec(0.01_f64..1e6, 60..150),
    ) {
        let volumes = vec![1.0; prices.len()];
        for row in rows(&prices, &volumes).iter().skip(50) {
            prop_assert!(row[0].abs() <= 1.0 + 1e-12);
            prop_assert!(row[2].abs() <= 19.0_f64.sqrt() / 2.0 + 1e-6);
            prop_assert!(row.iter().all(|feature| feature.is_finite()));
            prop_assert!([row[1], row[3], row[4], row[6]].iter().all(|feature| feature.abs() <= 10.0));
        }
    }
}
