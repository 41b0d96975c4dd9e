//! Sliding windows over long series: several blocks at once.
//!
//! The streaming indicators take their sums anew whenever their ring of `period` values comes round. What they give in
//! one round depends on two blocks of `period` values and on nothing before. So the rounds of a long series can be
//! computed side by side, eight at a time, with the very same operations: the results are equal to the streaming ones bit for
//! bit. What doesn't fill eight rounds is left to the streaming indicator.

use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;

/// How many rounds are computed at once.
pub(super) const LANES: usize = 8;

/// One number for each round.
pub(super) type Lanes = [f64; LANES];

/// A value of each lane, computed from its number.
#[inline(always)]
pub(super) fn lanes(mut value: impl FnMut(usize) -> f64) -> Lanes {
    let mut lanes = [0.0; LANES];
    for (lane, number) in lanes.iter_mut().enumerate() {
        *number = value(lane);
    }
    lanes
}

/// Eight consecutive stretches of `period` values, one for each lane.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    rows: [&'a [f64]; LANES],
}

impl<'a> Rows<'a> {
    #[inline(always)]
    pub(super) fn new(series: &'a [f64], start: usize, period: usize) -> Self {
        let mut rows: [&[f64]; LANES] = [&[]; LANES];
        for (lane, row) in rows.iter_mut().enumerate() {
            *row = &series[start + lane * period..][..period];
        }
        Self { rows }
    }

    /// The value at `index` of each stretch.
    #[inline(always)]
    pub(super) fn at(&self, index: usize) -> Lanes {
        lanes(|lane| self.rows[lane][index])
    }
}

/// The same of an output.
pub(super) struct RowsMut<'a> {
    rows: [&'a mut [f64]; LANES],
}

impl<'a> RowsMut<'a> {
    #[inline(always)]
    pub(super) fn new(series: &'a mut [f64], start: usize, period: usize) -> Self {
        let mut stretches = series[start..][..LANES * period].chunks_exact_mut(period);
        Self {
            rows: std::array::from_fn(|_| stretches.next().unwrap_or_default()),
        }
    }

    /// Writes the value at `index` of each stretch.
    #[inline(always)]
    pub(super) fn put(&mut self, index: usize, values: Lanes) {
        for (row, value) in self.rows.iter_mut().zip(values) {
            row[index] = value;
        }
    }
}

/// A windowed indicator, eight rounds at a time. `I` inputs, `O` outputs.
pub(super) trait Window<const I: usize, const O: usize> {
    /// The values in a round.
    fn period(&self) -> usize;

    /// Computes the rounds whose blocks begin at `start`: the outputs from `start + period − 1` on, `LANES · period` of them,
    /// which see the inputs up to the same index. `before` says whether a whole block lies before `start`.
    ///
    /// Gives whether the rounds were plain ones; if not, the streaming indicator does them.
    fn rounds<A: Arithmetic>(
        &mut self,
        inputs: [&[f64]; I],
        outputs: &mut [&mut [f64]; O],
        start: usize,
    ) -> bool;

    /// Computes from the block that begins at `start` on as the streaming indicator does when `start` is its first
    /// value, and writes from `start + period − 1` up to `end`.
    fn stream(&self, inputs: [&[f64]; I], outputs: &mut [&mut [f64]; O], start: usize, end: usize);
}

/// A windowed indicator over a series. Gives whether all inputs were finite; if not, the outputs are worth nothing.
pub(super) struct Blocks<'a, W, const I: usize, const O: usize> {
    /// The indicator.
    pub(super) window: W,
    /// Equally long.
    pub(super) inputs: [&'a [f64]; I],
    /// As long as the inputs.
    pub(super) outputs: [&'a mut [f64]; O],
}

impl<W: Window<I, O>, const I: usize, const O: usize> Kernel for Blocks<'_, W, I, O> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arithmetic>(mut self) -> bool {
        let length = self.inputs[0].len();
        let period = self.window.period();
        let head = (period - 1).min(length);
        for output in &mut self.outputs {
            output[..head].fill(f64::NAN);
        }
        if !self.is_sound(0, head) {
            return false;
        }
        let mut start = 0;
        while start + period <= length {
            let end = length.min(start + period - 1 + LANES * period);
            if !self.is_sound(start + period - 1, end) {
                return false;
            }
            let is_whole = end == start + period - 1 + LANES * period;
            if !(is_whole && self.window.rounds::<A>(self.inputs, &mut self.outputs, start)) {
                self.window.stream(self.inputs, &mut self.outputs, start, end);
            }
            start += LANES * period;
        }
        true
    }
}

impl<W, const I: usize, const O: usize> Blocks<'_, W, I, O> {
    #[inline(always)]
    fn is_sound(&self, start: usize, end: usize) -> bool {
        self.inputs.iter().all(|input| all_finite(&input[start..end]))
    }
}
