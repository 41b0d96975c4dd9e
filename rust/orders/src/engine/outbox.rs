//! Journal first: events wait here until they are durable, and with them everything that depends on them.

use std::collections::VecDeque;

use messages::mutation::{Mutant, planted};
use messages::{Order, Symbol, wire};
use risk::RiskApproved;

use super::action::Token;
use crate::event::{Event, Recorded};

/// Events that may wait for a journal that fails: minutes of fills. What comes then is not taken: the venue tells
/// it again.
const MOST_UNWRITTEN: usize = 20_000;

/// Something that may happen only after the events before it are durable.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    /// An order leaves for the venue, if it still may.
    Leave(Box<RiskApproved<Order>>),
    /// The risk manager hears.
    ReplyOrder { to: Token, reply: wire::OrderReply },
    /// An operator hears.
    ReplyCommand {
        to: Token,
        result: Box<wire::CommandResult>,
    },
    /// A kill is lifted.
    Lift {
        scope: Option<Symbol>,
        to: Token,
        result: Box<wire::CommandResult>,
    },
}

/// Events that are not durable yet, and what waits for them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Outbox {
    unwritten: VecDeque<Recorded>,
    held: VecDeque<(u64, Held)>,
    /// How many events were ever added, and how many of them are durable.
    added: u64,
    written: u64,
    /// Up to here kill stages were shown although the journal could not take them.
    shown: u64,
}

impl Outbox {
    pub(super) fn push(&mut self, recorded: Recorded) {
        self.unwritten.push_back(recorded);
        self.added += 1;
    }

    /// Adds a state while the journal fails: it takes the place of one that waits last, which says it all.
    pub(super) fn push_state(&mut self, recorded: Recorded) {
        match self.unwritten.back_mut() {
            Some(last) if matches!(last.event, Event::State(_)) => {
                *last = recorded;
                self.shown = self.shown.min(self.added - 1);
            }
            _ => self.push(recorded),
        }
    }

    /// True when so much waits for the journal that no more is taken.
    pub(super) fn is_full(&self) -> bool {
        self.unwritten.len() >= MOST_UNWRITTEN
    }

    pub(super) fn unwritten(&mut self) -> &[Recorded] {
        self.unwritten.make_contiguous()
    }

    /// Gives a command whose record waits the answer it got after all: the journal is not to tell another.
    pub(super) fn amend(&mut self, result: &wire::CommandResult) {
        let is_it = |recorded: &&mut Recorded| {
            matches!(&recorded.event, Event::Command(record)
                if record.command.as_ref().is_some_and(|command| command.command_id == result.command_id))
        };
        // The newest ones are those that are amended.
        if let Some(recorded) = self.unwritten.iter_mut().rev().find(is_it)
            && let Event::Command(record) = &mut recorded.event
        {
            record.result = Some(result.clone());
        }
    }

    /// True while the record of this command waits for the journal.
    pub(super) fn holds_record(&self, command_id: &str) -> bool {
        self.unwritten.iter().any(|recorded| {
            matches!(&recorded.event, Event::Command(record)
                if record.command.as_ref().is_some_and(|command| command.command_id == command_id))
        })
    }

    /// True while the answer to this command waits.
    pub(super) fn holds_answer(&self, command_id: &str) -> bool {
        self.held.iter().any(|(_, held)| match held {
            Held::ReplyCommand { result, .. } | Held::Lift { result, .. } => result.command_id == command_id,
            Held::Leave(_) | Held::ReplyOrder { .. } => false,
        })
    }

    /// Drops the newest waiting record of this kind and key. What was held for it waits for the others alone.
    pub(super) fn drop_duplicate(&mut self, kind: &str, key: &str) -> bool {
        let is_it = |recorded: &Recorded| {
            recorded.event.kind() == kind && recorded.event.key().is_some_and(|own| own == key)
        };
        let Some(place) = self.unwritten.iter().rposition(is_it) else {
            return false;
        };
        self.unwritten.remove(place);
        let number = self.written + place as u64;
        self.added -= 1;
        if self.shown > number {
            self.shown -= 1;
        }
        for (after, _) in &mut self.held {
            if *after > number {
                *after -= 1;
            }
        }
        true
    }

    pub(super) fn is_durable(&self) -> bool {
        self.unwritten.is_empty()
    }

    /// Holds `what` until everything added so far is durable.
    pub(super) fn hold(&mut self, what: Held) {
        self.held.push_back((self.added, what));
    }

    /// The next `count` events are durable: gives them.
    pub(super) fn take_written(&mut self, count: usize) -> Vec<Recorded> {
        let count = count.min(self.unwritten.len());
        self.written += count as u64;
        self.unwritten.drain(..count).collect()
    }

    /// What waited for nothing more.
    pub(super) fn take_released(&mut self) -> Vec<Held> {
        let ready = self
            .held
            .iter()
            .take_while(|(after, _)| *after <= self.written)
            .count();
        self.held.drain(..ready).map(|(_, held)| held).collect()
    }

    /// Everything that waits, given up.
    pub(super) fn take_held(&mut self) -> Vec<Held> {
        self.held.drain(..).map(|(_, held)| held).collect()
    }

    /// Events that wait and were not shown yet.
    pub(super) fn take_unshown(&mut self) -> Vec<Recorded> {
        let skip = self.shown.saturating_sub(self.written) as usize;
        self.shown = self.added;
        self.unwritten.iter().skip(skip).cloned().collect()
    }

    /// True while this order waits to leave.
    pub(super) fn holds_order(&self, id: &str) -> bool {
        self.held
            .iter()
            .any(|(_, held)| matches!(held, Held::Leave(order) if order.get().client_order_id == id))
    }

    /// The re-arms of everything within `of` that wait, taken out.
    pub(super) fn take_lifts(&mut self, of: Option<&Symbol>) -> Vec<Held> {
        if planted(Mutant::RearmOutlivesKill) {
            return Vec::new();
        }
        let is_within =
            |held: &Held| matches!(held, Held::Lift { scope, .. } if of.is_none() || scope.as_ref() == of);
        let (lifts, others): (VecDeque<_>, VecDeque<_>) =
            self.held.drain(..).partition(|(_, held)| is_within(held));
        self.held = others;
        lifts.into_iter().map(|(_, held)| held).collect()
    }

    /// True while lifting this scope waits.
    pub(super) fn holds_lift(&self, of: Option<&Symbol>) -> bool {
        self.held
            .iter()
            .any(|(_, held)| matches!(held, Held::Lift { scope, .. } if scope.as_ref() == of))
    }
}
