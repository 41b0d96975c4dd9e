//! What is wrong with a configuration, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::error::Category;

/// Policy: nothing starts; the sentence goes to the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}{reason}; {remedy}", file.display(), if place.is_empty() { String::new() } else { format!("{place}: ") })]
pub struct SettingsError {
    /// The file.
    pub file: PathBuf,
    /// The place in it, as `market_data.symbols[0]`; empty for the file as a whole.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

const SEE_SCHEMA: &str = "config/system.schema.json describes every key";

impl SettingsError {
    pub(crate) fn unreadable(file: &Path, error: &io::Error) -> Self {
        Self::new(
            file,
            "",
            format!("cannot be read ({error})"),
            "name a readable file with --config",
        )
    }

    pub(crate) fn syntax(file: &Path, error: &serde_json::Error) -> Self {
        Self::new(
            file,
            "",
            format!("is not JSON ({error})"),
            "mend the syntax at that line",
        )
    }

    pub(crate) fn from_serde(file: &Path, error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let inner = error.inner();
        if inner.classify() != Category::Data {
            return Self::syntax(file, inner);
        }
        let mut place = error.path().to_string();
        if place == "." {
            place.clear();
        }
        let reason = inner.to_string();
        // A missing key is reported at its section; name the key itself.
        if let Some(key) = quoted(&reason, "missing field `") {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(key);
            return Self::new(file, &place, "is missing".to_owned(), SEE_SCHEMA);
        }
        if quoted(&reason, "unknown field `").is_some() {
            let remedy = format!("take it out or mend its name; {SEE_SCHEMA}");
            return Self::new(file, &place, reason, &remedy);
        }
        Self::new(file, &place, reason, SEE_SCHEMA)
    }

    pub(crate) fn new(file: &Path, place: &str, reason: String, remedy: &str) -> Self {
        Self {
            file: file.to_owned(),
            place: place.to_owned(),
            reason,
            remedy: remedy.to_owned(),
        }
    }
}

fn quoted<'a>(reason: &'a str, before: &str) -> Option<&'a str> {
    reason.strip_prefix(before)?.split('`').next()
}
