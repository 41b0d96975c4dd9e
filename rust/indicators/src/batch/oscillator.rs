//! RSI and MACD over arrays.

use super::average::EmaScan;
use super::instructions::{self, Arithmetic};
use super::lengths;
use super::runs::{for_each_run, is_finite, warm_up};
use super::scan::{Recursion, Scan, TILE, Tile, Tiles};
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
        instructions::run(Tiles {
            recursion: RsiScan::from(&rsi),
            inputs: [&prices[head..], &prices[head - 1..prices.len() - 1]],
            checked: 0,
            outputs: outputs.map(|output| &mut output[head..]),
        })
    });
    Ok(())
}

/// An [`Rsi`] after its warm-up: the averages of the gains and of all changes.
#[derive(Debug, Clone, Copy)]
struct RsiScan {
    gain: f64,
    total: f64,
    weight: f64,
    scan: Scan,
}

impl From<&Rsi> for RsiScan {
    fn from(rsi: &Rsi) -> Self {
        let (period, gain, loss) = rsi.averages();
        let size = period as f64;
        Self {
            gain,
            total: gain + loss,
            weight: 1.0 / size,
            scan: Scan::new((size - 1.0) / size),
        }
    }
}

impl Recursion<2, 1> for RsiScan {
    #[inline(always)]
    fn tile<A: Arithmetic>(&mut self, [prices, before]: [&Tile; 2], [out]: [&mut Tile; 1]) {
        let mut totals = [0.0; TILE];
        for index in 0..TILE {
            let change = (prices[index] - before[index]) * self.weight;
            out[index] = if change > 0.0 { change } else { 0.0 };
            totals[index] = change.abs();
        }
        self.scan.run::<A>(&mut self.gain, out);
        self.scan.run::<A>(&mut self.total, &mut totals);
        for (total, out) in totals.iter().zip(out) {
            let index = 100.0 * (*out / total);
            *out = if *total < FLAT { 0.0 } else { index };
        }
    }

    fn is_finite(&self) -> bool {
        self.total.is_finite()
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
                recursion: MacdScan(macd.averages().map(EmaScan::from)),
                inputs: [&prices[head..]],
                checked: 0,
                outputs: outputs.map(|output| &mut output[head..]),
            })
        },
    );
    Ok(())
}

/// A [`Macd`] after its warm-up: the fast, the slow and the signal's average.
#[derive(Debug, Clone, Copy)]
struct MacdScan([EmaScan; 3]);

impl Recursion<1, 2> for MacdScan {
    #[inline(always)]
    fn tile<A: Arithmetic>(&mut self, [prices]: [&Tile; 1], [macd_out, signal_out]: [&mut Tile; 2]) {
        let [fast, slow, signal] = &mut self.0;
        let mut slows = [0.0; TILE];
        // The difference doesn't know the anchor.
        fast.distances::<A>(prices, prices[0], macd_out);
        slow.distances::<A>(prices, prices[0], &mut slows);
        for (line, slow) in macd_out.iter_mut().zip(slows) {
            *line -= slow;
        }
        signal.distances::<A>(macd_out, 0.0, signal_out);
    }

    fn is_finite(&self) -> bool {
        self.0.iter().all(Recursion::is_finite)
    }
}
