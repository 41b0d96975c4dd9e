//! The simple average as a running sum of changes.

use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;
use super::scan::{Scan, TILE, greatest_magnitude, least_magnitude};
use crate::moving_average::DWARFS;
use crate::{Indicator, Period, Sma};

/// A simple average over a series. Gives whether all values were finite; if not, the output is worth nothing.
///
/// Means are measured from a value inside the window, and taken anew from the window after a tile, or after a period if that
/// is longer: so the digits go to the differences, and rounding never accumulates past that. A tile with a value beside which
/// an average of it is small (a bad print, say) is computed by the steps, since changes of that size would round away the rest.
pub(super) struct SmaScan<'a> {
    pub(super) prices: &'a [f64],
    pub(super) period: Period,
    /// As long as the prices.
    pub(super) out: &'a mut [f64],
}

impl Kernel for SmaScan<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arithmetic>(self) -> bool {
        let Self {
            prices,
            period: periods,
            out,
        } = self;
        let period = periods.get();
        let head = (period - 1).min(prices.len());
        out[..head].fill(f64::NAN);
        if !all_finite(&prices[..head]) {
            return false;
        }
        let (scan, weight) = (Scan::new(1.0), 1.0 / period as f64);
        let (mut anchor, mut mean, mut since) = (0.0, 0.0, usize::MAX);
        for (index, out) in out[head..].chunks_mut(TILE).enumerate() {
            let start = head + index * TILE;
            let end = start + out.len();
            let values = &prices[start..end];
            if !all_finite(values) {
                return false;
            }
            let mut changes = [0.0; TILE];
            if since >= period {
                anchor = values[0];
                mean = prices[start - head..=start]
                    .iter()
                    .map(|price| price - anchor)
                    .sum::<f64>()
                    * weight;
                since = 0;
            } else {
                changes[0] = (values[0] - prices[start - period]) * weight;
            }
            let left = &prices[start - head..end - period];
            for ((change, value), left) in changes[1..].iter_mut().zip(&values[1..]).zip(left) {
                *change = (value - left) * weight;
            }
            scan.run::<A>(&mut mean, &mut changes);
            for (out, mean) in out.iter_mut().zip(&changes) {
                *out = mean + anchor;
            }
            since += TILE;
            let leaving = greatest_magnitude(&prices[start.saturating_sub(period)..end - period]);
            if leaving.max(greatest_magnitude(values)) > DWARFS * least_magnitude(out).abs() {
                since = usize::MAX;
                let mut sma = Sma::new(periods);
                for price in &prices[start - head..start] {
                    sma.update(*price);
                }
                for (price, out) in values.iter().zip(&mut *out) {
                    *out = sma.update(*price);
                }
            }
            keep_equal_windows(&prices[start - head..end], period, out);
        }
        true
    }
}

/// A window of equal values has exactly that value as its average. `prices` begin with the first window.
#[expect(clippy::float_cmp, reason = "equal is meant")]
#[inline(always)]
fn keep_equal_windows(prices: &[f64], period: usize, out: &mut [f64]) {
    let pairs = prices.iter().zip(&prices[1..]);
    let equal: u64 = pairs.map(|(before, price)| u64::from(before == price)).sum();
    if equal + 1 < period as u64 {
        return;
    }
    let (mut run, mut before) = (0, f64::NAN);
    for (index, &price) in prices.iter().enumerate() {
        run = if price == before { run + 1 } else { 1 };
        before = price;
        if run >= period {
            out[index + 1 - period] = price;
        }
    }
}
