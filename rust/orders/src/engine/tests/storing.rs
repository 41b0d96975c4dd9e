//! The database as the third side: a difference that stays is a break.

use messages::{Quantity, Side};
use wire::r#break::{Action, Kind, State};
use wire::command_result::Outcome;

use super::breaks::{decide, gate, none, only};
use super::desk::{Desk, SECOND};
use crate::breaks::StoreDifference;
use crate::testing::limit_order;
use messages::wire;

fn lacks(count: i64) -> StoreDifference {
    StoreDifference {
        kind: Kind::Fill,
        symbol: "ALFA".into(),
        desk: Some(Quantity::from_units(5)),
        store: Some(Quantity::from_units(5 - count)),
        can_be_stored_again: true,
        detail: format!("the database lacks {count} fills in ALFA"),
    }
}

fn compared(desk: &mut Desk, found: &[StoreDifference]) {
    let actions = desk.engine.on_store_compared(found, desk.now_us);
    desk.act(actions);
}

#[test]
fn a_difference_of_the_database_that_stays_is_a_break_and_closes_its_symbol() {
    let mut desk = Desk::trading();
    compared(&mut desk, &[lacks(1)]);
    assert!(
        none(&desk) && !gate(&desk),
        "what is found once may be on its way"
    );
    compared(&mut desk, &[]);
    compared(&mut desk, &[lacks(1)]);
    assert!(none(&desk), "twice in a row");
    compared(&mut desk, &[lacks(1)]);
    let found = only(&desk);
    assert_eq!(
        (found.id.as_str(), found.desk, found.store, found.venue),
        ("store:fill:ALFA", Some(5.0), Some(4.0), Some(5.0))
    );
    assert!(gate(&desk));
    let denied = desk.submit(&limit_order("q2-1", Side::Buy, 1, "9.99"));
    assert!(
        !denied.accepted && denied.reason.contains("lacks 1 fills"),
        "{}",
        denied.reason
    );
    desk.crash();
    desk.run(7 * SECOND);
    assert_eq!(
        only(&desk).id,
        found.id,
        "a comparison with the venue says nothing about it"
    );
    compared(&mut desk, &[]);
    assert!(none(&desk) && !gate(&desk));
}

#[test]
fn a_gap_that_grows_between_two_looks_is_a_break_all_the_same() {
    let mut desk = Desk::trading();
    compared(&mut desk, &[lacks(2)]);
    compared(&mut desk, &[lacks(3)]);
    assert!(gate(&desk));
    assert!(only(&desk).detail.contains("lacks 3"));
    compared(&mut desk, &[lacks(4)]);
    assert!(only(&desk).detail.contains("lacks 4"), "and says how large it is");
}

#[test]
fn adopting_it_stores_the_journal_again_and_an_ignored_one_expires_when_it_changes() {
    let mut desk = Desk::trading();
    for _ in 0..2 {
        compared(&mut desk, &[lacks(1)]);
    }
    let id = only(&desk).id;
    assert_eq!(
        decide(&mut desk, &id, Action::Flatten, "close it").outcome(),
        Outcome::Refused
    );
    let answer = decide(&mut desk, &id, Action::Adopt, "the disk was full");
    assert_eq!(
        (answer.outcome(), desk.stored_again),
        (Outcome::Done, 1),
        "{}",
        answer.reason
    );
    assert!(none(&desk) && !gate(&desk));
    for _ in 0..2 {
        compared(&mut desk, &[lacks(1)]);
    }
    assert!(gate(&desk), "it is still there");
    decide(&mut desk, &id, Action::Ignore, "restored by hand tonight");
    compared(&mut desk, &[lacks(1)]);
    assert_eq!((only(&desk).state(), gate(&desk)), (State::Ignored, false));
    compared(&mut desk, &[lacks(2)]);
    assert_eq!((only(&desk).state(), gate(&desk)), (State::Open, true));
}

#[test]
fn what_storing_again_does_not_mend_is_not_adopted_and_says_what_can_be_done() {
    let mut desk = Desk::trading();
    let other = StoreDifference {
        can_be_stored_again: false,
        detail: "the database holds other fills in ALFA than the journal".into(),
        ..lacks(0)
    };
    for _ in 0..2 {
        compared(&mut desk, std::slice::from_ref(&other));
    }
    let id = only(&desk).id;
    let answer = decide(&mut desk, &id, Action::Adopt, "the disk was full");
    assert_eq!((answer.outcome(), desk.stored_again), (Outcome::Refused, 0));
    for said in ["ignore it with a reason", "the database's owner"] {
        assert!(answer.reason.contains(said), "{}", answer.reason);
    }
    assert!(gate(&desk));
    // The owner has put it right, and has lost a row by that.
    compared(&mut desk, &[lacks(1)]);
    let answer = decide(&mut desk, &id, Action::Adopt, "one more");
    assert_eq!((answer.outcome(), desk.stored_again), (Outcome::Done, 1));
}

#[test]
fn exposure_is_not_changed_by_what_the_database_holds() {
    let mut desk = Desk::trading();
    let position = StoreDifference {
        kind: Kind::Position,
        symbol: "ALFA".into(),
        desk: Some(Quantity::ZERO),
        store: Some(Quantity::from_units(40)),
        can_be_stored_again: true,
        detail: "the database holds other positions in ALFA than the journal".into(),
    };
    for _ in 0..2 {
        compared(&mut desk, std::slice::from_ref(&position));
    }
    decide(&mut desk, "store:position:ALFA", Action::Ignore, "known");
    // The limit is fifty: forty of the database's would leave ten.
    desk.hear();
    assert!(desk.submit(&limit_order("q2-1", Side::Buy, 45, "9.99")).accepted);
}
