//! Differences and relative changes over arrays.

use super::each::Each;
use super::instructions;
use super::lengths;
use super::runs::{all_finite, for_each_run, is_finite};
use crate::momentum::percent_change;
use crate::{IndicatorError, Period};

/// Momentum of `prices` into `out`; see [`Momentum`](crate::Momentum). NaN for the first `period` values.
pub fn momentum(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    against_before(prices, period, out, |price, before| price - before);
    Ok(())
}

/// Rate of change of `prices` in percent into `out`; see [`RateOfChange`](crate::RateOfChange). NaN for the first `period`
/// values.
pub fn rate_of_change(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    against_before(prices, period, out, percent_change);
    Ok(())
}

/// A formula of each price and the one `period` values before.
fn against_before(prices: &[f64], period: Period, out: &mut [f64], formula: impl Fn(f64, f64) -> f64) {
    for_each_run([prices], [out], is_finite, |[prices], [out]| {
        let head = period.get().min(prices.len());
        out[..head].fill(f64::NAN);
        all_finite(&prices[..head])
            && instructions::run(Each {
                formula: |[price, before]: [f64; 2]| formula(price, before),
                inputs: [&prices[head..], &prices[..prices.len() - head]],
                checked: 1,
                out: &mut out[head..],
            })
    });
}
