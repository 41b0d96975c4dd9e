use std::collections::BTreeMap;

use messages::{Instrument, Quantity, Symbol};
use proptest::prelude::*;

use super::*;
use crate::pacer::Speed;
use crate::source::{Place, SourceFailed};
use crate::test_source::{GAP_US, TestSource};

/// Test ticks that end, or fail, after `count`.
struct Short {
    ticks: TestSource,
    count: u64,
    fails: bool,
}

impl Source for Short {
    fn kind(&self) -> &'static str {
        "test"
    }
    fn next_row(&mut self) -> Result<Option<Row>, SourceFailed> {
        match self.ticks.position() < self.count {
            true => self.ticks.next_row(),
            false if self.fails => Err(SourceFailed {
                file: "x.csv".into(),
                place: Place::Line(9),
                reason: "is bad".into(),
            }),
            false => Ok(None),
        }
    }
    fn position(&self) -> u64 {
        self.ticks.position()
    }
    fn faults(&self) -> &BTreeMap<&'static str, u64> {
        self.ticks.faults()
    }
    fn identity(&self) -> String {
        self.ticks.identity()
    }
}

fn source(count: u64, fails: bool) -> Box<dyn Source> {
    let instrument = Instrument {
        symbol: Symbol::new("ALFA").unwrap(),
        tick: "0.01".parse().unwrap(),
        lot: Quantity::ONE,
        multiplier: Quantity::ONE,
        currency: "USD".into(),
    };
    Box::new(Short {
        ticks: TestSource::new(instrument, 0),
        count,
        fails,
    })
}

/// Event times of all that is published until the source stops.
fn published(feeder: &mut Feeder) -> Vec<i64> {
    let mut times = Vec::new();
    loop {
        match feeder.step(0) {
            Step::Publish(row) => times.push(row.event_us / GAP_US),
            Step::PassedOver(_) => {}
            Step::Wait(_) => panic!("nothing waits at full speed"),
            Step::Stopped(_) | Step::Ended => return times,
        }
    }
}

#[test]
fn a_held_source_gives_nothing_until_it_is_let_go() {
    let mut feeder = Feeder::new(source(3, false), Pacer::new(Speed::Max), true, None);
    assert_eq!(feeder.step(0), Step::Wait(IDLE_US));
    assert_eq!((feeder.state(), feeder.has_started()), (State::Held, false));
    assert!(feeder.start() && !feeder.start());
    assert_eq!(published(&mut feeder), [0, 1, 2]);
    assert_eq!((feeder.state(), feeder.rows()), (State::Ended, 3));
    assert_eq!(feeder.step(0), Step::Wait(IDLE_US), "an ended source stays ended");
}

#[test]
fn a_failed_source_says_why_and_gives_no_more() {
    let mut feeder = Feeder::new(source(2, true), Pacer::new(Speed::Max), false, None);
    assert_eq!(published(&mut feeder), [0, 1]);
    assert_eq!(
        (feeder.state(), feeder.reason()),
        (State::Failed, "x.csv, line 9: is bad")
    );
    assert!(!feeder.start());
    assert_eq!(feeder.step(0), Step::Wait(IDLE_US));
}

#[test]
fn a_row_that_is_not_due_is_not_done_with() {
    let mut feeder = Feeder::new(source(3, false), Pacer::new(Speed::Times(1.0)), false, None);
    assert!(matches!(feeder.step(0), Step::Publish(_)));
    assert_eq!(feeder.step(1), Step::Wait(GAP_US - 1));
    assert_eq!((feeder.position(), feeder.rows()), (1, 1));
    assert!(matches!(feeder.step(GAP_US), Step::Publish(_)));
    assert_eq!(feeder.position(), 2);
}

#[test]
fn progress_of_another_source_is_not_gone_on_from() {
    let other = Progress {
        identity: "another".into(),
        started: true,
        rows: 2,
    };
    let mut feeder = Feeder::new(source(3, false), Pacer::new(Speed::Max), true, Some(&other));
    assert_eq!(feeder.state(), State::Held);
    feeder.start();
    assert_eq!(published(&mut feeder).len(), 3);
}

proptest! {
    #[test]
    fn a_restart_anywhere_leaves_nothing_out_and_repeats_nothing(count in 0_u64..50, stop in 0_u64..60) {
        let mut first = Feeder::new(source(count, false), Pacer::new(Speed::Max), true, None);
        first.start();
        let mut times = Vec::new();
        for _ in 0..stop {
            if let Step::Publish(row) = first.step(0) {
                times.push(row.event_us / GAP_US);
            }
        }
        let identity = first.identity().to_owned();
        let progress = Progress { identity, started: first.has_started(), rows: first.position() };
        let mut second = Feeder::new(source(count, false), Pacer::new(Speed::Max), true, Some(&progress));
        prop_assert_eq!(second.position(), first.position());
        times.extend(published(&mut second));
        prop_assert_eq!(times, (0..count as i64).collect::<Vec<_>>());
        prop_assert_eq!(second.rows(), count);
    }
}
