//! The exchange: commands and market data in, events out, queries any time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use messages::{Fill, Instrument, Order, Symbol};

use crate::book::{Book, OrderIndex};
use crate::event::{Event, Inconsistent, SessionName};
use crate::fees::FeeModel;
use crate::position::VenuePosition;
use crate::queue::Queue;
use crate::touch::Touch;

mod apply;
mod blocks;
mod entry;
mod matching;
mod queries;
mod refusal;

pub use entry::{CancelRefused, Submission};

/// Sessions, orders, executions and positions, and the touch they are matched against.
///
/// Orders, executions, positions and blocks are the *book*: they change by [`Event`]s alone. The touch and
/// the places in the queues come from the market data and aren't part of it: a rebuilt exchange knows no
/// touch until the next row, and its resting orders stand at the back of the queue.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Makes ids unique for ever, over journals too: part of every order and execution id.
    mark: String,
    instruments: BTreeMap<Symbol, Instrument>,
    fees: FeeModel,
    sessions: BTreeMap<SessionName, Session>,
    orders: Vec<Held>,
    markets: BTreeMap<Symbol, Market>,
    /// Over all sessions: numbers the execution ids.
    executions: u64,
}

#[derive(Debug, Clone, Default)]
struct Session {
    by_client_order_id: HashMap<String, OrderIndex>,
    /// Every order there ever was, in order of entry.
    entered: Vec<OrderIndex>,
    working: BTreeSet<OrderIndex>,
    executions: Vec<Fill>,
    positions: BTreeMap<Symbol, VenuePosition>,
    /// Why no order enters, at all or in a symbol, by the kill that said so.
    blocks: BTreeMap<Option<Symbol>, BTreeMap<String, String>>,
    cancel_on_disconnect: bool,
}

/// An order as the exchange holds it.
#[derive(Debug, Clone)]
struct Held {
    session: SessionName,
    order: Order,
    queue: Queue,
    /// A stop order that became live; true from the start for the others.
    live: bool,
}

#[derive(Debug, Clone, Default)]
struct Market {
    touch: Touch,
    book: Book,
}

impl Exchange {
    /// An empty exchange. `mark` must differ from that of every exchange there ever was, and stay the same for
    /// one journal: it is in the ids of all its orders and executions.
    pub fn new(mark: &str, instruments: impl IntoIterator<Item = Instrument>, fees: FeeModel) -> Self {
        let instruments: BTreeMap<_, _> = instruments
            .into_iter()
            .map(|instrument| (instrument.symbol.clone(), instrument))
            .collect();
        let markets = instruments
            .keys()
            .map(|symbol| (symbol.clone(), Market::default()))
            .collect();
        Self {
            mark: mark.to_owned(),
            instruments,
            fees,
            sessions: BTreeMap::new(),
            orders: Vec::new(),
            markets,
            executions: 0,
        }
    }

    /// The exchange that went through `events`, as its journal tells.
    pub fn rebuild<'a>(
        mark: &str,
        instruments: impl IntoIterator<Item = Instrument>,
        fees: FeeModel,
        events: impl IntoIterator<Item = &'a Event>,
    ) -> Result<Self, Inconsistent> {
        let mut exchange = Self::new(mark, instruments, fees);
        for event in events {
            exchange.apply(event)?;
        }
        Ok(exchange)
    }

    /// Forgets every touch: the feed was restarted, and what it shows now is not known yet.
    pub fn forget_touches(&mut self) {
        for market in self.markets.values_mut() {
            market.touch = Touch::default();
        }
    }

    /// Applies an event that was just decided here, and keeps it for the journal.
    ///
    /// Panics when the event contradicts the book: a decision that can't be applied is a defect of this crate,
    /// and going on would make the journal unreadable.
    fn record(&mut self, event: Event, events: &mut Vec<Event>) {
        if let Err(error) = self.apply(&event) {
            panic!("the exchange decided what its own book refuses: {error}");
        }
        events.push(event);
    }
}

#[cfg(test)]
mod tests;
