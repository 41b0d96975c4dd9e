//! Which protection is taken out: in this thread, or in this whole process by its environment.

use std::cell::Cell;
use std::sync::OnceLock;

use super::{MARKER, Mutant};

/// Names the protection that a process is started without.
pub(super) const VARIABLE: &str = "QUARTERDECK_MUTANT";

thread_local! {
    static PLANTED: Cell<Option<Mutant>> = Cell::new(of_process());
}

fn of_process() -> Option<Mutant> {
    static OF_PROCESS: OnceLock<Option<Mutant>> = OnceLock::new();
    *OF_PROCESS.get_or_init(|| {
        // Named, so that the marker stands in the binary.
        assert!(!std::hint::black_box(MARKER).is_empty());
        let name = std::env::var(VARIABLE).ok()?;
        Mutant::ALL
            .iter()
            .copied()
            .find(|mutant| format!("{mutant:?}") == name)
    })
}

/// Takes one protection out in this thread, or none.
pub fn plant(mutant: Option<Mutant>) {
    PLANTED.set(mutant);
}

/// True when this protection is taken out.
pub fn planted(mutant: Mutant) -> bool {
    PLANTED.get() == Some(mutant)
}

/// What is taken out.
pub(super) fn current() -> Option<Mutant> {
    PLANTED.get()
}
