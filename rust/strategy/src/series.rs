//! Indicator series to signals.

/// 1 while `fast` stands above `slow`, −1 while below, 0 where they are equal or one is NaN.
pub fn cross(fast: &[f64], slow: &[f64], out: &mut [i8]) {
    for ((out, fast), slow) in out.iter_mut().zip(fast).zip(slow) {
        *out = i8::from(fast > slow) - i8::from(fast < slow);
    }
}

/// 1 while `values` stand below `lower` (oversold), −1 while above `upper` (overbought), 0 between and at NaN.
pub fn reversion(values: &[f64], lower: f64, upper: f64, out: &mut [i8]) {
    for (out, &value) in out.iter_mut().zip(values) {
        *out = i8::from(value < lower) - i8::from(value > upper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cross_speaks_where_both_series_do() {
        let mut signals = [9; 5];
        cross(
            &[f64::NAN, 2.0, 1.0, 1.0, 2.0],
            &[1.0, 1.0, 2.0, 1.0, f64::NAN],
            &mut signals,
        );
        assert_eq!(signals, [0, 1, -1, 0, 0]);
    }

    #[test]
    fn a_reversion_buys_low_and_sells_high() {
        let mut signals = [9; 6];
        reversion(
            &[f64::NAN, 29.0, 30.0, 50.0, 70.0, 71.0],
            30.0,
            70.0,
            &mut signals,
        );
        assert_eq!(signals, [0, 1, 0, 0, 0, -1]);
    }
}
