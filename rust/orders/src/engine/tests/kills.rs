//! Kill with proof, and the way back.

use messages::{OrderStatus, Quantity, Side, wire};
use wire::command_result::Outcome;
use wire::kill_stage::Stage;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use crate::Action;
use crate::testing::{limit_order, symbol};

pub(super) fn with_two_orders() -> Desk {
    let mut desk = Desk::trading();
    for id in ["q1-1", "q1-2"] {
        desk.submit(&limit_order(id, Side::Buy, 5, "10"));
    }
    desk.exchange();
    desk
}

pub(super) fn fresh(desk: &mut Desk) {
    desk.run(SECOND / 10);
    desk.hear();
}

#[test]
fn a_kill_names_its_operator_and_host_and_a_services_own_the_service_alone() {
    for (operator, host, told) in [
        ("ann", "desk1", "ann@desk1"),
        ("risk-manager", "", "risk-manager"),
    ] {
        let mut desk = Desk::trading();
        let kill = wire::StrategyCommand {
            r#type: Type::KillSwitch.into(),
            command_id: "k1".into(),
            operator: operator.into(),
            host: host.into(),
            ..wire::StrategyCommand::default()
        };
        assert_eq!(desk.send_command(&kill).outcome(), Outcome::Accepted);
        assert_eq!(desk.engine.trading_state().kills[0].operator, told);
    }
}

#[test]
fn the_stages_come_in_order_and_verified_means_the_venue_said_none() {
    let mut desk = with_two_orders();
    let result = desk.command(Type::KillSwitch, "");
    assert_eq!(result.outcome(), Outcome::Accepted);
    assert_eq!(result.kill.unwrap().stage(), Stage::Latched);
    assert!(desk.latch_file.desk.is_some());
    assert_eq!(desk.stages(), [Stage::Latched, Stage::Cancelling]);
    desk.exchange();
    assert_eq!(
        desk.stages(),
        [
            Stage::Latched,
            Stage::Cancelling,
            Stage::Verified,
            Stage::Residual
        ]
    );
    assert!(desk.venue.open().is_empty() && !desk.venue.blocked.is_empty());
    let kill = &desk.engine.trading_state().kills[0];
    assert_eq!((kill.open_before, kill.open_after), (2, 0));
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
}

#[test]
fn memory_and_file_come_first_and_the_answer_waits_for_no_journal() {
    let mut desk = with_two_orders();
    let kill = wire::StrategyCommand {
        r#type: Type::KillSwitch.into(),
        command_id: "k".into(),
        ..wire::StrategyCommand::default()
    };
    let actions = desk.engine.on_command(1, &kill, desk.now_us);
    assert!(matches!(actions[0], Action::WriteLatch(_)), "{actions:?}");
    assert!(matches!(actions[1], Action::Send(_)), "{actions:?}");
    let answered = desk.engine.on_latch_written(desk.now_us);
    assert!(
        matches!(answered[..], [Action::ReplyCommand { .. }]),
        "{answered:?}"
    );
}

#[test]
fn a_kill_goes_on_when_the_journal_fails() {
    let mut desk = with_two_orders();
    desk.journal_fails = true;
    assert_eq!(desk.command(Type::KillSwitch, "").outcome(), Outcome::Accepted);
    desk.run(SECOND / 10);
    assert!(desk.venue.open().is_empty());
    let shown = desk
        .published
        .iter()
        .filter_map(|(sequence, event)| match &event.event {
            Some(wire::execution_event::Event::Kill(stage)) => Some((*sequence, stage.stage())),
            _ => None,
        });
    assert!(
        shown.clone().any(|shown| shown == (0, Stage::Verified)),
        "{:?}",
        shown.collect::<Vec<_>>()
    );
    desk.journal_fails = false;
    desk.run(SECOND / 10);
    assert_eq!(
        desk.stages(),
        [
            Stage::Latched,
            Stage::Cancelling,
            Stage::Verified,
            Stage::Residual
        ]
    );
}

#[test]
fn an_order_between_intent_and_wire_does_not_leave_after_the_latch() {
    let mut desk = Desk::trading();
    let order = limit_order("q1-1", Side::Buy, 5, "10");
    let body = wire::order_request::Body::Submit(wire::Order::from(&order));
    let request = wire::OrderRequest {
        request_id: "r".into(),
        body: Some(body),
    };
    let actions = desk.engine.on_order_request(1, &request, desk.now_us);
    desk.perform(actions);
    desk.command(Type::KillSwitch, "");
    desk.exchange();
    assert!(desk.venue.submitted.is_empty());
    assert_eq!(desk.status("q1-1"), OrderStatus::Rejected);
    assert!(!desk.submit(&limit_order("q1-2", Side::Buy, 5, "10")).accepted);
}

#[test]
fn a_kill_without_an_id_gets_one_and_is_obeyed() {
    let mut desk = with_two_orders();
    let kill = wire::StrategyCommand {
        r#type: Type::KillSwitch.into(),
        reason: "the day's loss".into(),
        ..wire::StrategyCommand::default()
    };
    let first = desk.send_command(&kill);
    assert_eq!(first.outcome(), Outcome::Accepted, "{first:?}");
    let latched = desk.latch_file.desk.clone().unwrap();
    assert!(!latched.command_id.is_empty() && latched.command_id == first.command_id);
    fresh(&mut desk);
    assert!(desk.venue.open().is_empty() && !desk.venue.blocked.is_empty());
    assert_eq!(desk.engine.answer(&first.command_id), first, "on the record");
    let second = desk.send_command(&kill);
    assert_eq!(second.outcome(), Outcome::Accepted);
    assert_ne!(second.command_id, first.command_id);
    assert_eq!(desk.latch_file.desk.as_ref(), Some(&latched), "killed once");
    let pause = desk.send_command(&wire::StrategyCommand {
        r#type: Type::PauseTrading.into(),
        ..wire::StrategyCommand::default()
    });
    assert_eq!(pause.outcome(), Outcome::Refused, "everything else needs an id");
}

#[test]
fn a_venue_that_refuses_cancels_keeps_it_red_and_names_the_orders() {
    let mut desk = with_two_orders();
    desk.venue.stubborn.insert("q1-2".into());
    desk.command(Type::KillSwitch, "");
    desk.run(SECOND);
    let kill = desk.engine.trading_state().kills[0].clone();
    assert_eq!((kill.stage(), kill.open_after), (Stage::Cancelling, 1));
    assert_eq!(kill.unresolved[0].client_order_id, "q1-2");
    assert_eq!(kill.unresolved[0].reason, "too late to cancel");
    desk.venue.stubborn.clear();
    desk.run(SECOND);
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}

#[test]
fn a_kill_without_a_venue_is_latched_and_proved_when_it_is_back() {
    let mut desk = with_two_orders();
    desk.is_cut_off = true;
    desk.run(SECOND);
    desk.command(Type::KillSwitch, "");
    let kill = desk.engine.trading_state().kills[0].clone();
    assert_eq!(
        (kill.stage(), kill.detail.as_str()),
        (Stage::Latched, "the venue does not answer")
    );
    desk.is_cut_off = false;
    desk.run(SECOND);
    assert!(desk.venue.open().is_empty());
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}

#[test]
fn a_crash_at_any_stage_comes_back_killed_and_goes_on() {
    for steps in 0..8 {
        let mut desk = with_two_orders();
        desk.command(Type::KillSwitch, "");
        for _ in 0..steps {
            desk.deliver_to_venue();
            desk.deliver_to_engine();
        }
        desk.crash();
        assert!(desk.engine.trading_state().desk_killed, "after {steps} steps");
        desk.run(SECOND);
        assert!(desk.venue.open().is_empty());
        assert_eq!(
            desk.engine.trading_state().kills[0].stage(),
            Stage::Residual,
            "after {steps} steps"
        );
    }
}

#[test]
fn either_latch_or_journal_is_enough_to_come_back_killed() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    desk.latch_file = crate::LatchState::default();
    desk.crash();
    assert!(desk.engine.trading_state().desk_killed, "the journal alone");
    let mut desk = with_two_orders();
    let entry = crate::LatchEntry {
        command_id: "by-hand".into(),
        at_us: 1,
        operator: "cli".into(),
        reason: "engine dead".into(),
    };
    desk.latch_file.desk = Some(entry);
    desk.crash();
    assert!(desk.engine.trading_state().desk_killed, "the latch file alone");
    desk.run(SECOND);
    assert_eq!(desk.engine.trading_state().kills[0].command_id, "by-hand");
    assert!(desk.venue.open().is_empty());
}

#[test]
fn a_session_blocked_at_the_venue_is_a_kill() {
    let mut desk = with_two_orders();
    desk.venue.blocked.insert("elsewhere".into());
    desk.crash();
    desk.run(SECOND);
    assert!(desk.engine.trading_state().desk_killed);
}

#[test]
fn the_kill_file_kills_and_keeps_rearm_away() {
    let mut desk = with_two_orders();
    let actions = desk.engine.on_kill_file(Some("smoke in the rack\n"), desk.now_us);
    desk.act(actions);
    fresh(&mut desk);
    assert!(desk.venue.open().is_empty());
    assert_eq!(desk.latch_file.desk.as_ref().unwrap().reason, "smoke in the rack");
    let result = desk.command(Type::Rearm, "");
    assert_eq!(result.outcome(), Outcome::Refused);
    assert!(result.missing[0].contains("KILL"), "{result:?}");
    let actions = desk.engine.on_kill_file(None, desk.now_us);
    desk.act(actions);
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
}

#[test]
fn a_pause_that_is_not_durable_yet_is_told_as_that() {
    let mut desk = Desk::trading();
    desk.journal_fails = true;
    let given = desk.command(Type::PauseTrading, "");
    assert_eq!(given.outcome(), Outcome::Accepted);
    assert_eq!(desk.engine.answer(&given.command_id), given);
    desk.journal_fails = false;
    desk.run(SECOND);
    desk.crash();
    assert_eq!(desk.engine.answer(&given.command_id), given);
}

#[test]
fn flatten_waits_for_the_proof_and_is_all_that_leaves_a_killed_desk() {
    let mut desk = with_two_orders();
    let report = desk.venue.fill("q1-1", 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    desk.venue.stubborn.insert("q1-2".into());
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Refused);
    desk.venue.stubborn.clear();
    fresh(&mut desk);
    let kill = desk.engine.trading_state().kills[0].clone();
    assert_eq!(kill.stage(), Stage::Residual);
    assert!((kill.residual[0].quantity - 3.0).abs() < 1e-12);
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Accepted);
    fresh(&mut desk);
    let id = desk.venue.open()[0].client_order_id.clone();
    assert!(id.starts_with('f'));
    let report = desk.venue.fill(&id, 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    assert_eq!(desk.engine.state().book.quantity(&symbol("ALFA")), Quantity::ZERO);
}

#[test]
fn the_gate_of_a_kill_says_by_which_command_it_opens() {
    let mut desk = Desk::trading();
    desk.command(Type::KillSwitch, "ALFA");
    desk.command(Type::KillSwitch, "");
    let gates = desk.engine.closed_gates();
    let kills = gates
        .iter()
        .filter(|gate| gate.kind == messages::GateKind::KillLatch);
    let opened: Vec<_> = kills
        .map(|gate| (gate.symbol.clone(), gate.opens_when.as_str()))
        .collect();
    assert_eq!(
        opened,
        [
            (None, "it is re-armed: quarterdeck rearm"),
            (Some(symbol("ALFA")), "it is re-armed: quarterdeck rearm ALFA"),
        ]
    );
}

#[test]
fn a_symbols_kill_leaves_the_others_trading() {
    let mut desk = Desk::trading();
    desk.command(Type::KillSwitch, "ALFA");
    desk.exchange();
    assert!(!desk.submit(&limit_order("q1-1", Side::Buy, 5, "10")).accepted);
    let other = messages::Order {
        symbol: symbol("BRVO"),
        ..limit_order("q1-2", Side::Buy, 5, "10")
    };
    assert!(desk.submit(&other).accepted);
    fresh(&mut desk);
    assert_eq!(desk.command(Type::Rearm, "ALFA").outcome(), Outcome::Done);
    assert_eq!(desk.engine.trading_state().paused_symbols, ["ALFA"]);
    assert_eq!(desk.command(Type::KillSwitch, "NONE").outcome(), Outcome::Refused);
}

#[test]
fn a_flatten_the_venue_refuses_is_not_tried_for_ever() {
    let mut desk = with_two_orders();
    let report = desk.venue.fill("q1-1", 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    desk.venue.refuses_all = true;
    desk.command(Type::Flatten, "ALFA");
    desk.run(SECOND);
    assert_eq!(desk.venue.submitted.len(), 3, "two entries, one refused flatten");
}

#[test]
fn the_last_hop_looks_at_the_latch_itself() {
    let mut desk = Desk::trading();
    desk.command(Type::KillSwitch, "");
    desk.exchange();
    let order = limit_order("q1-1", Side::Sell, 5, "10");
    let instrument = super::desk::config(1).instruments[&symbol("ALFA")].clone();
    let held = Quantity::from_units(5);
    let approved = risk::approve_flatten(order.clone(), &instrument, held, Quantity::ZERO).unwrap();
    let now_us = desk.now_us;
    desk.engine.record_order(order, now_us);
    desk.engine.leave(&approved, now_us);
    desk.settle();
    desk.exchange();
    assert!(desk.venue.submitted.is_empty());
    assert_eq!(desk.status("q1-1"), OrderStatus::Rejected);
}
