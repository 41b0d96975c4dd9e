//! What is checked before an order enters, and the sentence each check refuses with.

use messages::{Instrument, Order, OrderStatus, OrderType, Origin, Price, Quantity};

use super::{Exchange, Session};

/// Beyond this a double, as used on the wire, can't tell one billionth from the next.
const EXACT_ON_THE_WIRE: i64 = 9_000_000;

/// Orders one session may have working: ten times what a kill is measured with.
pub(super) const MOST_WORKING: usize = 10_000;
/// Orders the book remembers, refused and finished ones among them: what it holds in memory has an end.
pub(super) const MOST_ORDERS: usize = 500_000;

/// Whether a refusal would be the same at another time.
pub(super) enum Refusal {
    /// It is a matter of the moment: the same order could be welcome later, so the id is remembered as refused.
    Now(String),
    /// It is in the order itself: nothing needs to be remembered to refuse it again.
    Always(String),
}

impl Exchange {
    /// Why `order` may not enter; `None` when it may.
    pub(super) fn refusal(&self, session: Option<&Session>, order: &Order, now_us: i64) -> Option<Refusal> {
        let Some(instrument) = self.instruments.get(&order.symbol) else {
            return Some(Refusal::Always(format!("{} is not traded here", order.symbol)));
        };
        bad_state(order)
            .or_else(|| bad_quantity(instrument, order.quantity))
            .or_else(|| bad_prices(instrument, order))
            .or_else(|| full(self.orders.len()))
            .map(Refusal::Always)
            .or_else(|| {
                blocked(session, order)
                    .or_else(|| expired(order, now_us))
                    .or_else(|| crowded(session, order))
                    .map(Refusal::Now)
            })
    }
}

/// A book without room can't even remember that it refused.
fn full(orders: usize) -> Option<String> {
    (orders >= MOST_ORDERS).then(|| {
        format!("this venue remembers {MOST_ORDERS} orders and has no room for more: give it a new journal")
    })
}

/// What an operator sends to close a position passes here as well.
fn crowded(session: Option<&Session>, order: &Order) -> Option<String> {
    if order.origin == Origin::Operator && order.reduces {
        return None;
    }
    let working = session.map_or(0, |session| session.working.len());
    (working >= MOST_WORKING)
        .then(|| format!("the session has {working} orders working, and may have no more"))
}

/// A block stops strategies. What an operator sends to close a position passes: it is how a killed desk gets flat.
fn blocked(session: Option<&Session>, order: &Order) -> Option<String> {
    if order.origin == Origin::Operator && order.reduces {
        return None;
    }
    let session = session?;
    if let Some(reason) = session.blocked_in(None) {
        return Some(format!("the session is blocked: {reason}"));
    }
    let reason = session.blocked_in(Some(&order.symbol))?;
    Some(format!("the session is blocked in {}: {reason}", order.symbol))
}

fn expired(order: &Order, now_us: i64) -> Option<String> {
    (order.valid_until_us != 0 && now_us > order.valid_until_us).then(|| {
        format!(
            "it was valid until {} and arrived at {now_us}",
            order.valid_until_us
        )
    })
}

/// A new order has no past.
fn bad_state(order: &Order) -> Option<String> {
    let past = order.status.is_finished()
        || order.status == OrderStatus::PartiallyFilled
        || !order.filled_quantity.is_zero();
    past.then(|| "a new order can't be filled or finished already".to_owned())
}

fn bad_quantity(instrument: &Instrument, quantity: Quantity) -> Option<String> {
    if !quantity.is_positive() {
        return Some(format!("quantity {quantity} is not above nought"));
    }
    if quantity > Quantity::from_units(EXACT_ON_THE_WIRE) {
        return Some(format!("quantity {quantity} is over {EXACT_ON_THE_WIRE}"));
    }
    (!instrument.on_lot(quantity)).then(|| {
        format!(
            "quantity {quantity} is no whole number of lots of {}",
            instrument.lot
        )
    })
}

fn bad_prices(instrument: &Instrument, order: &Order) -> Option<String> {
    let (limit, stop) = match order.order_type {
        OrderType::Market => (false, false),
        OrderType::Limit => (true, false),
        OrderType::Stop => (false, true),
        OrderType::StopLimit => (true, true),
    };
    bad_price(instrument, "limit price", order.price, limit)
        .or_else(|| bad_price(instrument, "stop price", order.stop_price, stop))
}

fn bad_price(instrument: &Instrument, name: &str, price: Option<Price>, needed: bool) -> Option<String> {
    match (price, needed) {
        (None, true) => Some(format!("this type of order needs a {name}")),
        (Some(price), false) => Some(format!("{name} {price} is set, but this type of order has none")),
        (Some(price), true) if !price.is_positive() => Some(format!("{name} {price} is not above nought")),
        (Some(price), true) if price > Price::from_units(EXACT_ON_THE_WIRE) => {
            Some(format!("{name} {price} is over {EXACT_ON_THE_WIRE}"))
        }
        (Some(price), true) if !instrument.on_tick(price) => {
            Some(format!("{name} {price} is off the tick of {}", instrument.tick))
        }
        _ => None,
    }
}
