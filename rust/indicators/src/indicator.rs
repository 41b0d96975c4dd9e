//! One step of an indicator, and the same step over a whole array.

/// An indicator that is fed one value at a time.
///
/// Each `update` is O(1) (amortised where a sum is taken anew). The output is NaN until warmed up. An input
/// that is not finite gives NaN and starts the warm-up anew.
pub trait Indicator {
    /// What one step gives: a number, or a few that belong together.
    type Output: Copy;

    /// Takes the next value and gives the indicator at it.
    fn update(&mut self, value: f64) -> Self::Output;

    /// The output of the latest `update`; NaN before the first.
    fn value(&self) -> Self::Output;

    /// Forgets everything; the next value is the first of a new warm-up.
    fn reset(&mut self);
}

/// Runs `indicator` over `values`, writing one output per value.
///
/// `write` receives the index and the output. This is the only batch path there is, hence batch and
/// streaming agree bit for bit.
pub fn batch<I: Indicator>(indicator: &mut I, values: &[f64], mut write: impl FnMut(usize, I::Output)) {
    for (index, &value) in values.iter().enumerate() {
        write(index, indicator.update(value));
    }
}

/// Runs `indicator` over `values` and collects the outputs.
#[cfg(test)]
pub(crate) fn collect<I: Indicator>(mut indicator: I, values: &[f64]) -> Vec<I::Output> {
    let mut outputs = Vec::with_capacity(values.len());
    batch(&mut indicator, values, |_, output| outputs.push(output));
    outputs
}
