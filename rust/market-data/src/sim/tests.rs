use std::collections::HashMap;

use messages::Symbol;
use proptest::prelude::*;

use super::*;

fn instruments() -> Vec<Instrument> {
    [
        ("ALFA", "0.01", "1"),
        ("ESH4", "0.25", "1"),
        ("CHRL", "0.25", "1"),
        ("DLTA", "0.005", "10"),
    ]
    .map(|(name, tick, lot)| Instrument {
        symbol: Symbol::new(name).unwrap(),
        tick: tick.parse().unwrap(),
        lot: lot.parse().unwrap(),
        multiplier: Quantity::ONE,
        currency: "USD".into(),
    })
    .into()
}

fn rows(seed: u64, rate: u32, count: usize) -> Vec<Row> {
    let mut sim = Simulator::new(&instruments(), seed, rate).unwrap();
    (0..count).map(|_| sim.next_event()).collect()
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_gives_others() {
    assert_eq!(rows(7, 500, 5_000), rows(7, 500, 5_000));
    assert_ne!(rows(7, 500, 50), rows(8, 500, 50));
}

#[test]
fn a_row_is_what_it_was_in_every_release() {
    // Models are trained on these rows: whoever changes them trains anew.
    let mut line = Vec::new();
    rows(1, 600, 1_000)
        .last()
        .unwrap()
        .write_csv("X", &mut line)
        .unwrap();
    assert_eq!(String::from_utf8(line).unwrap(), LINE_1000);
}

const LINE_1000: &str = "1704205801669572,X,SIM,,0,,4248.75,49,4249.75,27\n";

#[test]
fn symbols_without_a_profile_are_left_out_and_none_at_all_is_refused() {
    let symbols: std::collections::HashSet<usize> = rows(1, 100, 500).iter().map(|row| row.symbol).collect();
    assert_eq!(symbols, [0, 2, 3].into());
    let unknown = &instruments()[1..2];
    assert!(Simulator::new(unknown, 1, 100).is_err());
}

#[test]
fn prices_stay_near_their_anchor_for_hours_and_spreads_move() {
    let mut spreads: HashMap<i64, u32> = HashMap::new();
    for row in rows(3, 20, 20 * 3_600 * 4) {
        let (bid, ask) = (row.bid.unwrap(), row.ask.unwrap());
        let middle = f64::midpoint(bid.to_f64(), ask.to_f64());
        let anchor = PROFILES[[0, 9, 2, 3][row.symbol]].anchor;
        assert!(
            (middle / anchor - 1.0).abs() < 0.15,
            "{middle} is far from {anchor}"
        );
        if row.symbol == 2 {
            *spreads.entry((ask - bid).0 / 250_000_000).or_default() += 1;
        }
    }
    assert!(
        spreads.values().filter(|count| **count > 1_000).count() >= 3,
        "{spreads:?}"
    );
}

#[test]
fn order_flow_tells_where_the_price_goes() {
    // One-second steps of ALFA: the share of buyers over ten seconds against the return of the next ten.
    let (mut flow, mut mids) = (Vec::new(), Vec::new());
    let (mut balance, mut second) = (0.0, START_US / 1_000_000);
    for row in rows(11, 300, 300 * 3_600)
        .into_iter()
        .filter(|row| row.symbol == 0)
    {
        while row.event_us / 1_000_000 > second {
            second += 1;
            flow.push(std::mem::take(&mut balance));
            mids.push(f64::midpoint(
                row.bid.unwrap().to_f64(),
                row.ask.unwrap().to_f64(),
            ));
        }
        if let Some(trade) = row.trade {
            let sign = if trade.aggressor == messages::wire::market_data::Aggressor::Buyer {
                1.0
            } else {
                -1.0
            };
            balance += sign * trade.volume.to_f64();
        }
    }
    let pairs: Vec<(f64, f64)> = (10..mids.len() - 10)
        .map(|at| {
            (
                flow[at - 10..at].iter().sum::<f64>(),
                mids[at + 10] / mids[at] - 1.0,
            )
        })
        .collect();
    let right = pairs.iter().filter(|(flow, gain)| flow * gain > 0.0).count();
    let share = right as f64 / pairs.len() as f64;
    assert!(
        (0.55..0.95).contains(&share),
        "order flow was right {share:.3} of the time"
    );
}

proptest! {
    #[test]
    fn every_row_is_sound(seed in any::<u64>(), rate in 1_u32..1_000_000) {
        let instruments = instruments();
        let mut shown: HashMap<usize, Row> = HashMap::new();
        let mut now = START_US;
        for row in rows(seed, rate, 2_000) {
            let instrument = &instruments[row.symbol];
            let (bid, ask) = (row.bid.unwrap(), row.ask.unwrap());
            prop_assert!(bid < ask && bid.is_positive());
            prop_assert!(instrument.on_tick(bid) && instrument.on_tick(ask));
            prop_assert!(row.bid_size.is_positive() && instrument.on_lot(row.bid_size));
            prop_assert!(row.ask_size.is_positive() && instrument.on_lot(row.ask_size));
            prop_assert!(row.event_us >= now);
            now = row.event_us;
            if let (Some(trade), Some(before)) = (row.trade, shown.get(&row.symbol)) {
                let buyer = trade.aggressor == messages::wire::market_data::Aggressor::Buyer;
                let (at, size) =
                    if buyer { (before.ask, before.ask_size) } else { (before.bid, before.bid_size) };
                prop_assert_eq!(Some(trade.price), at);
                prop_assert!(trade.volume.is_positive() && trade.volume <= size);
            }
            shown.insert(row.symbol, row);
        }
    }
}
