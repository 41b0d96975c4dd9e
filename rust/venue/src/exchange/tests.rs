//! The rules one by one, on a desk of one instrument with a tick of 0.25 and a lot of 1.

use messages::{
    Fill, Instrument, Money, Order, OrderStatus, OrderType, Origin, Price, Quantity, Quote, Side, Symbol,
    Trade,
};

use super::*;

mod commands;
mod resting;

struct Desk {
    exchange: Exchange,
    session: SessionName,
    events: Vec<Event>,
    now_us: i64,
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn units(count: i64) -> Quantity {
    Quantity::from_units(count)
}

fn symbol() -> Symbol {
    Symbol::new("ESH4").unwrap()
}

fn instrument() -> Instrument {
    Instrument {
        symbol: symbol(),
        tick: price("0.25"),
        lot: Quantity::ONE,
        multiplier: units(50),
        currency: "USD".into(),
    }
}

fn quote(bid: &str, bid_size: i64, ask: &str, ask_size: i64) -> Quote {
    Quote {
        symbol: symbol(),
        bid: Some(price(bid)),
        ask: Some(price(ask)),
        bid_size: units(bid_size),
        ask_size: units(ask_size),
        trade: None,
        event_us: 0,
        epoch: 1,
        sequence: 1,
        published_us: 0,
    }
}

fn trade(at: &str, quantity: i64, aggressor: Option<Side>) -> Trade {
    Trade {
        price: price(at),
        quantity: units(quantity),
        aggressor,
    }
}

fn order(id: &str, side: Side, quantity: i64, limit: Option<&str>) -> Order {
    Order {
        order_id: String::new(),
        client_order_id: id.into(),
        symbol: symbol(),
        side,
        quantity: units(quantity),
        price: limit.map(price),
        stop_price: None,
        order_type: if limit.is_some() {
            OrderType::Limit
        } else {
            OrderType::Market
        },
        status: OrderStatus::Created,
        timestamp_us: 0,
        rejection_reason: String::new(),
        filled_quantity: Quantity::ZERO,
        filled_value: Money::ZERO,
        origin: Origin::Strategy,
        reduces: false,
        model_hash: String::new(),
        model_version: String::new(),
        signal_sequence: 0,
        signal_epoch: 0,
        command_id: String::new(),
        intent_us: 0,
        valid_until_us: 0,
        limits_version: 0,
        decision_price: None,
        market_published_us: 0,
        signal_published_us: 0,
        accepted_us: 0,
    }
}

impl Desk {
    fn new() -> Self {
        let exchange = Exchange::new("t", [instrument()], FeeModel::PerShare(price("0.85")));
        Self {
            exchange,
            session: "desk".into(),
            events: Vec::new(),
            now_us: 1,
        }
    }

    fn showing(bid: &str, bid_size: i64, ask: &str, ask_size: i64) -> Self {
        let mut desk = Self::new();
        desk.show(&quote(bid, bid_size, ask, ask_size));
        desk
    }

    fn show(&mut self, quote: &Quote) {
        self.now_us += 1;
        self.exchange.on_quote(quote, self.now_us, &mut self.events);
    }

    /// A trade in a row that leaves the touch as the quote says.
    fn print(&mut self, at: &str, quantity: i64, aggressor: Option<Side>, after: Quote) {
        self.show(&Quote {
            trade: Some(trade(at, quantity, aggressor)),
            ..after
        });
    }

    fn submit(&mut self, order: Order) -> Submission {
        self.now_us += 1;
        self.exchange
            .submit(&self.session, order, self.now_us, &mut self.events)
    }

    fn state(&self, id: &str) -> &Order {
        self.exchange.order(&self.session, id).unwrap()
    }

    fn ahead(&self, id: &str) -> Option<i64> {
        self.exchange
            .ahead(&self.session, id)
            .map(|ahead| ahead.0 / messages::exact::SCALE)
    }

    /// (id, quantity, price, maker) of every execution so far.
    fn fills(&self) -> Vec<(String, i64, String, bool)> {
        let all = self.exchange.executions(&self.session, 1, usize::MAX);
        all.iter().map(row).collect()
    }

    fn filled(&self, id: &str) -> i64 {
        self.state(id).filled_quantity.0 / messages::exact::SCALE
    }
}

fn row(fill: &Fill) -> (String, i64, String, bool) {
    let quantity = fill.quantity.0 / messages::exact::SCALE;
    (
        fill.client_order_id.clone(),
        quantity,
        fill.price.to_string(),
        fill.maker,
    )
}
