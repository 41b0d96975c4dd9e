//! The order state machine: what each word about an order makes of its status.
//!
//! Words come late, twice and out of order: a fill before the acknowledgement, a fill after the cancel, an
//! acknowledgement of what was given up. So the table is total, a finished order is only ever reopened by a
//! question, and quantities are never taken from a status: only booked fills move [`Progress`].

use messages::{Order, OrderStatus};

/// One word about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Word {
    /// The venue holds it.
    Acknowledged,
    /// The venue refused it, or it was refused before it left.
    Rejected,
    /// A fill was booked; the progress already contains it.
    Filled,
    /// The venue ended what was left of it, or it was withdrawn before it left.
    Cancelled,
    /// No answer in time.
    TimedOut,
    /// The venue never saw it, and can't see it any more: its time to live is over.
    NotKnown,
}

/// How much of an order is booked as filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Nothing.
    Nothing,
    /// More than nothing, less than all.
    Part,
    /// All of it.
    All,
}

impl Progress {
    /// The progress of `order`.
    pub fn of(order: &Order) -> Self {
        if order.filled_quantity >= order.quantity {
            Self::All
        } else if order.filled_quantity.is_zero() {
            Self::Nothing
        } else {
            Self::Part
        }
    }

    const fn working_status(self) -> OrderStatus {
        match self {
            Self::Nothing => OrderStatus::Submitted,
            Self::Part => OrderStatus::PartiallyFilled,
            Self::All => OrderStatus::Filled,
        }
    }
}

/// What a word makes of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// Nothing changes.
    Stay,
    /// It stands there now.
    To(OrderStatus),
    /// The word contradicts what was known: UNKNOWN until the venue, asked again, has said.
    Ask,
}

/// The status after `word`, for every pair of status and word.
#[expect(clippy::match_same_arms, reason = "the table reads word by word")]
pub fn transition(status: OrderStatus, progress: Progress, word: Word) -> Transition {
    use OrderStatus as S;
    use Transition::{Ask, Stay, To};
    let next = match (status, word) {
        (_, Word::Filled) if progress == Progress::All => To(S::Filled),
        (S::Cancelled | S::Filled, Word::Filled | Word::Acknowledged) => Stay,
        (S::Rejected, Word::Filled | Word::Acknowledged) => Ask,
        (S::Created | S::Submitted | S::PartiallyFilled | S::Unknown, Word::Filled) => To(S::PartiallyFilled),

        (S::Created | S::Unknown, Word::Acknowledged) => To(progress.working_status()),
        (S::Submitted | S::PartiallyFilled, Word::Acknowledged) => Stay,

        (S::Created | S::Submitted | S::PartiallyFilled | S::Unknown, Word::Rejected) => match progress {
            Progress::Nothing => To(S::Rejected),
            Progress::Part => To(S::Cancelled),
            Progress::All => To(S::Filled),
        },
        (S::Created | S::Submitted | S::PartiallyFilled | S::Unknown | S::Rejected, Word::Cancelled) => {
            To(S::Cancelled)
        }
        (S::Filled | S::Cancelled | S::Rejected, Word::Rejected) => Stay,
        (S::Filled | S::Cancelled, Word::Cancelled) => Stay,

        (S::Created | S::Submitted | S::PartiallyFilled, Word::TimedOut) => To(S::Unknown),
        (S::Unknown | S::Filled | S::Cancelled | S::Rejected, Word::TimedOut) => Stay,

        (S::Created | S::Unknown, Word::NotKnown) if progress == Progress::Nothing => To(S::Rejected),
        (S::Created | S::Submitted | S::PartiallyFilled, Word::NotKnown) => Ask,
        (S::Unknown | S::Filled | S::Cancelled | S::Rejected, Word::NotKnown) => Stay,
    };
    if next == To(status) { Stay } else { next }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: [OrderStatus; 7] = [
        OrderStatus::Created,
        OrderStatus::Submitted,
        OrderStatus::PartiallyFilled,
        OrderStatus::Filled,
        OrderStatus::Cancelled,
        OrderStatus::Rejected,
        OrderStatus::Unknown,
    ];
    const WORDS: [Word; 6] = [
        Word::Acknowledged,
        Word::Rejected,
        Word::Filled,
        Word::Cancelled,
        Word::TimedOut,
        Word::NotKnown,
    ];

    fn walk(words: &[(Word, Progress)]) -> OrderStatus {
        words
            .iter()
            .fold(
                OrderStatus::Created,
                |status, (word, progress)| match transition(status, *progress, *word) {
                    Transition::Stay => status,
                    Transition::To(next) => next,
                    Transition::Ask => OrderStatus::Unknown,
                },
            )
    }

    #[test]
    fn the_ordinary_life_ends_filled() {
        let life = [
            (Word::Acknowledged, Progress::Nothing),
            (Word::Filled, Progress::Part),
            (Word::Filled, Progress::All),
        ];
        assert_eq!(walk(&life), OrderStatus::Filled);
    }

    #[test]
    fn a_fill_before_the_acknowledgement_is_not_undone_by_it() {
        let early = [
            (Word::Filled, Progress::Part),
            (Word::Acknowledged, Progress::Part),
        ];
        assert_eq!(walk(&early), OrderStatus::PartiallyFilled);
    }

    #[test]
    fn a_fill_after_the_cancel_counts_and_reopens_nothing() {
        let late = [
            (Word::Cancelled, Progress::Nothing),
            (Word::Filled, Progress::Part),
        ];
        assert_eq!(walk(&late), OrderStatus::Cancelled);
        let whole = [
            (Word::Cancelled, Progress::Nothing),
            (Word::Filled, Progress::All),
        ];
        assert_eq!(walk(&whole), OrderStatus::Filled);
    }

    #[test]
    fn a_timeout_is_unknown_until_the_venue_says() {
        let timeout = (Word::TimedOut, Progress::Nothing);
        assert_eq!(walk(&[timeout]), OrderStatus::Unknown);
        assert_eq!(
            walk(&[timeout, (Word::Acknowledged, Progress::Nothing)]),
            OrderStatus::Submitted
        );
        assert_eq!(
            walk(&[timeout, (Word::Acknowledged, Progress::Part)]),
            OrderStatus::PartiallyFilled
        );
        assert_eq!(
            walk(&[timeout, (Word::NotKnown, Progress::Nothing)]),
            OrderStatus::Rejected
        );
        assert_eq!(
            walk(&[timeout, (Word::Cancelled, Progress::Nothing)]),
            OrderStatus::Cancelled
        );
    }

    #[test]
    fn an_order_given_up_that_turns_up_is_asked_about() {
        let given_up = [
            (Word::TimedOut, Progress::Nothing),
            (Word::NotKnown, Progress::Nothing),
            (Word::Acknowledged, Progress::Nothing),
        ];
        assert_eq!(walk(&given_up), OrderStatus::Unknown);
    }

    #[test]
    fn an_order_the_venue_acknowledged_is_never_given_up_unasked() {
        assert_eq!(
            transition(OrderStatus::Submitted, Progress::Nothing, Word::NotKnown),
            Transition::Ask
        );
        assert_eq!(
            transition(OrderStatus::Unknown, Progress::Part, Word::NotKnown),
            Transition::Stay
        );
    }

    #[test]
    fn every_pair_is_decided_and_repeating_a_word_changes_nothing_more() {
        for status in STATUSES {
            for word in WORDS {
                for progress in [Progress::Nothing, Progress::Part, Progress::All] {
                    let Transition::To(next) = transition(status, progress, word) else {
                        continue;
                    };
                    let again = transition(next, progress, word);
                    assert_eq!(again, Transition::Stay, "{status:?} {progress:?} {word:?}");
                }
            }
        }
    }

    #[test]
    fn only_a_fill_or_a_cancel_leaves_a_finished_status_without_a_question() {
        for status in [OrderStatus::Filled, OrderStatus::Cancelled, OrderStatus::Rejected] {
            for word in [Word::Acknowledged, Word::Rejected, Word::TimedOut, Word::NotKnown] {
                let next = transition(status, Progress::Nothing, word);
                assert!(
                    matches!(next, Transition::Stay | Transition::Ask),
                    "{status:?} {word:?}"
                );
            }
        }
    }
}
