//! A running sum that doesn't lose what it rounds off.

use crate::snapshot::Archive;

/// A sum with the rounding of every addition kept beside it (Knuth's two-sum, summed as by Neumaier 1974).
///
/// Its error is that of one rounding, plus terms of the square of the precision: 10⁸ additions don't show.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ExactSum {
    sum: f64,
    rounded_off: f64,
}

impl ExactSum {
    #[inline(always)]
    pub(crate) fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let taken = sum - self.sum;
        self.rounded_off += (self.sum - (sum - taken)) + (value - taken);
        self.sum = sum;
    }

    #[inline(always)]
    pub(crate) fn total(&self) -> f64 {
        self.sum + self.rounded_off
    }

    /// The sum, and what it has rounded off.
    #[inline(always)]
    pub(crate) fn parts(&self) -> (f64, f64) {
        (self.sum, self.rounded_off)
    }

    pub(crate) fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.number(&mut self.sum)?;
        archive.number(&mut self.rounded_off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_large_value_rounds_off_comes_back() {
        let mut sum = ExactSum::default();
        for value in [1.0, 1e100, 1.0, -1e100] {
            sum.add(value);
        }
        assert_eq!(sum.total(), 2.0);
    }

    #[test]
    fn ten_million_tenths_are_a_million() {
        let mut sum = ExactSum::default();
        for _ in 0..10_000_000 {
            sum.add(0.1);
        }
        // The double next to 0.1 is larger by 5.55e-18.
        assert!(
            (sum.total() - 1_000_000.000_000_000_05).abs() < 1.2e-10,
            "{}",
            sum.total()
        );
    }
}
