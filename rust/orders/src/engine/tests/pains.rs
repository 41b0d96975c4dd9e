//! What operators have lost money on elsewhere, and what of it this state machine answers for. ARCHITECTURE.md has the
//! whole list; `messages::mutation` names the protection that each of these tests fails without.

use messages::{GateKind, OrderStatus, Quantity, Side, wire};
use wire::command_progress::State as Progress;
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use crate::testing::{limit_order, symbol};

fn held(desk: &Desk) -> i64 {
    desk.engine.state().book.quantity(&symbol("ALFA")).0 / Quantity::ONE.0
}

fn closed(desk: &Desk, kind: GateKind) -> bool {
    desk.engine.closed_gates().iter().any(|gate| gate.kind == kind)
}

/// A desk that bought `quantity` at 10.
fn holding(quantity: i64) -> Desk {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, quantity, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", quantity, "10");
    desk.from_venue.extend(report);
    desk.exchange();
    desk
}

#[test]
fn a_fill_after_the_kill_is_booked() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 2, "10");
    desk.command(Type::KillSwitch, "");
    desk.exchange();
    desk.from_venue.extend(report);
    desk.run(SECOND);
    assert_eq!(held(&desk), 2);
    let residual = desk.engine.state().kills[&None].residual.clone();
    assert_eq!(
        residual.iter().map(|left| left.quantity).collect::<Vec<_>>(),
        [2.0]
    );
}

#[test]
fn a_cancel_is_requested_acknowledged_and_confirmed_as_three_things() {
    let mut desk = Desk::trading();
    for id in ["q1-1", "q1-2"] {
        desk.submit(&limit_order(id, Side::Buy, 5, "10"));
    }
    desk.exchange();
    desk.venue.stubborn.insert("q1-2".into());
    let answer = desk.command(Type::Cancel, "");
    assert_eq!(
        (answer.outcome(), answer.working_orders),
        (Outcome::Accepted, 2),
        "asked for, not done"
    );
    desk.run(3 * SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    assert_eq!(
        desk.status("q1-2"),
        OrderStatus::Submitted,
        "what the venue holds is open"
    );
    assert_eq!(desk.engine.state().progress.len(), 1, "and the cancel isn't done");
    desk.venue.stubborn.clear();
    desk.run(3 * SECOND);
    assert_eq!(
        desk.status("q1-2"),
        OrderStatus::Cancelled,
        "asked again until it was"
    );
    assert!(desk.engine.state().progress.is_empty());
    let ends = desk.journal.iter().filter_map(|event| match &event.event {
        Some(wire::execution_event::Event::Progress(one)) => Some(one.state()),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [Progress::Working, Progress::Done]);
}

#[test]
fn a_restart_that_believes_itself_flat_opens_nothing_while_the_venue_holds_a_position() {
    let mut desk = Desk::new();
    desk.venue.given = 5;
    for number in 0..300 {
        desk.hear();
        desk.send_limits(1);
        let reply = desk.submit(&limit_order(&format!("q1-{number}"), Side::Buy, 1, "10"));
        assert!(!reply.accepted, "at {number}0 ms");
        desk.run(SECOND / 100);
    }
    assert!(desk.engine.is_reconciled() && closed(&desk, GateKind::ReconciliationBreak));
}

#[test]
fn a_position_missing_from_the_venues_list_closes_the_gate() {
    let mut desk = holding(5);
    desk.venue.given = -5;
    desk.run(7 * SECOND);
    assert!(closed(&desk, GateKind::ReconciliationBreak));
}

#[test]
fn a_manual_exit_at_the_venue_is_seen() {
    let mut desk = holding(5);
    desk.venue.enter("by hand", Side::Sell, 5, OrderStatus::Submitted);
    let lost = desk.venue.fill("by hand", 5, "10");
    assert!(lost.is_some(), "and its report never comes");
    desk.run(7 * SECOND);
    assert_eq!(held(&desk), 0, "what is gone is not held");
    let ids: Vec<_> = desk.engine.breaks().map(|found| found.id.clone()).collect();
    assert_eq!(ids, ["fill:X2", "order:by hand"]);
    assert!(closed(&desk, GateKind::ReconciliationBreak));
}

#[test]
fn an_order_that_timed_out_counts_until_the_venue_has_said_what_it_is() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 30, "10"));
    desk.to_venue.clear();
    for _ in 0..110 {
        desk.now_us += SECOND / 100;
        desk.hear();
        desk.tick();
        desk.to_venue.clear();
    }
    assert_eq!(desk.status("q1-1"), OrderStatus::Unknown);
    let working = desk
        .engine
        .state()
        .orders
        .working_quantity(&symbol("ALFA"), Side::Buy);
    assert_eq!(working, Quantity::from_units(30), "it may be there");
    let reply = desk.submit(&limit_order("q1-2", Side::Buy, 30, "10"));
    assert!(!reply.accepted && reply.reason.contains("60"), "{}", reply.reason);
}

#[test]
fn a_fill_lost_on_a_healthy_stream_is_found_by_the_next_comparison() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    assert!(desk.venue.fill("q1-1", 5, "10").is_some(), "its report is lost");
    assert_eq!(held(&desk), 0);
    desk.run(7 * SECOND);
    assert_eq!((held(&desk), desk.status("q1-1")), (5, OrderStatus::Filled));
}

#[test]
fn reductions_are_judged_with_everything_open_on_their_side() {
    let mut desk = holding(5);
    desk.command(Type::PauseTrading, "");
    assert!(desk.submit(&limit_order("q1-2", Side::Sell, 3, "11")).accepted);
    assert!(
        !desk.submit(&limit_order("q1-3", Side::Sell, 3, "11")).accepted,
        "five are held, three sold"
    );
    assert!(desk.submit(&limit_order("q1-4", Side::Sell, 2, "11")).accepted);
}

#[test]
fn a_kill_closes_no_position() {
    let mut desk = holding(5);
    let before = desk.venue.submitted.len();
    desk.command(Type::KillSwitch, "");
    desk.run(3 * SECOND);
    assert_eq!((held(&desk), desk.venue.submitted.len()), (5, before));
    assert_eq!(desk.stages().last(), Some(&wire::kill_stage::Stage::Residual));
}

#[test]
fn cancels_pass_whatever_is_closed() {
    let mut desk = Desk::trading();
    for number in 0..20 {
        desk.submit(&limit_order(&format!("q1-{number}"), Side::Buy, 1, "10"));
    }
    desk.exchange();
    desk.command(Type::PauseTrading, "");
    let actions = desk.engine.on_store(Some("behind"), desk.now_us);
    desk.act(actions);
    desk.journal_fails = true;
    for number in 0..20 {
        let cancel = wire::order_request::Body::Cancel(format!("q1-{number}"));
        desk.request(cancel);
    }
    desk.run(SECOND);
    assert!(desk.venue.open().is_empty());
}
