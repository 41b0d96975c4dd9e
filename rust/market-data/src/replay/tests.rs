use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use messages::{Quantity, Symbol};
use proptest::prelude::*;

use super::*;
use crate::dump::dump;
use crate::row::HEADER;
use crate::sim::Simulator;

const GOOD: &str = "100,ES,GLBX,4800.25,44,N,4800.0,4,4800.25,7";

fn instrument(name: &str, tick: &str) -> Instrument {
    Instrument {
        symbol: Symbol::new(name).unwrap(),
        tick: tick.parse().unwrap(),
        lot: Quantity::ONE,
        multiplier: Quantity::ONE,
        currency: "USD".into(),
    }
}

struct Recorded {
    folder: tempfile::TempDir,
}

impl Recorded {
    fn of(lines: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("rows.csv"),
            format!("{HEADER}\n{}\n", lines.join("\n")),
        )
        .unwrap();
        Self { folder }
    }
    fn open(&self, skip: bool) -> Replay {
        let instruments = [instrument("ES", "0.25"), instrument("NQ", "0.25")];
        Replay::open(&self.folder.path().join("rows.csv"), &instruments, skip).unwrap()
    }
}

fn read(replay: &mut Replay) -> Result<Vec<Row>, SourceFailed> {
    std::iter::from_fn(|| replay.next_row().transpose()).collect()
}

#[test]
fn a_row_is_read_exactly() {
    let rows = read(&mut Recorded::of(&[GOOD, "101,NQ,X,,0,,,0,17000.5,3"]).open(false)).unwrap();
    let trade = rows[0].trade.unwrap();
    assert_eq!(
        (trade.price.to_string(), trade.volume),
        ("4800.25".into(), Quantity::from_units(44))
    );
    assert_eq!(trade.aggressor, messages::wire::market_data::Aggressor::None);
    assert_eq!(
        (rows[0].bid_size, &*rows[0].exchange),
        (Quantity::from_units(4), "GLBX")
    );
    assert_eq!((rows[1].symbol, rows[1].bid, rows[1].trade), (1, None, None));
}

#[test]
fn a_malformed_row_stops_with_file_line_and_reason() {
    for (bad, reason) in [
        ("x,ES,GLBX,,0,,1,1,2,1", "timestamp_us `x` is no whole number"),
        ("100,ES,GLBX,,0,,1,1,2", "9 columns instead of 10"),
        ("100,ES,GLBX,,0,,1,1,2,1,1", "11 columns instead of 10"),
        ("100,ES,GLBX,,0,Q,1,1,2,1", "aggressor `Q` is none of B, A, N"),
        ("100,ES,GLBX,,0,,abc,1,2,1", "bid `abc` is not a decimal number"),
        ("100,ES,GLBX,,0,,nan,1,2,1", "bid `nan`"),
        ("100,ES,GLBX,1e3,1,B,1,1,2,1", "price `1e3`"),
        ("100,ES,GLBX,,0,,1,,2,1", "bid_size ``"),
    ] {
        let recorded = Recorded::of(&[GOOD, bad, GOOD]);
        let mut replay = recorded.open(false);
        assert!(replay.next_row().unwrap().is_some());
        let failed = replay.next_row().unwrap_err();
        assert_eq!(failed.place, Place::Line(3), "{bad}");
        assert!(failed.reason.contains(reason), "{bad}: {failed}");
        assert!(failed.to_string().contains("rows.csv, line 3: "), "{failed}");

        let mut skipping = recorded.open(true);
        assert_eq!(read(&mut skipping).unwrap().len(), 2, "{bad}");
        assert_eq!(skipping.faults()[MALFORMED], 1);
        assert_eq!(skipping.position(), 3);
    }
}

#[test]
fn data_faults_are_counted_by_kind_and_not_passed_on() {
    let recorded = Recorded::of(&[
        GOOD,
        "101,ES,GLBX,,0,,4801,1,4800,1",
        "102,ES,GLBX,,0,,4800,-1,4801,1",
        "103,ES,GLBX,4800,-5,B,4800,1,4801,1",
        "99,ES,GLBX,,0,,4800,1,4801,1",
        "99,NQ,GLBX,,0,,4800,1,4801,1",
        "104,ES,GLBX,,0,,4800.1,1,4801,1",
        "105,YM,GLBX,,0,,4800,1,4801,1",
        "106,ES,GLBX,,0,,0,1,4801,1",
        "107,ES,GLBX,4800,0,B,4800,1,4801,1",
        "108,ES,GLBX,,7,,4800,1,4801,1",
        "109,ES,GLBX,,0,,4800,1,4801,1",
    ]);
    let mut replay = recorded.open(false);
    let times: Vec<i64> = read(&mut replay)
        .unwrap()
        .iter()
        .map(|row| row.event_us)
        .collect();
    assert_eq!(times, [100, 99, 109]);
    let expected = [
        ("crossed_book", 1),
        ("inconsistent_trade", 2),
        ("negative_size", 2),
        ("off_tick", 1),
        ("price_not_positive", 1),
        ("time_backwards", 1),
        ("unknown_symbol", 1),
    ];
    assert_eq!(replay.faults(), &expected.into());
    assert_eq!(replay.position(), 12);
}

#[test]
fn what_real_feeds_do_is_no_fault() {
    let genuine = [
        "100,ES,GLBX,,0,,4800,1,4800,1",
        "100,ES,GLBX,4800,1,A,4800,0,4800,1",
        "100,ES,GLBX,,0,,,0,4800,1",
        "100,ES,GLBX,,0,,,0,,0",
    ];
    assert_eq!(read(&mut Recorded::of(&genuine).open(false)).unwrap().len(), 4);
}

#[test]
fn a_wrong_header_or_a_missing_file_is_refused() {
    let recorded = Recorded::of(&[]);
    let path = recorded.folder.path().join("rows.csv");
    std::fs::write(&path, "time,symbol\n1,ES\n").unwrap();
    let failed = Replay::open(&path, &[], false).err().unwrap();
    assert!(
        failed.place == Place::Line(1) && failed.reason.contains("has to be"),
        "{failed}"
    );
    assert!(Replay::open(&recorded.folder.path().join("none.csv"), &[], false).is_err());
}

#[test]
fn a_gzipped_file_that_ends_too_early_fails_even_when_bad_rows_are_skipped() {
    let recorded = Recorded::of(&[]);
    let path = recorded.folder.path().join("rows.csv.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for time in 0..20_000 {
        writeln!(
            encoder,
            "{}",
            if time == 0 {
                HEADER.into()
            } else {
                GOOD.replace("100", &time.to_string())
            }
        )
        .unwrap();
    }
    let bytes = encoder.finish().unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    let mut replay = Replay::open(&path, &[instrument("ES", "0.25")], true).unwrap();
    let failed = read(&mut replay).unwrap_err();
    assert!(
        failed.reason.contains("cannot be read on") && failed.place != Place::Line(1),
        "{failed}"
    );
}

#[test]
fn the_recorded_days_run_through_without_a_fault() {
    let Some(folder) = std::env::var_os("QUARTERDECK_DATA").map(PathBuf::from) else {
        return;
    };
    for (file, symbol, tick, count) in [
        ("esh4_2023-12-25.csv.gz", "ESH4", "0.25", 25_613),
        ("aapl_2012-06-21.csv", "AAPL", "0.01", 546),
    ] {
        let mut replay = Replay::open(&folder.join(file), &[instrument(symbol, tick)], false).unwrap();
        assert_eq!(read(&mut replay).unwrap().len(), count);
        assert!(replay.faults().is_empty(), "{:?}", replay.faults());
    }
}

#[test]
fn what_the_simulator_dumps_is_what_the_replay_reads() {
    let folder = tempfile::tempdir().unwrap();
    let instruments = [instrument("ALFA", "0.01"), instrument("FOXT", "0.1")];
    let symbols: Vec<Symbol> = instruments.iter().map(|each| each.symbol.clone()).collect();
    let simulator = || Simulator::new(&instruments, 5, 1_000).unwrap();
    for name in ["rows.csv", "rows.csv.gz"] {
        let path = folder.path().join(name);
        dump(&mut simulator(), &symbols, 3_000, &path).unwrap();
        let rows = read(&mut Replay::open(&path, &instruments, false).unwrap()).unwrap();
        let mut again = simulator();
        assert_eq!(rows, (0..3_000).map(|_| again.next_event()).collect::<Vec<_>>());
    }
}

proptest! {
    #[test]
    fn rubbish_never_panics_and_every_line_is_accounted_for(
        lines in proptest::collection::vec("[ -~]{0,60}|100,ES,G,,0,,[0-9.-]{0,6},1,[0-9.-]{0,6},1", 0..20),
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let recorded = Recorded::of(&lines);
        let mut replay = recorded.open(true);
        let passed = read(&mut replay).unwrap().len() as u64;
        prop_assert_eq!(passed + replay.faults().values().sum::<u64>(), replay.position());
    }
}

#[path = "table/tests.rs"]
mod table_tests;
