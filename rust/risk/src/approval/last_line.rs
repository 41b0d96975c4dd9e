//! The engine's doors: the hardest checks again, and an operator's flatten.

use messages::mutation::{Mutant, planted, unchecked};
use messages::{Instrument, Money, Order, Price, Quantity};

use super::{RiskApproved, RiskRefused, on_grid, permit};
use crate::book::Effect;
use crate::checks::{
    DuplicateOrder, Expired, LimitsOutdated, NoReferencePrice, OrderNotional, OrderQuantity, Position,
    Violation, WouldFlip,
};
use crate::gates::Gates;
use crate::limits::Limits;

/// What [`approve_last_line`] looks at: the engine's own truth.
#[derive(Debug, Clone, Copy)]
pub struct LastLine<'a> {
    /// The limits the risk manager sent last; `None` until it sent any.
    pub limits: Option<&'a Limits>,
    /// The gates the engine holds.
    pub gates: &'a Gates,
    /// The order's instrument.
    pub instrument: &'a Instrument,
    /// The position as booked, signed.
    pub position: Quantity,
    /// Open on the order's side already, this order not counted.
    pub open_same_side: Quantity,
    /// A price for orders that carry none; `None` when the engine has no mark.
    pub reference: Option<Price>,
    /// True when this `client_order_id` was seen before.
    pub is_known: bool,
    /// Arrival time, in microseconds.
    pub now_us: i64,
}

/// The engine's door: the hardest checks again, against its own truth, for an order that arrives.
pub fn approve_last_line(
    order: Order,
    line: &LastLine<'_>,
) -> Result<RiskApproved<Order>, RiskRefused<Order>> {
    match examine_last_line(&order, line) {
        Ok(()) => Ok(RiskApproved { item: order }),
        Err(violation) if unchecked(&violation.check()) => Ok(RiskApproved { item: order }),
        Err(violation) => Err(RiskRefused {
            item: Box::new(order),
            violation,
        }),
    }
}

fn examine_last_line(order: &Order, line: &LastLine<'_>) -> Result<(), Violation> {
    let effect = Effect::of(order.side, order.quantity, line.position, line.open_same_side);
    permit(order, line.gates, effect, line.position, line.open_same_side)?;
    if line.is_known {
        return Err(DuplicateOrder(order.client_order_id.clone()).into());
    }
    if !planted(Mutant::ExpiredOrderSent) {
        Expired::check(&order.client_order_id, order.valid_until_us, line.now_us)?;
    }
    on_grid(order, line.instrument)?;
    let Some(limits) = line.limits else {
        return Err(LimitsOutdated { held: 1, carried: 0 }.into());
    };
    LimitsOutdated::check(limits.version, order.limits_version)?;
    OrderQuantity {
        limit: limits.max_order_quantity,
    }
    .check(order.quantity)?;
    let price = order.price.or(order.stop_price).or(line.reference);
    let Some(price) = price else {
        return Err(NoReferencePrice(order.symbol.clone()).into());
    };
    let price = if order.price.is_some() {
        price
    } else {
        price + limits.price_collar.of(price)
    };
    let notional = Money::notional(price, order.quantity, line.instrument.multiplier);
    OrderNotional {
        limit: limits.max_order_notional,
    }
    .check(notional)?;
    if effect != Effect::Reduces {
        let worst = line.position + order.side.signed(order.quantity + line.open_same_side);
        Position {
            limit: limits.max_position_size,
        }
        .check(&order.symbol, worst)?;
    }
    Ok(())
}

/// The engine's door for an operator's flatten: passes only an order of the opposite side whose quantity,
/// with everything open on that side, is at most the position. No gate stops it; whether a killed desk may
/// flatten yet is the engine's to decide.
pub fn approve_flatten(
    order: Order,
    instrument: &Instrument,
    position: Quantity,
    open_same_side: Quantity,
) -> Result<RiskApproved<Order>, RiskRefused<Order>> {
    let effect = Effect::of(order.side, order.quantity, position, open_same_side);
    let checked = match effect {
        Effect::Reduces => on_grid(&order, instrument),
        Effect::Flips | Effect::Raises => {
            let against = Quantity(-order.side.sign() * position.0);
            let limit = (against - open_same_side).max(Quantity::ZERO);
            Err(WouldFlip {
                symbol: order.symbol.clone(),
                limit,
                value: order.quantity,
                gate: None,
            }
            .into())
        }
    };
    match checked {
        Ok(()) => Ok(RiskApproved {
            item: Order {
                reduces: true,
                ..order
            },
        }),
        Err(violation) => Err(RiskRefused {
            item: Box::new(order),
            violation,
        }),
    }
}
