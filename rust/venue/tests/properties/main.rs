//! What holds for every history of orders, cancels, blocks and rows of the feed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;

use messages::{
    Instrument, Money, Order, OrderStatus, OrderType, Origin, Price, Quantity, Quote, Side, Symbol, Trade,
};
use proptest::prelude::*;
use venue::{Event, EventRecord, Exchange, FeeModel, SessionName};

mod witness;

use witness::Witness;

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
