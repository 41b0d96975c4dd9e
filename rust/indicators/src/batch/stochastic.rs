//! Stochastic oscillators over arrays.

#![expect(clippy::similar_names, reason = "the periods are called as in TA-Lib")]

use super::range::bars;
use super::{lengths, stream};
use crate::{FastStochastic, IndicatorError, Period, Stochastic};

/// Fast stochastic oscillator into `k_out` and `d_out`; see [`FastStochastic`].
///
/// Both are NaN for the first `fast_k_period + fast_d_period − 2` bars.
pub fn fast_stochastic(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    fast_k_period: Period,
    fast_d_period: Period,
    k_out: &mut [f64],
    d_out: &mut [f64],
) -> Result<(), IndicatorError> {
    check(high, low, close, k_out, d_out)?;
    let mut indicator = FastStochastic::new(fast_k_period, fast_d_period);
    stream(&mut indicator, bars(high, low, close), |index, value| {
        k_out[index] = value.k;
        d_out[index] = value.d;
    });
    Ok(())
}

/// Slow stochastic oscillator into `k_out` and `d_out`; see [`Stochastic`].
///
/// Both are NaN for the first `fast_k_period + slow_k_period + slow_d_period − 3` bars.
#[expect(
    clippy::too_many_arguments,
    reason = "three series, three periods and two outputs, as in TA-Lib"
)]
pub fn stochastic(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    fast_k_period: Period,
    slow_k_period: Period,
    slow_d_period: Period,
    k_out: &mut [f64],
    d_out: &mut [f64],
) -> Result<(), IndicatorError> {
    check(high, low, close, k_out, d_out)?;
    let mut indicator = Stochastic::new(fast_k_period, slow_k_period, slow_d_period);
    stream(&mut indicator, bars(high, low, close), |index, value| {
        k_out[index] = value.k;
        d_out[index] = value.d;
    });
    Ok(())
}

fn check(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    k_out: &[f64],
    d_out: &[f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("high", high.len()),
        &[
            ("low", low.len()),
            ("close", close.len()),
            ("k_out", k_out.len()),
            ("d_out", d_out.len()),
        ],
    )
}
