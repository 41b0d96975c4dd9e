//! What an execution says changes more than once, is corrected, or was booked long ago.

use messages::{Side, wire};
use wire::r#break::{Action, State};
use wire::command_result::Outcome;
use wire::venue_reply::Body;

use super::breaks::{decide, gate, held, none, only};
use super::desk::{Desk, SECOND};
use super::executions::{told_again, with_a_fill};
use crate::testing::{fill, limit_order};
use crate::{Event, Recorded};

const ID: &str = "changed:X1";

#[test]
fn an_ignored_change_that_changes_again_is_open_again() {
    let (mut desk, _) = with_a_fill();
    desk.venue.executions[0].price = 9.0;
    desk.run(7 * SECOND);
    decide(&mut desk, ID, Action::Ignore, "corrected in the accounts");
    desk.run(7 * SECOND);
    assert_eq!((only(&desk).state(), gate(&desk)), (State::Ignored, false));
    desk.venue.executions[0].price = 8.0;
    desk.run(7 * SECOND);
    let found = only(&desk);
    assert_eq!((found.state(), gate(&desk)), (State::Open, true));
    assert!(found.detail.contains("at 8 "), "{}", found.detail);
    desk.crash();
    desk.run(7 * SECOND);
    assert_eq!(only(&desk), found, "the same stays as it is");
}

#[test]
fn the_stream_tells_of_a_correction_as_well() {
    let (mut desk, report) = with_a_fill();
    // So many more that no comparison fetches the first one again.
    for number in 2..12 {
        let id = format!("q1-{number}");
        desk.submit(&limit_order(&id, Side::Buy, 1, "10"));
        desk.exchange();
        let more = desk.venue.fill(&id, 1, "10");
        desk.from_venue.extend(more);
        desk.exchange();
    }
    told_again(&mut desk, &report, |fill| fill.price = 11.0);
    desk.run(7 * SECOND);
    assert_eq!(only(&desk).id, ID);
    told_again(&mut desk, &report, |_| {});
    assert!(none(&desk) && !gate(&desk), "told as it is booked");
}

#[test]
fn whose_an_execution_is_hides_no_change_of_what_it_says() {
    let mut desk = Desk::trading();
    desk.venue
        .enter("stranger", Side::Buy, 3, messages::OrderStatus::Submitted);
    let report = desk.venue.fill("stranger", 3, "10").unwrap();
    desk.from_venue.push_back(report.clone());
    desk.exchange();
    decide(&mut desk, "fill:X1", Action::Ignore, "of the other desk");
    told_again(&mut desk, &report, |fill| fill.price = 11.0);
    let ids: Vec<_> = desk.engine.breaks().map(|found| found.id.as_str()).collect();
    assert!(ids.contains(&ID) && ids.contains(&"fill:X1"), "{ids:?}");
    assert!(gate(&desk));
}

/// A desk that traded `count` times since the morning, and is flat.
fn after(count: u64) -> Desk {
    let mut desk = Desk::trading();
    for sequence in 1..=count {
        let side = if sequence % 2 == 0 { Side::Sell } else { Side::Buy };
        let fill = fill("q1-1", sequence, side, 1, "10");
        desk.venue.executions.push(wire::Fill::from(&fill));
        let recorded = Recorded {
            event: Event::Fill(Box::new(fill)),
            at_us: desk.now_us,
        };
        desk.journal.push(recorded.to_wire());
    }
    desk.crash();
    desk.run(SECOND);
    assert!(desk.engine.is_reconciled() && held(&desk) == 0);
    desk
}

/// The venue's report of its execution `sequence`.
fn report(desk: &Desk, sequence: usize) -> wire::VenueReply {
    wire::VenueReply {
        ok: true,
        body: Some(Body::Fill(desk.venue.executions[sequence - 1].clone())),
        ..wire::VenueReply::default()
    }
}

#[test]
fn a_change_of_an_execution_of_the_morning_is_a_break() {
    let mut desk = after(2_100);
    let first = report(&desk, 1);
    told_again(&mut desk, &first, |_| {});
    assert!(none(&desk), "the same again is a duplicate");
    told_again(&mut desk, &first, |fill| fill.price = 11.0);
    let found = only(&desk);
    assert_eq!((found.id.as_str(), gate(&desk)), (ID, true));
    assert!(found.detail.contains("BUY 1 ALFA at 11 "), "{}", found.detail);
    told_again(&mut desk, &first, |_| {});
    assert!(none(&desk));
    assert_eq!(desk.engine.counters().fills_forgotten, 0);
}

#[test]
fn what_is_too_long_ago_to_be_compared_is_counted() {
    let mut desk = after(10_010);
    let first = report(&desk, 1);
    told_again(&mut desk, &first, |fill| fill.price = 11.0);
    assert!(none(&desk));
    assert_eq!(desk.engine.counters().fills_forgotten, 1);
}

#[test]
fn another_execution_in_place_of_one_of_the_morning_is_not_booked_beside_it() {
    let mut desk = after(2_100);
    let first = report(&desk, 1);
    told_again(&mut desk, &first, |fill| {
        fill.execution_id = "X1-busted".into();
        fill.price = 9.0;
    });
    let found = only(&desk);
    let refused = decide(&mut desk, &found.id, Action::Adopt, "the venue's word");
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert!(refused.reason.contains("too long ago"), "{}", refused.reason);
    assert_eq!(held(&desk), 0, "nothing is booked twice");
}
