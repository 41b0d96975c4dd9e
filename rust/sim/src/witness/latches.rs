//! What is latched: in memory at once, after a restart what latch file or journal tell of.

use super::{Scope, Witness};

impl Witness {
    /// The engine came back with `latched`; its latch file said `in_file`. What only memory knew of died with it.
    pub(crate) fn came_back(&mut self, latched: Vec<Scope>, in_file: Vec<Scope>) {
        let forgotten = in_file.into_iter().find(|scope| !latched.contains(scope));
        self.expect(forgotten.is_none(), || {
            format!("{forgotten:?} is killed by the latch file, and the engine came back without it")
        });
        self.latched(latched);
    }

    /// These scopes are latched, as the engine holds it in memory.
    pub(crate) fn latched(&mut self, scopes: Vec<Scope>) {
        self.latched = scopes.into_iter().collect();
        if let Some(scope) = self.killed.difference(&self.latched).next().cloned() {
            self.expect(false, || {
                format!("the accepted kill of {scope:?} was lifted, and no re-arm came after it")
            });
        }
        self.verified.retain(|scope| self.latched.contains(scope));
    }
}
