//! Linear recursions `s ← keep · s + x` over long series, eight steps at a time.
//!
//! Step by step every state waits for the one before it. Eight steps from the state `s` give
//! `keep · s + x₀`, `keep² · s + keep · x₀ + x₁`, … : sums of products with known powers, of which only the first
//! waits. With `keep = 1` these are running sums.

use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;

/// Values worked on while they are in the fastest memory.
pub(super) const TILE: usize = 256;

/// The values of one series in a tile.
pub(super) type Tile = [f64; TILE];

/// Copies a tile. Adding zero keeps the compiler from calling the library's copy, which costs more than the tile is worth.
#[inline(always)]
pub(super) fn copy(from: &Tile, to: &mut Tile) {
    for (from, to) in from.iter().zip(to) {
        *to = from + 0.0;
    }
}

/// Numbers compared side by side.
const EXTREMES: usize = 16;

/// The number that goes before all others. Loops of their own, so that the compiler keeps the numbers side by side.
#[inline(always)]
fn extreme(
    values: &[f64],
    start: f64,
    of: impl Fn(f64) -> f64,
    goes_before: impl Fn(f64, f64) -> bool,
) -> f64 {
    let mut extremes = [start; EXTREMES];
    let (groups, rest) = values.as_chunks::<EXTREMES>();
    for group in groups {
        for (extreme, &value) in extremes.iter_mut().zip(group) {
            let value = of(value);
            *extreme = if goes_before(value, *extreme) {
                value
            } else {
                *extreme
            };
        }
    }
    let (early, late) = extremes.split_at_mut(EXTREMES / 2);
    for (early, &mut late) in early.iter_mut().zip(late) {
        *early = if goes_before(late, *early) { late } else { *early };
    }
    let rest = rest.iter().map(|value| of(*value));
    rest.chain(early.iter().copied()).fold(start, |extreme, value| {
        if goes_before(value, extreme) {
            value
        } else {
            extreme
        }
    })
}

/// The smallest magnitude of the values, with the sign of the first one. NaN is left out.
#[inline(always)]
pub(super) fn least_magnitude(values: &[f64]) -> f64 {
    extreme(values, f64::MAX, f64::abs, |value, least| value < least).copysign(values[0])
}

/// The largest magnitude of the values. NaN is left out.
#[inline(always)]
pub(super) fn greatest_magnitude(values: &[f64]) -> f64 {
    extreme(values, 0.0, f64::abs, |value, greatest| value > greatest)
}

/// The smallest value. NaN is left out.
#[inline(always)]
pub(super) fn least(values: &[f64]) -> f64 {
    extreme(values, f64::INFINITY, |value| value, |value, least| value < least)
}

/// The largest value. NaN is left out.
#[inline(always)]
pub(super) fn greatest(values: &[f64]) -> f64 {
    extreme(
        values,
        f64::NEG_INFINITY,
        |value| value,
        |value, greatest| value > greatest,
    )
}

/// Steps computed at once.
pub(super) const STEPS: usize = 8;
const HALF: usize = STEPS / 2;

/// The powers of what is kept in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan {
    /// What is left of the state after one step, two steps, and so on.
    left: [f64; HALF],
    /// What is left of the state after all the steps.
    left_of_all: f64,
}

impl Scan {
    /// Of a recursion that keeps so much of its state in a step.
    pub(super) fn new(keep: f64) -> Self {
        let (mut left, mut power) = ([0.0; HALF], 1.0);
        for number in &mut left {
            power *= keep;
            *number = power;
        }
        Self {
            left,
            left_of_all: power * power,
        }
    }

    /// Replaces each value by the state after it. The compiler does it side by side only where all values come from memory.
    /// What is left over after whole eights stays.
    #[inline(always)]
    pub(super) fn run<A: Arithmetic>(&self, state: &mut f64, values: &mut [f64]) {
        let (eights, _) = values.as_chunks_mut();
        for eight in eights {
            *eight = self.next::<A>(state, *eight);
        }
    }

    /// The states after the next values.
    #[inline(always)]
    pub(super) fn next<A: Arithmetic>(&self, state: &mut f64, values: [f64; STEPS]) -> [f64; STEPS] {
        let early = self.out_of_zero::<A>([values[0], values[1], values[2], values[3]]);
        let late = self.out_of_zero::<A>([values[4], values[5], values[6], values[7]]);
        let (before, power) = (*state, self.left[HALF - 1]);
        // The next state waits for one product only; the others are taken while it is.
        let middle = A::multiply_add(power, before, early[HALF - 1]);
        let both = A::multiply_add(power, early[HALF - 1], late[HALF - 1]);
        *state = A::multiply_add(self.left_of_all, before, both);
        let mut states = [0.0; STEPS];
        for step in 0..HALF {
            states[step] = A::multiply_add(self.left[step], before, early[step]);
            states[HALF + step] = A::multiply_add(self.left[step], middle, late[step]);
        }
        states
    }

    /// The states after the steps from a state of zero: each gets what is left of the one before it, then of the two before those
    /// (Kogge and Stone 1973).
    #[inline(always)]
    fn out_of_zero<A: Arithmetic>(&self, values: [f64; HALF]) -> [f64; HALF] {
        let before = [0.0, values[0], values[1], values[2]];
        let mut pairs = [0.0; HALF];
        for step in 0..HALF {
            pairs[step] = A::multiply_add(before[step], self.left[0], values[step]);
        }
        let before = [0.0, 0.0, pairs[0], pairs[1]];
        let mut states = [0.0; HALF];
        for step in 0..HALF {
            states[step] = A::multiply_add(before[step], self.left[1], pairs[step]);
        }
        states
    }
}

/// A recursion from `I` input series to `O` output series.
pub(super) trait Recursion<const I: usize, const O: usize> {
    /// The next tile.
    fn tile<A: Arithmetic>(&mut self, inputs: [&Tile; I], outputs: [&mut Tile; O]);

    /// Whether the state is finite. After an input that isn't, it must never be again.
    fn is_finite(&self) -> bool;
}

/// A recursion over series, tile after tile. Gives whether all inputs were finite; if not, the outputs are worth nothing.
pub(super) struct Tiles<'a, R, const I: usize, const O: usize> {
    /// In the state before the first step.
    pub(super) recursion: R,
    /// Equally long.
    pub(super) inputs: [&'a [f64]; I],
    /// So many of the inputs are looked through for values that aren't finite; the others show in the state.
    pub(super) checked: usize,
    /// As long as the inputs.
    pub(super) outputs: [&'a mut [f64]; O],
}

impl<R: Recursion<I, O>, const I: usize, const O: usize> Kernel for Tiles<'_, R, I, O> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arithmetic>(mut self) -> bool {
        let inputs = self.inputs.map(|input| input.as_chunks::<TILE>());
        let mut outputs = self.outputs.map(|output| output.as_chunks_mut::<TILE>());
        for index in 0..inputs[0].0.len() {
            let tiles = inputs.map(|(tiles, _)| &tiles[index]);
            let written = outputs.each_mut().map(|(tiles, _)| &mut tiles[index]);
            if !step::<A, R, I, O>(&mut self.recursion, tiles, self.checked, written) {
                return false;
            }
        }
        if inputs[0].1.is_empty() {
            return true;
        }
        // What is left is filled up with its last value, and of the outputs only the part that was asked for is kept.
        let padded = inputs.map(|(_, rest)| {
            let mut tile = [rest[rest.len() - 1]; TILE];
            tile[..rest.len()].copy_from_slice(rest);
            tile
        });
        let mut written = [[0.0; TILE]; O];
        let is_sound = step::<A, R, I, O>(
            &mut self.recursion,
            padded.each_ref(),
            self.checked,
            written.each_mut(),
        );
        for ((_, rest), tile) in outputs.iter_mut().zip(&written) {
            rest.copy_from_slice(&tile[..rest.len()]);
        }
        is_sound
    }
}

/// The next tile. Gives whether all inputs were finite.
#[inline(always)]
fn step<A: Arithmetic, R: Recursion<I, O>, const I: usize, const O: usize>(
    recursion: &mut R,
    inputs: [&Tile; I],
    checked: usize,
    outputs: [&mut Tile; O],
) -> bool {
    recursion.tile::<A>(inputs, outputs);
    let looked_at = if recursion.is_finite() { checked } else { I };
    inputs.iter().take(looked_at).all(|tile| all_finite(*tile))
}

#[cfg(test)]
mod tests {
    use super::super::instructions::{self, Instructions, with_instructions};
    use super::*;

    struct Scanned(Scan, f64, Tile);

    impl Kernel for Scanned {
        type Output = (f64, Tile);

        #[inline(always)]
        fn run<A: Arithmetic>(self) -> (f64, Tile) {
            let Self(scan, mut state, mut values) = self;
            scan.run::<A>(&mut state, &mut values);
            (state, values)
        }
    }

    #[test]
    fn eight_steps_at_a_time_are_the_recursion() {
        let values: Tile = std::array::from_fn(|index| (index * index % 37) as f64 - 11.0);
        for keep in [0.0, 0.3, 13.0 / 14.0, 0.999_98, 1.0] {
            for wanted in [Instructions::Avx2Fma, Instructions::Portable] {
                let (last, states) = with_instructions(wanted, || {
                    instructions::run(Scanned(Scan::new(keep), 5.0, values))
                });
                let mut exact = 5.0;
                for (value, state) in values.iter().zip(states) {
                    exact = keep * exact + value;
                    assert!(
                        (state - exact).abs() < 1e-11,
                        "{keep}: {state} instead of {exact}"
                    );
                }
                assert!((last - exact).abs() < 1e-11);
            }
        }
    }
}
