//! Arrays that run side by side must be equally long.

use crate::IndicatorError;

/// Refuses the first of `others` whose length is not that of `reference`.
pub(super) fn check(
    (reference, expected): (&'static str, usize),
    others: &[(&'static str, usize)],
) -> Result<(), IndicatorError> {
    match others.iter().find(|(_, length)| *length != expected) {
        None => Ok(()),
        Some(&(name, length)) => Err(IndicatorError::Length {
            name,
            length,
            reference,
            expected,
        }),
    }
}
