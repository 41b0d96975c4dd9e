//! Folds of sliding windows, eight rounds at a time.

use super::blocks::{LANES, Lanes, Rows, lanes};
use crate::fold_window::Fold;

/// The folds of the windows of a round, as the streaming fold window gives them.
pub(super) struct FoldRounds<F> {
    tails: Vec<Lanes>,
    whole: Lanes,
    head: Lanes,
    fold: std::marker::PhantomData<F>,
}

impl<F: Fold> FoldRounds<F> {
    pub(super) fn new() -> Self {
        Self {
            tails: Vec::new(),
            whole: [F::START; LANES],
            head: [F::START; LANES],
            fold: std::marker::PhantomData,
        }
    }

    /// Takes the first block of each round; `value` gives what is folded at an index.
    #[inline(always)]
    pub(super) fn begin(&mut self, period: usize, value: impl Fn(usize) -> Lanes) {
        self.tails.resize(period, [F::START; LANES]);
        self.head = [F::START; LANES];
        let mut whole = [F::START; LANES];
        let mut tail = [F::START; LANES];
        for index in (0..period).rev() {
            let values = value(index);
            tail = lanes(|lane| F::fold(values[lane], tail[lane]));
            self.tails[index] = tail;
        }
        for index in 0..period {
            let values = value(index);
            whole = lanes(|lane| F::fold(whole[lane], values[lane]));
        }
        self.whole = whole;
    }

    /// The fold of the first block.
    #[inline(always)]
    pub(super) fn whole(&self) -> Lanes {
        self.whole
    }

    /// The fold of the window that ends with `values`, `index` values behind the first block.
    #[inline(always)]
    pub(super) fn slide(&mut self, index: usize, values: Lanes) -> Lanes {
        self.head = lanes(|lane| F::fold(self.head[lane], values[lane]));
        let tail = &self.tails[index];
        lanes(|lane| F::fold(tail[lane], self.head[lane]))
    }
}

/// The first block and what follows it, of one series.
pub(super) fn rows(series: &[f64], start: usize, period: usize) -> (Rows<'_>, Rows<'_>) {
    (
        Rows::new(series, start, period),
        Rows::new(series, start + period - 1, period),
    )
}
