//! Linear recursions `s ← keep · s + x` over long series, eight steps at a time.
//!
//! Step by step every state waits for the one before it. Four steps from the state `s` give
//! `keep · s + x₀`, `keep² · s + keep · x₀ + x₁`, … : sums of products with known powers, of which only the first
//! waits. With `keep = 1` these are running sums.

use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;

/// Values worked on while they are in the fastest memory.
pub(super) const TILE: usize = 256;

/// The values of one series in a tile.
pub(super) type Tile = [f64; TILE];

/// Maxima or minima taken side by side.
const EXTREMES: usize = 16;

/// The smallest magnitude of the values, with the sign of the first one. NaN is left out.
#[inline(always)]
pub(super) fn least_magnitude(values: &[f64]) -> f64 {
    extreme(values, f64::MAX, |value, least| value < least).copysign(values[0])
}

/// The largest magnitude of the values.
#[inline(always)]
pub(super) fn greatest_magnitude(values: &[f64]) -> f64 {
    extreme(values, 0.0, |value, greatest| value > greatest)
}

/// The magnitude that goes before all others.
#[inline(always)]
fn extreme(values: &[f64], start: f64, goes_before: impl Fn(f64, f64) -> bool) -> f64 {
    let mut extremes = [start; EXTREMES];
    let (groups, rest) = values.as_chunks::<EXTREMES>();
    for group in groups {
        for (extreme, value) in extremes.iter_mut().zip(group) {
            let value = value.abs();
            *extreme = if goes_before(value, *extreme) {
                value
            } else {
                *extreme
            };
        }
    }
    let others = rest.iter().map(|value| value.abs());
    others.chain(extremes).fold(start, |extreme, value| {
        if goes_before(value, extreme) {
            value
        } else {
            extreme
        }
    })
}

/// Steps whose sums are written out.
const STEPS: usize = 4;

/// The powers of what is kept in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan {
    /// What is left of the state after one step, two steps, and so on.
    left: [f64; STEPS],
    /// What is left of each step's value in the steps from the first one on.
    columns: [[f64; STEPS]; STEPS],
    /// What is left of the state after twice the steps.
    left_twice: f64,
}

impl Scan {
    /// Of a recursion that keeps so much of its state in a step.
    pub(super) fn new(keep: f64) -> Self {
        let (mut left, mut power) = ([0.0; STEPS], 1.0);
        for number in &mut left {
            power *= keep;
            *number = power;
        }
        let mut columns = [[0.0; STEPS]; STEPS];
        for (value, column) in columns.iter_mut().enumerate() {
            column[value] = 1.0;
            for (later, power) in column[value + 1..].iter_mut().zip(left) {
                *later = power;
            }
        }
        Self {
            left,
            columns,
            left_twice: power * power,
        }
    }

    /// Replaces each value by the state after it.
    #[inline(always)]
    pub(super) fn run<A: Arithmetic>(&self, state: &mut f64, values: &mut Tile) {
        let (eights, _) = values.as_chunks_mut::<{ 2 * STEPS }>();
        let mut before = *state;
        for eight in eights {
            let early = self.out_of_zero::<A>(std::array::from_fn(|step| eight[step]));
            let late = self.out_of_zero::<A>(std::array::from_fn(|step| eight[STEPS + step]));
            let power = self.left[STEPS - 1];
            let middle = A::multiply_add(power, before, early[STEPS - 1]);
            let both = A::multiply_add(power, early[STEPS - 1], late[STEPS - 1]);
            for step in 0..STEPS {
                eight[step] = A::multiply_add(self.left[step], before, early[step]);
                eight[STEPS + step] = A::multiply_add(self.left[step], middle, late[step]);
            }
            before = A::multiply_add(self.left_twice, before, both);
        }
        *state = before;
    }

    /// The states after the steps from a state of zero.
    #[inline(always)]
    fn out_of_zero<A: Arithmetic>(&self, values: [f64; STEPS]) -> [f64; STEPS] {
        let [a, b, c, d] = values;
        let mut states = [0.0; STEPS];
        for (step, state) in states.iter_mut().enumerate() {
            let early = A::multiply_add(b, self.columns[1][step], a * self.columns[0][step]);
            let late = A::multiply_add(d, self.columns[3][step], c * self.columns[2][step]);
            *state = early + late;
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
