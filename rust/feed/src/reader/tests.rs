use bus::{ControlServer, Publisher};
use messages::wire;
use messages::wire::{MarketData, control_reply, control_request};

use super::*;
use crate::history::to_wire;
use crate::series::{Kept, Series};

const SECOND: i64 = 1_000_000;

fn options(address: &str, symbols: &[&str]) -> FeedOptions {
    FeedOptions {
        address: address.to_owned(),
        symbols: symbols.iter().map(|&symbol| symbol.to_owned()).collect(),
        intervals_us: vec![SECOND, 60 * SECOND],
        bars: 100,
        high_water_mark: 10_000,
        history_address: None,
    }
}

fn row(symbol: &str, second: i64) -> MarketData {
    MarketData {
        symbol: symbol.into(),
        bid: Some(10.0 + second as f64),
        ask: Some(10.0 + second as f64),
        timestamp_us: second * SECOND,
        ..Default::default()
    }
}

/// Calls `each` about every millisecond until it says true.
fn until(what: &str, mut each: impl FnMut() -> bool) {
    let deadline = clock::monotonic_us() + 30_000_000;
    while !each() {
        assert!(clock::monotonic_us() < deadline, "{what} did not come to pass");
        wait(&[], 1).unwrap();
    }
}

#[test]
fn reads_what_is_published_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("ipc://{}/market-data.ipc", folder.path().display());
    let context = Context::new();
    let publisher = Publisher::bind(&context, &address, 10_000).unwrap();
    let feed = MarketFeed::connect(&options(&address, &["ALFA"])).unwrap();
    let mut sequence = 0;
    until("a hundred messages", || {
        sequence += 1;
        for symbol in ["ALFA", "BRVO"] {
            publisher
                .send(&row(symbol, 1), sequence, clock::now_us())
                .unwrap();
        }
        feed.totals().messages >= 100
    });
    feed.stop();
    let frame = feed.frame();
    assert_eq!(frame.changes.len(), 1, "BRVO was not asked for");
    assert_eq!(feed.symbols()[frame.changes[0].symbol as usize].as_str(), "ALFA");
    assert!(frame.latency.count > 0 && frame.latency.p50_us <= frame.latency.longest_us);
    let totals = feed.totals();
    assert_eq!((totals.malformed, totals.untracked, totals.gaps), (0, 0, 0));
    assert_eq!(totals.failure, "");
    feed.stop();
}

#[test]
fn a_burst_is_read_without_loss_while_somebody_keeps_asking() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("ipc://{}/market-data.ipc", folder.path().display());
    let context = Context::new();
    let publisher = Publisher::bind(&context, &address, 0).unwrap();
    let feed = MarketFeed::connect(&FeedOptions {
        high_water_mark: 0,
        ..options(&address, &[])
    })
    .unwrap();
    let mut sequence = 0;
    until("the subscription", || {
        sequence += 1;
        publisher.send(&row("ALFA", 1), sequence, 1).unwrap();
        feed.totals().messages > 0
    });
    let missed = sequence;
    let mut changes = 0;
    for _ in 0..40 {
        for _ in 0..500 {
            sequence += 1;
            publisher.send(&row("ALFA", 1), sequence, 1).unwrap();
        }
        changes += feed.frame().changes.len();
    }
    until("the last message", || {
        let frame = feed.frame();
        changes += frame.changes.len();
        frame.changes.last().is_some_and(|last| last.sequence == sequence)
    });
    assert!(changes > 1);
    let totals = feed.totals();
    assert_eq!(totals.gaps, 0);
    assert!(totals.messages >= sequence - missed, "{totals:?}");
}

#[test]
fn what_it_can_not_keep_is_refused() {
    let many: Vec<String> = (0..=MOST_SYMBOLS).map(|number| format!("S{number}")).collect();
    let address = "ipc:///nowhere/market-data.ipc";
    let refused = |options: &FeedOptions| MarketFeed::connect(options).err().map(|error| error.to_string());
    let too_many = FeedOptions {
        symbols: many,
        ..options(address, &[])
    };
    assert!(refused(&too_many).is_some_and(|reason| reason.contains("10001 symbols")));
    assert!(refused(&options(address, &["A B"])).is_some_and(|reason| reason.contains("A B")));
    let unfit = FeedOptions {
        intervals_us: vec![2, 3],
        ..options(address, &["ALFA"])
    };
    assert!(refused(&unfit).is_some_and(|reason| reason.contains("[2, 3]")));
}

#[test]
fn a_late_reader_is_given_the_bars_it_missed_and_counts_no_row_twice() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("ipc://{}/{name}.ipc", folder.path().display());
    let context = Context::new();
    let publisher = Publisher::bind(&context, &at("market-data"), 0).unwrap();
    let mut control = ControlServer::bind(&context, &at("control"), "market-data").unwrap();
    let intervals = Intervals::new(&[SECOND, 60 * SECOND]).unwrap();
    let mut kept = Series::new(&intervals, 1_000);
    let mut sequence = 0_i64;
    let mut publish = |kept: &mut Series| {
        sequence += 1;
        let price = 10.0 + sequence as f64;
        kept.update(sequence * SECOND, Some(price), 0.0);
        publisher
            .send(&row("ALFA", sequence), sequence.unsigned_abs(), 1)
            .unwrap();
        sequence
    };
    for _ in 0..130 {
        publish(&mut kept);
    }
    let feed = MarketFeed::connect(&FeedOptions {
        history_address: Some(at("control")),
        bars: 1_000,
        ..options(&at("market-data"), &["ALFA"])
    })
    .unwrap();
    assert_eq!(feed.bars_kept(), 1_000);
    let mut answered = 0;
    until("the join", || {
        let sequence = publish(&mut kept);
        for (peer, request) in control.receive().unwrap() {
            let asked =
                matches!(&request.body, Some(control_request::Body::Bars(bars)) if bars.symbol == "ALFA");
            assert!(asked, "{request:?}");
            answered += 1;
            let series: Vec<Kept> = kept.kept(usize::MAX).collect();
            let body = control_reply::Body::Bars(wire::Bars {
                symbol: "ALFA".into(),
                series: series.iter().map(to_wire).collect(),
                epoch: publisher.epoch(),
                sequence: sequence.unsigned_abs(),
            });
            control.reply(&peer, &request.request_id, body).unwrap();
        }
        let totals = feed.totals();
        answered > 0 && totals.history_pending == 0 && totals.messages > 0
    });
    let last = publish(&mut kept);
    until("the last row", || {
        let changes = feed.frame().changes;
        changes
            .last()
            .is_some_and(|change| change.sequence == last.unsigned_abs())
    });
    for interval in [SECOND, 60 * SECOND] {
        let plain = |bar: &Bar| (bar.start_us, bar.open, bar.high, bar.low, bar.close);
        let here = feed.bars("ALFA", interval, 1_000).unwrap();
        let there = kept.bars(interval, 1_000).unwrap();
        let (here, there): (Vec<_>, Vec<_>) = (
            here.iter().map(plain).collect(),
            there.iter().map(plain).collect(),
        );
        assert_eq!(here, there);
        assert!(there.len() > if interval == SECOND { 130 } else { 2 });
    }
}
