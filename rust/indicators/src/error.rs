//! What an indicator refuses, and the type that makes a bad period unwritable.

use thiserror::Error;

/// An argument that no indicator can work with. Each sentence names the argument, the value and the bound.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum IndicatorError {
    /// A period outside 1 … [`Period::MAX`].
    #[error("{name} must be between 1 and {max}, not {value}", max = Period::MAX)]
    Period {
        /// The argument as its caller calls it.
        name: &'static str,
        /// What was given.
        value: i64,
    },
    /// The two averages of the MACD in the wrong order.
    #[error("fast_period ({fast}) must be smaller than slow_period ({slow})")]
    FastNotBelowSlow {
        /// The fast period given.
        fast: usize,
        /// The slow period given.
        slow: usize,
    },
    /// A width of the bands that is not a positive number.
    #[error("{name} must be a positive number, not {value}")]
    NotPositive {
        /// The argument as its caller calls it.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A snapshot that this indicator can't take up.
    #[error("this snapshot doesn't fit {indicator}: {reason}")]
    Snapshot {
        /// The indicator that was asked to.
        indicator: &'static str,
        /// What is wrong with the bytes.
        reason: String,
    },
    /// Arrays that have to run side by side and don't.
    #[error("{name} has {length} values, {reference} has {expected}; they must be equally long")]
    Length {
        /// The argument that doesn't fit.
        name: &'static str,
        /// Its length.
        length: usize,
        /// The argument it was compared with.
        reference: &'static str,
        /// The length of that one.
        expected: usize,
    },
}

/// The number of values an indicator looks back over: 1 … [`Period::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(usize);

impl Period {
    /// The largest period, which is TA-Lib's; it bounds the memory one indicator can take.
    pub const MAX: usize = 100_000;

    /// A period from a caller's argument; `name` appears in the refusal.
    pub fn new(name: &'static str, value: i64) -> Result<Self, IndicatorError> {
        match usize::try_from(value) {
            Ok(period @ 1..=Self::MAX) => Ok(Self(period)),
            _ => Err(IndicatorError::Period { name, value }),
        }
    }

    /// A period that stands in the source; out of range it fails to compile when used in a `const`.
    pub const fn fixed(value: usize) -> Self {
        assert!(value >= 1 && value <= Self::MAX);
        Self(value)
    }

    /// The period as a count.
    pub const fn get(self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_outside_its_bounds_is_refused_by_name() {
        for value in [-3, 0, 100_001] {
            let refusal = Period::new("fast_period", value).expect_err("out of bounds");
            assert!(refusal.to_string().contains("fast_period"), "{refusal}");
            assert!(refusal.to_string().contains(&value.to_string()), "{refusal}");
        }
        assert_eq!(Period::new("period", 14).map(Period::get), Ok(14));
    }
}
