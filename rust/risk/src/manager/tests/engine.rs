//! What the engine tells, and what happens when it doesn't.

use messages::{GateKind, OrderStatus, Origin, Side, wire};
use wire::denial::Check;
use wire::execution_event::Event as Told;
use wire::risk_decision::Outcome;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND};
use crate::manager::{Action, RiskManager};
use crate::testing::{limit_order, quantity};

#[test]
fn nothing_is_approved_before_every_service_and_the_snapshot_are_in() {
    let mut desk = Desk::cold();
    desk.quote("ALFA", "99.99", "100.01");
    desk.signal("ALFA", Signal::Buy);
    desk.pongs();
    desk.pass(10_000);
    desk.signal("ALFA", Signal::Buy);
    assert!(desk.submitted.is_empty());
    desk.snapshot();
    desk.pass(10_000);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
}

#[test]
fn a_lost_heartbeat_stops_new_risk_until_it_is_heard() {
    let mut desk = Desk::warm();
    desk.pass(2 * SECOND + 10_000);
    assert!(desk.has_gate(GateKind::HeartbeatLost));
    desk.signal("ALFA", Signal::Buy);
    let denial = desk.decisions(Outcome::Denied)[0].denial.clone().unwrap();
    assert_eq!(
        (denial.check(), denial.gate()),
        (Check::GateClosed, wire::gate::Kind::HeartbeatLost)
    );
    desk.live(10_000);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
}

#[test]
fn the_engines_pause_stops_new_risk_and_lets_a_reduction_pass() {
    let mut desk = Desk::warm();
    desk.position("ALFA", 300, 100.0, 0.0);
    desk.engine_gates(&[GateKind::OperatorPause]);
    desk.signal("BRVO", Signal::Buy);
    assert!(desk.submitted.is_empty());
    // The target of a BUY is 100 and the position 300: a pure reduction.
    desk.signal("ALFA", Signal::Buy);
    assert!(desk.submitted[0].reduces);
    assert_eq!(
        (desk.submitted[0].side, desk.submitted[0].quantity),
        (Side::Sell, quantity(200))
    );
    // A turn would flip: denied whole.
    desk.fill("q1-2", 200);
    desk.signal("ALFA", Signal::Sell);
    let checks: Vec<_> = desk
        .decisions(Outcome::Denied)
        .iter()
        .map(|decision| decision.denial.as_ref().unwrap().check())
        .collect();
    assert_eq!(checks, [Check::GateClosed, Check::WouldFlip]);
}

#[test]
fn an_operator_who_steps_in_ends_the_target() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.end("q1-1", OrderStatus::Cancelled);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(
        desk.submitted.len(),
        1,
        "cancelled by somebody else: hold doesn't place it again"
    );
    desk.signal("ALFA", Signal::Buy);
    desk.fill("q1-2", 100);
    let flatten = messages::Order {
        origin: Origin::Operator,
        ..limit_order("f1-1", "ALFA", Side::Sell, 100, "99.99")
    };
    desk.engine.orders.insert("f1-1".into(), flatten.clone());
    desk.tell(Told::Order(wire::Order::from(&flatten)));
    desk.fill("f1-1", 100);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted.len(), 2, "flattened: hold doesn't buy it back");
}

#[test]
fn a_gap_and_a_new_epoch_are_mended_by_a_snapshot() {
    for restart in [false, true] {
        let mut desk = Desk::warm();
        desk.signal("ALFA", Signal::Buy);
        desk.connected = false;
        desk.fill("q1-1", 30);
        desk.connected = true;
        if restart {
            desk.restart_engine();
        }
        desk.fill("q1-1", 20);
        assert!(!desk.manager.is_following());
        desk.signal("BRVO", Signal::Buy);
        assert_eq!(desk.submitted.len(), 1, "nothing new on a view with a hole");
        desk.snapshot();
        desk.fill("q1-1", 10);
        assert!(desk.manager.is_following());
        assert_eq!(desk.position_of("ALFA"), quantity(60));
        let book = desk.manager.book().get(&crate::testing::symbol("ALFA")).unwrap();
        assert_eq!(book.open(Side::Buy), quantity(40));
    }
}

#[test]
fn events_that_come_while_a_snapshot_is_awaited_are_not_lost() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.restart_engine();
    desk.fill("q1-1", 30);
    let sequence_then = desk.engine.clone();
    desk.fill("q1-1", 30);
    // The snapshot is of the moment before the second fill, whose events were kept.
    let later = std::mem::replace(&mut desk.engine, sequence_then);
    desk.snapshot();
    desk.engine = later;
    assert_eq!(desk.position_of("ALFA"), quantity(60));
    assert!(desk.manager.is_following());
}

#[test]
fn a_lost_tail_shows_in_the_heartbeat() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.connected = false;
    desk.fill("q1-1", 30);
    desk.connected = true;
    desk.live(200_000);
    assert!(desk.manager.is_following(), "it may still be under way");
    desk.live(600_000);
    assert!(!desk.manager.is_following());
    desk.snapshot();
    assert_eq!(desk.position_of("ALFA"), quantity(30));
}

#[test]
fn an_order_nobody_answered_for_is_dead_past_its_time_and_not_sent_again() {
    let mut desk = Desk::warm();
    desk.connected = false;
    desk.signal("ALFA", Signal::Buy);
    desk.connected = true;
    desk.live(SECOND);
    desk.snapshot();
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "it may still arrive");
    desk.live(SECOND + 20_000);
    desk.snapshot();
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted.len(), 1, "dead, and its target with it");
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted[1].client_order_id, "q1-2");
}

#[test]
fn a_restart_counts_what_it_had_sent_and_sends_nothing_again() {
    let mut desk = Desk::warm();
    desk.connected = false;
    desk.signal("ALFA", Signal::Buy);
    desk.connected = true;
    desk.restart();
    assert_eq!(desk.submitted.len(), 1);
    desk.warm_up();
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "under way until its time is over");
    desk.live(2 * SECOND);
    desk.snapshot();
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(
        desk.submitted[1].client_order_id, "q2-1",
        "the second start has ids of its own"
    );
}

#[test]
fn an_order_the_engine_refuses_never_was() {
    let mut desk = Desk::warm();
    desk.connected = false;
    desk.signal("ALFA", Signal::Buy);
    desk.connected = true;
    let reply = wire::OrderReply {
        request_id: "q1-1".into(),
        client_order_id: "q1-1".into(),
        accepted: false,
        reason: "killed".into(),
    };
    let actions = desk.manager.on_order_reply(&reply, desk.now_us);
    desk.carry_out(actions);
    assert!(desk.manager.book().order("q1-1").is_none());
    assert_eq!(
        desk.decisions(Outcome::Denied)[0].reason,
        "the engine refused it: killed"
    );
}

#[test]
fn a_cancel_that_cannot_be_recorded_asks_for_no_snapshot_and_one_of_a_lost_order_does() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    let id = desk.submitted[0].client_order_id.clone();
    let mut refused = |reason: String| {
        let reply = wire::OrderReply {
            request_id: format!("cancel-{id}"),
            client_order_id: id.clone(),
            accepted: false,
            reason,
        };
        desk.manager.on_order_reply(&reply, desk.now_us)
    };
    let unrecorded = refused(format!("{}it was sent", crate::CANCEL_UNRECORDED));
    assert!(!unrecorded.contains(&Action::AskEngine), "{unrecorded:?}");
    let lost = refused("no such order".into());
    assert!(lost.contains(&Action::AskEngine), "{lost:?}");
}

#[test]
fn a_journal_that_fails_stops_new_risk() {
    let mut desk = Desk::warm();
    let actions = desk.manager.on_journal(Some("disk full"), desk.now_us);
    desk.carry_out(actions);
    desk.signal("ALFA", Signal::Buy);
    assert!(desk.submitted.is_empty());
    let _: &RiskManager = &desk.manager;
}
