//! The only doors to an order that may be sent.
//!
//! [`RiskApproved`] has no public constructor: whoever sends orders takes this type, and an order that
//! skipped risk doesn't compile:
//!
//! ```compile_fail
//! fn smuggle(order: messages::Order) -> risk::RiskApproved<messages::Order> {
//!     risk::RiskApproved { item: order }
//! }
//! ```
//!
//! - [`approve`]: the risk manager's door, with every check.
//! - [`approve_last_line`]: the engine's door for what arrives from the risk manager: the hardest checks again.
//! - [`approve_flatten`]: the engine's door for an operator's flatten, which only ever reduces.

mod last_line;

use std::collections::BTreeSet;

use messages::mutation::{Mutant, planted, unchecked};
use messages::{Instrument, Money, Order, OrderType, Price, Quantity, Side, Symbol, wire};

use crate::book::{Book, Effect, SymbolBook, Touch};
use crate::checks::{
    Collar, Concentration, DailyLoss, Drawdown, DuplicateOrder, GrossExposure, LossStreak, LotSize,
    MessageRate, NetExposure, NoReferencePrice, OpenPositions, OrderNotional, OrderQuantity, Permission,
    Position, RepeatedExecutions, Restricted, SelfMatch, StaleData, TickSize, UnknownInstrument, Violation,
};
use crate::gates::Gates;
use crate::limits::Limits;

pub use last_line::{LastLine, approve_flatten, approve_last_line};

/// Something that passed every check of one of this module's doors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskApproved<T> {
    item: T,
}

impl<T> RiskApproved<T> {
    /// What was approved.
    pub const fn get(&self) -> &T {
        &self.item
    }
    /// What was approved, taken out: for the record, no longer for sending.
    pub fn into_inner(self) -> T {
        self.item
    }
}

impl RiskApproved<Order> {
    /// The request that carries it to the engine. The order's own id is the request's: a retry is the same.
    pub fn to_request(&self) -> wire::OrderRequest {
        wire::OrderRequest {
            request_id: self.item.client_order_id.clone(),
            body: Some(wire::order_request::Body::Submit(wire::Order::from(&self.item))),
        }
    }
}

/// Something that failed a check. Policy: never sent; the violation goes on the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{violation}")]
pub struct RiskRefused<T> {
    /// What was refused.
    pub item: Box<T>,
    /// The check it failed.
    pub violation: Violation,
}

/// What [`approve`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The limits in force.
    pub limits: &'a Limits,
    /// Every closed gate of the desk.
    pub gates: &'a Gates,
    /// Positions, working orders, marks.
    pub book: &'a Book,
    /// The loss of the trading day.
    pub daily_loss: Money,
    /// How far the day's P&L has fallen from its highest.
    pub drawdown: Money,
    /// Losing round trips in a row in the order's symbol.
    pub loss_streak: u32,
    /// Orders of the symbol's strategy that executed within a minute.
    pub executions: usize,
    /// Symbols in which nothing new may be opened.
    pub restricted: &'a BTreeSet<Symbol>,
    /// Orders sent lately.
    pub rate: &'a MessageRate,
    /// True when this id, or an order of this signal, was approved before.
    pub is_used: bool,
    /// Arrival time, in microseconds.
    pub now_us: i64,
}

/// The risk manager's door: approves `order` when it passes every check, and notes on it whether it reduces
/// and under which limits.
///
/// A pure reduction passes every gate but the kill, old marks, and the limits on positions, exposure and loss: it
/// eases them all but the net exposure, which the way out of one leg of a hedge may raise, and a way out is never
/// barred. Order size, price, rate and grid hold for it too.
pub fn approve(order: Order, view: &View<'_>) -> Result<RiskApproved<Order>, RiskRefused<Order>> {
    match examine(&order, view) {
        Ok(effect) => {
            let reduces = effect == Effect::Reduces;
            Ok(RiskApproved {
                item: Order {
                    reduces,
                    limits_version: view.limits.version,
                    ..order
                },
            })
        }
        Err(violation) if unchecked(&violation.check()) => Ok(RiskApproved { item: order }),
        Err(violation) => Err(RiskRefused {
            item: Box::new(order),
            violation,
        }),
    }
}

fn examine(order: &Order, view: &View<'_>) -> Result<Effect, Violation> {
    let View { limits, .. } = view;
    let Some(book) = view.book.get(&order.symbol) else {
        return Err(UnknownInstrument(order.symbol.clone()).into());
    };
    let open_same_side = book.open(order.side);
    let position = book.reducible_from(order.side);
    let effect = Effect::of(order.side, order.quantity, position, open_same_side);
    let raises = effect != Effect::Reduces;
    permit(order, view.gates, effect, position, open_same_side)?;
    if raises {
        let symbols = view.restricted;
        Restricted { symbols }.check(&order.symbol)?;
    }
    if view.is_used || view.book.order(&order.client_order_id).is_some() {
        return Err(DuplicateOrder(order.client_order_id.clone()).into());
    }
    on_grid(order, &book.instrument)?;
    OrderQuantity {
        limit: limits.max_order_quantity,
    }
    .check(order.quantity)?;
    let Some(touch) = book.touch else {
        return Err(NoReferencePrice(order.symbol.clone()).into());
    };
    if raises {
        let age_us = view.now_us - touch.received_us;
        StaleData::check("the market data", &order.symbol, limits.stale_after_us, age_us)?;
    }
    let collar = Collar {
        fraction: limits.price_collar,
        mid: touch.mid,
    };
    for price in order.price.iter().chain(&order.stop_price) {
        collar.check(*price)?;
    }
    let value_price = worst_price(order, touch.bid, touch.ask, limits);
    let notional = Money::notional(value_price, order.quantity, book.instrument.multiplier);
    OrderNotional {
        limit: limits.max_order_notional,
    }
    .check(notional)?;
    if let Some((ours, price)) = book.self_match(order.side, worst_match(order, value_price, &touch)) {
        return Err(SelfMatch {
            client_order_id: ours.order.client_order_id.clone(),
            limit: price,
            value: worst_match(order, value_price, &touch),
        }
        .into());
    }
    if raises {
        let worst = book.worst(order.side) + order.side.signed(order.quantity);
        Position {
            limit: limits.max_position_size,
        }
        .check(&order.symbol, worst)?;
        exposure(order, view, book, worst)?;
        DailyLoss {
            limit: limits.max_daily_loss,
        }
        .check(view.daily_loss)?;
        conduct(order, view)?;
    }
    view.rate.check(limits.max_messages_per_second, view.now_us)?;
    Ok(effect)
}

fn permit(
    order: &Order,
    gates: &Gates,
    effect: Effect,
    position: Quantity,
    open_same_side: Quantity,
) -> Result<(), Violation> {
    let reducible = (position.abs() - open_same_side).max(Quantity::ZERO);
    Permission { gates }
        .check(order, effect, reducible)
        .map_err(|stopped| match stopped {
            crate::checks::Stopped::Gate(error) => error.into(),
            crate::checks::Stopped::Flip(error) => error.into(),
        })
}

fn on_grid(order: &Order, instrument: &Instrument) -> Result<(), Violation> {
    for price in order.price.iter().chain(&order.stop_price) {
        TickSize { instrument }.check(*price)?;
    }
    LotSize { instrument }.check(order.quantity)?;
    Ok(())
}

fn exposure(order: &Order, view: &View<'_>, book: &SymbolBook, worst: Quantity) -> Result<(), Violation> {
    let limits = view.limits;
    let before = view.book.gross();
    let other = book.worst(order.side.opposite());
    let of_symbol = book.notional(worst).abs().max(book.notional(other).abs());
    let gross = before - book.gross() + of_symbol;
    GrossExposure {
        limit: limits.max_gross_exposure,
    }
    .check(before, gross)?;
    let before = view.book.net(order.side);
    let after = before + book.notional(order.side.signed(order.quantity));
    NetExposure {
        limit: limits.max_net_exposure,
    }
    .check(before, after)?;
    OpenPositions {
        limit: limits.max_open_positions,
    }
    .check(view.book.open_symbols(), book.is_open())?;
    Concentration {
        limit: limits.max_concentration,
        floor: Concentration::floor(limits.max_gross_exposure),
    }
    .check(&order.symbol, of_symbol, gross)?;
    Ok(())
}

fn conduct(order: &Order, view: &View<'_>) -> Result<(), Violation> {
    let limits = view.limits;
    Drawdown {
        limit: limits.max_drawdown,
    }
    .check(view.drawdown)?;
    LossStreak {
        limit: limits.max_loss_streak,
    }
    .check(&order.symbol, view.loss_streak)?;
    RepeatedExecutions {
        limit: limits.max_executions_per_minute,
    }
    .check(&order.symbol, view.executions)?;
    Ok(())
}

/// The worst price at which `order` may meet one of ours: a sell's value is taken at the bid where that is
/// higher, but it trades down to its limit, and a market sell down to the bid less the collar.
fn worst_match(order: &Order, value: Price, touch: &Touch) -> Price {
    match (order.side, order.price) {
        (_, Some(limit)) => limit,
        (Side::Buy, None) => value,
        (Side::Sell, None) => {
            order.stop_price.unwrap_or(touch.bid).min(touch.bid) - (value - touch.bid).abs()
        }
    }
}

/// The worst price `order` may be filled at: a market order at the touch plus the collar, a stop at its
/// trigger plus the collar, a limit at its price, or at the bid where a sell would do better than it asks.
fn worst_price(order: &Order, bid: Price, ask: Price, limits: &Limits) -> Price {
    let with_collar = |price: Price| price + limits.price_collar.of(price);
    let touch = match order.side {
        Side::Buy => ask,
        Side::Sell => bid,
    };
    match (order.order_type, order.price, order.stop_price) {
        (OrderType::Limit | OrderType::StopLimit, Some(price), _) if order.side == Side::Sell => {
            price.max(bid)
        }
        (OrderType::Limit | OrderType::StopLimit, Some(price), _) => price,
        (OrderType::Stop, _, Some(stop)) => with_collar(stop.max(touch)),
        _ if planted(Mutant::MarketOrderUnpriced) => Price::default(),
        _ => with_collar(touch),
    }
}

#[cfg(test)]
mod tests;
