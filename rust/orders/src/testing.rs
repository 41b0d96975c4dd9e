//! Orders and fills for the tests of this crate.

use messages::{Fill, Money, Order, OrderStatus, OrderType, Origin, Quantity, Side, Symbol};

pub(crate) fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

/// A strategy's limit order in ALFA, freshly approved.
pub(crate) fn limit_order(id: &str, side: Side, quantity: i64, price: &str) -> Order {
    Order {
        order_id: String::new(),
        client_order_id: id.into(),
        symbol: symbol("ALFA"),
        side,
        quantity: Quantity::from_units(quantity),
        price: Some(price.parse().unwrap()),
        stop_price: None,
        order_type: OrderType::Limit,
        status: OrderStatus::Created,
        timestamp_us: 0,
        rejection_reason: String::new(),
        filled_quantity: Quantity::ZERO,
        filled_value: Money::ZERO,
        origin: Origin::Strategy,
        reduces: false,
        model_hash: "abc".into(),
        model_version: "test".into(),
        signal_sequence: 1,
        signal_epoch: 1,
        command_id: String::new(),
        intent_us: 1,
        valid_until_us: 0,
        limits_version: 1,
        decision_price: None,
        market_published_us: 0,
        signal_published_us: 0,
        accepted_us: 0,
    }
}

/// The venue's execution number `sequence` of an order in ALFA.
pub(crate) fn fill(id: &str, sequence: u64, side: Side, quantity: i64, price: &str) -> Fill {
    Fill {
        execution_id: format!("X{sequence}"),
        client_order_id: id.into(),
        order_id: format!("V-{id}"),
        symbol: symbol("ALFA"),
        side,
        quantity: Quantity::from_units(quantity),
        price: price.parse().unwrap(),
        fee: Money::ZERO,
        timestamp_us: 1,
        maker: true,
        venue_sequence: sequence,
        decision_price: None,
    }
}
