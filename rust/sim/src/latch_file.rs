//! The latch file of a service: what a start reads in it, also when it took nothing or was torn.

use risk::{LatchEntry, LatchState};

/// What becomes of a write while its disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: what was in it before stays.
    Refused,
    /// Half of it: the file can't be read any more.
    Torn,
}

/// The file. It survives a crash.
#[derive(Debug, Default)]
pub(crate) struct LatchFile {
    content: LatchState,
    is_torn: bool,
    is_old: bool,
    pub(crate) fault: Option<Fault>,
}

impl LatchFile {
    /// Writes it; false when it does not hold `latch` afterwards.
    pub(crate) fn write(&mut self, latch: LatchState) -> bool {
        if let Some(fault) = self.fault {
            self.is_torn |= fault == Fault::Torn;
            self.is_old = true;
        } else {
            self.content = latch;
            (self.is_torn, self.is_old) = (false, false);
        }
        self.fault.is_none()
    }

    /// A process starts, and holds what it reads.
    pub(crate) fn open(&mut self, now_us: i64) -> LatchState {
        self.is_old = false;
        self.read(now_us)
    }

    /// What a start at `now_us` would read. Unreadable is killed.
    pub(crate) fn read(&self, now_us: i64) -> LatchState {
        let mut latch = LatchState::default();
        if !self.is_torn {
            return self.content.clone();
        }
        let entry = LatchEntry {
            command_id: format!("latch-{now_us}"),
            at_us: now_us,
            operator: "latch".to_owned(),
            reason: "the latch file is unreadable".to_owned(),
        };
        latch.set(None, entry);
        latch
    }

    /// True when a write of this process failed, and none has worked since.
    pub(crate) const fn is_old(&self) -> bool {
        self.is_old
    }
}
