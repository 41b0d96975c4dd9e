//! Over real sockets, on a path of its own.

use std::sync::Arc;

use bus::{Context, clock, symbol_topic, wait};
use messages::{Price, Quantity};
use proptest::prelude::*;

use super::*;

fn row(symbol: usize, event_us: i64) -> Row {
    Row {
        symbol,
        exchange: Arc::from("TEST"),
        event_us,
        trade: None,
        bid: Some(Price::from_units(99)),
        ask: Some(Price::from_units(101)),
        bid_size: Quantity::ONE,
        ask_size: Quantity::ONE,
    }
}

struct Bench {
    _folder: tempfile::TempDir,
    context: Context,
    publisher: MarketPublisher,
    address: String,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("ipc://{}/market-data.ipc", folder.path().display());
        let context = Context::new();
        let symbols = ["ALFA", "BRVO", "CHRL"].map(|name| Symbol::new(name).unwrap());
        let publisher = MarketPublisher::bind(&context, &address, 10_000, &symbols, 7).unwrap();
        Self {
            _folder: folder,
            context,
            publisher,
            address,
        }
    }

    fn publish(&mut self, symbol: usize, count: usize) {
        for _ in 0..count {
            self.publisher.publish(&row(symbol, 5), 6).unwrap();
        }
    }

    /// A subscriber whose subscriptions, one per topic, the publisher has answered.
    fn join(&mut self, topics: &[Vec<u8>]) -> zmq::Socket {
        let socket = self.context.socket(zmq::SUB).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_rcvhwm(0).unwrap();
        for topic in topics {
            socket.set_subscribe(topic).unwrap();
        }
        socket.connect(&self.address).unwrap();
        self.serve(topics.len() as u64);
        socket
    }

    /// Carries out `count` more subscriptions.
    fn serve(&mut self, count: u64) {
        let deadline = clock::monotonic_us() + 5_000_000;
        let due = self.publisher.subscriptions() + count;
        while self.publisher.subscriptions() < due {
            assert!(clock::monotonic_us() < deadline, "nobody subscribed");
            wait(&[&self.publisher], 100).unwrap();
            self.publisher.serve_subscriptions().unwrap();
        }
    }
}

/// Symbol and sequence of what is received until `count` frames came and none follows for a while.
fn received(socket: &zmq::Socket, count: usize) -> Vec<(String, u64)> {
    let mut frames = Vec::new();
    loop {
        socket
            .set_rcvtimeo(if frames.len() < count { 5_000 } else { 60 })
            .unwrap();
        match socket.recv_bytes(0) {
            Ok(frame) => {
                let message = wire::MarketData::decode(frame.as_slice()).unwrap();
                assert_eq!((message.epoch, message.published_us), (7, 6));
                frames.push((message.symbol, message.sequence));
            }
            Err(zmq::Error::EAGAIN) => return frames,
            Err(error) => panic!("{error}"),
        }
    }
}

fn owned(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected
        .iter()
        .map(|(symbol, sequence)| ((*symbol).to_owned(), *sequence))
        .collect()
}

#[test]
fn a_late_subscriber_gets_the_last_values_and_nobody_else_sees_them_twice() {
    let mut bench = Bench::new();
    let early = bench.join(&[Vec::new()]);
    bench.publish(0, 3);
    bench.publish(1, 2);
    let late = bench.join(&[Vec::new()]);
    bench.publish(0, 1);
    assert_eq!(
        received(&late, 3),
        owned(&[("ALFA", 3), ("BRVO", 2), ("ALFA", 4)])
    );
    let all = [
        ("ALFA", 1),
        ("ALFA", 2),
        ("ALFA", 3),
        ("BRVO", 1),
        ("BRVO", 2),
        ("ALFA", 4),
    ];
    assert_eq!(received(&early, 6), owned(&all));
}

#[test]
fn the_second_subscriber_of_a_symbol_gets_its_value_and_only_that() {
    let mut bench = Bench::new();
    bench.publish(0, 2);
    bench.publish(1, 1);
    let first = bench.join(&[symbol_topic("ALFA")]);
    let second = bench.join(&[symbol_topic("ALFA")]);
    bench.publish(1, 1);
    bench.publish(0, 1);
    assert_eq!(received(&first, 2), owned(&[("ALFA", 2), ("ALFA", 3)]));
    assert_eq!(received(&second, 2), owned(&[("ALFA", 2), ("ALFA", 3)]));
}

#[test]
fn a_subscription_without_a_value_takes_no_row_from_the_others() {
    let mut bench = Bench::new();
    let everything = bench.join(&[Vec::new()]);
    let quiet = bench.join(&[symbol_topic("CHRL")]);
    bench.publish(0, 1);
    assert_eq!(received(&everything, 1), owned(&[("ALFA", 1)]));
    assert_eq!(received(&quiet, 0), []);
}

#[test]
fn whoever_unsubscribes_gets_no_more_and_the_others_go_on() {
    let mut bench = Bench::new();
    let stays = bench.join(&[Vec::new()]);
    let leaves = bench.join(&[symbol_topic("ALFA"), symbol_topic("BRVO")]);
    leaves.set_unsubscribe(&symbol_topic("ALFA")).unwrap();
    bench.serve(1);
    bench.publish(0, 1);
    bench.publish(1, 1);
    assert_eq!(received(&leaves, 1), owned(&[("BRVO", 1)]));
    assert_eq!(received(&stays, 2), owned(&[("ALFA", 1), ("BRVO", 1)]));
}

#[test]
fn subscribers_that_come_and_go_in_a_hurry_harm_nobody() {
    let mut bench = Bench::new();
    let stays = bench.join(&[Vec::new()]);
    bench.publish(0, 1);
    for turn in 0..300 {
        let hasty = bench.context.socket(zmq::SUB).unwrap();
        hasty.set_linger(0).unwrap();
        hasty.set_subscribe(b"").unwrap();
        hasty.connect(&bench.address).unwrap();
        if turn % 3 == 0 {
            bench.serve(1);
        }
        drop(hasty);
        bench.publish(0, 1);
        bench.publisher.serve_subscriptions().unwrap();
    }
    let expected: Vec<(String, u64)> = (1..=301).map(|sequence| ("ALFA".to_owned(), sequence)).collect();
    let mut rows = received(&stays, 301);
    // The last value of one that left meanwhile may go to all: nothing but what they have just had.
    rows.dedup();
    assert_eq!(rows, expected);
}

#[test]
fn a_flood_of_subscriptions_waits_its_turn_and_none_is_lost() {
    let mut bench = Bench::new();
    bench.publish(0, 1);
    let greedy = bench.context.socket(zmq::SUB).unwrap();
    greedy.set_linger(0).unwrap();
    greedy.set_sndhwm(0).unwrap();
    for number in 0..2_000 {
        let topic = symbol_topic(&format!("S{number}"));
        greedy.set_subscribe(&topic).unwrap();
    }
    greedy.set_subscribe(&symbol_topic("ALFA")).unwrap();
    greedy.connect(&bench.address).unwrap();
    let deadline = clock::monotonic_us() + 60_000_000;
    let mut before = 0;
    while before < 2_001 {
        assert!(clock::monotonic_us() < deadline, "{before} of 2,001 came");
        wait(&[&bench.publisher], 100).unwrap();
        bench.publisher.serve_subscriptions().unwrap();
        let taken = bench.publisher.subscriptions() - before;
        assert!(taken <= SUBSCRIPTIONS as u64, "{taken} in one turn");
        before += taken;
    }
    assert_eq!(received(&greedy, 1), owned(&[("ALFA", 1)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_frame_is_the_bare_message_with_the_symbol_first(
        bid in 1_i64..1_000_000_000_000, size in 0_i64..1_000_000_000_000, traded in any::<bool>(),
    ) {
        let symbols = [Symbol::new("ALFA").unwrap()];
        let context = Context::new();
        let mut publisher =
            MarketPublisher::bind(&context, "inproc://market-data", 1_000, &symbols, 1).unwrap();
        let trade = traded.then_some(crate::row::Trade {
            price: Price(bid),
            volume: Quantity(size),
            aggressor: wire::market_data::Aggressor::Seller,
        });
        let row = Row { bid: Some(Price(bid)), ask: None, bid_size: Quantity(size), trade, ..row(0, 9) };
        publisher.publish(&row, 3).unwrap();
        let frame = &publisher.symbols[0].frame;
        prop_assert!(frame.starts_with(&symbol_topic("ALFA")));
        let quote = messages::Quote::try_from(&wire::MarketData::decode(frame.as_slice()).unwrap()).unwrap();
        prop_assert_eq!((quote.bid, quote.ask, quote.bid_size), (row.bid, None, row.bid_size));
        prop_assert_eq!(quote.trade.map(|trade| trade.price), trade.map(|trade| trade.price));
        prop_assert_eq!((quote.sequence, quote.published_us, quote.event_us), (1, 3, 9));
    }
}

#[test]
fn bars_since_the_start_are_kept_rows_of_before_a_restart_among_them() {
    let mut bench = Bench::new();
    assert!(bench.publisher.bars("NONE", 10).is_none());
    for second in 0..7 {
        bench.publisher.pass_over(&row(1, second * 1_000_000));
    }
    for second in 7..130 {
        bench.publisher.publish(&row(1, second * 1_000_000), 6).unwrap();
    }
    let bars = bench.publisher.bars("BRVO", usize::MAX).unwrap();
    assert_eq!(
        (bars.epoch, bars.sequence),
        (7, 123),
        "of the rows that this start has published"
    );
    let mut restored = Series::new(&Intervals::default(), 200);
    let kept: Option<Vec<_>> = bars.series.iter().map(feed::history::from_wire).collect();
    restored.restore(&kept.unwrap());
    for (interval, count) in [(1_000_000, 130), (60_000_000, 3)] {
        assert_eq!(restored.bars(interval, usize::MAX).unwrap().len(), count);
    }
    assert_eq!(bars.series[0].close[129].to_bits(), 100_f64.to_bits());
    let newest = bench.publisher.bars("BRVO", 5).unwrap();
    assert_eq!(
        newest.series[0].start_us.first(),
        Some(&124_000_000),
        "five closed ones and the open one"
    );
}
