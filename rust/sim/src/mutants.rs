//! Every protection taken out, one at a time: some seed must notice.

use messages::mutation::{self, Mutant};

use crate::{Violation, run};

/// What became of one protection taken out.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// The protection.
    pub mutant: Mutant,
    /// The first seed that noticed, and what it saw; `None` when none did.
    pub caught: Option<Violation>,
}

impl Hunt {
    /// Takes `mutant` out and runs seeds from the first one on until one of them notices, at most `seeds`.
    pub fn start(mutant: Mutant, seeds: u64, steps: u64) -> Self {
        let mut caught = None;
        for seed in 1..=seeds {
            mutation::plant(Some(mutant));
            let noticed = run(seed, steps, |_, _| {}).err();
            mutation::plant(None);
            // A seed that complains without the mutant as well has not noticed it.
            if noticed.is_some() && run(seed, steps, |_, _| {}).is_ok() {
                caught = noticed;
                break;
            }
        }
        Self { mutant, caught }
    }
}

/// A line of the table: name, protection, seeds until caught, what was seen.
impl std::fmt::Display for Hunt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = format!("{:?}", self.mutant);
        let protection = self.mutant.protection();
        match &self.caught {
            Some(violation) => write!(
                out,
                "| `{name}` | {protection} | {} | {} |",
                violation.seed, violation.what
            ),
            None => write!(out, "| `{name}` | {protection} | not caught | |"),
        }
    }
}
