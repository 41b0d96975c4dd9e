//! Why a message was refused at the rim.

use crate::exact::Inexact;

/// A message that must not enter. Policy: it is refused with this sentence, counted, and never half used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}.{field}: {reason}")]
pub struct Malformed {
    /// Name of the message in the contract.
    pub message: &'static str,
    /// Name of the field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl Malformed {
    /// A refusal of `message.field` for `reason`.
    pub fn new(message: &'static str, field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            message,
            field,
            reason: reason.into(),
        }
    }

    /// Names the field in which a number was not representable.
    pub(crate) fn inexact(message: &'static str, field: &'static str) -> impl FnOnce(Inexact) -> Self {
        move |error| Self::new(message, field, error.to_string())
    }
}
