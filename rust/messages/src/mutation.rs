//! Protections that can be taken out on purpose, one at a time, to see that the simulation notices.
//!
//! Without the feature `mutants` every question is answered `false` at compile time and nothing of this is left.
//! The feature is switched on for the simulation's own tests alone; a test looks for [`MARKER`] in what ships.

/// Stands in every binary that was built with the feature.
pub const MARKER: &str = "quarterdeck: protections can be taken out of this binary";

macro_rules! mutants {
    ($($(#[doc = $protection:literal])+ $name:ident,)+) => {
        /// A protection that is taken out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant {
            $($(#[doc = $protection])+ $name,)+
        }

        impl Mutant {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What is taken out, in a sentence.
            pub const fn protection(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($protection),+).trim_ascii(),)+
                }
            }
        }
    };
}

mutants! {
    /// A mass cancel cancels every order.
    MassCancelForgetsOne,
    /// An order leaves only when its intent is durable.
    SendBeforeJournal,
    /// A fill that comes again is booked once.
    DuplicateFillBooked,
    /// What had no answer is asked about, never sent again.
    ResendBlind,
    /// The last hop looks at the latch.
    LatchIgnoredAtLastHop,
    /// A restart brings a kill back.
    RestartForgetsLatch,
    /// Desk and venue are compared as an outer join.
    ReconcileInnerJoin,
    /// A kill is VERIFIED by asking the venue again.
    CancelReplyTakenAsProof,
    /// A kill blocks the session at the venue.
    SessionNotBlocked,
    /// Working orders count in the position.
    WorkingOrdersNotCounted,
    /// A fill before the acknowledgement is booked.
    FillBeforeAckDropped,
    /// A pause survives a restart.
    PauseNotDurable,
    /// An order is not sent after its time to live.
    ExpiredOrderSent,
    /// The day's loss survives a restart.
    DailyLossForgotten,
    /// An order without an answer is UNKNOWN, and not guessed dead.
    TimeoutTakenAsRejection,
    /// A command that comes again is answered, and not obeyed again.
    CommandObeyedTwice,
    /// A re-arm is refused until the kill is VERIFIED.
    RearmUnproved,
    /// No new risk while the projection is behind.
    ProjectionIgnored,
    /// An order ends only when all of its fills are booked.
    EndedBeforeItsFills,
    /// A cancel of the strategy's is on the record before it is accepted.
    StrategyCancelNotDurable,
    /// The net exposure is held to its limit.
    NetExposureUnchecked,
}

#[cfg(feature = "mutants")]
mod switch {
    use std::cell::Cell;

    use super::{MARKER, Mutant};

    thread_local! {
        static PLANTED: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Takes one protection out in this thread, or none.
    pub fn plant(mutant: Option<Mutant>) {
        // Named, so that the marker stands in the binary.
        assert!(!std::hint::black_box(MARKER).is_empty());
        PLANTED.set(mutant);
    }

    /// True when this protection is taken out.
    pub fn planted(mutant: Mutant) -> bool {
        PLANTED.get() == Some(mutant)
    }
}

#[cfg(feature = "mutants")]
pub use switch::{plant, planted};

/// True when this protection is taken out: never in a binary without the feature.
#[cfg(not(feature = "mutants"))]
pub const fn planted(_: Mutant) -> bool {
    false
}
