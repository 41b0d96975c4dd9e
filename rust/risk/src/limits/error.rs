//! What can be wrong with a change of limits.

use super::{LimitName, Range};

/// Everything that is wrong with a change of limits. Policy: nothing is changed, and the sentence names each.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitErrors(pub Vec<LimitError>);

impl std::error::Error for LimitErrors {}

impl std::fmt::Display for LimitErrors {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "; " };
            write!(out, "{comma}{error}")?;
        }
        Ok(())
    }
}

impl LimitErrors {
    pub(super) fn none_in(errors: Vec<LimitError>) -> Result<(), Self> {
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Self(errors))
        }
    }
}

/// One thing that is wrong with a change of limits.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LimitError {
    /// No limit has that name.
    #[error("`{0}` is not a limit; the limits are {names}", names = LimitName::ALL.map(LimitName::as_str).join(", "))]
    Unknown(String),
    /// A limit was left out where all are needed.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The change names no limit at all.
    #[error("no limit is named: there is nothing to change")]
    Nothing,
    /// NaN or infinite.
    #[error("{name} cannot be {value}: it must be a finite number")]
    NotFinite {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
    },
    /// Below nought.
    #[error("{name} cannot be {value}: it must not be negative")]
    Negative {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
    },
    /// Outside what the limit can mean.
    #[error("{name} cannot be {value}: it must be {must}")]
    OutOfRange {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
        /// What it must be.
        must: Range,
    },
    /// Two values that cannot both hold.
    #[error(
        "{name} cannot be {value}: {times}{whole} is {whole_value}, which it could never use up; set both together"
    )]
    Contradictory {
        /// Name of the limit.
        name: &'static str,
        /// The value refused.
        value: f64,
        /// "" or "twice ".
        times: &'static str,
        /// The limit it is bound by.
        whole: &'static str,
        /// That limit's value.
        whole_value: f64,
    },
}
