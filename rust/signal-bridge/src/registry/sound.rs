//! What a registry must be beside its form: the rules of `models/registry.schema.json`, and those no schema can tell.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use super::{Entry, Registry, Stage, StageChange};
use crate::decision::CLASSES;

/// A version names a file and stands in every line of a candidate's record.
pub(crate) const LONGEST_VERSION: usize = 100;

/// The first thing that is wrong, with its place.
pub(super) fn check(registry: &Registry) -> Result<(), String> {
    for (index, entry) in registry.models.iter().enumerate() {
        check_entry(entry, &format!("models[{index}]"))?;
    }
    for (index, change) in registry.history.iter().enumerate() {
        check_change(change, &format!("history[{index}]"))?;
    }
    let mut versions = BTreeSet::new();
    if let Some(entry) = registry
        .models
        .iter()
        .find(|entry| !versions.insert(&entry.version))
    {
        return Err(format!("{} appears twice", entry.version));
    }
    let mut live = registry.models.iter().filter(|entry| entry.stage == Stage::Live);
    match (live.next(), live.next()) {
        (Some(first), Some(second)) => Err(format!("{} and {} are both live", first.version, second.version)),
        (Some(entry), None) if entry.test => {
            Err(format!("{} is a test model and cannot be live", entry.version))
        }
        _ => Ok(()),
    }
}

fn check_entry(entry: &Entry, place: &str) -> Result<(), String> {
    let wrong = |field: &str, must: &str| Err(format!("{place}.{field}: must be {must}"));
    if !is_version(&entry.version) {
        return wrong(
            "version",
            &format!("at most {LONGEST_VERSION} letters, digits, dots, dashes and underscores"),
        );
    }
    if !stays_inside(&entry.path) {
        return Err(format!(
            "{place}.path: the path {} of {} leaves the folder",
            entry.path.display(),
            entry.version
        ));
    }
    if !is_hexadecimal(&entry.sha256, 64) {
        return wrong("sha256", "64 hexadecimal digits");
    }
    if entry.classes != CLASSES {
        return wrong("classes", &format!("{}, in this order", CLASSES.join(", ")));
    }
    if entry.feature_schema.version == 0 {
        return wrong("feature_schema.version", "a whole number above 0");
    }
    if !is_hexadecimal(&entry.feature_schema.hash, 16) {
        return wrong("feature_schema.hash", "16 hexadecimal digits");
    }
    if entry.bar_interval_us.is_some_and(|length| length <= 0) {
        return wrong("bar_interval_us", "a whole number above 0");
    }
    let texts = [
        ("description", &entry.description),
        ("created_at", &entry.created_at),
        ("created_by", &entry.created_by),
    ];
    check_texts(&texts, place)?;
    for (index, bins) in entry.feature_bins.iter().enumerate() {
        check_texts(&[("name", &bins.name)], &format!("{place}.feature_bins[{index}]"))?;
        if !bins.is_sound() {
            let field = format!("feature_bins[{index}]");
            return wrong(&field, "edges that ascend, with one share more that sum to 1");
        }
    }
    Ok(())
}

fn check_change(change: &StageChange, place: &str) -> Result<(), String> {
    let texts = [
        ("version", &change.version),
        ("at", &change.at),
        ("by", &change.by),
    ];
    check_texts(&texts, place)
}

fn check_texts(texts: &[(&str, &String)], place: &str) -> Result<(), String> {
    match texts.iter().find(|(_, text)| text.is_empty()) {
        Some((field, _)) => Err(format!("{place}.{field}: must be a text that is not empty")),
        None => Ok(()),
    }
}

fn is_version(text: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    (1..=LONGEST_VERSION).contains(&text.len()) && !text.starts_with('.') && text.chars().all(allowed)
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Relative, and never upwards.
fn stays_inside(path: &Path) -> bool {
    !path.as_os_str().is_empty()
        && path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
