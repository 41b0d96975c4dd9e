//! Things that tests begin with.

use std::collections::BTreeMap;

use messages::{
    Fill, Gate, GateKind, Instrument, Money, Order, OrderStatus, OrderType, Origin, Price, Quantity, Quote,
    Side, Symbol,
};

use crate::limits::Limits;

pub(crate) fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

pub(crate) fn quantity(units: i64) -> Quantity {
    Quantity::from_units(units)
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn limits() -> Limits {
    let values: BTreeMap<String, f64> = [
        ("max_order_quantity", 1_000.0),
        ("max_order_notional", 150_000.0),
        ("price_collar", 0.05),
        ("max_position_size", 1_000.0),
        ("max_gross_exposure", 400_000.0),
        ("max_net_exposure", 300_000.0),
        ("max_open_positions", 3.0),
        ("max_daily_loss", 5_000.0),
        ("max_concentration", 1.0),
        ("max_drawdown", 1e6),
        ("max_loss_streak", 1_000.0),
        ("max_executions_per_minute", 100_000.0),
        ("max_messages_per_second", 20.0),
        ("stale_after_s", 15.0),
        ("heartbeat_after_s", 2.0),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Limits::new(1, &values).unwrap()
}

pub(crate) fn gate(kind: GateKind, scope: Option<&str>) -> Gate {
    Gate {
        kind,
        symbol: scope.map(symbol),
        closed_by: "somebody".into(),
        reason: "a reason".into(),
        since_us: 0,
        opens_when: "it opens".into(),
    }
}

pub(crate) fn instrument(name: &str) -> Instrument {
    Instrument {
        symbol: symbol(name),
        tick: price("0.01"),
        lot: quantity(1),
        multiplier: quantity(1),
        currency: "USD".into(),
    }
}

/// A touch of 99.99 to 100.01.
pub(crate) fn quote(name: &str) -> Quote {
    quote_at(name, "99.99", "100.01")
}

pub(crate) fn quote_at(name: &str, bid: &str, ask: &str) -> Quote {
    Quote {
        symbol: symbol(name),
        bid: Some(price(bid)),
        ask: Some(price(ask)),
        bid_size: quantity(100),
        ask_size: quantity(100),
        trade: None,
        event_us: 0,
        epoch: 1,
        sequence: 1,
        published_us: 0,
    }
}

pub(crate) fn limit_order(id: &str, name: &str, side: Side, units: i64, at: &str) -> Order {
    Order {
        order_id: String::new(),
        client_order_id: id.into(),
        symbol: symbol(name),
        side,
        quantity: quantity(units),
        price: Some(price(at)),
        stop_price: None,
        order_type: OrderType::Limit,
        status: OrderStatus::Created,
        timestamp_us: 0,
        rejection_reason: String::new(),
        filled_quantity: Quantity::ZERO,
        filled_value: Money::ZERO,
        origin: Origin::Strategy,
        reduces: false,
        model_hash: "hash".into(),
        model_version: "1".into(),
        signal_sequence: 0,
        signal_epoch: 0,
        command_id: String::new(),
        intent_us: 0,
        valid_until_us: 1_000_000,
        limits_version: 1,
        decision_price: Some(price("100")),
        market_published_us: 0,
        signal_published_us: 0,
        accepted_us: 0,
    }
}

pub(crate) fn fill(order: &Order, units: i64, sequence: u64) -> Fill {
    Fill {
        execution_id: format!("X{sequence}"),
        client_order_id: order.client_order_id.clone(),
        order_id: "V1".into(),
        symbol: order.symbol.clone(),
        side: order.side,
        quantity: quantity(units),
        price: order.price.unwrap_or(price("100")),
        fee: Money::ZERO,
        timestamp_us: 0,
        maker: true,
        venue_sequence: sequence,
        decision_price: None,
    }
}
