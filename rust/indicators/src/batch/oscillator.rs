//! RSI and MACD over arrays.

use super::average::EmaScan;
use super::chains::{self, Chains, close};
use super::instructions::{self, Arithmetic};
use super::lengths;
use super::runs::{for_each_run, is_finite, warm_up};
use super::scan::{Recursion, STEPS, Scan, Tile, Tiles};
use crate::moving_average::settled;
use crate::rsi::FLAT;
use crate::{Indicator, IndicatorError, Macd, Period, Rsi};

/// Relative strength index of `prices` into `out`; see [`Rsi`]. NaN for the first `period` values.
pub fn rsi(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    for_each_run([prices], [out], is_finite, |[prices], mut outputs| {
        let mut rsi = Rsi::new(period);
        let head = (period.get() + 1).min(prices.len());
        if !warm_up(head, [prices], &mut outputs, |[price]| [rsi.update(price)]) {
            return false;
        }
        instructions::run(Chains {
            state: RsiChain::from(&rsi),
            inputs: [&prices[head..], &prices[head - 1..prices.len() - 1]],
            checked: 1,
            outputs: outputs.map(|output| &mut output[head..]),
        })
    });
    Ok(())
}

/// A power of two, and more than any average decays by in a tile.
const RAISE: f64 = (1_u128 << 127) as f64;

/// The state of an [`Rsi`] after its warm-up: the averages of the gains and of all changes.
#[derive(Debug, Clone, Copy)]
struct RsiChain {
    gain: f64,
    total: f64,
    keep: f64,
    weight: f64,
    period: usize,
}

impl From<&Rsi> for RsiChain {
    fn from(rsi: &Rsi) -> Self {
        let (period, gain, loss) = rsi.averages();
        let size = period as f64;
        Self {
            gain,
            total: gain + loss,
            keep: (size - 1.0) / size,
            weight: 1.0 / size,
            period,
        }
    }
}

impl chains::Recursion<2, 2, 2, 1> for RsiChain {
    #[inline(always)]
    fn prepare(&self, [prices, before]: [&chains::Tile; 2], [gains, moves]: &mut [chains::Tile; 2]) {
        let weight = self.weight;
        let changes = prices.iter().zip(before).map(|(price, before)| price - before);
        for ((change, gain), moved) in changes.zip(gains).zip(moves) {
            *gain = if change > 0.0 { change } else { 0.0 } * weight;
            *moved = change.abs() * weight;
        }
    }

    #[inline(always)]
    fn step<A: Arithmetic>(&mut self, [gain, moved]: [f64; 2]) -> [f64; 2] {
        self.gain = A::multiply_add(self.gain, self.keep, gain);
        self.total = A::multiply_add(self.total, self.keep, moved);
        [self.gain, self.total]
    }

    #[inline(always)]
    fn finish(&self, [gains, totals]: &[chains::Tile; 2], [out]: [&mut chains::Tile; 1]) {
        for ((gain, total), out) in gains.iter().zip(totals).zip(out) {
            let index = 100.0 * (gain / total);
            *out = if *total == 0.0 { 0.0 } else { index };
        }
    }

    fn guess(&self, [gain, moved]: [f64; 2]) -> Self {
        let size = self.period as f64;
        Self {
            gain: gain * size,
            total: moved * size,
            ..*self
        }
    }

    /// Gain and total are raised alike, so that what they tell beside each other is kept. What comes next counts as before:
    /// beside it both are nothing.
    #[inline(always)]
    fn settle(&mut self) {
        if self.total < FLAT {
            self.gain *= RAISE;
            self.total *= RAISE;
        }
    }

    fn agrees(&self, other: &Self) -> bool {
        close(self.gain, other.gain, self.total, self.period)
            && close(self.total, other.total, self.total, self.period)
    }

    fn period(&self) -> usize {
        self.period
    }
}

/// MACD of `prices`: the line into `macd_out`, its signal into `signal_out`; see [`Macd`].
///
/// Both are NaN for the first `slow_period + signal_period − 2` values.
pub fn macd(
    prices: &[f64],
    fast_period: Period,
    slow_period: Period,
    signal_period: Period,
    macd_out: &mut [f64],
    signal_out: &mut [f64],
) -> Result<(), IndicatorError> {
    lengths::check(
        ("prices", prices.len()),
        &[("macd_out", macd_out.len()), ("signal_out", signal_out.len())],
    )?;
    let fresh = Macd::new(fast_period, slow_period, signal_period)?;
    for_each_run(
        [prices],
        [macd_out, signal_out],
        is_finite,
        |[prices], mut outputs| {
            let mut macd = fresh.clone();
            let head = (slow_period.get() + signal_period.get() - 1).min(prices.len());
            let sound = warm_up(head, [prices], &mut outputs, |[price]| {
                let value = macd.update(price);
                [value.macd, value.signal]
            });
            if !sound {
                return false;
            }
            instructions::run(Tiles {
                recursion: MacdScan::from(&macd),
                inputs: [&prices[head..], &prices[head - 1..prices.len() - 1]],
                checked: 0,
                outputs: outputs.map(|output| &mut output[head..]),
            })
        },
    );
    Ok(())
}

/// A [`Macd`] after its warm-up: how far the price stands above both averages, and the signal's average.
#[derive(Debug, Clone, Copy)]
struct MacdScan {
    distances: [f64; 2],
    keeps: [f64; 2],
    scans: [Scan; 2],
    signal: EmaScan,
}

impl From<&Macd> for MacdScan {
    fn from(macd: &Macd) -> Self {
        let keeps = macd.keeps();
        Self {
            distances: macd.distances(),
            keeps,
            scans: keeps.map(Scan::new),
            signal: EmaScan::from(macd.signal()),
        }
    }
}

impl Recursion<2, 2> for MacdScan {
    #[inline(always)]
    fn tile<A: Arithmetic>(&mut self, [prices, before]: [&Tile; 2], [macd_out, signal_out]: [&mut Tile; 2]) {
        let ([mut fast, mut slow], [keep_fast, keep_slow]) = (self.distances, self.keeps);
        let [of_fast, of_slow] = &self.scans;
        let (prices, before) = (prices.as_chunks::<STEPS>().0, before.as_chunks::<STEPS>().0);
        for ((prices, before), out) in prices.iter().zip(before).zip(macd_out.as_chunks_mut::<STEPS>().0) {
            let (mut for_fast, mut for_slow) = ([0.0; STEPS], [0.0; STEPS]);
            for step in 0..STEPS {
                let change = prices[step] - before[step];
                (for_fast[step], for_slow[step]) = (change * keep_fast, change * keep_slow);
            }
            let above_fast = of_fast.next::<A>(&mut fast, for_fast);
            let above_slow = of_slow.next::<A>(&mut slow, for_slow);
            for step in 0..STEPS {
                out[step] = above_slow[step] - above_fast[step];
            }
        }
        self.distances = [settled(fast), settled(slow)];
        self.signal.distances::<A>(macd_out, 0.0, 0.0, signal_out);
    }

    fn is_finite(&self) -> bool {
        self.distances.iter().all(|distance| distance.is_finite()) && self.signal.is_finite()
    }
}
