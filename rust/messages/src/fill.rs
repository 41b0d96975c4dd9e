//! Executions, exact.

use crate::exact::{Money, Price, Quantity};
use crate::malformed::Malformed;
use crate::order::Side;
use crate::symbol::Symbol;
use crate::wire;

/// One execution, booked exactly once by its `execution_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// The venue's id, unique for ever.
    pub execution_id: String,
    /// The desk's order.
    pub client_order_id: String,
    /// The venue's id of that order.
    pub order_id: String,
    /// The instrument.
    pub symbol: Symbol,
    /// Side of the order.
    pub side: Side,
    /// Above nought.
    pub quantity: Quantity,
    /// Above nought.
    pub price: Price,
    /// What the venue charges; below nought is a rebate.
    pub fee: Money,
    /// The venue's clock, in microseconds.
    pub timestamp_us: i64,
    /// True when it rested.
    pub maker: bool,
    /// The venue's execution sequence, from 1 without gaps.
    pub venue_sequence: u64,
    /// The mid when the order was decided.
    pub decision_price: Option<Price>,
}

impl TryFrom<&wire::Fill> for Fill {
    type Error = Malformed;

    fn try_from(message: &wire::Fill) -> Result<Self, Malformed> {
        let bad = |field, reason: String| Malformed::new("Fill", field, reason);
        if message.execution_id.is_empty() {
            return Err(bad("execution_id", "is empty".into()));
        }
        let quantity =
            Quantity::from_f64(message.quantity).map_err(Malformed::inexact("Fill", "quantity"))?;
        let price = Price::from_f64(message.price).map_err(Malformed::inexact("Fill", "price"))?;
        if !quantity.is_positive() {
            return Err(bad("quantity", format!("{quantity} is not above nought")));
        }
        if !price.is_positive() {
            return Err(bad("price", format!("{price} is not above nought")));
        }
        let decision =
            Price::from_f64(message.decision_price).map_err(Malformed::inexact("Fill", "decision_price"))?;
        Ok(Self {
            execution_id: message.execution_id.clone(),
            client_order_id: message.client_order_id.clone(),
            order_id: message.order_id.clone(),
            symbol: Symbol::new(&message.symbol)?,
            side: Side::try_from(message.side)?,
            quantity,
            price,
            fee: Money::from_f64(message.fee).map_err(Malformed::inexact("Fill", "fee"))?,
            timestamp_us: message.timestamp_us,
            maker: message.maker,
            venue_sequence: message.venue_sequence,
            decision_price: decision.is_positive().then_some(decision),
        })
    }
}

impl From<&Fill> for wire::Fill {
    fn from(fill: &Fill) -> Self {
        Self {
            execution_id: fill.execution_id.clone(),
            client_order_id: fill.client_order_id.clone(),
            order_id: fill.order_id.clone(),
            symbol: fill.symbol.to_string(),
            side: fill.side.to_wire().into(),
            quantity: fill.quantity.to_f64(),
            price: fill.price.to_f64(),
            fee: fill.fee.to_f64(),
            timestamp_us: fill.timestamp_us,
            maker: fill.maker,
            venue_sequence: fill.venue_sequence,
            decision_price: fill.decision_price.map_or(0.0, Price::to_f64),
            epoch: 0,
            sequence: 0,
            published_us: 0,
        }
    }
}
