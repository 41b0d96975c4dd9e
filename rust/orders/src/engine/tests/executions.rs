//! An execution that comes again, and says something else.

use messages::{Side, wire};
use wire::r#break::{Action, State};
use wire::command_result::Outcome;
use wire::venue_reply::Body;

use super::breaks::{decide, gate, held, none, only};
use super::desk::{Desk, SECOND};
use crate::testing::limit_order;

/// A desk that bought two at 10, and the venue's report of it.
fn with_a_fill() -> (Desk, wire::VenueReply) {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 2, "10").unwrap();
    desk.from_venue.push_back(report.clone());
    desk.exchange();
    assert_eq!(held(&desk), 2);
    (desk, report)
}

fn told_again(desk: &mut Desk, report: &wire::VenueReply, change: impl FnOnce(&mut wire::Fill)) {
    let mut report = report.clone();
    if let Some(Body::Fill(fill)) = &mut report.body {
        change(fill);
    }
    desk.from_venue.push_back(report);
    desk.exchange();
}

#[test]
fn a_repeated_execution_that_says_something_else_is_a_break() {
    let changes: [fn(&mut wire::Fill); 5] = [
        |fill| fill.price = 11.0,
        |fill| fill.quantity = 3.0,
        |fill| fill.fee += 1.0,
        |fill| fill.side = wire::order::Side::Sell.into(),
        |fill| fill.client_order_id = "q1-2".into(),
    ];
    for change in changes {
        let (mut desk, report) = with_a_fill();
        told_again(&mut desk, &report, |_| {});
        assert!(none(&desk), "the same again is a duplicate");
        told_again(&mut desk, &report, change);
        let found = only(&desk);
        assert_eq!(found.id, "fill:X1");
        assert!(found.detail.contains("BUY 2 ALFA at 10 "), "{}", found.detail);
        assert!(gate(&desk) && held(&desk) == 2, "nothing of it is booked");
        desk.run(7 * SECOND);
        assert!(none(&desk) && !gate(&desk), "the venue tells what is booked");
    }
}

#[test]
fn a_venue_that_tells_a_booked_execution_otherwise_is_a_break_until_somebody_has_decided() {
    let (mut desk, _) = with_a_fill();
    desk.venue.executions[0].price = 9.0;
    desk.run(7 * SECOND);
    assert_eq!(only(&desk).id, "fill:X1");
    desk.crash();
    desk.run(7 * SECOND);
    assert!(gate(&desk), "a restart forgets nothing");
    let adopted = decide(&mut desk, "fill:X1", Action::Adopt, "corrected");
    assert_eq!(adopted.outcome(), Outcome::Refused, "it can't give way to itself");
    let ignored = decide(&mut desk, "fill:X1", Action::Ignore, "corrected in the accounts");
    assert_eq!(ignored.outcome(), Outcome::Done);
    desk.run(7 * SECOND);
    assert_eq!((only(&desk).state(), gate(&desk)), (State::Ignored, false));
    desk.venue.executions[0].price = 10.0;
    desk.run(7 * SECOND);
    assert!(none(&desk), "told as it is booked");
}

#[test]
fn a_booked_execution_under_another_number_that_says_something_else_is_a_break() {
    let (mut desk, report) = with_a_fill();
    told_again(&mut desk, &report, |fill| {
        fill.venue_sequence = 2;
        fill.quantity = 1.0;
    });
    assert_eq!((only(&desk).id.as_str(), held(&desk)), ("fill:X1", 2));
}
