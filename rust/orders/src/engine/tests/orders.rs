//! Orders: durable before they leave, sent once, asked about, booked once.

use messages::{GateKind, OrderStatus, Quantity, Side, wire};

use super::desk::{Desk, SECOND};
use crate::Action;
use crate::testing::{limit_order, symbol};

pub(super) fn buy(id: &str) -> messages::Order {
    limit_order(id, Side::Buy, 5, "10")
}

#[test]
fn an_order_lives_from_intent_to_position() {
    let mut desk = Desk::trading();
    assert!(desk.submit(&buy("q1-1")).accepted);
    assert_eq!(desk.status("q1-1"), OrderStatus::Created);
    desk.exchange();
    assert_eq!(desk.status("q1-1"), OrderStatus::Submitted);
    let report = desk.venue.fill("q1-1", 2, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    assert_eq!(desk.status("q1-1"), OrderStatus::PartiallyFilled);
    let report = desk.venue.fill("q1-1", 9, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    assert_eq!(desk.status("q1-1"), OrderStatus::Filled);
    assert_eq!(
        desk.engine.state().book.quantity(&symbol("ALFA")),
        Quantity::from_units(5)
    );
    let order = desk.engine.state().orders.get("q1-1").unwrap();
    assert_eq!(order.average_fill_price().unwrap().to_string(), "10");
    assert_eq!(order.order_id, "V-q1-1");
}

#[test]
fn nothing_leaves_before_its_intent_is_durable() {
    let mut desk = Desk::trading();
    let order = wire::Order::from(&buy("q1-1"));
    let request = wire::OrderRequest {
        request_id: "r".into(),
        body: Some(wire::order_request::Body::Submit(order)),
    };
    let actions = desk.engine.on_order_request(1, &request, desk.now_us);
    assert_eq!(
        actions,
        [],
        "neither the submit nor the answer may go before the journal has the intent"
    );
    let count = desk.engine.unwritten().len();
    let actions = desk.engine.on_written(count, 99, desk.now_us);
    let kind = |action: &Action| match action {
        Action::Publish { sequence, .. } => format!("publish {sequence}"),
        Action::Send(_) => "send".into(),
        Action::ReplyOrder { .. } => "reply".into(),
        other => format!("{other:?}"),
    };
    assert_eq!(
        actions.iter().map(kind).collect::<Vec<_>>(),
        ["reply", "send", "publish 99"]
    );
}

#[test]
fn an_intent_that_cannot_be_journalled_never_leaves() {
    let mut desk = Desk::trading();
    desk.journal_fails = true;
    let reply = desk.submit(&buy("q1-1"));
    assert!(!reply.accepted && reply.reason.contains("journal"), "{reply:?}");
    assert!(desk.to_venue.is_empty());
    assert!(
        desk.engine
            .closed_gates()
            .iter()
            .any(|gate| gate.kind == GateKind::StoreBehind)
    );
    desk.journal_fails = false;
    desk.run(SECOND);
    assert!(desk.venue.submitted.is_empty());
    assert_eq!(desk.status("q1-1"), OrderStatus::Rejected);
    assert!(
        !desk
            .engine
            .closed_gates()
            .iter()
            .any(|gate| gate.kind == GateKind::StoreBehind)
    );
}

#[test]
fn a_repeated_submit_is_answered_and_not_sent_again() {
    let mut desk = Desk::trading();
    let order = wire::Order::from(&buy("q1-1"));
    let body = wire::order_request::Body::Submit(order.clone());
    assert!(desk.request(body.clone()).unwrap().accepted);
    assert!(desk.request(body).unwrap().accepted);
    let other = wire::Order {
        quantity: 6.0,
        ..order
    };
    let reply = desk.request(wire::order_request::Body::Submit(other)).unwrap();
    assert!(
        !reply.accepted && reply.reason.contains("client_order_id"),
        "{reply:?}"
    );
    desk.exchange();
    assert_eq!(desk.venue.submitted, ["q1-1"]);
}

#[test]
fn a_lost_submit_becomes_unknown_and_is_never_sent_again() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.to_venue.clear();
    desk.run(SECOND + 50_000);
    assert_eq!(desk.status("q1-1"), OrderStatus::Unknown);
    desk.hear();
    desk.run(2 * SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Rejected);
    let order = desk.engine.state().orders.get("q1-1").unwrap();
    assert_eq!(order.rejection_reason, "never reached the venue");
    assert!(desk.venue.submitted.is_empty());
}

#[test]
fn an_answer_from_before_its_time_was_over_proves_no_order_dead() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    // The submit is held up; the venue says of its cancel that it knows no such order, and that is held up as well.
    let submit = desk.to_venue.pop_front().unwrap();
    desk.request(wire::order_request::Body::Cancel("q1-1".into()));
    let cancel = desk.to_venue.pop_front().unwrap();
    let answers = desk.venue.handle(&cancel, desk.now_us);
    desk.to_venue.push_back(submit);
    desk.deliver_to_venue();
    desk.from_venue.clear();
    let lost = desk.venue.fill("q1-1", 5, "10");
    assert!(lost.is_some());
    let is_heartbeat =
        |request: &wire::VenueRequest| matches!(request.body, Some(wire::venue_request::Body::Heartbeat(_)));
    for _ in 0..250 {
        desk.now_us += SECOND / 100;
        desk.tick();
        // The session lives, and nothing else of it comes through.
        desk.to_venue.retain(is_heartbeat);
        desk.exchange();
    }
    desk.from_venue.extend(answers);
    desk.exchange();
    assert_ne!(
        desk.status("q1-1"),
        OrderStatus::Rejected,
        "it was executed meanwhile"
    );
    desk.run(3 * SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Filled);
}

#[test]
fn a_lost_acknowledgement_is_asked_for() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.deliver_to_venue();
    desk.from_venue.clear();
    desk.run(SECOND + 50_000);
    assert_eq!(desk.status("q1-1"), OrderStatus::Submitted);
    assert_eq!(desk.venue.submitted, ["q1-1"]);
    let was_unknown = desk.journal.iter().any(|event| match &event.event {
        Some(wire::execution_event::Event::Order(order)) => order.status() == wire::order::Status::Unknown,
        _ => false,
    });
    assert!(was_unknown);
}

#[test]
fn a_fill_before_the_acknowledgement_and_one_that_comes_twice_are_booked_once() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.deliver_to_venue();
    let fill = desk.venue.fill("q1-1", 2, "10").unwrap();
    desk.from_venue.push_front(fill.clone());
    desk.from_venue.push_back(fill);
    desk.exchange();
    assert_eq!(desk.status("q1-1"), OrderStatus::PartiallyFilled);
    assert_eq!(
        desk.engine.state().book.quantity(&symbol("ALFA")),
        Quantity::from_units(2)
    );
    assert_eq!(desk.engine.counters().duplicate_fills, 1);
}

/// The venue's cancel is told while the fill before it is not: desk, and the report of that fill.
fn cancelled_before_its_fill_is_told() -> (Desk, wire::VenueReply) {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.exchange();
    let fill = desk.venue.fill("q1-1", 2, "10").unwrap();
    desk.request(wire::order_request::Body::Cancel("q1-1".into()));
    desk.deliver_to_venue();
    desk.deliver_to_engine();
    assert_eq!(desk.venue.orders["q1-1"].status, OrderStatus::Cancelled);
    (desk, fill)
}

fn exposure(desk: &Desk) -> Quantity {
    let state = desk.engine.state();
    let working = state.orders.working_quantity(&symbol("ALFA"), Side::Buy);
    state.book.quantity(&symbol("ALFA")) + working
}

#[test]
fn an_order_that_ended_counts_until_its_fills_are_booked() {
    let (mut desk, fill) = cancelled_before_its_fill_is_told();
    assert!(desk.status("q1-1").is_working(), "its fill is not booked");
    assert_eq!(exposure(&desk), Quantity::from_units(5));
    assert!(
        desk.to_venue
            .iter()
            .any(|request| matches!(request.body, Some(wire::venue_request::Body::Executions(_)))),
        "the missing execution is asked for at once"
    );
    desk.from_venue.push_back(fill);
    desk.deliver_to_engine();
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    let order = desk.engine.state().orders.get("q1-1").unwrap();
    assert_eq!(order.filled_quantity, Quantity::from_units(2));
    assert_eq!(exposure(&desk), Quantity::from_units(2));
    desk.exchange();
    assert_eq!(exposure(&desk), Quantity::from_units(2), "booked once");
}

#[test]
fn an_end_that_waits_for_lost_fills_comes_whatever_is_lost_meanwhile() {
    let (mut desk, _lost) = cancelled_before_its_fill_is_told();
    desk.to_venue.clear();
    for _ in 0..40 {
        desk.now_us += 10_000;
        desk.tick();
    }
    assert!(desk.status("q1-1").is_working());
    // Every question of that time is lost as well.
    desk.to_venue.clear();
    desk.run(SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    assert_eq!(exposure(&desk), Quantity::from_units(2));
}

#[test]
fn a_crash_before_the_last_fills_are_booked_comes_to_the_same_end() {
    let (mut desk, _lost) = cancelled_before_its_fill_is_told();
    desk.crash();
    assert!(desk.status("q1-1").is_working());
    desk.run(SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    assert_eq!(exposure(&desk), Quantity::from_units(2));
}

#[test]
fn executions_the_venue_only_spoke_of_are_fetched() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.exchange();
    let lost = desk.venue.fill("q1-1", 2, "10");
    assert!(lost.is_some());
    // A heartbeat's answer names the last execution; nothing else does.
    desk.run(SECOND);
    assert_eq!(exposure(&desk), Quantity::from_units(5));
    assert_eq!(
        desk.engine.state().book.quantity(&symbol("ALFA")),
        Quantity::from_units(2)
    );
}

#[test]
fn a_gap_in_the_executions_is_fetched_in_order() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.exchange();
    let lost = desk.venue.fill("q1-1", 1, "10");
    assert!(lost.is_some());
    let second = desk.venue.fill("q1-1", 1, "11").unwrap();
    desk.from_venue.push_back(second);
    desk.exchange();
    let booked: Vec<u64> = desk
        .engine
        .state()
        .fills
        .iter()
        .map(|fill| fill.venue_sequence)
        .collect();
    assert_eq!(booked, [1, 2]);
    assert_eq!(desk.engine.counters().execution_gaps, 1);
}

#[test]
fn the_last_line_refuses_what_the_risk_manager_should_have() {
    let mut desk = Desk::trading();
    let big = limit_order("q1-1", Side::Buy, 60, "10");
    assert!(desk.submit(&big).reason.contains("60"));
    let old = messages::Order {
        limits_version: 0,
        ..buy("q1-2")
    };
    assert!(!desk.submit(&old).accepted);
    desk.send_limits(2);
    assert!(
        !desk.submit(&buy("q1-3")).accepted,
        "approved under limits that are no longer held"
    );
    let late = wire::Order {
        valid_until_us: desk.now_us - 1,
        limits_version: 2,
        ..wire::Order::from(&buy("q1-4"))
    };
    let reply = desk.request(wire::order_request::Body::Submit(late)).unwrap();
    assert!(!reply.accepted, "{reply:?}");
    desk.exchange();
    assert!(desk.venue.submitted.is_empty());
    assert_eq!(
        desk.status("q1-4"),
        OrderStatus::Rejected,
        "a refusal is on the record"
    );
}
