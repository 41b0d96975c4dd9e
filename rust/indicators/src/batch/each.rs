//! Formulas in which no value waits for another.

use super::instructions::{Arithmetic, Kernel};
use super::runs::all_finite;

/// So few rows that reading them, which looking through them is, and computing overlap.
const TILE: usize = 128;

/// A formula of `I` inputs, row by row. Gives whether all inputs were finite.
pub(super) struct Each<'a, F, const I: usize> {
    /// The formula.
    pub(super) formula: F,
    /// Equally long.
    pub(super) inputs: [&'a [f64]; I],
    /// So many of the inputs are looked through for values that aren't finite; the others are known to hold none.
    pub(super) checked: usize,
    /// As long as the inputs.
    pub(super) out: &'a mut [f64],
}

impl<F: Fn([f64; I]) -> f64, const I: usize> Kernel for Each<'_, F, I> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arithmetic>(self) -> bool {
        let mut start = 0;
        for out in self.out.chunks_mut(TILE) {
            let inputs = self.inputs.map(|input| &input[start..][..out.len()]);
            if !inputs.iter().take(self.checked).all(|input| all_finite(input)) {
                return false;
            }
            for (index, out) in out.iter_mut().enumerate() {
                *out = (self.formula)(inputs.map(|input| input[index]));
            }
            start += out.len();
        }
        true
    }
}
