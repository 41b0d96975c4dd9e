//! Indicators of bars with a range, over arrays.

use super::chains::{Chains, Recursion, TILE, Tile, close, copy};
use super::each::Each;
use super::instructions::{self, Arithmetic};
use super::lengths;
use super::runs::{for_each_run, is_finite, warm_up};
use super::scan::{self, STEPS, Scan, Tiles};
use crate::adx::{AdxSums, movement};
use crate::moving_average::settled;
use crate::true_range::true_range as range_of;
use crate::{Adx, Atr, HighLowClose, Indicator, IndicatorError, Period, TrueRange};

fn check(high: &[f64], low: &[f64], close: &[f64], out: &[f64]) -> Result<(), IndicatorError> {
    lengths::check(
        ("high", high.len()),
        &[("low", low.len()), ("close", close.len()), ("out", out.len())],
    )
}

/// The step of a streaming indicator for a row of three numbers.
fn step_of<I: Indicator<HighLowClose, Output = f64>>(indicator: &mut I) -> impl FnMut([f64; 3]) -> [f64; 1] {
    |[high, low, close]| [indicator.update(HighLowClose { high, low, close })]
}

/// True range into `out`; see [`TrueRange`]. NaN for the first bar.
pub fn true_range(high: &[f64], low: &[f64], close: &[f64], out: &mut [f64]) -> Result<(), IndicatorError> {
    check(high, low, close, out)?;
    for_each_run([high, low, close], [out], is_finite, |bars, mut outputs| {
        let [high, low, close] = bars;
        let (last, [out]) = (close.len() - 1, &mut outputs);
        let sound = instructions::run(Each {
            formula: |[high, low, previous]: [f64; 3]| range_of(high, low, previous),
            inputs: [&high[1..], &low[1..], &close[..last]],
            checked: 3,
            out: &mut out[1..],
        });
        sound && close[last].is_finite() && warm_up(1, bars, &mut outputs, step_of(&mut TrueRange::new()))
    });
    Ok(())
}

/// Average true range into `out`; see [`Atr`]. NaN for the first `period` bars.
pub fn atr(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    period: Period,
    out: &mut [f64],
) -> Result<(), IndicatorError> {
    check(high, low, close, out)?;
    for_each_run([high, low, close], [out], is_finite, |bars, mut outputs| {
        let [high, low, close] = bars;
        let mut atr = Atr::new(period);
        let (length, head) = (close.len(), (period.get() + 1).min(close.len()));
        let sound = warm_up(head, bars, &mut outputs, step_of(&mut atr));
        sound
            && close[length - 1].is_finite()
            && instructions::run(Tiles {
                recursion: AtrScan::new(atr.value(), period.get()),
                inputs: [&close[head - 1..length - 1], &high[head..], &low[head..]],
                // The true range can lose a close that isn't a number, but no high or low.
                checked: 1,
                outputs: outputs.map(|output| &mut output[head..]),
            })
    });
    Ok(())
}

/// An [`Atr`] after its warm-up.
#[derive(Debug, Clone, Copy)]
struct AtrScan {
    average: f64,
    weight: f64,
    scan: Scan,
}

impl AtrScan {
    fn new(average: f64, period: usize) -> Self {
        let size = period as f64;
        Self {
            average,
            weight: 1.0 / size,
            scan: Scan::new((size - 1.0) / size),
        }
    }
}

impl scan::Recursion<3, 1> for AtrScan {
    #[inline(always)]
    fn tile<A: Arithmetic>(
        &mut self,
        [close_before, high, low]: [&scan::Tile; 3],
        [out]: [&mut scan::Tile; 1],
    ) {
        let mut average = self.average;
        let bars = high.as_chunks::<STEPS>().0.iter().zip(low.as_chunks::<STEPS>().0);
        let bars = bars.zip(close_before.as_chunks::<STEPS>().0);
        // In one pass, so that the memory of the next bars comes while these are computed.
        for (((high, low), close), out) in bars.zip(out.as_chunks_mut::<STEPS>().0) {
            let mut ranges = [0.0; STEPS];
            for step in 0..STEPS {
                ranges[step] = range_of(high[step], low[step], close[step]) * self.weight;
            }
            *out = self.scan.next::<A>(&mut average, ranges);
        }
        self.average = settled(average);
    }

    fn is_finite(&self) -> bool {
        self.average.is_finite()
    }
}

/// Average directional index into `out`; see [`Adx`]. NaN for the first `2 period − 1` bars.
pub fn adx(
    high: &[f64],
    low: &[f64],
    close: &[f64],
    period: Period,
    out: &mut [f64],
) -> Result<(), IndicatorError> {
    check(high, low, close, out)?;
    for_each_run([high, low, close], [out], is_finite, |bars, mut outputs| {
        let [high, low, close] = bars;
        let mut adx = Adx::new(period);
        let (length, head) = (close.len(), (2 * period.get()).min(close.len()));
        let sound = warm_up(head, bars, &mut outputs, step_of(&mut adx));
        let before = head - 1..length - 1;
        sound
            && close[length - 1].is_finite()
            && instructions::run(Chains {
                state: AdxChain(adx.sums()),
                inputs: [
                    &high[head..],
                    &low[head..],
                    &close[before.clone()],
                    &high[before.clone()],
                    &low[before],
                ],
                checked: 3,
                outputs: outputs.map(|output| &mut output[head..]),
            })
    });
    Ok(())
}

/// The state of an [`Adx`] after its warm-up.
#[derive(Debug, Clone, Copy)]
struct AdxChain(AdxSums);

impl Recursion<5, 3, 1, 1> for AdxChain {
    #[inline(always)]
    fn prepare(
        &self,
        [high, low, close_before, high_before, low_before]: [&Tile; 5],
        [plus, minus, ranges]: &mut [Tile; 3],
    ) {
        for index in 0..TILE {
            let (up, down) = (high[index] - high_before[index], low_before[index] - low[index]);
            (plus[index], minus[index]) = movement(up, down);
            ranges[index] = range_of(high[index], low[index], close_before[index]);
        }
    }

    #[inline(always)]
    fn step<A: Arithmetic>(&mut self, [plus, minus, range]: [f64; 3]) -> [f64; 1] {
        let sums = &mut self.0;
        sums.plus = A::multiply_add(sums.plus, sums.keep, plus);
        sums.minus = A::multiply_add(sums.minus, sums.keep, minus);
        sums.range = A::multiply_add(sums.range, sums.keep, range);
        let next = A::multiply_add(sums.average, sums.keep, sums.index() * sums.weight);
        sums.average = if sums.has_moved() { next } else { sums.average };
        [sums.average]
    }

    #[inline(always)]
    fn finish(&self, [averages]: &[Tile; 1], [out]: [&mut Tile; 1]) {
        copy(averages, out);
    }

    fn guess(&self, [plus, minus, range]: [f64; 3]) -> Self {
        let size = self.0.period as f64;
        Self(AdxSums {
            plus: plus * size,
            minus: minus * size,
            range: range * size,
            ..self.0
        })
    }

    #[inline(always)]
    fn settle(&mut self) {
        self.0.settle();
    }

    fn agrees(&self, other: &Self) -> bool {
        let (own, other) = (&self.0, &other.0);
        let moved = own.plus + own.minus;
        close(own.plus, other.plus, moved, own.period)
            && close(own.minus, other.minus, moved, own.period)
            && close(own.range, other.range, own.range, own.period)
            && close(own.average, other.average, own.average, own.period)
    }

    fn period(&self) -> usize {
        self.0.period
    }
}
