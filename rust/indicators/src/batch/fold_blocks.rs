//! Folds of sliding windows, eight rounds at a time.

use super::blocks::{LANES, Lanes, lanes};
use crate::fold_window::Fold;

/// The folds of the tails of the first blocks of some rounds.
pub(super) struct Tails<F> {
    folds: Vec<Lanes>,
    fold: std::marker::PhantomData<F>,
}

/// The folds of the heads of the second blocks, as they grow.
pub(super) struct Heads<F> {
    folds: Lanes,
    fold: std::marker::PhantomData<F>,
}

impl<F: Fold> Tails<F> {
    pub(super) fn new() -> Self {
        Self {
            folds: Vec::new(),
            fold: std::marker::PhantomData,
        }
    }

    /// Takes the values of the first blocks, row by row. Gives the folds of these blocks, and those of their tails
    /// without their first value, their first two values, and so on.
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        values: impl DoubleEndedIterator<Item = Lanes> + ExactSizeIterator + Clone,
    ) -> (Lanes, &[Lanes]) {
        self.folds.resize(values.len(), [F::START; LANES]);
        let mut tail = [F::START; LANES];
        for (values, kept) in values.clone().zip(&mut self.folds).rev() {
            tail = lanes(|lane| F::fold(values[lane], tail[lane]));
            *kept = tail;
        }
        let mut whole = [F::START; LANES];
        for values in values {
            whole = lanes(|lane| F::fold(whole[lane], values[lane]));
        }
        (whole, self.folds.get(1..).unwrap_or_default())
    }
}

impl<F: Fold> Heads<F> {
    pub(super) fn new() -> Self {
        Self {
            folds: [F::START; LANES],
            fold: std::marker::PhantomData,
        }
    }

    /// The folds of the windows that end with `values`, the next row of the second blocks, and have `tails` left of the first.
    #[inline(always)]
    pub(super) fn slide(&mut self, tails: &Lanes, values: Lanes) -> Lanes {
        self.folds = lanes(|lane| F::fold(self.folds[lane], values[lane]));
        lanes(|lane| F::fold(tails[lane], self.folds[lane]))
    }
}
