//! The rolling deviation over short windows: each window by itself, in two passes, many windows side by side.
//!
//! Running sums over a tile lose digits beside so few values; here nothing but the window counts.

use super::blocks::{LANES, lanes};
use super::scan::{TILE, Tile};

/// The longest period for which two passes over each window take no longer than sums over all of them.
pub(super) const LONGEST: usize = 16;

/// Means, distances of `values` from them, and sums of squared deviations of the windows that end with each of `values`; `left`
/// are the values one period before. Of a window of equal values they are exactly that value and zero.
#[inline(always)]
pub(super) fn compute(
    period: usize,
    [values, left]: [&Tile; 2],
    [means, distances, squares]: [&mut Tile; 3],
) {
    debug_assert!(period <= LONGEST, "short windows only");
    // The values before the tile and those of it, one behind the other.
    let mut series = [0.0; LONGEST + TILE];
    let (before, own) = series.split_at_mut(LONGEST);
    before[LONGEST - period..].copy_from_slice(&left[..period]);
    own.copy_from_slice(values);
    let weight = 1.0 / period as f64;
    for start in (0..TILE).step_by(LANES) {
        // The latest value of each window is what it is measured from.
        let mut latest = [0.0; LANES];
        latest.copy_from_slice(&values[start..start + LANES]);
        let older = |age: usize| series[start + LONGEST - age..].iter().zip(&latest);
        let mut sums = [0.0; LANES];
        for age in 1..period {
            for (sum, (value, latest)) in sums.iter_mut().zip(older(age)) {
                *sum += value - latest;
            }
        }
        let above = sums.map(|sum| sum * weight);
        // The latest value itself lies at zero.
        let mut of_squares = above.map(|above| above * above);
        for age in 1..period {
            let windows = of_squares.iter_mut().zip(&above);
            for ((square, above), (value, latest)) in windows.zip(older(age)) {
                let deviation = value - latest - above;
                *square += deviation * deviation;
            }
        }
        squares[start..start + LANES].copy_from_slice(&of_squares);
        means[start..start + LANES].copy_from_slice(&lanes(|lane| latest[lane] + above[lane]));
        distances[start..start + LANES].copy_from_slice(&above.map(|above| -above));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_window_is_computed_by_itself() {
        // A value of 1e12 in the one before spoils nothing.
        let series: Vec<f64> = (0..LONGEST + TILE)
            .map(|index| {
                if index == 40 {
                    1e12
                } else {
                    (index * index % 13) as f64
                }
            })
            .collect();
        for period in 1..=LONGEST {
            let values: &Tile = series[LONGEST..].first_chunk().expect("a tile");
            let left: &Tile = series[LONGEST - period..].first_chunk().expect("a tile");
            let (mut means, mut distances, mut squares) = ([0.0; TILE], [0.0; TILE], [0.0; TILE]);
            compute(period, [values, left], [&mut means, &mut distances, &mut squares]);
            for index in 0..TILE {
                let end = LONGEST + index;
                let window = &series[end + 1 - period..=end];
                let mean = window.iter().sum::<f64>() / period as f64;
                let sum: f64 = window.iter().map(|value| (value - mean).powi(2)).sum();
                assert!(
                    (means[index] - mean).abs() <= 1e-14 * mean.abs()
                        && (values[index] - distances[index] - mean).abs() <= 1e-14 * mean.abs(),
                    "{period} {index}"
                );
                assert!((squares[index] - sum).abs() <= 1e-14 * sum, "{period} {index}");
            }
        }
    }
}
