//! One symbol in the view: its touch, its position, its orders.

use std::collections::BTreeMap;

use messages::mutation::{Mutant, planted};
use messages::{Instrument, Malformed, Money, Order, Origin, Price, Quantity, Side, wire};

use crate::pnl;

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
    /// The mid the engine valued it at, if it had one.
    pub mark: Option<Price>,
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
            mark: position
                .marked
                .then(|| Price::from_f64(position.current_price))
                .transpose()
                .map_err(bad("current_price"))?,
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
    pub(super) counted: Quantity,
    /// Sum of its fills seen one by one.
    pub(super) filled: Quantity,
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
    pub(super) position: Quantity,
    pub(super) orders: BTreeMap<String, OrderView>,
    /// What ignored breaks could add on each side.
    pub(super) ignored: Ignored,
}

/// What the ignored breaks of a symbol could add to it: an ignored difference counts with the worse exposure
/// of desk and venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ignored {
    /// More than the desk's position and open buys: nought or above.
    pub long: Quantity,
    /// Less than the desk's position and open sells: nought or below.
    pub short: Quantity,
}

impl Ignored {
    /// Adds one ignored break of the engine's; other states count nothing here, since they close the gate.
    ///
    /// A position that differs could be the venue's; an order that differs could have the larger remainder
    /// of both, of which the desk's own is in the book already. What a fill is about is booked, or shows as
    /// a position that differs.
    pub fn add(&mut self, found: &wire::Break) -> Result<(), Malformed> {
        use wire::r#break::{Kind, State};
        if found.state() != State::Ignored || planted(Mutant::IgnoredBreakNotCounted) {
            return Ok(());
        }
        let exact = |value: Option<f64>, field| {
            Quantity::from_f64(value.unwrap_or(0.0))
                .map_err(|error| Malformed::new("Break", field, error.to_string()))
        };
        let (desk, venue) = (exact(found.desk, "desk")?, exact(found.venue, "venue")?);
        let difference = match found.kind() {
            Kind::Position => venue - desk,
            Kind::Order => {
                let more = (venue.abs() - desk.abs()).max(Quantity::ZERO);
                Quantity(more.0 * venue.0.signum())
            }
            Kind::Fill | Kind::Unspecified => Quantity::ZERO,
        };
        self.long += difference.max(Quantity::ZERO);
        self.short += difference.min(Quantity::ZERO);
        Ok(())
    }
}

impl SymbolBook {
    pub(super) fn new(instrument: Instrument) -> Self {
        Self {
            instrument,
            touch: None,
            last_row_us: None,
            booked: Booked::default(),
            position: Quantity::ZERO,
            orders: BTreeMap::new(),
            ignored: Ignored::default(),
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
            .filter(|view| view.order.side == side && !planted(Mutant::WorkingOrdersNotCounted))
            .map(OrderView::open)
            .sum()
    }
    /// The furthest the position can get on `side` when everything open there fills and ignored breaks are
    /// as the venue says: signed.
    pub fn worst(&self, side: Side) -> Quantity {
        let ignored = match side {
            Side::Buy => self.ignored.long,
            Side::Sell => self.ignored.short,
        };
        self.position + ignored + side.signed(self.open(side))
    }
    /// The signed position that leaves an order of `side` the least to reduce: the worse of desk and venue
    /// while a break is ignored, and nought where both differ about the side.
    pub fn reducible_from(&self, side: Side) -> Quantity {
        match side {
            Side::Sell => (self.position + self.ignored.short).max(self.position.min(Quantity::ZERO)),
            Side::Buy => (self.position + self.ignored.long).min(self.position.max(Quantity::ZERO)),
        }
    }
    /// A working order of ours that an order of `side` at up to `price` would trade against, with its price:
    /// one of the other side whose price `price` reaches. A working market order is reached by any.
    pub fn self_match(&self, side: Side, price: Price) -> Option<(&OrderView, Price)> {
        let against = self
            .working()
            .filter(|view| view.order.side == side.opposite() && view.open() > Quantity::ZERO);
        against
            .map(|view| (view, view.order.price.or(view.order.stop_price).unwrap_or(price)))
            .find(|(_, theirs)| match side {
                Side::Buy => price >= *theirs,
                Side::Sell => price <= *theirs,
            })
    }
    /// The price that values the position: the last good mid, else the engine's last mark, else its average
    /// cost.
    pub fn value_price(&self) -> Option<Price> {
        let cost = self.booked.average_cost;
        self.mark().or((!cost.is_zero()).then_some(cost))
    }
    /// The last good mid, else the one the engine last told of.
    fn mark(&self) -> Option<Price> {
        self.touch.map(|touch| touch.mid).or(self.booked.mark)
    }
    /// Unrealised P&L at the last known mark; nought, as at cost, while there is none. `is_unmarked` tells.
    pub fn unrealized(&self) -> Money {
        let Booked {
            quantity,
            average_cost,
            ..
        } = self.booked;
        let Some(mark) = self.mark().filter(|_| !quantity.is_zero()) else {
            return Money::ZERO;
        };
        let multiplier = self.instrument.multiplier;
        let cost = Money::notional(average_cost, quantity, multiplier);
        pnl::unrealized(mark, quantity, multiplier, cost)
    }
    /// Takes a position as the engine booked it. One told without a mark keeps the last one known.
    pub(super) fn take(&mut self, booked: Booked) {
        if planted(Mutant::PositionsNotFed) {
            return;
        }
        self.position = booked.quantity;
        self.booked = Booked {
            mark: booked.mark.or(self.booked.mark),
            ..booked
        };
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
    /// True when it has a position, or an order or an ignored break that may give it one.
    pub fn is_open(&self) -> bool {
        let certain = self.position.is_zero() && self.ignored == Ignored::default();
        !certain || self.working().next().is_some()
    }

    /// Moves every time of this machine's by `delta_us`, as its wall clock moved: no age changes with it.
    pub(super) fn shift(&mut self, delta_us: i64) {
        if let Some(touch) = &mut self.touch {
            touch.received_us += delta_us;
        }
        self.last_row_us = self.last_row_us.map(|at_us| at_us + delta_us);
        for view in self.orders.values_mut() {
            view.since_us = view.since_us.saturating_add(delta_us);
            view.order.timestamp_us = view.order.timestamp_us.saturating_add(delta_us);
            view.cancel_asked_us = view.cancel_asked_us.map(|at_us| at_us + delta_us);
        }
    }

    pub(super) fn count(&mut self, client_order_id: &str, filled: Quantity) {
        let Some(view) = self.orders.get_mut(client_order_id) else {
            return;
        };
        if filled > view.counted {
            self.position += view.order.side.signed(filled - view.counted);
            view.counted = filled;
        }
    }
}
