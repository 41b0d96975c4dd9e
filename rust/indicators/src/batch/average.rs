//! Moving averages over arrays.

use super::average_blocks::{SmaWindow, WmaWindow};
use super::blocks::Blocks;
use super::chains::{Chains, Recursion, Tile, close, copy};
use super::instructions::{self, Arithmetic};
use super::lengths;
use super::runs::{for_each_run, is_finite, warm_up};
use crate::{Ema, Indicator, IndicatorError, Period};

/// Simple moving average of `prices` into `out`; see [`Sma`](crate::Sma). NaN for the first `period − 1` values.
pub fn sma(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    for_each_run([prices], [out], is_finite, |[prices], [out]| {
        sma_of_run(prices, period, out)
    });
    Ok(())
}

/// The simple average of a series. Gives whether all values were finite.
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
        instructions::run(Chains {
            state: EmaChain::from(&ema),
            inputs: [&prices[head..]],
            checked: 1,
            outputs: outputs.map(|output| &mut output[head..]),
        })
    });
    Ok(())
}

/// The state of an [`Ema`] after its warm-up.
#[derive(Debug, Clone, Copy)]
pub(super) struct EmaChain {
    value: f64,
    smoothing: f64,
    period: usize,
}

impl From<&Ema> for EmaChain {
    fn from(ema: &Ema) -> Self {
        Self {
            value: ema.value(),
            smoothing: ema.smoothing(),
            period: ema.period(),
        }
    }
}

impl EmaChain {
    #[inline(always)]
    pub(super) fn next<A: Arithmetic>(&mut self, price: f64) -> f64 {
        self.value = A::multiply_add(self.smoothing, price - self.value, self.value);
        self.value
    }

    /// The same average in a market that has always stood at `price`.
    #[inline(always)]
    pub(super) fn at(self, price: f64) -> Self {
        Self { value: price, ..self }
    }

    /// Whether both stand at the same, to the rounding of a market at `scale`.
    #[inline(always)]
    pub(super) fn is_close(&self, other: &Self, scale: f64) -> bool {
        close(self.value, other.value, scale, self.period)
    }

    pub(super) fn value(&self) -> f64 {
        self.value
    }
}

impl Recursion<1, 1, 1, 1> for EmaChain {
    #[inline(always)]
    fn prepare(&self, [prices]: [&Tile; 1], [prepared]: &mut [Tile; 1]) {
        copy(prices, prepared);
    }

    #[inline(always)]
    fn step<A: Arithmetic>(&mut self, [price]: [f64; 1]) -> [f64; 1] {
        [self.next::<A>(price)]
    }

    #[inline(always)]
    fn finish(&self, [averages]: &[Tile; 1], [out]: [&mut Tile; 1]) {
        copy(averages, out);
    }

    fn guess(&self, [price]: [f64; 1]) -> Self {
        self.at(price)
    }

    fn agrees(&self, other: &Self) -> bool {
        self.is_close(other, self.value)
    }

    fn period(&self) -> usize {
        self.period
    }
}

/// Linearly weighted moving average of `prices` into `out`; see [`Wma`](crate::Wma). NaN for the first `period − 1` values.
pub fn wma(prices: &[f64], period: Period, out: &mut [f64]) -> Result<(), IndicatorError> {
    lengths::check(("prices", prices.len()), &[("out", out.len())])?;
    for_each_run([prices], [out], is_finite, |inputs, outputs| {
        instructions::run(Blocks {
            window: WmaWindow::new(period),
            inputs,
            outputs,
        })
    });
    Ok(())
}
