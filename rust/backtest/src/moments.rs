//! How returns are spread.

use crate::statistics::{LANES, ratio};

/// The moments of returns that a Sharpe ratio is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Mean over standard deviation (divisor n − 1), per return and not annualised; NaN without deviation.
    pub sharpe: f64,
    /// `Σ ((r − mean) / σ)³ / n` with σ of divisor n; NaN without deviation.
    pub skewness: f64,
    /// `Σ ((r − mean) / σ)⁴ / n`, 3 for a normal distribution; NaN without deviation.
    pub kurtosis: f64,
}

impl Moments {
    /// Of `returns`, in two passes.
    pub fn new(returns: &[f64]) -> Self {
        let rows = returns.len() as f64;
        let [mean] = sums(returns, |value| [value]).map(|sum| sum / rows);
        let [second, third, fourth] = sums(returns, |value| {
            let deviation = value - mean;
            let square = deviation * deviation;
            [square, square * deviation, square * square]
        });
        let variance = second / rows;
        let has_spread = variance > 0.0;
        let or_none = |moment: f64| if has_spread { moment } else { f64::NAN };
        Self {
            sharpe: ratio(mean, (second / (rows - 1.0)).sqrt(), 1.0),
            skewness: or_none(third / rows / (variance * variance.sqrt())),
            kurtosis: or_none(fourth / rows / (variance * variance)),
        }
    }
}

/// Sums of what is made of each value, side by side.
fn sums<const N: usize>(values: &[f64], of: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let mut sums = [[0.0; LANES]; N];
    for chunk in values.chunks(LANES) {
        for (lane, &value) in chunk.iter().enumerate() {
            for (sums, more) in sums.iter_mut().zip(of(value)) {
                sums[lane] += more;
            }
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CurveStatistics;
    use proptest::prelude::*;

    #[test]
    fn moments_by_hand() {
        // Mean 2, deviations −1, −1, −1, 3: squares 12, cubes 24, fourth powers 84.
        let made = Moments::new(&[1.0, 1.0, 1.0, 5.0]);
        assert!((made.sharpe - 1.0).abs() < 1e-15, "{made:?}");
        assert!(
            (made.skewness - 6.0 / 3.0_f64.sqrt().powi(3)).abs() < 1e-15,
            "{made:?}"
        );
        assert!((made.kurtosis - 21.0 / 9.0).abs() < 1e-15, "{made:?}");
    }

    #[test]
    fn without_a_spread_they_are_no_numbers() {
        for returns in [&[][..], &[1.0], &[0.5, 0.5, 0.5]] {
            let made = Moments::new(returns);
            assert!(
                made.sharpe.is_nan() && made.skewness.is_nan() && made.kurtosis.is_nan(),
                "{returns:?} {made:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_sharpe_ratio_is_that_of_the_curve(returns in proptest::collection::vec(-4_i32..=4, 2..60)) {
            let returns: Vec<f64> = returns.into_iter().map(f64::from).collect();
            let equity: Vec<f64> = returns
                .iter()
                .scan(10.0, |equity, change| {
                    *equity += change;
                    Some(*equity)
                })
                .collect();
            let of_curve = CurveStatistics::new(&equity, 10.0, 1.0).sharpe;
            let made = Moments::new(&returns).sharpe;
            prop_assert!(made.is_nan() == of_curve.is_nan());
            prop_assert!(made.is_nan() || (made - of_curve).abs() < 1e-12, "{} {}", made, of_curve);
        }
    }
}
