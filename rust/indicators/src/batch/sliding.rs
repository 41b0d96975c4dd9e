//! Sliding windows as running sums of changes, a tile at a time.
//!
//! Sums are measured from an anchor inside the window, so the digits go to the differences, and are taken anew from the window
//! after a tile, or after a period if that is longer: so rounding never accumulates past that. A tile of values so unlike each
//! other that running sums would lose digits that count is computed by the steps.

use super::blocks::Steps;
use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;
use super::scan::{TILE, Tile};

/// Running sums over a window. `I` inputs, `O` outputs.
pub(super) trait Sums<const I: usize, const O: usize> {
    /// What computes where running sums can't.
    type Steps: Steps<I, O>;

    /// The same.
    fn steps(&self) -> &Self::Steps;

    /// Takes the sums of a window.
    fn take_anew(&mut self, windows: [&[f64]; I]);

    /// The outputs after each of the values, which come in as those of `left` leave. Gives whether the values were such that the
    /// outputs are right; never where one isn't sound.
    fn tile<A: Arithmetic>(&mut self, values: [&Tile; I], left: [&Tile; I], outputs: [&mut Tile; O]) -> bool;

    /// Whether the values can be computed with.
    fn are_sound(&self, values: [&[f64]; I]) -> bool {
        values.iter().all(|values| all_finite(values))
    }

    /// Mends what running sums can't say; `inputs` begin with the first window of `outputs`.
    #[inline(always)]
    fn finish(&self, _inputs: [&[f64]; I], _outputs: [&mut [f64]; O]) {}
}

/// Running sums over a series. Gives whether all inputs were sound; if not, the outputs are worth nothing.
pub(super) struct Sliding<'a, S, const I: usize, const O: usize> {
    /// Before the first value.
    pub(super) sums: S,
    /// Equally long.
    pub(super) inputs: [&'a [f64]; I],
    /// As long as the inputs.
    pub(super) outputs: [&'a mut [f64]; O],
}

impl<S: Sums<I, O>, const I: usize, const O: usize> Kernel for Sliding<'_, S, I, O> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arithmetic>(self) -> bool {
        let Self {
            mut sums,
            inputs,
            mut outputs,
        } = self;
        let (length, period) = (inputs[0].len(), sums.steps().period());
        let head = (period - 1).min(length);
        for output in &mut outputs {
            output[..head].fill(f64::NAN);
        }
        let first = period.min(length);
        if !sums.are_sound(inputs.map(|input| &input[..first])) {
            return false;
        }
        sums.steps().stream(inputs, &mut outputs, 0, first);
        let mut since = usize::MAX;
        for start in (first..length).step_by(TILE) {
            let end = length.min(start + TILE);
            if since >= period {
                sums.take_anew(inputs.map(|input| &input[start - period..start]));
                since = 0;
            }
            let is_right = if end - start == TILE {
                let values = inputs.map(|input| tile_at(input, start));
                let left = inputs.map(|input| tile_at(input, start - period));
                let outputs = outputs.each_mut().map(|output| tile_at_mut(output, start));
                sums.tile::<A>(values, left, outputs)
            } else {
                let values = inputs.map(|input| padded(&input[start..end]));
                // As if the last value went on: then all that has still to leave is there.
                let left = start - period..length.min(start - period + TILE);
                let left = inputs.map(|input| padded(&input[left.clone()]));
                let mut written = [[0.0; TILE]; O];
                let is_right = sums.tile::<A>(values.each_ref(), left.each_ref(), written.each_mut());
                for (output, written) in outputs.iter_mut().zip(&written) {
                    output[start..end].copy_from_slice(&written[..end - start]);
                }
                is_right
            };
            since += TILE;
            if is_right {
                let windows = inputs.map(|input| &input[start + 1 - period..end]);
                sums.finish(windows, outputs.each_mut().map(|output| &mut output[start..end]));
            } else {
                if !sums.are_sound(inputs.map(|input| &input[start..end])) {
                    return false;
                }
                // From where the steps take their sums anew: what they give is right from the window after that on.
                let begin = (start + 1 - period) / period * period;
                sums.steps().stream(inputs, &mut outputs, begin, end);
                since = usize::MAX;
            }
        }
        true
    }
}

#[inline(always)]
fn tile_at(series: &[f64], start: usize) -> &Tile {
    let tile = series[start..].first_chunk();
    tile.unwrap_or_else(|| unreachable!("only whole tiles are asked for"))
}

#[inline(always)]
fn tile_at_mut(series: &mut [f64], start: usize) -> &mut Tile {
    let tile = series[start..].first_chunk_mut();
    tile.unwrap_or_else(|| unreachable!("only whole tiles are asked for"))
}

/// A tile whose end is filled with the last of the values.
#[inline(always)]
fn padded(values: &[f64]) -> Tile {
    let mut tile = [values[values.len() - 1]; TILE];
    tile[..values.len()].copy_from_slice(values);
    tile
}
