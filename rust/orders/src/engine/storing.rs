//! The third side of the reconciliation: the desk's database, held against its journal.

use std::collections::BTreeSet;

use messages::mutation::{Mutant, planted};

use super::{Action, Engine};
use crate::breaks::{self, StoreDifference};

impl Engine {
    /// Journal and database were compared at one sequence of the journal: `differences` is all there is. Where the
    /// comparison before has found one as well it is a break, however it has grown since; one that is found no more is
    /// over.
    pub fn on_store_compared(&mut self, differences: &[StoreDifference], now_us: i64) -> Vec<Action> {
        let found: Vec<_> = differences
            .iter()
            .map(|difference| breaks::of_store(difference, now_us))
            .collect();
        let seen: BTreeSet<String> = found.iter().map(|found| found.id.clone()).collect();
        let over: Vec<String> = self
            .state
            .breaks
            .values()
            .filter(|held| breaks::is_of_store(held) && !seen.contains(&held.id))
            .map(|held| held.id.clone())
            .collect();
        for id in over {
            self.gone(&id, "journal and database agree again", now_us);
        }
        let before = std::mem::replace(&mut self.store_seen, seen);
        for found in found {
            let is_confirmed = before.contains(&found.id) || planted(Mutant::OneLookAtTheStore);
            if is_confirmed || self.state.breaks.contains_key(&found.id) {
                self.found(found, now_us);
            }
        }
        self.finish(now_us)
    }
}
