//! Stochastic oscillators over arrays.

#![expect(clippy::similar_names, reason = "the periods are called as in TA-Lib")]

use super::average::sma_of_run;
use super::blocks::{Blocks, Lanes, Row, Steps, Window, first, lanes, second};
use super::fold_blocks::{Heads, Tails};
use super::instructions::{self, Arithmetic};
use super::lengths;
use super::runs::{for_each_run, is_finite};
use crate::fold_window::{FoldWindow, Highest, Lowest};
use crate::stochastic::percent_of_range;
use crate::{IndicatorError, Period};

/// Fast stochastic oscillator into `k_out` and `d_out`; see [`FastStochastic`](crate::FastStochastic).
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
    for_each_run(
        [high, low, close],
        [k_out, d_out],
        is_finite,
        |inputs, [k_out, d_out]| {
            fast_k(inputs, fast_k_period, k_out) && {
                let begin = averaged(k_out, fast_k_period.get() - 1, fast_d_period, d_out);
                k_out[..begin].fill(f64::NAN);
                true
            }
        },
    );
    Ok(())
}

/// Slow stochastic oscillator into `k_out` and `d_out`; see [`Stochastic`](crate::Stochastic).
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
    for_each_run(
        [high, low, close],
        [k_out, d_out],
        is_finite,
        |inputs, [k_out, d_out]| {
            // The fast %K stands in `d_out` until its own numbers come.
            fast_k(inputs, fast_k_period, d_out) && {
                let begin = averaged(d_out, fast_k_period.get() - 1, slow_k_period, k_out);
                let begin = averaged(k_out, begin, slow_d_period, d_out);
                k_out[..begin].fill(f64::NAN);
                true
            }
        },
    );
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

/// The simple average of `values`, which begin at `begin`; gives where the averages begin, before which they are NaN.
fn averaged(values: &[f64], begin: usize, period: Period, out: &mut [f64]) -> usize {
    let begin = begin.min(values.len());
    sma_of_run(&values[begin..], period, &mut out[begin..]);
    let begin = (begin + period.get() - 1).min(values.len());
    out[..begin].fill(f64::NAN);
    begin
}

/// The fast %K of a series. Gives whether all inputs were finite.
fn fast_k(inputs: [&[f64]; 3], period: Period, out: &mut [f64]) -> bool {
    instructions::run(Blocks {
        window: FastK {
            period,
            highest: Tails::new(),
            lowest: Tails::new(),
        },
        inputs,
        outputs: [out],
    })
}

struct FastK {
    period: Period,
    highest: Tails<Highest>,
    lowest: Tails<Lowest>,
}

impl Window<3, 1> for FastK {
    #[inline(always)]
    fn rounds<A: Arithmetic>(&mut self, [high, low, close]: [&[Row]; 3], [out]: [&mut [Lanes]; 1]) -> bool {
        let (highest, highest_tails) = self.highest.take(high.iter().map(first));
        let (lowest, lowest_tails) = self.lowest.take(low.iter().map(first));
        let percent = |highest: Lanes, lowest: Lanes, close: Lanes| {
            lanes(|lane| percent_of_range(highest[lane], lowest[lane], close[lane]))
        };
        let (Some((whole, rest)), Some(last)) = (out.split_first_mut(), close.last()) else {
            return false;
        };
        *whole = percent(highest, lowest, first(last));
        let (mut highest, mut lowest) = (Heads::<Highest>::new(), Heads::<Lowest>::new());
        let tails = highest_tails.iter().zip(lowest_tails);
        let rows = high.iter().zip(low).zip(close).zip(tails).zip(rest);
        for ((((high, low), close), (highest_tail, lowest_tail)), out) in rows {
            let highest = highest.slide(highest_tail, second(high));
            let lowest = lowest.slide(lowest_tail, second(low));
            *out = percent(highest, lowest, second(close));
        }
        true
    }
}

impl Steps<3, 1> for FastK {
    fn period(&self) -> usize {
        self.period.get()
    }

    fn stream(&self, [high, low, close]: [&[f64]; 3], [out]: &mut [&mut [f64]; 1], start: usize, end: usize) {
        let mut highest = FoldWindow::<Highest>::new(self.period);
        let mut lowest = FoldWindow::<Lowest>::new(self.period);
        for index in start..end {
            if let (Some(highest), Some(lowest)) = (highest.push(high[index]), lowest.push(low[index])) {
                out[index] = percent_of_range(highest, lowest, close[index]);
            }
        }
    }
}
