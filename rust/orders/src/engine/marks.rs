//! Marks: the touch of each symbol as it arrived, and the pictures of the positions at it.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Price, Quote, Side, Symbol};

use super::{Action, Engine};
use crate::event::Event;
use crate::position::Mark;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Touch {
    bid: Price,
    ask: Price,
    mark: Mark,
}

/// The newest touch of each symbol that had two sides and was not crossed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    touches: BTreeMap<Symbol, Touch>,
    moved: BTreeSet<Symbol>,
    shown_us: i64,
}

impl Marks {
    /// The wall clock was set back: nothing noted lies ahead of it.
    pub(super) fn not_after(&mut self, now_us: i64) {
        self.shown_us = self.shown_us.min(now_us);
    }

    pub(super) fn mark(&self, symbol: &Symbol) -> Option<Mark> {
        self.touches.get(symbol).map(|touch| touch.mark)
    }

    /// What an order of `side` would trade at, at once.
    pub(super) fn touch(&self, symbol: &Symbol, side: Side) -> Option<Price> {
        self.touches.get(symbol).map(|touch| match side {
            Side::Buy => touch.ask,
            Side::Sell => touch.bid,
        })
    }

    /// True when any symbol's mark is fresh.
    pub(super) fn is_fed(&self, now_us: i64, stale_us: i64) -> bool {
        self.touches
            .values()
            .any(|touch| now_us - touch.mark.at_us < stale_us)
    }
}

impl Engine {
    /// A row of market data arrived. A mid that is missing or crossed marks nothing.
    pub fn on_quote(&mut self, quote: &Quote, now_us: i64) {
        let (Some(price), Some(bid), Some(ask)) = (quote.mid(), quote.bid, quote.ask) else {
            return;
        };
        let touch = Touch {
            bid,
            ask,
            mark: Mark { price, at_us: now_us },
        };
        let before = self.marks.touches.insert(quote.symbol.clone(), touch);
        if before.is_none_or(|before| before.mark.price != price) {
            self.marks.moved.insert(quote.symbol.clone());
        }
    }

    /// Pictures of the positions whose mark moved, a few times a second.
    pub(super) fn show_marks(&mut self, now_us: i64) {
        if self.marks.moved.is_empty() || now_us - self.marks.shown_us < self.config.timing.marks_us {
            return;
        }
        self.marks.shown_us = now_us;
        for symbol in std::mem::take(&mut self.marks.moved) {
            let Some(position) = self
                .state
                .book
                .get(&symbol)
                .filter(|held| !held.quantity.is_zero())
            else {
                continue;
            };
            let picture = Event::Position(Box::new(position.to_wire(self.marks.mark(&symbol))));
            let event = Box::new(picture.to_wire(now_us));
            self.actions.push(Action::Publish { sequence: 0, event });
        }
    }

    /// The open positions go on the record once a minute.
    pub(super) fn record_positions(&mut self, now_us: i64) {
        // Pictures for the record; while it takes nothing there is none to be made.
        if now_us - self.last_positions_us < self.config.timing.positions_us || self.journal_fails() {
            return;
        }
        self.last_positions_us = now_us;
        let open: Vec<_> = self
            .state
            .book
            .open()
            .map(|position| position.to_wire(self.marks.mark(&position.symbol)))
            .collect();
        for picture in open {
            self.record(Event::Position(Box::new(picture)), now_us);
        }
    }
}
