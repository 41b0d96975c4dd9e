//! A fold (sum, highest, lowest) over the last `n` values, without ever taking a value out again.
//!
//! The series is cut into blocks of `n` values. A window that ends in a block is the tail of the block before it and the
//! head of this one: the folds of all tails are computed once when a block is full (from its end to its start),
//! the head's grows with each value. So a step costs two folds, amortised, and a sum has no subtraction in it: its error
//! is that of adding up the window, whatever has left it (after van Herk 1992 and Gil & Werman 1993).

use crate::Period;
use crate::snapshot::{Archive, State};

/// What is folded, and from which start.
pub(crate) trait Fold: Clone {
    /// The neutral element.
    const START: f64;
    /// Names the fold in a snapshot.
    const NAME: &'static str;
    /// Folds two parts into one.
    fn fold(left: f64, right: f64) -> f64;
}

/// The sum.
#[derive(Debug, Clone)]
pub(crate) struct Total;

/// The largest value.
#[derive(Debug, Clone)]
pub(crate) struct Highest;

/// The smallest value.
#[derive(Debug, Clone)]
pub(crate) struct Lowest;

impl Fold for Total {
    const START: f64 = 0.0;
    const NAME: &'static str = "Total";

    #[inline(always)]
    fn fold(left: f64, right: f64) -> f64 {
        left + right
    }
}

impl Fold for Highest {
    const START: f64 = f64::NEG_INFINITY;
    const NAME: &'static str = "Highest";

    #[inline(always)]
    fn fold(left: f64, right: f64) -> f64 {
        if left > right { left } else { right }
    }
}

impl Fold for Lowest {
    const START: f64 = f64::INFINITY;
    const NAME: &'static str = "Lowest";

    #[inline(always)]
    fn fold(left: f64, right: f64) -> f64 {
        if left < right { left } else { right }
    }
}

/// The fold of the latest `period` values.
#[derive(Debug, Clone)]
pub(crate) struct FoldWindow<F> {
    /// Before `filled`: values of this block. From there on: folds of the tails of the block before.
    values: Box<[f64]>,
    filled: usize,
    /// Whether a whole block lies behind.
    whole: bool,
    head: f64,
    fold: std::marker::PhantomData<F>,
}

impl<F: Fold> FoldWindow<F> {
    pub(crate) fn new(period: Period) -> Self {
        Self {
            values: vec![F::START; period.get()].into_boxed_slice(),
            filled: 0,
            whole: false,
            head: F::START,
            fold: std::marker::PhantomData,
        }
    }

    /// Takes a value in and gives the fold of the window; `None` until `period` values are there.
    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        self.values[self.filled] = value;
        self.head = F::fold(self.head, value);
        self.filled += 1;
        if self.filled < self.values.len() {
            return self.whole.then(|| F::fold(self.values[self.filled], self.head));
        }
        let head = std::mem::replace(&mut self.head, F::START);
        let mut tail = F::START;
        for value in self.values.iter_mut().rev() {
            tail = F::fold(*value, tail);
            *value = tail;
        }
        self.filled = 0;
        self.whole = true;
        Some(head)
    }

    /// Takes a value into each of two windows of the same period that have always been pushed together: what [`Self::push`]
    /// gives, with one look at where they stand.
    #[inline]
    pub(crate) fn push_both<G: Fold>(
        &mut self,
        value: f64,
        other: &mut FoldWindow<G>,
        other_value: f64,
    ) -> Option<(f64, f64)> {
        debug_assert_eq!((self.filled, self.whole), (other.filled, other.whole));
        let filled = self.filled;
        self.values[filled] = value;
        other.values[filled] = other_value;
        let heads = (F::fold(self.head, value), G::fold(other.head, other_value));
        let filled = filled + 1;
        if filled < self.values.len() {
            (self.filled, self.head) = (filled, heads.0);
            (other.filled, other.head) = (filled, heads.1);
            let tails = (self.values[filled], other.values[filled]);
            return self
                .whole
                .then(|| (F::fold(tails.0, heads.0), G::fold(tails.1, heads.1)));
        }
        let mut tails = (F::START, G::START);
        for (value, other) in self.values.iter_mut().zip(&mut other.values).rev() {
            tails = (F::fold(*value, tails.0), G::fold(*other, tails.1));
            (*value, *other) = tails;
        }
        (self.filled, self.whole, self.head) = (0, true, F::START);
        (other.filled, other.whole, other.head) = (0, true, G::START);
        Some(heads)
    }

    pub(crate) fn clear(&mut self) {
        self.filled = 0;
        self.whole = false;
        self.head = F::START;
    }
}

impl<F: Fold> State for FoldWindow<F> {
    const NAME: &'static str = F::NAME;

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.values.len() as f64)?;
        archive.count(&mut self.filled, self.values.len() - 1)?;
        archive.flag(&mut self.whole)?;
        archive.number(&mut self.head)?;
        archive.numbers(&mut self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_that_has_left_leaves_nothing_behind() {
        let mut total = FoldWindow::<Total>::new(Period::fixed(3));
        for value in [1e30, 1e30, 1e30, 0.5, 0.25] {
            total.push(value);
        }
        assert_eq!(total.push(0.125), Some(0.875));
    }

    proptest! {
        #[test]
        fn it_is_the_fold_of_each_window(
            values in proptest::collection::vec(-1000_i32..1000, 0..200),
            period in 1_usize..30,
        ) {
            let values: Vec<f64> = values.iter().map(|value| f64::from(*value) * 0.25).collect();
            let mut total = FoldWindow::<Total>::new(Period::fixed(period));
            let mut highest = FoldWindow::<Highest>::new(Period::fixed(period));
            let mut lowest = FoldWindow::<Lowest>::new(Period::fixed(period));
            let mut pair = (FoldWindow::<Highest>::new(Period::fixed(period)), lowest.clone());
            let mut both = pair.clone();
            for (index, value) in values.iter().enumerate() {
                prop_assert_eq!(pair.0.push_both(*value, &mut pair.1, -value), both.0.push(*value).zip(both.1.push(-value)));
                let window = (index + 1).checked_sub(period).map(|from| &values[from..=index]);
                prop_assert_eq!(total.push(*value), window.map(|window| window.iter().sum::<f64>()));
                prop_assert_eq!(
                    highest.push(*value),
                    window.map(|window| window.iter().copied().fold(f64::NEG_INFINITY, f64::max))
                );
                prop_assert_eq!(
                    lowest.push(*value),
                    window.map(|window| window.iter().copied().fold(f64::INFINITY, f64::min))
                );
            }
        }
    }
}
