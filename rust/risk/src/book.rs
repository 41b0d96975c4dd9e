//! What the desk holds and has working, as the engine and the feed tell it.
//!
//! The engine's journal is the truth; this is the view that decisions rest on. It counts an order from the
//! moment it was approved, so that nothing is decided twice while an acknowledgement is under way.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{Fill, Instrument, Malformed, Money, Order, Quantity, Quote, Side, Symbol, wire};

mod symbol_book;

pub use symbol_book::{Booked, Ignored, OrderView, SymbolBook, Touch};

/// A finished order is kept this long, for the fills that come after its end.
const KEEP_FINISHED_US: i64 = 60_000_000;

/// What an order does to the position of its symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Brings it nearer to nought and, with all open orders of its side, not beyond.
    Reduces,
    /// Could carry it through nought to the other side.
    Flips,
    /// Opens or adds.
    Raises,
}

impl Effect {
    /// Classifies an order of `side` and `quantity` against a signed `position`, while `open_same_side` is
    /// open on that side already. Open orders of the other side don't count.
    pub fn of(side: Side, quantity: Quantity, position: Quantity, open_same_side: Quantity) -> Self {
        let against = -side.sign() * position.0;
        if against <= 0 {
            return Self::Raises;
        }
        let after = i128::from(quantity.0) + i128::from(open_same_side.0);
        if planted(Mutant::ReducesBySideAlone) || after <= i128::from(against) {
            Self::Reduces
        } else {
            Self::Flips
        }
    }
}

/// All symbols of the desk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    symbols: BTreeMap<Symbol, SymbolBook>,
}

impl Book {
    /// An empty book of `instruments`.
    pub fn new(instruments: impl IntoIterator<Item = Instrument>) -> Self {
        let entry = |instrument: Instrument| (instrument.symbol.clone(), SymbolBook::new(instrument));
        Self {
            symbols: instruments.into_iter().map(entry).collect(),
        }
    }

    /// One symbol, if it is an instrument of the desk.
    pub fn get(&self, symbol: &Symbol) -> Option<&SymbolBook> {
        self.symbols.get(symbol)
    }
    /// Every symbol with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&Symbol, &SymbolBook)> {
        self.symbols.iter()
    }
    /// An order by its id.
    pub fn order(&self, client_order_id: &str) -> Option<&OrderView> {
        self.symbols
            .values()
            .find_map(|book| book.orders.get(client_order_id))
    }

    /// Takes a row of market data. A mid that is missing or crossed marks nothing.
    pub fn quote(&mut self, quote: &Quote, received_us: i64) {
        let Some(book) = self.symbols.get_mut(&quote.symbol) else {
            return;
        };
        book.last_row_us = Some(received_us);
        if let (Some(bid), Some(ask), Some(mid)) = (quote.bid, quote.ask, quote.mid()) {
            book.touch = Some(Touch {
                bid,
                ask,
                mid,
                received_us,
                published_us: quote.published_us,
            });
        }
    }

    /// Counts an order from its approval on.
    pub fn approved(&mut self, order: &Order, now_us: i64) {
        self.insert(order, now_us, false);
    }

    /// Takes an order as the engine tells it, whoever wanted it. False when its symbol is not known here.
    pub fn order_update(&mut self, order: &Order, now_us: i64) -> bool {
        if self
            .symbols
            .get(&order.symbol)
            .is_none_or(|book| !book.orders.contains_key(&order.client_order_id))
        {
            return self.insert(order, now_us, true);
        }
        let Some(book) = self.symbols.get_mut(&order.symbol) else {
            return false;
        };
        if let Some(view) = book.orders.get_mut(&order.client_order_id) {
            view.known = true;
            view.order = order.clone();
        }
        book.count(&order.client_order_id, order.filled_quantity);
        true
    }

    fn insert(&mut self, order: &Order, now_us: i64, known: bool) -> bool {
        let Some(book) = self.symbols.get_mut(&order.symbol) else {
            return false;
        };
        let view = OrderView {
            order: order.clone(),
            known,
            since_us: now_us,
            cancel_asked_us: None,
            // An order that is told of with fills was adopted: they were told before it, and count already.
            counted: order.filled_quantity,
            filled: order.filled_quantity,
        };
        book.orders.insert(order.client_order_id.clone(), view);
        true
    }

    /// Takes a fill. The order's own update may come before it or after it: it counts once.
    pub fn fill(&mut self, fill: &Fill) {
        let Some(book) = self.symbols.get_mut(&fill.symbol) else {
            return;
        };
        match book.orders.get_mut(&fill.client_order_id) {
            Some(view) => {
                view.filled += fill.quantity;
                let filled = view.filled;
                book.count(&fill.client_order_id, filled);
            }
            // An order nobody told of: the position that follows has the last word.
            None => book.position += fill.side.signed(fill.quantity),
        }
    }

    /// Takes a position as the engine booked it: it has the last word.
    pub fn position(&mut self, symbol: &Symbol, booked: Booked) {
        if let Some(book) = self.symbols.get_mut(symbol) {
            book.take(booked);
        }
    }

    /// Takes the engine's breaks in place of all told before: the ignored ones count. One in a symbol
    /// that is not traded here counts nowhere: no order could add to it.
    pub fn breaks(&mut self, breaks: &[wire::Break]) -> Result<(), Malformed> {
        for (symbol, book) in &mut self.symbols {
            let mut ignored = Ignored::default();
            for found in breaks.iter().filter(|found| found.symbol == symbol.as_str()) {
                ignored.add(found)?;
            }
            book.ignored = ignored;
        }
        Ok(())
    }

    /// Moves every time of this machine's by `delta_us`, as its wall clock moved: no age changes with it.
    pub fn shift(&mut self, delta_us: i64) {
        for book in self.symbols.values_mut() {
            book.shift(delta_us);
        }
    }

    /// Forgets an order that never came to be: refused by the engine, or dead before it arrived.
    pub fn forget(&mut self, client_order_id: &str) {
        for book in self.symbols.values_mut() {
            book.orders.remove(client_order_id);
        }
    }

    /// Notes that a cancel was asked for.
    pub fn cancel_asked(&mut self, client_order_id: &str, now_us: i64) {
        for book in self.symbols.values_mut() {
            if let Some(view) = book.orders.get_mut(client_order_id) {
                view.cancel_asked_us = Some(now_us);
            }
        }
    }

    /// Takes the engine's picture in place of everything: all positions and all orders it knows.
    ///
    /// An order approved here and not in the picture is kept only while it may still arrive: past its
    /// `valid_until_us` the engine refuses it, so it is dead. Returns those.
    pub fn replace(
        &mut self,
        positions: &BTreeMap<Symbol, Booked>,
        orders: &[Order],
        picture_us: i64,
    ) -> Vec<Order> {
        let mut dead = Vec::new();
        for (symbol, book) in &mut self.symbols {
            book.take(positions.get(symbol).copied().unwrap_or_default());
            let before = std::mem::take(&mut book.orders);
            for order in orders.iter().filter(|order| order.symbol == *symbol) {
                let old = before.get(&order.client_order_id);
                let view = OrderView {
                    order: order.clone(),
                    known: true,
                    since_us: old.map_or(picture_us, |view| view.since_us),
                    cancel_asked_us: old.and_then(|view| view.cancel_asked_us),
                    counted: order.filled_quantity,
                    filled: order.filled_quantity,
                };
                book.orders.insert(order.client_order_id.clone(), view);
            }
            for (id, view) in before {
                if book.orders.contains_key(&id) || view.known {
                    continue;
                }
                if view.order.valid_until_us <= picture_us {
                    dead.push(view.order);
                } else {
                    book.orders.insert(id, view);
                }
            }
        }
        dead
    }

    /// Drops orders that ended more than a minute ago.
    pub fn prune(&mut self, now_us: i64) {
        for book in self.symbols.values_mut() {
            book.orders.retain(|_, view| {
                let age_us = now_us.saturating_sub(view.order.timestamp_us);
                view.order.status.is_working() || age_us < KEEP_FINISHED_US
            });
        }
    }

    /// Sum of every symbol's larger worst case.
    pub fn gross(&self) -> Money {
        self.symbols.values().map(SymbolBook::gross).sum()
    }
    /// Balance of all notionals when everything open on `side` fills: signed.
    pub fn net(&self, side: Side) -> Money {
        self.symbols
            .values()
            .map(|book| book.notional(book.worst(side)))
            .sum()
    }
    /// Number of symbols with a position or a working order.
    pub fn open_symbols(&self) -> usize {
        self.symbols.values().filter(|book| book.is_open()).count()
    }
    /// Realised and unrealised P&L. A position without a mark counts at cost: one symbol nobody quotes hides
    /// no loss of the others.
    pub fn figures(&self) -> crate::daily::Figures {
        crate::daily::Figures {
            realized: self.symbols.values().map(|book| book.booked.realized).sum(),
            unrealized: self.symbols.values().map(SymbolBook::unrealized).sum(),
        }
    }
    /// True when a figure rests on a position whose mark is missing or old.
    pub fn is_unmarked(&self, now_us: i64, stale_after_us: i64) -> bool {
        self.symbols
            .values()
            .any(|book| book.is_unmarked(now_us, stale_after_us))
    }
}

#[cfg(test)]
mod tests;
