//! The last `n` values of a series, in a ring of fixed size.

use crate::Period;
use crate::snapshot::Archive;

/// A ring of the latest values. It is full after `period` pushes, and never allocates again.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    values: Box<[f64]>,
    head: usize,
    length: usize,
}

impl Window {
    pub(crate) fn new(period: Period) -> Self {
        Self {
            values: vec![0.0; period.get()].into_boxed_slice(),
            head: 0,
            length: 0,
        }
    }

    /// Puts `value` in and gives the one that left, if the window was full.
    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> Option<f64> {
        let left = std::mem::replace(&mut self.values[self.head], value);
        self.head += 1;
        if self.head == self.values.len() {
            self.head = 0;
        }
        if self.length == self.values.len() {
            Some(left)
        } else {
            self.length += 1;
            None
        }
    }

    /// Whether the ring has just come round: the moment at which running sums are taken anew.
    #[inline]
    pub(crate) fn at_start(&self) -> bool {
        self.head == 0
    }

    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.length == self.values.len()
    }

    /// The capacity, as the divisor of a mean.
    #[inline]
    pub(crate) fn size(&self) -> f64 {
        self.values.len() as f64
    }

    /// The capacity.
    #[inline]
    pub(crate) fn period(&self) -> usize {
        self.values.len()
    }

    /// The values put in since the ring last came round, in their order.
    pub(crate) fn round(&self) -> &[f64] {
        &self.values[..self.head]
    }

    /// The values held, in no particular order once the ring has come round.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values[..self.length]
    }

    /// Shows period and contents to `archive`.
    pub(crate) fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.parameter("period", self.size())?;
        archive.count(&mut self.head, self.values.len() - 1)?;
        archive.count(&mut self.length, self.values.len())?;
        archive.numbers(&mut self.values)
    }

    pub(crate) fn clear(&mut self) {
        self.head = 0;
        self.length = 0;
    }
}
