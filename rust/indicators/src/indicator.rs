//! One step of an indicator, and the inputs a step can take.

/// An indicator that is fed one input at a time.
///
/// Each `update` is O(1) (amortised where a sum is taken anew). The output is NaN until warmed up. An input
/// with a number that is not finite gives NaN and starts the warm-up anew.
pub trait Indicator<Input = f64> {
    /// What one step gives: a number, or a few that belong together.
    type Output: Copy;

    /// Takes the next input and gives the indicator at it.
    fn update(&mut self, input: Input) -> Self::Output;

    /// The output of the latest `update`; NaN before the first.
    fn value(&self) -> Self::Output;

    /// Forgets everything; the next input is the first of a new warm-up.
    fn reset(&mut self);
}

/// The range of a bar and where it closed, in units of the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HighLowClose {
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
}

impl HighLowClose {
    #[inline]
    pub(crate) fn is_finite(&self) -> bool {
        self.high.is_finite() && self.low.is_finite() && self.close.is_finite()
    }
}

/// A price and the quantity traded at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceVolume {
    /// The price; of a bar, its close or its typical price, as the caller chooses.
    pub price: f64,
    /// The quantity traded.
    pub volume: f64,
}

/// A price, the quantity traded at it, and the session it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionTrade {
    /// The price.
    pub price: f64,
    /// The quantity traded.
    pub volume: f64,
    /// Whatever tells one session from the next: a date, a counter.
    pub session: i64,
}

/// Runs `indicator` over `inputs` and collects the outputs.
#[cfg(test)]
pub(crate) fn collect<Input: Copy, I: Indicator<Input>>(
    mut indicator: I,
    inputs: &[Input],
) -> Vec<I::Output> {
    inputs.iter().map(|input| indicator.update(*input)).collect()
}
