//! Somebody else in the desk's session at the venue: orders the desk never placed, cancels it never asked for.

use messages::{Money, Order, OrderStatus, OrderType, Origin, Price, Quantity, Side, Symbol, wire};
use rand::RngExt;
use wire::venue_request::Body;

use crate::engine::SESSION;
use crate::paper_venue::VenueActor;
use crate::shared::Shared;

/// From the touch to an order that only rests.
const AWAY: Price = Price(3_000_000_000);
/// Its connection to the venue, which is none of the engine's.
pub(crate) const CONNECTION: u64 = u64::MAX;
/// Begins the id of each of its orders.
const PREFIX: &str = "x";

/// The intruder of a run; most runs have none.
#[derive(Debug)]
pub(crate) struct Intruder {
    is_here: bool,
    orders: u64,
}

impl Intruder {
    pub(crate) const fn new(is_here: bool) -> Self {
        Self { is_here, orders: 0 }
    }

    /// A moment to do something in; `engine` is the engine's connection.
    pub(crate) fn act(&mut self, shared: &mut Shared, venue: &mut VenueActor, engine: u64) {
        if !self.is_here || !shared.chance(0.06) {
            return;
        }
        let Some(exchange) = venue.exchange() else { return };
        let session = SESSION.into();
        let open: Vec<(String, Symbol)> = exchange
            .open_orders(&session, None)
            .map(|order| (order.client_order_id.clone(), order.symbol.clone()))
            .collect();
        let symbols: Vec<Symbol> = exchange.instruments().keys().cloned().collect();
        let logon = Body::Logon(wire::Logon {
            session: SESSION.to_owned(),
            ..wire::Logon::default()
        });
        let deed = if !open.is_empty() && shared.chance(0.5) {
            let (id, _) = &open[shared.random.random_range(0..open.len())];
            Body::Cancel(id.clone())
        } else {
            let symbol = symbols[shared.random.random_range(0..symbols.len())].clone();
            let Some(order) = self.order(shared, exchange, symbol) else {
                return;
            };
            shared.witness.intruded(&order.symbol);
            Body::Submit(wire::Order::from(&order))
        };
        for body in [logon, deed] {
            let request = wire::VenueRequest {
                request_id: "x".to_owned(),
                body: Some(body),
            };
            venue.request(shared, engine, CONNECTION, request);
        }
    }

    /// At the touch, so that it rests at times and fills at others.
    fn order(&mut self, shared: &mut Shared, exchange: &venue::Exchange, symbol: Symbol) -> Option<Order> {
        self.orders += 1;
        let side = if shared.chance(0.5) { Side::Buy } else { Side::Sell };
        let touch = exchange.touch(&symbol)?;
        let touch = touch.own(side).price()?;
        // Half of them so far away that they only rest.
        let away = if shared.chance(0.5) { AWAY } else { Price::ZERO };
        let price = match side {
            Side::Buy => touch - away,
            Side::Sell => touch + away,
        };
        Some(Order {
            order_id: String::new(),
            client_order_id: format!("{PREFIX}{}", self.orders),
            symbol,
            side,
            quantity: Quantity::from_units(shared.random.random_range(1..10)),
            price: Some(price),
            stop_price: None,
            order_type: OrderType::Limit,
            status: OrderStatus::Created,
            timestamp_us: shared.now_us,
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
            intent_us: shared.now_us,
            valid_until_us: 0,
            limits_version: 0,
            decision_price: None,
            market_published_us: 0,
            signal_published_us: 0,
            accepted_us: 0,
        })
    }
}
