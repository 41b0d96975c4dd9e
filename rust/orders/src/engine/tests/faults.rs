//! Restarts, lost connections, and books that don't agree.

use messages::{GateKind, OrderStatus, Quantity, Side, wire};
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use crate::State;
use crate::testing::{limit_order, symbol};

fn break_of(desk: &Desk) -> Option<String> {
    let gates = desk.engine.closed_gates();
    gates
        .iter()
        .find(|gate| gate.kind == GateKind::ReconciliationBreak)
        .map(|gate| gate.reason.clone())
}

#[test]
fn executions_of_the_time_it_was_dead_are_booked_before_it_opens() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    desk.crash();
    assert!(desk.venue.fill("q1-1", 2, "10").is_some());
    assert!(!desk.engine.is_reconciled());
    desk.run(SECOND);
    assert!(desk.engine.is_reconciled());
    assert_eq!(
        desk.engine.state().book.quantity(&symbol("ALFA")),
        Quantity::from_units(2)
    );
    assert_eq!(desk.status("q1-1"), OrderStatus::PartiallyFilled);
    assert_eq!(break_of(&desk), None);
}

#[test]
fn an_intent_that_may_have_left_before_the_crash_is_asked_about() {
    for arrived in [true, false] {
        let mut desk = Desk::trading();
        desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
        if arrived {
            desk.deliver_to_venue();
        }
        desk.crash();
        desk.run(3 * SECOND);
        let expected = if arrived {
            OrderStatus::Submitted
        } else {
            OrderStatus::Rejected
        };
        assert_eq!(desk.status("q1-1"), expected);
        assert_eq!(
            desk.venue.submitted.len(),
            usize::from(arrived),
            "never sent again"
        );
    }
}

#[test]
fn a_silent_venue_closes_its_gate_and_is_reconciled_before_it_opens_again() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    for _ in 0..250 {
        desk.now_us += 10_000;
        desk.tick();
        desk.to_venue.clear();
    }
    desk.hear();
    assert!(
        desk.engine
            .closed_gates()
            .iter()
            .any(|gate| gate.kind == GateKind::VenueLost)
    );
    assert!(!desk.submit(&limit_order("q1-2", Side::Buy, 1, "10")).accepted);
    assert!(desk.venue.fill("q1-1", 5, "10").is_some());
    desk.run(SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Filled);
    assert!(
        !desk
            .engine
            .closed_gates()
            .iter()
            .any(|gate| gate.kind == GateKind::VenueLost)
    );
}

#[test]
fn what_could_not_be_handed_over_never_left() {
    let mut desk = Desk::trading();
    desk.is_cut_off = true;
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    assert!(desk.to_venue.is_empty());
    assert_eq!(desk.status("q1-1"), OrderStatus::Rejected);
    assert!(
        desk.engine
            .closed_gates()
            .iter()
            .any(|gate| gate.kind == GateKind::VenueLost)
    );
}

#[test]
fn an_order_placed_behind_the_desks_back_is_a_break_until_it_is_gone() {
    let mut desk = Desk::trading();
    let mut stranger = limit_order("stranger", Side::Sell, 3, "11");
    stranger.status = OrderStatus::Submitted;
    desk.venue.orders.insert("stranger".into(), stranger);
    desk.run(6 * SECOND);
    desk.hear();
    assert!(break_of(&desk).unwrap().contains("stranger"));
    assert!(!desk.submit(&limit_order("q1-1", Side::Buy, 5, "10")).accepted);
    let cancel = wire::StrategyCommand {
        r#type: Type::Cancel.into(),
        command_id: "x".into(),
        order_id: "stranger".into(),
        ..wire::StrategyCommand::default()
    };
    assert_eq!(desk.send_command(&cancel).outcome(), Outcome::Accepted);
    desk.run(6 * SECOND);
    assert_eq!(break_of(&desk), None);
}

/// A desk that holds three bought behind its back.
fn with_a_strangers_fill() -> Desk {
    let mut desk = Desk::trading();
    let mut stranger = limit_order("stranger", Side::Buy, 3, "11");
    stranger.status = OrderStatus::Submitted;
    desk.venue.orders.insert("stranger".into(), stranger);
    let report = desk.venue.fill("stranger", 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    desk
}

/// The venue executes what a flatten has sent.
pub(super) fn fill_the_flatten(desk: &mut Desk) {
    let open = desk.venue.open();
    let sent = open.iter().find(|order| order.client_order_id.starts_with('f'));
    let (id, quantity) = sent
        .map(|order| (order.client_order_id.clone(), order.quantity))
        .unwrap();
    let report = desk.venue.fill(&id, quantity.0 / Quantity::ONE.0, "10");
    desk.from_venue.extend(report);
    desk.exchange();
}

fn held(desk: &Desk) -> Quantity {
    desk.engine.state().book.quantity(&symbol("ALFA"))
}

#[test]
fn a_fill_of_an_unknown_order_is_a_break_over_every_restart() {
    let mut desk = with_a_strangers_fill();
    assert_eq!(held(&desk), Quantity::from_units(3), "it is booked all the same");
    assert!(break_of(&desk).unwrap().contains("stranger"));
    for _ in 0..2 {
        desk.crash();
        assert!(
            break_of(&desk).unwrap().contains("stranger"),
            "from its first moment on"
        );
        desk.run(6 * SECOND);
        desk.hear();
        assert!(desk.engine.is_reconciled());
        assert!(break_of(&desk).unwrap().contains("stranger"));
        assert!(!desk.submit(&limit_order("q1-1", Side::Buy, 5, "10")).accepted);
    }
}

#[test]
fn an_operator_who_flattens_answers_for_a_fill_of_an_unknown_order() {
    let mut desk = with_a_strangers_fill();
    assert_eq!(desk.command(Type::Flatten, "BRVO").outcome(), Outcome::Done);
    assert!(break_of(&desk).is_some(), "another symbol's");
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Accepted);
    assert!(break_of(&desk).is_some(), "accepted is not done");
    desk.run(SECOND / 10);
    fill_the_flatten(&mut desk);
    desk.run(SECOND);
    assert_eq!(held(&desk), Quantity::ZERO);
    assert_eq!(break_of(&desk), None);
    desk.crash();
    desk.run(SECOND);
    assert_eq!(break_of(&desk), None, "the answer is durable");
}

#[test]
fn an_old_answer_is_no_sign_that_the_venue_forgot() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    // A round asks for executions; its answer, from before the fill, arrives after it.
    while !desk
        .to_venue
        .iter()
        .any(|request| matches!(request.body, Some(wire::venue_request::Body::Executions(_))))
    {
        desk.exchange();
        desk.now_us += 10_000;
        desk.hear();
        desk.tick();
    }
    while !desk.to_venue.is_empty() {
        desk.deliver_to_venue();
    }
    let report = desk.venue.fill("q1-1", 5, "10").unwrap();
    desk.from_venue.push_front(report);
    desk.exchange();
    assert_eq!(held(&desk), Quantity::from_units(5));
    assert_eq!(break_of(&desk), None);
}

#[test]
fn an_order_that_vanished_at_the_venue_is_unknown_and_a_break() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    desk.venue.orders.clear();
    desk.run(6 * SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Unknown);
    assert!(break_of(&desk).unwrap().contains("q1-1"));
}

#[test]
fn a_venue_that_lost_executions_is_a_break() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 5, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    desk.venue.executions.clear();
    desk.run(6 * SECOND);
    assert!(
        break_of(&desk).unwrap().contains("nothing at the venue"),
        "{:?}",
        break_of(&desk)
    );
}

#[test]
fn the_gate_of_the_risk_manager_closes_when_it_is_silent() {
    let mut desk = Desk::trading();
    desk.run(3 * SECOND);
    let lost = |desk: &Desk| {
        desk.engine
            .closed_gates()
            .iter()
            .any(|gate| gate.kind == GateKind::HeartbeatLost)
    };
    assert!(lost(&desk));
    desk.hear();
    desk.tick();
    assert!(!lost(&desk));
}

#[test]
fn positions_are_on_the_record_once_a_minute_and_marked() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 5, "9").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    let before = desk.journal.len();
    desk.run(61 * SECOND);
    let snapshots: Vec<_> = desk.journal[before..]
        .iter()
        .filter_map(|event| match &event.event {
            Some(wire::execution_event::Event::Position(position)) => Some(position),
            _ => None,
        })
        .collect();
    assert_eq!(snapshots.len(), 1);
    assert!(
        (snapshots[0].unrealized_pnl - 10.0).abs() < 1e-9,
        "5 × (10 − 9) × 2: {:?}",
        snapshots[0]
    );
}

#[test]
fn a_projection_that_stays_behind_is_one_entry_however_its_reason_changes() {
    let mut desk = Desk::trading();
    let before = desk.journal.len();
    for waiting in 0..50 {
        let reason = format!("{waiting} entries wait");
        let actions = desk.engine.on_store(Some(&reason), desk.now_us);
        desk.act(actions);
    }
    assert_eq!(desk.journal.len(), before + 1);
    let gates = desk.engine.closed_gates();
    assert_eq!(gates.len(), 1, "{gates:?}");
    assert_eq!(
        gates[0].reason, "49 entries wait",
        "the heartbeat has the newest words"
    );
    let actions = desk.engine.on_store(None, desk.now_us);
    desk.act(actions);
    assert_eq!(desk.journal.len(), before + 2);
}

#[test]
fn a_record_the_journal_holds_already_goes_and_the_rest_is_written() {
    let mut desk = Desk::trading();
    let pause = |id: &str| wire::StrategyCommand {
        r#type: Type::PauseTrading.into(),
        command_id: id.into(),
        ..wire::StrategyCommand::default()
    };
    for id in ["twice", "once"] {
        let actions = desk.engine.on_command(1, &pause(id), desk.now_us);
        desk.perform(actions);
    }
    let waiting = desk.engine.unwritten().len();
    let (dropped, actions) = desk.engine.on_duplicate("command", "twice", desk.now_us);
    desk.perform(actions);
    assert!(dropped);
    assert_eq!(desk.engine.unwritten().len(), waiting - 1);
    assert_eq!(desk.engine.counters().records_dropped, 1);
    let before = desk.results.len();
    desk.settle();
    assert_eq!(desk.results.len(), before + 2, "both are answered");
    assert!(!desk.engine.on_duplicate("command", "twice", desk.now_us).0);
}

#[test]
fn a_command_that_comes_again_while_the_journal_fails_hears_what_is_on_the_record() {
    let mut desk = Desk::trading();
    let pause = wire::StrategyCommand {
        r#type: Type::PauseTrading.into(),
        command_id: "p".into(),
        reason: "test".into(),
        ..wire::StrategyCommand::default()
    };
    let first = desk.send_command(&pause);
    assert_eq!(first.outcome(), Outcome::Done);
    desk.journal_fails = true;
    let actions = desk.engine.on_store(Some("behind"), desk.now_us);
    desk.perform(actions);
    assert_eq!(desk.send_command(&pause), first, "its record is durable");
    desk.journal_fails = false;
    desk.settle();
    let rebuilt = State::rebuild(desk.engine.state().instruments.clone(), &desk.journal).unwrap();
    assert_eq!(&rebuilt, desk.engine.state());
}

#[test]
fn a_clock_that_jumps_ahead_and_back_keeps_the_engine_from_nothing() {
    const HOUR: i64 = 3_600 * SECOND;
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    // Ahead: the venue seems silent for an hour, is asked again, and the book is compared anew.
    desk.now_us += HOUR;
    desk.run(3 * SECOND);
    // Back: all that was tried an hour ahead must not be waited for.
    desk.now_us -= HOUR;
    let now_us = desk.now_us;
    desk.engine.lose_venue("the line fell", now_us);
    desk.run(3 * SECOND);
    assert!(desk.engine.is_reconciled());
    desk.hear();
    desk.tick();
    let gates = desk.engine.closed_gates();
    assert!(
        gates.iter().all(|gate| gate.kind != GateKind::VenueLost),
        "{gates:?}"
    );
    assert_eq!(desk.status("q1-1"), OrderStatus::Submitted);
    // A venue that then falls silent is noticed.
    for _ in 0..250 {
        desk.now_us += 10_000;
        desk.tick();
        desk.to_venue.clear();
    }
    let gates = desk.engine.closed_gates();
    assert!(
        gates.iter().any(|gate| gate.kind == GateKind::VenueLost),
        "{gates:?}"
    );
}
