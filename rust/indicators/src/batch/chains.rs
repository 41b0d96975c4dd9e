//! Recursions over long series: several stretches at once.
//!
//! In a recursion every step waits for the one before it, so a processor that could do eight does one. The series is
//! therefore cut into a few segments which run side by side, each but the first from a *guessed* state. All these
//! recursions forget: whatever state a segment began with, after some periods it is in the one state that the values dictate.
//! So afterwards the head of each segment is run again from the true state at the end of the one before, until both
//! agree to the last digits (looked at after each tile). Should they never agree, the whole segment is run again:
//! the result is right for every series, the guess only makes it fast.
//!
//! A tile of a segment is worked on in three passes over the fastest memory: *prepare* and *finish*, in which no value waits for
//! another, are vectorised; between them only the recursion itself goes step by step.

use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;

/// Steps of one segment between two looks at the state.
pub(super) const TILE: usize = 64;
/// Above this period rounding keeps two states too far apart for a comparison that means something.
const LONGEST_PERIOD: usize = 1_024;
/// A series of fewer periods than this is not cut.
const PERIODS_WORTH_CUTTING: usize = 64;

/// The values of one series in a tile.
pub(super) type Tile = [f64; TILE];

/// A recursion from `I` input series to `O` output series; a step takes `P` prepared numbers and gives `R` results.
pub(super) trait Recursion<const I: usize, const P: usize, const R: usize, const O: usize>:
    Copy
{
    /// From the inputs to what the steps take.
    fn prepare(&self, inputs: [&Tile; I], prepared: &mut [Tile; P]);

    /// The next step.
    fn step<A: Arithmetic>(&mut self, prepared: [f64; P]) -> [f64; R];

    /// From what the steps gave to the outputs.
    fn finish(&self, results: &[Tile; R], outputs: [&mut Tile; O]);

    /// Keeps what only decays out of the numbers that have lost digits, in which each step takes a hundred times as long. Called
    /// between two tiles; the outputs must not show it.
    fn settle(&mut self);

    /// A state near the one that a series around `prepared` leads to.
    fn guess(&self, prepared: [f64; P]) -> Self;

    /// Whether both states lead to the same outputs to about 1e-13, of whatever size the outputs are.
    fn agrees(&self, other: &Self) -> bool;

    /// The number of steps after which about a third of a state is left.
    fn period(&self) -> usize;
}

/// Copies a tile. Adding zero keeps the compiler from calling the library's copy, which costs more than the tile is worth.
#[inline(always)]
pub(super) fn copy(from: &Tile, to: &mut Tile) {
    for (from, to) in from.iter().zip(to) {
        *to = from + 0.0;
    }
}

/// Whether two numbers differ by no more than rounding does in a recursion of this period.
#[inline(always)]
pub(super) fn close(left: f64, right: f64, scale: f64, period: usize) -> bool {
    (left - right).abs() <= scale.abs() * f64::EPSILON * (4.0 + period as f64)
}

/// At most `tiles`, so many that segments of that length don't begin at addresses which the caches confuse: they lie
/// 64 numbers apart within a page of 512.
const fn apart(tiles: usize) -> usize {
    if tiles == 0 { 0 } else { (tiles - 1) / 8 * 8 + 1 }
}

/// The tile that begins at `start`; the series is that long.
#[inline(always)]
fn tile_at(series: &[f64], start: usize) -> &Tile {
    let tile = series[start..].first_chunk();
    tile.unwrap_or_else(|| unreachable!("only whole tiles are asked for"))
}

/// The same of an output.
#[inline(always)]
fn tile_at_mut(series: &mut [f64], start: usize) -> &mut Tile {
    let tile = series[start..].first_chunk_mut();
    tile.unwrap_or_else(|| unreachable!("only whole tiles are asked for"))
}

/// Row `index` of some tiles.
#[inline(always)]
fn row<const N: usize>(tiles: &[Tile; N], index: usize) -> [f64; N] {
    let mut row = [0.0; N];
    for (number, tile) in row.iter_mut().zip(tiles) {
        *number = tile[index];
    }
    row
}

/// A recursion over series, eight segments at a time. Gives whether all inputs were finite; if not, the outputs are
/// worth nothing.
pub(super) struct Chains<'a, S, const I: usize, const P: usize, const R: usize, const O: usize> {
    /// The state before the first step.
    pub(super) state: S,
    /// Equally long.
    pub(super) inputs: [&'a [f64]; I],
    /// So many of the inputs are looked through for values that aren't finite; the others are known to hold none.
    pub(super) checked: usize,
    /// As long as the inputs.
    pub(super) outputs: [&'a mut [f64]; O],
}

const LANES: usize = 8;

impl<S, const I: usize, const P: usize, const R: usize, const O: usize> Kernel for Chains<'_, S, I, P, R, O>
where
    S: Recursion<I, P, R, O>,
{
    type Output = bool;

    #[inline(always)]
    fn run<A: Arithmetic>(mut self) -> bool {
        let length = self.inputs[0].len();
        let period = self.state.period();
        let segment = apart(length / (LANES * TILE)) * TILE;
        let mut start = 0;
        if period <= LONGEST_PERIOD && length >= PERIODS_WORTH_CUTTING * period && segment > 0 {
            let Some(states) = self.side_by_side::<A>(segment) else {
                return false;
            };
            self.mend::<A>(segment, &states);
            start = LANES * segment;
        }
        let mut state = self.state;
        for tile in (start..length).step_by(TILE) {
            let end = length.min(tile + TILE);
            if !self.is_sound(tile, end) {
                return false;
            }
            self.tile::<A>(&mut state, tile, end);
        }
        true
    }
}

impl<S, const I: usize, const P: usize, const R: usize, const O: usize> Chains<'_, S, I, P, R, O>
where
    S: Recursion<I, P, R, O>,
{
    #[inline(always)]
    fn is_sound(&self, start: usize, end: usize) -> bool {
        self.inputs
            .iter()
            .take(self.checked)
            .all(|input| all_finite(&input[start..end]))
    }

    /// Runs from `start` to `end`, at most a tile, one step after the other.
    #[inline(always)]
    fn tile<A: Arithmetic>(&mut self, state: &mut S, start: usize, end: usize) {
        let mut inputs = [[0.0; TILE]; I];
        for (tile, input) in inputs.iter_mut().zip(self.inputs) {
            if end - start == TILE {
                copy(tile_at(input, start), tile);
            } else {
                tile[..end - start].copy_from_slice(&input[start..end]);
            }
        }
        let mut prepared = [[0.0; TILE]; P];
        state.settle();
        state.prepare(inputs.each_ref(), &mut prepared);
        let mut results = [[0.0; TILE]; R];
        for index in 0..end - start {
            let result = state.step::<A>(row(&prepared, index));
            for (tile, number) in results.iter_mut().zip(result) {
                tile[index] = number;
            }
        }
        let mut outputs = [[0.0; TILE]; O];
        state.finish(&results, outputs.each_mut());
        for (output, tile) in self.outputs.iter_mut().zip(&outputs) {
            if end - start == TILE {
                copy(tile, tile_at_mut(output, start));
            } else {
                output[start..end].copy_from_slice(&tile[..end - start]);
            }
        }
    }

    /// Runs all segments at once and gives their states at the end of each tile; `None` if an input isn't finite.
    #[inline(always)]
    fn side_by_side<A: Arithmetic>(&mut self, segment: usize) -> Option<Vec<[S; LANES]>> {
        let mut states = [self.state; LANES];
        let mut kept = Vec::with_capacity(segment / TILE);
        let mut prepared = [[[0.0; TILE]; P]; LANES];
        let mut results = [[[0.0; TILE]; R]; LANES];
        for start in (0..segment).step_by(TILE) {
            for (lane, prepared) in prepared.iter_mut().enumerate() {
                let from = lane * segment + start;
                if !self.is_sound(from, from + TILE) {
                    return None;
                }
                let inputs = self.inputs.map(|input| tile_at(input, from));
                self.state.prepare(inputs, prepared);
                if start == 0 && lane > 0 {
                    states[lane] = self.state.guess(row(prepared, 0));
                }
            }
            // Written out so that the states stay in registers: a loop over the lanes keeps them in memory.
            for state in &mut states {
                state.settle();
            }
            let mut running = states;
            for index in 0..TILE {
                step_lane::<A, S, I, P, R, O>(&mut running[0], &prepared[0], &mut results[0], index);
                step_lane::<A, S, I, P, R, O>(&mut running[1], &prepared[1], &mut results[1], index);
                step_lane::<A, S, I, P, R, O>(&mut running[2], &prepared[2], &mut results[2], index);
                step_lane::<A, S, I, P, R, O>(&mut running[3], &prepared[3], &mut results[3], index);
                step_lane::<A, S, I, P, R, O>(&mut running[4], &prepared[4], &mut results[4], index);
                step_lane::<A, S, I, P, R, O>(&mut running[5], &prepared[5], &mut results[5], index);
                step_lane::<A, S, I, P, R, O>(&mut running[6], &prepared[6], &mut results[6], index);
                step_lane::<A, S, I, P, R, O>(&mut running[7], &prepared[7], &mut results[7], index);
            }
            states = running;
            kept.push(states);
            for (lane, results) in results.iter().enumerate() {
                let from = lane * segment + start;
                let outputs = self.outputs.each_mut().map(|output| tile_at_mut(output, from));
                self.state.finish(results, outputs);
            }
        }
        Some(kept)
    }

    /// Runs the heads of the segments again from the true states; `self.state` becomes the one at the end.
    #[inline(always)]
    fn mend<A: Arithmetic>(&mut self, segment: usize, states: &[[S; LANES]]) {
        let last = states[states.len() - 1];
        let mut truth = last[0];
        for lane in 1..LANES {
            // Once they agree they go on a little, until only rounding is left between them.
            let mut still = 2 + 8 * self.state.period() / TILE;
            let met = states.iter().enumerate().any(|(tile, states)| {
                let start = lane * segment + tile * TILE;
                self.tile::<A>(&mut truth, start, start + TILE);
                still -= usize::from(truth.agrees(&states[lane]));
                still == 0
            });
            if met {
                truth = last[lane];
            }
        }
        self.state = truth;
    }
}

/// One step of one segment.
#[inline(always)]
fn step_lane<A: Arithmetic, S, const I: usize, const P: usize, const R: usize, const O: usize>(
    state: &mut S,
    prepared: &[Tile; P],
    results: &mut [Tile; R],
    index: usize,
) where
    S: Recursion<I, P, R, O>,
{
    let result = state.step::<A>(row(prepared, index));
    for (tile, number) in results.iter_mut().zip(result) {
        tile[index] = number;
    }
}
