//! Protections that can be taken out on purpose, one at a time, to see that somebody notices: a named test always,
//! and a seed of the simulation where an unlucky order of events is what shows it.
//!
//! Without the feature `mutants` every question is answered `false` at compile time and nothing of this is left.
//! The feature is switched on for tests alone; one looks for [`MARKER`] in what ships.

mod list;

#[cfg(feature = "mutants")]
mod hunt;
#[cfg(feature = "mutants")]
mod switch;

use std::fmt::Debug;

#[cfg(feature = "mutants")]
pub use hunt::unnoticed;
pub use list::Mutant;
#[cfg(feature = "mutants")]
pub use switch::{plant, planted};

/// Stands in every binary that was built with the feature.
pub const MARKER: &str = "quarterdeck: protections can be taken out of this binary";

/// True when this protection is taken out: never in a binary without the feature.
#[cfg(not(feature = "mutants"))]
pub const fn planted(_: Mutant) -> bool {
    false
}

/// True when the pre-trade check of this name is taken out: its mutant is the check's name and `Unchecked`.
pub fn unchecked(check: &impl Debug) -> bool {
    named(check, "Unchecked")
}

/// True when the gate of this kind is taken out: its mutant is the kind's name and `GateIgnored`.
pub fn ignored(gate: &impl Debug) -> bool {
    named(gate, "GateIgnored")
}

#[cfg(feature = "mutants")]
fn named(what: &impl Debug, how: &str) -> bool {
    switch::current().is_some_and(|mutant| format!("{mutant:?}") == format!("{what:?}{how}"))
}

#[cfg(not(feature = "mutants"))]
const fn named(_: &impl Debug, _: &str) -> bool {
    false
}
