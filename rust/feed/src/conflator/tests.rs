use messages::wire::MarketData;
use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::series::MOST_BARS;

const INTERVALS_US: [i64; 2] = [1_000, 5_000];

fn symbols(names: &[&str]) -> Vec<Symbol> {
    names.iter().map(|name| Symbol::new(name).unwrap()).collect()
}

fn conflator() -> Conflator {
    Conflator::new(
        &symbols(&["ALFA", "BRVO"]),
        Intervals::new(&INTERVALS_US).unwrap(),
        10,
    )
}

fn frame(symbol: &str, epoch: u64, sequence: u64, price: Option<f64>) -> Vec<u8> {
    MarketData {
        symbol: symbol.into(),
        bid: Some(99.0),
        ask: Some(101.0 + (sequence % 7) as f64),
        price,
        volume: price.map_or(0.0, |_| 5.0),
        timestamp_us: sequence as i64 * 400,
        epoch,
        sequence,
        published_us: 1_000,
        ..Default::default()
    }
    .encode_to_vec()
}

#[test]
fn only_the_newest_is_kept_and_given_once() {
    let mut kept = conflator();
    kept.take(&frame("BRVO", 1, 1, Some(100.0)), 1_007);
    kept.take(&frame("BRVO", 1, 2, None), 1_008);
    let given = kept.frame();
    assert_eq!(given.changes.len(), 1);
    let change = &given.changes[0];
    assert_eq!(
        (
            change.symbol,
            change.sequence,
            change.received_us,
            change.messages
        ),
        (1, 2, 1_008, 2)
    );
    assert_eq!((change.last, change.last_size, change.volume), (100.0, 5.0, 5.0));
    assert!(kept.frame().changes.is_empty());
}

#[test]
fn a_side_that_is_missing_is_no_number() {
    let mut kept = conflator();
    let row = MarketData {
        symbol: "ALFA".into(),
        bid: Some(9.0),
        sequence: 1,
        ..Default::default()
    };
    kept.take(&row.encode_to_vec(), 5);
    let change = kept.frame().changes[0];
    assert_eq!(
        (change.bid.to_bits(), change.ask.is_nan()),
        (9_f64.to_bits(), true)
    );
    assert!(change.last.is_nan());
}

#[test]
fn the_longest_way_is_told_per_symbol_and_frame_and_a_last_value_has_none() {
    let mut kept = conflator();
    for (sequence, received_us) in [(1, 900_000), (2, 1_030), (3, 1_010)] {
        kept.take(&frame("ALFA", 1, sequence, None), received_us);
    }
    let given = kept.frame();
    assert_eq!(
        (
            given.changes[0].latency_us,
            given.latency.count,
            given.latency.longest_us
        ),
        (30, 2, 30)
    );
    kept.take(&frame("ALFA", 1, 4, None), 1_004);
    assert_eq!(kept.frame().changes[0].latency_us, 4);
}

#[test]
fn a_gap_is_counted_and_a_last_value_seen_twice_is_not_a_row() {
    let mut kept = conflator();
    for sequence in [3, 3, 6] {
        kept.take(&frame("ALFA", 1, sequence, Some(100.0)), 7);
    }
    let change = kept.frame().changes[0];
    assert_eq!((change.gaps, change.messages, change.volume), (2, 3, 10.0));
    assert_eq!(kept.totals().gaps, 2);
}

#[test]
fn rubbish_and_strangers_are_counted_apart() {
    let mut kept = conflator();
    kept.take(b"\xff\xff", 1);
    kept.take(&frame("CHRL", 1, 1, None), 2);
    kept.take(&frame("", 1, 1, None), 2);
    let totals = kept.totals();
    assert_eq!((totals.messages, totals.malformed, totals.untracked), (3, 2, 1));
    assert!(kept.frame().changes.is_empty() && kept.bars("CHRL", 1_000, 10).is_none());
}

#[test]
fn ten_thousand_symbols_are_kept_in_bounded_memory_and_the_next_is_counted() {
    let seconds = Intervals::DEFAULT_S.map(|seconds| i64::from(seconds) * 1_000_000);
    let mut kept = Conflator::new(&[], Intervals::new(&seconds).unwrap(), 900);
    for number in 0..=MOST_SYMBOLS {
        kept.take(&frame(&format!("S{number}"), 1, 1, None), 5);
    }
    assert_eq!(kept.symbols().len(), MOST_SYMBOLS);
    assert_eq!(kept.totals().untracked, 1);
    assert_eq!(kept.frame().changes.len(), MOST_SYMBOLS);
    assert_eq!(kept.ring_bytes(), 0, "no ring before a bar is closed");
    // A day of one symbol fills its rings; ten thousand times that is the bound.
    for minute in 2..2_000 {
        let row = MarketData {
            symbol: "S7".into(),
            bid: Some(1.0),
            ask: Some(1.0),
            timestamp_us: minute * 60_000_000,
            sequence: minute as u64,
            epoch: 1,
            ..Default::default()
        };
        kept.take(&row.encode_to_vec(), 5);
    }
    let bytes = kept.ring_bytes();
    assert!(
        bytes > 0 && bytes * MOST_SYMBOLS <= MOST_BARS * size_of::<Bar>(),
        "{bytes}"
    );
    assert_eq!(
        kept.bars("S7", 1_000_000, usize::MAX).unwrap().len(),
        kept.bars_kept()
    );
}

#[test]
fn bars_follow_event_time() {
    let mut kept = conflator();
    for sequence in 1..=6 {
        kept.take(&frame("ALFA", 1, sequence, None), 7);
    }
    let bars = kept.bars("ALFA", 1_000, 10).unwrap();
    let starts: Vec<i64> = bars.iter().map(|bar| bar.start_us).collect();
    assert_eq!(starts, [0, 1_000, 2_000]);
}

/// Everything that a series is asked for.
fn all_bars(kept: &Conflator) -> Vec<Vec<Bar>> {
    let of = |interval| {
        let bars = kept.bars("ALFA", interval, usize::MAX).unwrap();
        // How many rows a bar had is not kept of one that comes from elsewhere.
        let plain = |bar: &Bar| Bar { rows: 0, ..*bar };
        bars.iter().map(plain).collect()
    };
    INTERVALS_US.into_iter().map(of).collect()
}

#[test]
fn too_many_rows_between_question_and_answer_are_asked_for_again() {
    let mut kept = conflator();
    let index = kept.wanted().next().unwrap();
    kept.hold(index);
    for sequence in 1..=5_000 {
        kept.take(&frame("ALFA", 1, sequence, None), 7);
    }
    assert_eq!(kept.join(index, 1, 100, &[]), Joined::Again);
    assert_eq!(kept.join(index, 1, 4_900, &[]), Joined::Exactly);
    assert_eq!(
        kept.join(index, 1, 4_900, &[]),
        Joined::Again,
        "nothing is held any more"
    );
}

#[test]
fn a_publisher_that_started_anew_is_asked_again_and_an_answer_of_the_old_one_is_refused() {
    let mut kept = conflator();
    assert_eq!(kept.wanted().collect::<Vec<_>>(), [0, 1]);
    kept.take(&frame("ALFA", 1, 1, None), 7);
    kept.take(&frame("ALFA", 2, 1, None), 7);
    assert_eq!(kept.wanted().collect::<Vec<_>>(), [0]);
    kept.hold(0);
    assert_eq!(kept.join(0, 1, 5, &[]), Joined::Again);
}

proptest! {
    #[test]
    fn received_and_missing_make_up_the_stream(kept in proptest::collection::vec(any::<bool>(), 1..300)) {
        let mut conflator = conflator();
        let sent: Vec<u64> = (1..).zip(&kept).filter(|(_, kept)| **kept).map(|(at, _)| at).collect();
        for sequence in &sent {
            conflator.take(&frame("BRVO", 3, *sequence, None), 0);
        }
        let span = sent.last().map_or(0, |last| last - sent[0] + 1);
        prop_assert_eq!(conflator.totals().messages + conflator.totals().gaps, span);
    }

    /// The publisher has read `answered` rows when it answers; the late reader began with row `joined`, asked after
    /// `asked` rows, and has read some further ones before the answer arrives.
    #[test]
    fn a_late_reader_has_the_bars_of_one_that_read_from_the_beginning(
        joined in 1_u64..40, asked in 0_u64..20, answered in 0_u64..20, read in 0_u64..20, rest in 1_u64..30,
    ) {
        let row = |sequence: u64| frame("ALFA", 1, sequence, sequence.is_multiple_of(3).then_some(100.0));
        let (mut whole, mut late) = (conflator(), conflator());
        let asked = joined + asked;
        let answered = asked + answered;
        // What was published before the question may still be on its way to the reader.
        let arrived = asked + read;
        let end = answered.max(arrived) + rest;
        let mut answer = Vec::new();
        for sequence in 1..=end {
            whole.take(&row(sequence), 0);
            if sequence == answered {
                answer = whole.instruments[0].series.kept(usize::MAX).collect();
            }
        }
        for sequence in joined..=end {
            late.take(&row(sequence), 0);
            if sequence == asked {
                late.hold(0);
            }
            if sequence == arrived {
                prop_assert_eq!(late.join(0, 1, answered, &answer), Joined::Exactly);
            }
        }
        prop_assert_eq!(all_bars(&late), all_bars(&whole));
    }
}
