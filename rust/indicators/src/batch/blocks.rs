//! Sliding windows over long series: several blocks at once.
//!
//! The streaming indicators take their sums anew whenever their ring of `period` values comes round. What they give in
//! one round depends on two blocks of `period` values and on nothing before. So the rounds of a long series can be
//! computed side by side, eight at a time, with the very same operations: the results are equal to the streaming ones bit for
//! bit. What doesn't fill eight rounds is left to the streaming indicator.

#![expect(clippy::many_single_char_names, reason = "eight blocks in a row are a to h")]

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

/// The values at one index of nine consecutive blocks. The first eight stand in the first blocks of the rounds, the last eight in
/// the second ones: a block is the second one of a round and the first one of the next.
pub(super) type Row = [f64; LANES + 1];

/// The values of a row in the first blocks.
#[inline(always)]
pub(super) fn first(row: &Row) -> Lanes {
    lanes(|lane| row[lane])
}

/// The values of a row in the second blocks.
#[inline(always)]
pub(super) fn second(row: &Row) -> Lanes {
    lanes(|lane| row[lane + 1])
}

/// A windowed indicator, eight rounds at a time. `I` inputs, `O` outputs.
///
/// A round is given as the rows of its blocks, `period` of them for each input. Its output 0 belongs to the window that is the
/// first block. Output `n` sees `n` values of the second block (rows 0 to `n − 1`) and what the first has left of them.
pub(super) trait Window<const I: usize, const O: usize>: Steps<I, O> {
    /// Computes eight rounds. Gives whether they were plain ones; if not, the streaming indicator does them.
    fn rounds<A: Arithmetic>(&mut self, inputs: [&[Row]; I], outputs: [&mut [Lanes]; O]) -> bool;
}

/// The streaming indicator behind a kernel, which gives what arrays don't.
pub(super) trait Steps<const I: usize, const O: usize> {
    /// The values in a round.
    fn period(&self) -> usize;

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
        let eight = LANES * period;
        let rows = if length >= eight + head { period } else { 0 };
        let mut given: [Vec<Row>; I] = std::array::from_fn(|_| vec![[0.0; LANES + 1]; rows]);
        let mut got: [Vec<Lanes>; O] = std::array::from_fn(|_| vec![[0.0; LANES]; rows]);
        for start in (0..length - head).step_by(eight) {
            let end = length.min(start + head + eight);
            if !self.is_sound(start + head, end) {
                return false;
            }
            if end < start + head + eight {
                self.window.stream(self.inputs, &mut self.outputs, start, end);
                continue;
            }
            for (rows, input) in given.iter_mut().zip(self.inputs) {
                to_rows(&input[start..end], rows);
            }
            let are_plain = self.window.rounds::<A>(
                given.each_ref().map(Vec::as_slice),
                got.each_mut().map(Vec::as_mut_slice),
            );
            if are_plain {
                for (rows, output) in got.iter().zip(&mut self.outputs) {
                    from_rows(rows, &mut output[start + head..end]);
                }
            } else {
                self.window.stream(self.inputs, &mut self.outputs, start, end);
            }
        }
        true
    }
}

/// Lays nine blocks side by side. The last value of the ninth isn't there: no round needs it.
///
/// Row by row: loops over single blocks are too short to pay for their beginning and end. All blocks are zipped, which
/// leaves no bounds to check.
#[inline(always)]
fn to_rows(series: &[f64], rows: &mut [Row]) {
    let period = rows.len();
    let [a, b, c, d, e, f, g, h]: [&[f64]; LANES] =
        std::array::from_fn(|lane| &series[lane * period..][..period]);
    let early = a.iter().zip(b).zip(c).zip(d);
    let late = e.iter().zip(f).zip(g).zip(h);
    for (((((a, b), c), d), (((e, f), g), h)), row) in early.zip(late).zip(&mut *rows) {
        *row = [*a, *b, *c, *d, *e, *f, *g, *h, row[LANES]];
    }
    for (row, value) in rows.iter_mut().zip(&series[LANES * period..]) {
        row[LANES] = *value;
    }
}

/// Lays the outputs of eight rounds behind each other.
#[inline(always)]
fn from_rows(rows: &[Lanes], series: &mut [f64]) {
    let mut blocks = series.chunks_exact_mut(rows.len());
    let [a, b, c, d, e, f, g, h]: [&mut [f64]; LANES] =
        std::array::from_fn(|_| blocks.next().unwrap_or_default());
    let early = a.iter_mut().zip(b).zip(c).zip(d);
    let late = e.iter_mut().zip(f).zip(g).zip(h);
    for ((early, late), row) in early.zip(late).zip(rows) {
        let ((((a, b), c), d), (((e, f), g), h)) = (early, late);
        [*a, *b, *c, *d, *e, *f, *g, *h] = *row;
    }
}

impl<W, const I: usize, const O: usize> Blocks<'_, W, I, O> {
    #[inline(always)]
    fn is_sound(&self, start: usize, end: usize) -> bool {
        self.inputs.iter().all(|input| all_finite(&input[start..end]))
    }
}
