//! Exact numbers in the file are strings, so that no reader rounds them.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A decimal string above nought.
pub(crate) fn positive<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display> + Default + PartialOrd,
{
    let text = String::deserialize(deserializer)?;
    let value: T = text.parse().map_err(D::Error::custom)?;
    if value <= T::default() {
        return Err(D::Error::custom(format!("`{text}` is not above nought")));
    }
    Ok(value)
}
