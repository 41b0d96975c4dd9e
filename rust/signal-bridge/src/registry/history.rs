//! What the history tells of the live versions. `console.research.registry_history` has the same rule, and
//! `tests/golden/registry_histories.json` both results.

use super::{Stage, StageChange};

/// Begins the reason of a rollback in registries that had no key for it.
const ROLLED_BACK: &str = "rolled back from ";

impl StageChange {
    fn is_rollback(&self) -> bool {
        self.rollback
            .unwrap_or_else(|| self.reason.starts_with(ROLLED_BACK))
    }
}

/// The versions that took over from each other, the newest last, without what was rolled back.
pub(super) fn standing(history: &[StageChange]) -> Vec<&str> {
    let mut standing: Vec<&str> = Vec::new();
    for change in history {
        // Promoted again while it was live, it took over from nobody.
        if change.stage != Stage::Live || change.before == Some(Stage::Live) {
            continue;
        }
        let version = change.version.as_str();
        // Retired in the same write, so with the same time.
        let taken = history
            .iter()
            .find(|one| one.at == change.at && one.before == Some(Stage::Live))
            .map(|one| one.version.as_str());
        if standing.last().copied() != taken {
            // Somebody was retired in between, with nobody in the place, or the history begins here.
            standing = taken.into_iter().collect();
        }
        let stood = standing.iter().rposition(|one| *one == version);
        match stood.filter(|_| change.is_rollback()) {
            Some(place) => standing.truncate(place + 1),
            None => standing.push(version),
        }
    }
    standing
}
