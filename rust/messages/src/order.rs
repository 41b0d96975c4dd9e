//! Orders, exact.

use crate::exact::{Money, Price, Quantity};
use crate::malformed::Malformed;
use crate::symbol::Symbol;
use crate::wire;
use crate::wire::order as numbers;

/// Buy or sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Adds to the position.
    Buy,
    /// Takes from the position.
    Sell,
}

impl Side {
    /// +1 for a buy, −1 for a sell.
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
    /// `quantity` with this side's sign.
    #[must_use]
    pub fn signed(self, quantity: Quantity) -> Quantity {
        Quantity(self.sign() * quantity.0)
    }
}

macro_rules! wire_enum {
    ($name:ident, $message:literal, $field:literal, $wire:path { $($variant:ident),+ }) => {
        impl $name {
            /// Its number on the wire.
            pub fn to_wire(self) -> $wire {
                match self { $(Self::$variant => <$wire>::$variant),+ }
            }
        }
        impl TryFrom<i32> for $name {
            type Error = Malformed;
            /// An unspecified or unknown number is refused: with BUY = 0 an empty message would be a market buy.
            fn try_from(number: i32) -> Result<Self, Malformed> {
                match <$wire>::try_from(number) {
                    $(Ok(<$wire>::$variant) => Ok(Self::$variant),)+
                    Ok(_) => Err(Malformed::new($message, $field, "is not specified")),
                    Err(_) => Err(Malformed::new($message, $field, format!("{number} is not known here"))),
                }
            }
        }
    };
}

/// How an order wants to be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderType {
    /// At the touch, whatever it is.
    Market,
    /// At the limit price or better.
    Limit,
    /// Becomes a market order when the stop price trades.
    Stop,
    /// Becomes a limit order when the stop price trades.
    StopLimit,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// The intent is durable; the venue has not answered yet.
    Created,
    /// The venue acknowledged it.
    Submitted,
    /// Some of it is filled, the rest works.
    PartiallyFilled,
    /// All of it is filled.
    Filled,
    /// The rest was cancelled.
    Cancelled,
    /// The venue or the engine refused it.
    Rejected,
    /// Nobody knows: the venue is being asked.
    Unknown,
}

impl OrderStatus {
    /// True while it may still fill: also CREATED and UNKNOWN, which may have reached the venue.
    pub const fn is_working(self) -> bool {
        matches!(
            self,
            Self::Created | Self::Submitted | Self::PartiallyFilled | Self::Unknown
        )
    }
    /// True when it ended.
    pub const fn is_finished(self) -> bool {
        !self.is_working()
    }
}

/// Who wanted the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A model's signal.
    Strategy,
    /// A person's command.
    Operator,
}

wire_enum!(Side, "Order", "side", numbers::Side { Buy, Sell });
wire_enum!(
    OrderType,
    "Order",
    "type",
    numbers::Type {
        Market,
        Limit,
        Stop,
        StopLimit
    }
);
wire_enum!(
    OrderStatus,
    "Order",
    "status",
    numbers::Status {
        Created,
        Submitted,
        PartiallyFilled,
        Filled,
        Cancelled,
        Rejected,
        Unknown
    }
);
wire_enum!(Origin, "Order", "origin", numbers::Origin { Strategy, Operator });

/// An order with its state. Times are microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The venue's id; empty until it acknowledged.
    pub order_id: String,
    /// The desk's id, stable over restarts and retries.
    pub client_order_id: String,
    /// The instrument.
    pub symbol: Symbol,
    /// Buy or sell.
    pub side: Side,
    /// Above nought.
    pub quantity: Quantity,
    /// The limit price of a LIMIT or `STOP_LIMIT`.
    pub price: Option<Price>,
    /// The trigger of a STOP or `STOP_LIMIT`.
    pub stop_price: Option<Price>,
    /// How it is priced.
    pub order_type: OrderType,
    /// Where it stands.
    pub status: OrderStatus,
    /// Last change.
    pub timestamp_us: i64,
    /// Why it was rejected or cancelled; empty otherwise.
    pub rejection_reason: String,
    /// From nought to `quantity`.
    pub filled_quantity: Quantity,
    /// Σ price × quantity of its fills under a multiplier of one: exact.
    pub filled_value: Money,
    /// Who wanted it.
    pub origin: Origin,
    /// Approved as a reduction.
    pub reduces: bool,
    /// The model behind it; empty for an operator's order.
    pub model_hash: String,
    /// That model's version.
    pub model_version: String,
    /// The signal behind it; 0 for an operator's order.
    pub signal_sequence: u64,
    /// And its publisher's epoch.
    pub signal_epoch: i64,
    /// The operator's command behind it; empty for a strategy's order.
    pub command_id: String,
    /// When it was decided.
    pub intent_us: i64,
    /// Later than this it is refused; 0 never expires.
    pub valid_until_us: i64,
    /// The limits it was approved under.
    pub limits_version: u64,
    /// The mid when it was decided, for the slippage.
    pub decision_price: Option<Price>,
    /// Publish time of the tick it came from.
    pub market_published_us: i64,
    /// Publish time of the signal it came from.
    pub signal_published_us: i64,
    /// When the venue's acknowledgement arrived; 0 until then.
    pub accepted_us: i64,
}

impl Order {
    /// What is not filled yet.
    #[must_use]
    pub fn remaining(&self) -> Quantity {
        self.quantity - self.filled_quantity
    }
    /// What may still change the position: the remaining quantity, signed, while it works, else nought.
    #[must_use]
    pub fn working(&self) -> Quantity {
        if self.status.is_working() {
            self.side.signed(self.remaining())
        } else {
            Quantity::ZERO
        }
    }
    /// Average price of its fills, to the nearest billionth.
    pub fn average_fill_price(&self) -> Option<Price> {
        self.filled_value.per_unit(self.filled_quantity, Quantity::ONE)
    }
}

fn positive_price(field: &'static str, value: f64, needed: bool) -> Result<Option<Price>, Malformed> {
    let price = Price::from_f64(value).map_err(Malformed::inexact("Order", field))?;
    match (needed, price) {
        (true, price) if !price.is_positive() => Err(Malformed::new(
            "Order",
            field,
            format!("{price} is not above nought"),
        )),
        (false, price) if !price.is_zero() => Err(Malformed::new(
            "Order",
            field,
            format!("{price} is set, but this type of order has none"),
        )),
        (true, price) => Ok(Some(price)),
        (false, _) => Ok(None),
    }
}

impl TryFrom<&wire::Order> for Order {
    type Error = Malformed;

    fn try_from(message: &wire::Order) -> Result<Self, Malformed> {
        let bad = |field, reason: String| Malformed::new("Order", field, reason);
        if message.client_order_id.is_empty() || message.client_order_id.len() > 64 {
            return Err(bad("client_order_id", "must have 1 to 64 characters".into()));
        }
        let order_type = OrderType::try_from(message.r#type)?;
        let quantity =
            Quantity::from_f64(message.quantity).map_err(Malformed::inexact("Order", "quantity"))?;
        if !quantity.is_positive() {
            return Err(bad("quantity", format!("{quantity} is not above nought")));
        }
        let filled_quantity = Quantity::from_f64(message.filled_quantity)
            .map_err(Malformed::inexact("Order", "filled_quantity"))?;
        if filled_quantity.is_negative() || filled_quantity > quantity {
            return Err(bad(
                "filled_quantity",
                format!("{filled_quantity} is not within 0 to {quantity}"),
            ));
        }
        let average =
            Price::from_f64(message.avg_fill_price).map_err(Malformed::inexact("Order", "avg_fill_price"))?;
        let decision =
            Price::from_f64(message.decision_price).map_err(Malformed::inexact("Order", "decision_price"))?;
        let limit = matches!(order_type, OrderType::Limit | OrderType::StopLimit);
        let stop = matches!(order_type, OrderType::Stop | OrderType::StopLimit);
        Ok(Self {
            order_id: message.order_id.clone(),
            client_order_id: message.client_order_id.clone(),
            symbol: Symbol::new(&message.symbol)?,
            side: Side::try_from(message.side)?,
            quantity,
            price: positive_price("price", message.price, limit)?,
            stop_price: positive_price("stop_price", message.stop_price, stop)?,
            order_type,
            status: OrderStatus::try_from(message.status)?,
            timestamp_us: message.timestamp_us,
            rejection_reason: message.rejection_reason.clone(),
            filled_quantity,
            filled_value: Money::notional(average, filled_quantity, Quantity::ONE),
            origin: Origin::try_from(message.origin)?,
            reduces: message.reduces,
            model_hash: message.model_hash.clone(),
            model_version: message.model_version.clone(),
            signal_sequence: message.signal_sequence,
            signal_epoch: message.signal_epoch,
            command_id: message.command_id.clone(),
            intent_us: message.intent_us,
            valid_until_us: message.valid_until_us,
            limits_version: message.limits_version,
            decision_price: decision.is_positive().then_some(decision),
            market_published_us: message.market_published_us,
            signal_published_us: message.signal_published_us,
            accepted_us: message.accepted_us,
        })
    }
}

impl From<&Order> for wire::Order {
    fn from(order: &Order) -> Self {
        let double = |price: Option<Price>| price.map_or(0.0, Price::to_f64);
        Self {
            order_id: order.order_id.clone(),
            client_order_id: order.client_order_id.clone(),
            symbol: order.symbol.to_string(),
            side: order.side.to_wire().into(),
            quantity: order.quantity.to_f64(),
            price: double(order.price),
            r#type: order.order_type.to_wire().into(),
            status: order.status.to_wire().into(),
            timestamp_us: order.timestamp_us,
            rejection_reason: order.rejection_reason.clone(),
            filled_quantity: order.filled_quantity.to_f64(),
            avg_fill_price: double(order.average_fill_price()),
            epoch: 0,
            sequence: 0,
            published_us: 0,
            model_hash: order.model_hash.clone(),
            signal_sequence: order.signal_sequence,
            intent_us: order.intent_us,
            valid_until_us: order.valid_until_us,
            stop_price: double(order.stop_price),
            origin: order.origin.to_wire().into(),
            reduces: order.reduces,
            limits_version: order.limits_version,
            model_version: order.model_version.clone(),
            command_id: order.command_id.clone(),
            decision_price: double(order.decision_price),
            market_published_us: order.market_published_us,
            signal_published_us: order.signal_published_us,
            accepted_us: order.accepted_us,
            signal_epoch: order.signal_epoch,
        }
    }
}

#[cfg(test)]
mod tests;
