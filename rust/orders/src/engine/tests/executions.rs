//! Breaks of executions: one that comes again and says something else, can't be read, differs, or is lost at the venue.

use messages::{OrderStatus, Quantity, Side, wire};
use wire::r#break::{Action, Kind, State};
use wire::command_result::Outcome;
use wire::venue_reply::Body;

use super::breaks::{decide, gate, held, none, only};
use super::desk::{Desk, SECOND};
use crate::testing::{limit_order, symbol};

/// A desk that bought two at 10, and the venue's report of it.
pub(super) fn with_a_fill() -> (Desk, wire::VenueReply) {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 2, "10").unwrap();
    desk.from_venue.push_back(report.clone());
    desk.exchange();
    assert_eq!(held(&desk), 2);
    (desk, report)
}

pub(super) fn told_again(desk: &mut Desk, report: &wire::VenueReply, change: impl FnOnce(&mut wire::Fill)) {
    let mut report = report.clone();
    if let Some(Body::Fill(fill)) = &mut report.body {
        change(fill);
    }
    desk.from_venue.push_back(report);
    desk.exchange();
}

/// A desk with 2 of 5 bought.
fn half_filled() -> Desk {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 2, "10");
    desk.from_venue.extend(report);
    desk.exchange();
    desk
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
        assert_eq!(found.id, "changed:X1");
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
    assert_eq!(only(&desk).id, "changed:X1");
    desk.crash();
    desk.run(7 * SECOND);
    assert!(gate(&desk), "a restart forgets nothing");
    let adopted = decide(&mut desk, "changed:X1", Action::Adopt, "corrected");
    assert_eq!(adopted.outcome(), Outcome::Refused, "it can't give way to itself");
    let ignored = decide(
        &mut desk,
        "changed:X1",
        Action::Ignore,
        "corrected in the accounts",
    );
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
    assert_eq!((only(&desk).id.as_str(), held(&desk)), ("changed:X1", 2));
}

#[test]
fn an_execution_that_cannot_be_read_is_a_break_and_is_booked_once_it_can() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 2, "10").unwrap();
    desk.venue.executions[0].price = f64::NAN;
    let mut spoilt = report.clone();
    if let Some(wire::venue_reply::Body::Fill(fill)) = &mut spoilt.body {
        fill.price = f64::NAN;
    }
    desk.from_venue.push_back(spoilt);
    desk.run(SECOND);
    let found = desk
        .engine
        .breaks()
        .find(|found| found.id == "fill:X1")
        .cloned()
        .unwrap();
    assert!(found.detail.contains("can't be read"), "{}", found.detail);
    assert!(gate(&desk));
    desk.crash();
    assert!(desk.engine.breaks().any(|found| found.id == "fill:X1"));
    desk.venue.executions[0].price = 10.0;
    desk.run(12 * SECOND);
    if held(&desk) == 0 {
        assert_eq!(
            decide(&mut desk, "fill:X1", Action::Adopt, "asked again").outcome(),
            Outcome::Done
        );
    }
    desk.run(12 * SECOND);
    assert_eq!(held(&desk), 2, "once, and not twice");
    assert!(none(&desk), "{:?}", desk.engine.breaks().collect::<Vec<_>>());
    assert_eq!(desk.status("q1-1"), OrderStatus::PartiallyFilled);
}

#[test]
fn an_execution_that_differs_lasts_over_a_restart_and_gives_way_to_the_venues() {
    let mut desk = half_filled();
    desk.venue.executions[0].execution_id = "X1-busted".into();
    desk.venue.executions[0].price = 9.0;
    desk.run(7 * SECOND);
    assert_eq!(only(&desk).id, "fill:X1-busted");
    desk.crash();
    assert!(gate(&desk), "a restart forgets nothing");
    desk.run(7 * SECOND);
    assert_eq!(
        decide(&mut desk, "fill:X1-busted", Action::Adopt, "corrected").outcome(),
        Outcome::Done
    );
    let cost = desk.engine.state().book.get(&symbol("ALFA")).unwrap();
    assert_eq!((held(&desk), cost.average_cost().unwrap().to_f64()), (2, 9.0));
    for _ in 0..2 {
        desk.run(7 * SECOND);
        assert!(none(&desk), "{:?}", desk.engine.breaks().collect::<Vec<_>>());
        desk.crash();
    }
    assert_eq!(held(&desk), 2);
}

#[test]
fn a_break_about_an_execution_follows_the_venues_later_words() {
    let mut desk = half_filled();
    desk.venue.executions[0].execution_id = "X1-busted".into();
    desk.venue.executions[0].price = 9.0;
    desk.run(7 * SECOND);
    let ignored = decide(&mut desk, "fill:X1-busted", Action::Ignore, "they will mend it");
    assert_eq!(ignored.outcome(), Outcome::Done);
    desk.run(7 * SECOND);
    assert_eq!(only(&desk).state(), State::Ignored, "the same word again");
    desk.venue.executions[0].price = 8.0;
    desk.run(7 * SECOND);
    let found = only(&desk);
    assert!(found.state() == State::Open && gate(&desk), "{found:?}");
    assert!(found.detail.contains("BUY 2 ALFA at 8 "), "{}", found.detail);
    // Under another name it is another break, and the only one: what was said before holds no more.
    desk.venue.executions[0].execution_id = "X1-again".into();
    desk.run(7 * SECOND);
    assert_eq!(only(&desk).id, "fill:X1-again");
    let adopted = decide(&mut desk, "fill:X1-again", Action::Adopt, "corrected");
    assert_eq!(adopted.outcome(), Outcome::Done);
    let cost = desk.engine.state().book.get(&symbol("ALFA")).unwrap();
    assert_eq!((held(&desk), cost.average_cost().unwrap().to_f64()), (2, 8.0));
}

#[test]
fn executions_the_venue_lost_are_taken_back_and_new_ones_under_their_numbers_are_booked() {
    let mut desk = half_filled();
    desk.venue.executions.clear();
    desk.venue.orders.get_mut("q1-1").unwrap().filled_quantity = Quantity::ZERO;
    desk.run(7 * SECOND);
    let fill = desk
        .engine
        .breaks()
        .find(|found| found.kind() == Kind::Fill)
        .cloned()
        .unwrap();
    assert_eq!(
        decide(&mut desk, &fill.id, Action::Adopt, "a rolled back venue").outcome(),
        Outcome::Done
    );
    assert_eq!(held(&desk), 0);
    let mut other = desk.venue.fill("q1-1", 1, "9").unwrap();
    if let Some(wire::venue_reply::Body::Fill(fill)) = &mut other.body {
        fill.execution_id = "Y1".into();
        desk.venue.executions[0].execution_id = "Y1".into();
    }
    desk.from_venue.push_back(other);
    desk.run(7 * SECOND);
    assert_eq!(held(&desk), 1);
}
