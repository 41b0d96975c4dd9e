//! What the desk holds and has working, as the engine and the feed tell it.
//!
//! The engine's journal is the truth; this is the view that decisions rest on. It counts an order from the
//! moment it was approved, so that nothing is decided twice while an acknowledgement is under way.

use std::collections::BTreeMap;

use messages::{
    Fill, Instrument, Malformed, Money, Order, Origin, Price, Quantity, Quote, Side, Symbol, wire,
};

use crate::pnl;

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
        if after <= i128::from(against) {
            Self::Reduces
        } else {
            Self::Flips
        }
    }
}

/// The touch, both sides present and not crossed, and when it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// Best bid.
    pub bid: Price,
    /// Best ask.
    pub ask: Price,
    /// Half way between them.
    pub mid: Price,
    /// Arrival time, in microseconds.
    pub received_us: i64,
    /// When the feed published it.
    pub published_us: i64,
}

/// A position as the engine booked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Booked {
    /// Signed: negative is short.
    pub quantity: Quantity,
    /// Average cost of what is open; nought when flat.
    pub average_cost: Price,
    /// Realised P&L after fees, since the desk's first day.
    pub realized: Money,
}

impl TryFrom<&wire::Position> for Booked {
    type Error = Malformed;
    fn try_from(position: &wire::Position) -> Result<Self, Malformed> {
        let bad =
            |field| move |error: messages::Inexact| Malformed::new("Position", field, error.to_string());
        Ok(Self {
            quantity: Quantity::from_f64(position.quantity).map_err(bad("quantity"))?,
            average_cost: Price::from_f64(position.avg_cost).map_err(bad("avg_cost"))?,
            realized: Money::from_f64(position.realized_pnl).map_err(bad("realized_pnl"))?,
        })
    }
}

/// An order in the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// As last heard.
    pub order: Order,
    /// False while it was approved and the engine hasn't spoken of it.
    pub known: bool,
    /// When it was approved or first heard of, arrival time.
    pub since_us: i64,
    /// When a cancel was last asked for.
    pub cancel_asked_us: Option<i64>,
    /// How much of it is in the position already.
    counted: Quantity,
    /// Sum of its fills seen one by one.
    filled: Quantity,
}

impl OrderView {
    /// What may still fill.
    pub fn open(&self) -> Quantity {
        if self.order.status.is_working() {
            self.order.quantity - self.counted
        } else {
            Quantity::ZERO
        }
    }
}

/// One symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolBook {
    /// Its grid and size.
    pub instrument: Instrument,
    /// The last good touch.
    pub touch: Option<Touch>,
    /// Arrival of the last row of any kind.
    pub last_row_us: Option<i64>,
    /// As the engine booked it, for P&L.
    pub booked: Booked,
    /// The position that decisions count on: booked, and every fill heard of since.
    position: Quantity,
    orders: BTreeMap<String, OrderView>,
}

impl SymbolBook {
    fn new(instrument: Instrument) -> Self {
        Self {
            instrument,
            touch: None,
            last_row_us: None,
            booked: Booked::default(),
            position: Quantity::ZERO,
            orders: BTreeMap::new(),
        }
    }

    /// The signed position, every fill heard of included.
    pub const fn position(&self) -> Quantity {
        self.position
    }
    /// Every order in view: working ones and those that ended within the last minute.
    pub fn orders(&self) -> impl Iterator<Item = &OrderView> {
        self.orders.values()
    }
    /// The orders that may still fill.
    pub fn working(&self) -> impl Iterator<Item = &OrderView> {
        self.orders().filter(|view| view.order.status.is_working())
    }
    /// The strategy's orders that may still fill.
    pub fn strategy_orders(&self) -> impl Iterator<Item = &OrderView> {
        self.working()
            .filter(|view| view.order.origin == Origin::Strategy)
    }
    /// How much is open on `side`.
    pub fn open(&self, side: Side) -> Quantity {
        self.working()
            .filter(|view| view.order.side == side)
            .map(OrderView::open)
            .sum()
    }
    /// The furthest the position can get on `side` when everything open there fills: signed.
    pub fn worst(&self, side: Side) -> Quantity {
        self.position + side.signed(self.open(side))
    }
    /// The price that values the position: the last good mid, else its average cost.
    pub fn value_price(&self) -> Option<Price> {
        let cost = self.booked.average_cost;
        self.touch
            .map(|touch| touch.mid)
            .or((!cost.is_zero()).then_some(cost))
    }
    /// Unrealised P&L at the last good mid; `None` while there is a position without any mark.
    pub fn unrealized(&self) -> Option<Money> {
        let Booked {
            quantity,
            average_cost,
            ..
        } = self.booked;
        if quantity.is_zero() {
            return Some(Money::ZERO);
        }
        let mid = self.touch?.mid;
        Some(pnl::unrealized(
            mid,
            average_cost,
            quantity,
            self.instrument.multiplier,
        ))
    }
    /// True when its figures rest on a mark that is missing or older than `stale_after_us`.
    pub fn is_unmarked(&self, now_us: i64, stale_after_us: i64) -> bool {
        let fresh = self
            .touch
            .is_some_and(|touch| now_us - touch.received_us <= stale_after_us);
        !self.booked.quantity.is_zero() && !fresh
    }
    /// Notional of the larger of both worst cases.
    pub fn gross(&self) -> Money {
        let notional = |side| self.notional(self.worst(side)).abs();
        notional(Side::Buy).max(notional(Side::Sell))
    }
    /// `quantity` at the value price.
    pub fn notional(&self, quantity: Quantity) -> Money {
        let price = self.value_price().unwrap_or_default();
        Money::notional(price, quantity, self.instrument.multiplier)
    }
    /// True when it has a position, or an order that may give it one.
    pub fn is_open(&self) -> bool {
        !self.position.is_zero() || self.working().next().is_some()
    }

    fn count(&mut self, client_order_id: &str, filled: Quantity) {
        let Some(view) = self.orders.get_mut(client_order_id) else {
            return;
        };
        if filled > view.counted {
            self.position += view.order.side.signed(filled - view.counted);
            view.counted = filled;
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
            counted: Quantity::ZERO,
            filled: Quantity::ZERO,
        };
        book.orders.insert(order.client_order_id.clone(), view);
        book.count(&order.client_order_id, order.filled_quantity);
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
            book.booked = booked;
            book.position = booked.quantity;
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
            let booked = positions.get(symbol).copied().unwrap_or_default();
            (book.booked, book.position) = (booked, booked.quantity);
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
                view.order.status.is_working() || now_us - view.order.timestamp_us < KEEP_FINISHED_US
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
    /// Realised and unrealised P&L; `None` while a position has no mark at all.
    pub fn figures(&self) -> Option<crate::daily::Figures> {
        let unrealized = self
            .symbols
            .values()
            .map(SymbolBook::unrealized)
            .sum::<Option<Money>>()?;
        let realized = self.symbols.values().map(|book| book.booked.realized).sum();
        Some(crate::daily::Figures { realized, unrealized })
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
