//! What holds for every history of orders, cancels, blocks and rows of the feed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;

use messages::{
    Instrument, Money, Order, OrderStatus, OrderType, Origin, Price, Quantity, Quote, Side, Symbol, Trade,
};
use proptest::prelude::*;
use venue::{Event, EventRecord, Exchange, FeeModel, SessionName};

#[derive(Debug, Clone)]
enum Step {
    Submit {
        side: Side,
        quantity: i64,
        kind: u8,
        limit: i64,
        stop: i64,
        session: bool,
    },
    Cancel {
        nth: usize,
        session: bool,
    },
    MassCancel {
        session: bool,
        block: bool,
    },
    Unblock {
        session: bool,
    },
    Row {
        bid: i64,
        spread: i64,
        bid_size: i64,
        ask_size: i64,
        trade: Option<(i64, i64, Option<Side>)>,
    },
    ForgetTouches,
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn row() -> impl Strategy<Value = Step> {
    let trade = proptest::option::of((95..106_i64, 0..12_i64, proptest::option::of(side())));
    // A spread of −1 is a crossed row.
    (96..104_i64, -1..4_i64, 0..9_i64, 0..9_i64, trade).prop_map(
        |(bid, spread, bid_size, ask_size, trade)| Step::Row {
            bid,
            spread,
            bid_size,
            ask_size,
            trade,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (side(), 0..15_i64, 0..4_u8, 95..106_i64, 95..106_i64, any::<bool>()).prop_map(
            |(side, quantity, kind, limit, stop, session)| Step::Submit { side, quantity, kind, limit, stop, session }
        ),
        1 => (0..40_usize, any::<bool>()).prop_map(|(nth, session)| Step::Cancel { nth, session }),
        1 => (any::<bool>(), proptest::bool::weighted(0.2))
            .prop_map(|(session, block)| Step::MassCancel { session, block }),
        1 => any::<bool>().prop_map(|session| Step::Unblock { session }),
        8 => row(),
        1 => Just(Step::ForgetTouches),
    ]
}

fn symbol() -> Symbol {
    Symbol::new("ALFA").unwrap()
}

fn fees() -> FeeModel {
    FeeModel::MakerTaker {
        maker: "-0.1".parse().unwrap(),
        taker: "0.3".parse().unwrap(),
    }
}

fn instruments() -> [Instrument; 1] {
    let lot = Quantity::ONE;
    [Instrument {
        symbol: symbol(),
        tick: Price::ONE,
        lot,
        multiplier: Quantity::ONE,
        currency: "USD".into(),
    }]
}

fn order(id: String, side: Side, quantity: i64, kind: u8, limit: i64, stop: i64) -> Order {
    let order_type = [
        OrderType::Market,
        OrderType::Limit,
        OrderType::Stop,
        OrderType::StopLimit,
    ][usize::from(kind)];
    Order {
        order_id: String::new(),
        client_order_id: id,
        symbol: symbol(),
        side,
        quantity: Quantity::from_units(quantity),
        price: matches!(kind, 1 | 3).then(|| Price::from_units(limit)),
        stop_price: matches!(kind, 2 | 3).then(|| Price::from_units(stop)),
        order_type,
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

/// The exchange with what a witness beside it counts for itself.
struct Witness {
    exchange: Exchange,
    sessions: [SessionName; 2],
    events: Vec<Event>,
    ids: usize,
    /// Per side of taker, the most that may still be taken from the display since it last changed price.
    display: BTreeMap<Side, (Option<i64>, i64, i64)>,
    now_us: i64,
}

impl Witness {
    fn new() -> Self {
        Self {
            exchange: Exchange::new("w", instruments(), fees()),
            sessions: ["one".into(), "two".into()],
            events: Vec::new(),
            ids: 0,
            display: BTreeMap::new(),
            now_us: 0,
        }
    }

    fn show(&mut self, taker: Side, price: Option<i64>, size: i64) {
        let size = if price.is_some() { size } else { 0 };
        let (old_price, old_size, left) = self.display.get(&taker).copied().unwrap_or((None, 0, 0));
        let left = if old_price == price {
            (left + (size - old_size).max(0)).min(size)
        } else {
            size
        };
        self.display.insert(taker, (price, size, left));
    }

    fn step(&mut self, step: &Step) -> Vec<Event> {
        self.now_us += 1;
        let mut events = Vec::new();
        let session = |second: bool| self.sessions[usize::from(second)].clone();
        match *step {
            Step::Submit {
                side,
                quantity,
                kind,
                limit,
                stop,
                session: second,
            } => {
                // Now and then an id that was used before.
                let id = format!("o{}", if self.ids % 9 == 8 { 3 } else { self.ids });
                let name = session(second);
                self.ids += 1;
                let order = order(id, side, quantity, kind, limit, stop);
                self.exchange.submit(&name, order, self.now_us, &mut events);
            }
            Step::Cancel { nth, session: second } => {
                // Unknown and finished ones are refused, which is as good an answer as any here.
                let _ = self.exchange.cancel(
                    &session(second),
                    &format!("o{nth}"),
                    "test",
                    self.now_us,
                    &mut events,
                );
            }
            Step::MassCancel {
                session: second,
                block,
            } => {
                let name = session(second);
                if block {
                    self.exchange.block(&name, None, "test", self.now_us, &mut events);
                }
                self.exchange
                    .mass_cancel(&name, None, "test", self.now_us, &mut events);
                assert_eq!(self.exchange.open_orders(&name, None).count(), 0);
            }
            Step::Unblock { session: second } => {
                self.exchange
                    .unblock(&session(second), None, self.now_us, &mut events);
            }
            Step::Row {
                bid,
                spread,
                bid_size,
                ask_size,
                trade,
            } => {
                let ask = bid + spread;
                let crossed = spread < 0;
                self.show(Side::Buy, (!crossed).then_some(ask), ask_size);
                self.show(Side::Sell, (!crossed).then_some(bid), bid_size);
                let quote = Quote {
                    symbol: symbol(),
                    bid: Some(Price::from_units(bid)),
                    ask: Some(Price::from_units(ask)),
                    bid_size: Quantity::from_units(bid_size),
                    ask_size: Quantity::from_units(ask_size),
                    trade: trade.map(|(price, quantity, aggressor)| Trade {
                        price: Price::from_units(price),
                        quantity: Quantity::from_units(quantity),
                        aggressor,
                    }),
                    event_us: 0,
                    epoch: 1,
                    sequence: 1,
                    published_us: 0,
                };
                self.exchange.on_quote(&quote, self.now_us, &mut events);
            }
            Step::ForgetTouches => {
                self.exchange.forget_touches();
                self.display.clear();
            }
        }
        self.check_sources(step, &events);
        self.events.extend(events.iter().cloned());
        events
    }

    /// Every execution comes out of the display (at the touch) or out of the trade of this row.
    fn check_sources(&mut self, step: &Step, events: &[Event]) {
        let mut filled: BTreeMap<Side, i64> = BTreeMap::new();
        for event in events {
            if let Event::Filled { fill, .. } = event {
                *filled.entry(fill.side).or_default() += fill.quantity.0 / messages::exact::SCALE;
            }
        }
        let traded = match step {
            Step::Row {
                trade: Some((_, quantity, _)),
                ..
            } => *quantity,
            _ => 0,
        };
        for (side, quantity) in filled {
            let (_, _, left) = self.display.entry(side).or_insert((None, 0, 0));
            assert!(
                quantity <= *left + traded,
                "{side:?} got {quantity}, shown {left}, traded {traded}"
            );
            // Up to `traded` of it may have come from the trade: the display is used up by the rest at least.
            *left -= (quantity - traded).max(0);
        }
    }

    fn check_book(&self) {
        for name in &self.sessions {
            let fills = self.exchange.executions(name, 1, usize::MAX);
            let mut by_order: BTreeMap<&str, (Quantity, Money)> = BTreeMap::new();
            let mut position = Quantity::ZERO;
            let mut cash = Money::ZERO;
            for (index, fill) in fills.iter().enumerate() {
                assert_eq!(fill.venue_sequence, index as u64 + 1);
                assert!(fill.quantity.is_positive() && fill.price.is_positive());
                let (quantity, value) = by_order.entry(&fill.client_order_id).or_default();
                *quantity += fill.quantity;
                *value += Money::notional(fill.price, fill.quantity, Quantity::ONE);
                position += fill.side.signed(fill.quantity);
                cash -= Money::notional(fill.price, fill.side.signed(fill.quantity), Quantity::ONE);
                let order = self.exchange.order(name, &fill.client_order_id).unwrap();
                if let Some(limit) = order.price {
                    assert!(
                        order.side.sign() * (limit.0 - fill.price.0) >= 0,
                        "worse than the limit"
                    );
                }
            }
            for (id, (quantity, value)) in by_order {
                let order = self.exchange.order(name, id).unwrap();
                assert_eq!((order.filled_quantity, order.filled_value), (quantity, value));
                assert!(quantity <= order.quantity);
            }
            let held = self
                .exchange
                .positions(name)
                .next()
                .map(|(_, held)| held.clone())
                .unwrap_or_default();
            assert_eq!(held.quantity, position);
            // Realised profit less what the open position cost is the cash that changed hands.
            let difference = held.realized - held.cost - cash;
            assert!(difference.abs().0 <= 1_000_000, "{difference}");
            let open: Vec<_> = self.exchange.open_orders(name, None).collect();
            assert!(
                open.iter()
                    .all(|order| order.status.is_working() && order.remaining().is_positive())
            );
            let immediate = |order: &&&Order| order.order_type == OrderType::Market;
            assert_eq!(
                open.iter().filter(immediate).count(),
                0,
                "a market order never rests"
            );
        }
    }
}

/// The book as text: everything that its events determine.
fn picture(exchange: &Exchange, sessions: &[SessionName]) -> String {
    let mut picture = String::new();
    for name in sessions {
        let open: Vec<_> = exchange.open_orders(name, None).collect();
        let all: Vec<_> = (0..200)
            .filter_map(|nth| exchange.order(name, &format!("o{nth}")))
            .collect();
        let blocked = exchange.blocked(name);
        let positions: Vec<_> = exchange.positions(name).collect();
        let executions = exchange.executions(name, 1, usize::MAX);
        writeln!(
            picture,
            "{name}: {open:?} {all:?} {blocked:?} {positions:?} {executions:?}"
        )
        .unwrap();
    }
    picture + &format!("{} {}", exchange.order_count(), exchange.execution_count())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_book_adds_up_after_every_step(steps in proptest::collection::vec(step(), 1..80)) {
        let mut witness = Witness::new();
        for step in &steps {
            witness.step(step);
            witness.check_book();
        }
    }

    #[test]
    fn the_journal_rebuilds_the_book_and_both_go_on_alike(
        before in proptest::collection::vec(step(), 1..60),
        after in proptest::collection::vec(step(), 1..30),
    ) {
        let mut witness = Witness::new();
        for step in &before {
            witness.step(step);
        }
        // By way of the bytes that the journal holds.
        let read: Vec<Event> = witness
            .events
            .iter()
            .map(|event| {
                let record = EventRecord::from(event);
                Event::from_record(record.kind, &record.payload).unwrap()
            })
            .collect();
        prop_assert_eq!(&read, &witness.events);
        let rebuilt = Exchange::rebuild("w", instruments(), fees(), &read).unwrap();
        prop_assert_eq!(picture(&rebuilt, &witness.sessions), picture(&witness.exchange, &witness.sessions));
        // It goes on from there, and its later events fit the same journal.
        witness.exchange = rebuilt;
        witness.display.clear();
        for step in &after {
            witness.step(step);
            witness.check_book();
        }
        let again = Exchange::rebuild("w", instruments(), fees(), &witness.events).unwrap();
        prop_assert_eq!(picture(&again, &witness.sessions), picture(&witness.exchange, &witness.sessions));
    }

    #[test]
    fn an_event_out_of_place_is_refused(
        steps in proptest::collection::vec(step(), 1..40),
        nth in any::<proptest::sample::Index>(),
    ) {
        let mut witness = Witness::new();
        for step in &steps {
            witness.step(step);
        }
        let fills: Vec<_> =
            witness.events.iter().filter(|event| matches!(event, Event::Filled { .. })).cloned().collect();
        if !fills.is_empty() {
            let again = nth.get(&fills);
            prop_assert!(witness.exchange.clone().apply(again).is_err(), "an execution is booked once");
        }
    }
}
