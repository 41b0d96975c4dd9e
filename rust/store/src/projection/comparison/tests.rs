use std::path::Path;

use messages::wire::{self, ExecutionEvent, execution_event};
use prost::Message;

use super::*;
use crate::journal::{Journal, Record};

const OF: (Source, &str) = (Source::Execution, "execution-engine");

fn position(number: u64) -> Record {
    let position = wire::Position {
        symbol: "ALFA".into(),
        quantity: 1.0,
        multiplier: 1.0,
        ..wire::Position::default()
    };
    let event = ExecutionEvent {
        sequence: number,
        event: Some(execution_event::Event::Position(position)),
        ..ExecutionEvent::default()
    };
    Record {
        kind: "position",
        key: None,
        payload: event.encode_to_vec(),
        at_us: 1,
    }
}

fn journal(folder: &Path, entries: u64) -> Journal {
    let mut journal = Journal::open(&folder.join("journal.sqlite"), "id").unwrap();
    journal
        .append(&(1..=entries).map(position).collect::<Vec<_>>())
        .unwrap();
    journal
}

fn sequences(expected: &Expected) -> i128 {
    expected.books[&(audit::Ledger::Positions, "ALFA".to_owned())].sequences
}

#[test]
fn the_journal_is_added_up_to_what_is_stored_however_much_is_appended_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = journal(folder.path(), 1_200);
    let reader = journal.reader().unwrap();
    let mut expected = Expected::default();
    let mut steps = 0;
    while expected.add_up(&reader, OF, 700).unwrap() {
        journal.append(&[position(0)]).unwrap();
        steps += 1;
    }
    assert_eq!(
        (steps, expected.sequence, sequences(&expected)),
        (2, 700, 700),
        "a busy desk is compared as well"
    );
    while expected.add_up(&reader, OF, 1_202).unwrap() {}
    assert_eq!(expected.sequence, 1_202);
}

#[test]
fn a_database_as_it_was_earlier_is_compared_with_the_journal_as_it_was_then() {
    let folder = tempfile::tempdir().unwrap();
    let reader = journal(folder.path(), 10).reader().unwrap();
    let mut expected = Expected::default();
    while expected.add_up(&reader, OF, 10).unwrap() {}
    while expected.add_up(&reader, OF, 4).unwrap() {}
    assert_eq!((expected.sequence, sequences(&expected)), (4, 4));
    let ahead = expected.add_up(&reader, OF, 11);
    assert!(ahead.is_ok(), "{ahead:?}");
    let ahead = expected.add_up(&reader, OF, 11).unwrap_err();
    assert!(
        ahead.contains("entry 11") && ahead.contains("ends at 10"),
        "{ahead}"
    );
}

#[tokio::test]
async fn what_was_found_alike_is_not_added_up_again_until_the_whole_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let reader = journal(folder.path(), 10).reader().unwrap();
    let mut comparison = Comparison::new(Source::Execution, "execution-engine", String::new());
    let told = |comparison: &mut Comparison, sequence: u64, since: u64, rows: i64| {
        let newest = Totals {
            rows,
            sequences: i128::from(sequence),
            quantity: BILLION,
            values: 0,
        };
        let books = Books::from([((audit::Ledger::Positions, "ALFA".to_owned()), newest)]);
        let held = Held {
            sequence,
            books,
            since,
        };
        let mut step = comparison.add(held.clone(), &reader);
        while step == Step::More {
            step = comparison.add(held.clone(), &reader);
        }
        step
    };
    let alike = |sequence| Step::Compared {
        sequence,
        found: Vec::new(),
    };
    assert_eq!(told(&mut comparison, 6, 0, 1), alike(6));
    assert_eq!(
        comparison.settled.as_ref().map(|settled| settled.sequence),
        Some(6)
    );
    assert_eq!(told(&mut comparison, 9, 6, 1), alike(9));
    // What differs is looked at as a whole.
    let Step::Compared { found, .. } = told(&mut comparison, 10, 9, 2) else {
        panic!("not compared");
    };
    assert_eq!((found.len(), comparison.settled.is_none()), (1, true));
    // A database that went back is another one.
    assert_eq!(told(&mut comparison, 10, 0, 1), alike(10));
    assert_eq!(told(&mut comparison, 4, 10, 1), Step::Wait);
    assert!(comparison.settled.is_none() && comparison.next <= Instant::now());
    let seconds = Duration::from_secs;
    assert_eq!(whole_again(seconds(1)), Duration::ZERO, "a small one always");
    assert_eq!(whole_again(seconds(9)), seconds(1_800));
}

#[tokio::test]
async fn a_comparison_that_fails_is_made_later_and_the_later_the_longer_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let reader = journal(folder.path(), 1).reader().unwrap();
    // Nobody listens there.
    let socket = format!("host={} user=nobody", folder.path().display());
    let mut comparison = Comparison::new(Source::Execution, "execution-engine", socket);
    assert_eq!(comparison.step(&reader).await, Step::Wait);
    assert!(matches!(comparison.stage, Stage::Asking(_)));
    comparison.stirs().await;
    assert_eq!(comparison.step(&reader).await, Step::Wait);
    assert!(comparison.is_failing && matches!(comparison.stage, Stage::Resting));
    let resting = comparison.next - comparison.started;
    assert!(resting >= EVERY, "{resting:?}");
    comparison.took = Duration::from_secs(7);
    comparison.rest(EVERY);
    assert!(comparison.next - comparison.started >= Duration::from_secs(140));
}
