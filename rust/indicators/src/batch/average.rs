//! Moving averages over arrays.

use super::average_blocks::{SmaWindow, WmaWindow};
use super::average_scan::{SmaSums, WmaSums};
use super::blocks::Blocks;
use super::instructions::{self, Arithmetic};
use super::lengths;
use super::runs::{for_each_run, is_finite, warm_up};
use super::scan::{Recursion, STEPS, Scan, Tile, Tiles, least_magnitude};
use super::sliding::Sliding;
use crate::moving_average::settled;
use crate::{Ema, Indicator, IndicatorError, Period};

/// Simple moving average of `prices` into `out`; see [`Sma`](crate::Sma). NaN for the first `period − 1` values.
pub fn sma(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    for_each_run([prices], [out], is_finite, |[prices], [out]| {
        instructions::run(Sliding {
            sums: SmaSums::new(period),
            inputs: [prices],
            outputs: [out],
        })
    });
    Ok(())
}

/// The simple average of a series, to the last bit that of the steps. Gives whether all values were finite.
pub(super) fn sma_of_run(prices: &[f64], period: Period, out: &mut [f64]) -> bool {
    instructions::run(Blocks {
        window: SmaWindow::new(period),
        inputs: [prices],
        outputs: [out],
    })
}

/// Exponential moving average of `prices` into `out`; see [`Ema`]. NaN for the first `period − 1` values.
pub fn ema(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    for_each_run([prices], [out], is_finite, |[prices], mut outputs| {
        let mut ema = Ema::new(period);
        let head = period.get().min(prices.len());
        if !warm_up(head, [prices], &mut outputs, |[price]| [ema.update(price)]) {
            return false;
        }
        instructions::run(Tiles {
            recursion: EmaScan::from(&ema),
            inputs: [&prices[head..]],
            checked: 0,
            outputs: outputs.map(|output| &mut output[head..]),
        })
    });
    Ok(())
}

/// An [`Ema`] after its warm-up, as a recursion of the distances from an anchor: the digits go to the differences and not to the
/// price level, and a market that stands still gives exactly its price. The anchor must not dwarf what is measured from it, or all
/// of a tile is rounded at the size of one bad print.
#[derive(Debug, Clone, Copy)]
pub(super) struct EmaScan {
    value: f64,
    smoothing: f64,
    scan: Scan,
}

impl From<&Ema> for EmaScan {
    fn from(ema: &Ema) -> Self {
        Self {
            value: ema.value(),
            smoothing: ema.smoothing(),
            scan: Scan::new(1.0 - ema.smoothing()),
        }
    }
}

impl EmaScan {
    /// The averages of `prices`, measured from `anchor`, and `more` added to each.
    #[inline(always)]
    pub(super) fn distances<A: Arithmetic>(&mut self, prices: &Tile, anchor: f64, more: f64, out: &mut Tile) {
        let mut state = self.value - anchor;
        let (prices, _) = prices.as_chunks::<STEPS>();
        let (out, _) = out.as_chunks_mut::<STEPS>();
        for (prices, out) in prices.iter().zip(out) {
            let distances = prices.map(|price| (price - anchor) * self.smoothing);
            *out = self
                .scan
                .next::<A>(&mut state, distances)
                .map(|average| average + more);
        }
        self.value = settled(state + anchor);
    }
}

impl Recursion<1, 1> for EmaScan {
    #[inline(always)]
    fn tile<A: Arithmetic>(&mut self, [prices]: [&Tile; 1], [out]: [&mut Tile; 1]) {
        let anchor = least_magnitude(prices);
        self.distances::<A>(prices, anchor, anchor, out);
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite()
    }
}

/// Linearly weighted moving average of `prices` into `out`; see [`Wma`](crate::Wma). NaN for the first `period − 1` values.
pub fn wma(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    for_each_run([prices], [out], is_finite, |inputs, outputs| {
        if period.get() < WmaSums::LEAST_PERIOD {
            instructions::run(Blocks {
                window: WmaWindow::new(period),
                inputs,
                outputs,
            })
        } else {
            let sums = WmaSums::new(period);
            instructions::run(Sliding {
                sums,
                inputs,
                outputs,
            })
        }
    });
    Ok(())
}
