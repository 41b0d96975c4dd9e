//! One behaviour each.

use messages::{GateKind, OrderStatus, Origin, Quantity, Side, wire};
use wire::command_result::Outcome as Answer;
use wire::denial::Check;
use wire::execution_event::Event as Told;
use wire::risk_decision::Outcome;
use wire::source_status::State as Source;
use wire::strategy_command::Type;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND, START_US, at, command};
use crate::manager::{Action, RiskManager};
use crate::testing::{limit_order, quantity};

#[test]
fn a_buy_becomes_one_passive_order_of_the_target_size() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    let [order] = &desk.submitted[..] else {
        panic!("{:?}", desk.submitted)
    };
    assert_eq!(
        (order.side, order.quantity, order.price),
        (Side::Buy, quantity(100), Some(at("99.99")))
    );
    assert_eq!(order.client_order_id, "q1-1");
    assert_eq!(order.valid_until_us, desk.now_us + 2 * SECOND);
    // Decided again while it works: no second order. Filled: the target is met.
    desk.signal("ALFA", Signal::Buy);
    desk.signal("ALFA", Signal::Hold);
    desk.fill("q1-1", 100);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
    assert_eq!(desk.position_of("ALFA"), quantity(100));
}

#[test]
fn an_approval_is_on_the_record_before_the_order_leaves() {
    let mut desk = Desk::warm();
    desk.signal("BRVO", Signal::Hold);
    let signal = wire::TradingSignal {
        sequence: 99,
        ..desk.signal_message("ALFA", Signal::Sell)
    };
    let actions = desk.manager.on_signal(&signal, desk.now_us).unwrap();
    let [
        Action::Journal {
            kind: "decision",
            key: Some(key),
            ..
        },
        Action::Submit(approved),
    ] = &actions[..]
    else {
        panic!("{actions:?}")
    };
    assert_eq!(*key, approved.get().client_order_id);
}

#[test]
fn a_partial_fill_leaves_the_rest_to_the_working_order() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.fill("q1-1", 40);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted.len(), 1);
    desk.end("q1-1", OrderStatus::Rejected);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted.len(), 1, "a rejection ends the target");
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted[1].quantity, quantity(60));
}

#[test]
fn a_turn_cancels_the_order_and_then_flips() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.fill("q1-1", 40);
    desk.signal("ALFA", Signal::Sell);
    assert_eq!(desk.cancels, ["q1-1"]);
    assert_eq!(desk.submitted.len(), 1);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(
        (desk.submitted[1].side, desk.submitted[1].quantity),
        (Side::Sell, quantity(140))
    );
}

#[test]
fn an_order_that_timed_out_is_cancelled_and_the_next_one_crosses() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.live(2 * SECOND);
    assert!(desk.cancels.is_empty());
    desk.live(SECOND);
    assert_eq!(desk.cancels, ["q1-1"]);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted[1].price, Some(at("100.01")));
    desk.fill("q1-2", 100);
    desk.signal("ALFA", Signal::Sell);
    assert_eq!(
        desk.submitted[2].price,
        Some(at("100.01")),
        "the one after is passive again"
    );
}

#[test]
fn a_signal_counts_once() {
    let mut desk = Desk::warm();
    let signal = wire::TradingSignal {
        sequence: 7,
        ..desk.signal_message("ALFA", Signal::Buy)
    };
    for sequence in [7, 7, 6] {
        let signal = wire::TradingSignal {
            sequence,
            ..signal.clone()
        };
        let actions = desk.manager.on_signal(&signal, desk.now_us).unwrap();
        desk.carry_out(actions);
    }
    assert_eq!(desk.submitted.len(), 1);
    assert_eq!(desk.manager.counters().old_signals, 2);
    // A restart knows which signal it used.
    desk.end("q1-1", OrderStatus::Cancelled);
    desk.restart();
    desk.warm_up();
    let actions = desk.manager.on_signal(&signal, desk.now_us).unwrap();
    assert!(actions.is_empty(), "{actions:?}");
}

#[test]
fn an_old_signal_and_an_unspecified_one_are_refused() {
    let mut desk = Desk::warm();
    let signal = desk.signal_message("ALFA", Signal::Buy);
    let old = wire::TradingSignal {
        sequence: 5,
        published_us: desk.now_us - 3 * SECOND,
        ..signal.clone()
    };
    let actions = desk.manager.on_signal(&old, desk.now_us).unwrap();
    desk.carry_out(actions);
    assert_eq!(
        desk.decisions(Outcome::Denied)[0]
            .denial
            .as_ref()
            .unwrap()
            .check(),
        Check::StaleData
    );
    let unspecified = wire::TradingSignal {
        signal: 0,
        sequence: 6,
        ..signal
    };
    assert!(desk.manager.on_signal(&unspecified, desk.now_us).is_err());
    assert!(desk.submitted.is_empty());
}

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
fn stale_data_closes_the_gate_of_its_symbol_alone() {
    let mut desk = Desk::warm();
    for _ in 0..16 {
        desk.now_us += SECOND;
        desk.quote("BRVO", "99.99", "100.01");
        desk.pongs();
        desk.pass(0);
    }
    let stale: Vec<_> = desk
        .manager
        .gates()
        .iter()
        .filter_map(|gate| gate.symbol.clone())
        .collect();
    assert_eq!(
        stale.iter().map(messages::Symbol::as_str).collect::<Vec<_>>(),
        ["ALFA", "CHRL", "DLTA"]
    );
    desk.signal("ALFA", Signal::Buy);
    desk.signal("BRVO", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
    desk.quote("ALFA", "99.99", "100.01");
    desk.pass(10_000);
    assert!(
        desk.manager
            .gates()
            .blocking(&crate::testing::symbol("ALFA"))
            .next()
            .is_none()
    );
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
fn identical_denials_are_recorded_once_and_shown_always() {
    let mut desk = Desk::warm();
    desk.engine_gates(&[GateKind::OperatorPause]);
    desk.published.clear();
    for _ in 0..8 {
        desk.signal("ALFA", Signal::Buy);
    }
    assert_eq!(desk.decisions(Outcome::Denied).len(), 1);
    assert_eq!(desk.published.len(), 7);
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
fn the_end_of_a_replay_closes_the_session_and_cancels() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.source(Source::Ended);
    desk.pass(10_000);
    assert!(desk.has_gate(GateKind::SessionClosed));
    assert!(desk.working().is_empty());
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
    desk.source(Source::Running);
    assert!(!desk.has_gate(GateKind::SessionClosed));
}

#[test]
fn limits_change_all_or_nothing_and_survive_a_restart() {
    let mut desk = Desk::warm();
    let update = |pairs: &[(&str, f64)], id| wire::StrategyCommand {
        parameters: pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect(),
        ..command(Type::UpdateRiskLimits, id)
    };
    let refused = desk.command(&update(&[("max_position_size", 50.0), ("max_typo", 1.0)], "c1"));
    assert_eq!(refused.outcome(), Answer::Refused);
    assert!(refused.reason.contains("max_typo"), "{}", refused.reason);
    assert_eq!(desk.manager.limits().version, 1);
    let done = desk.command(&update(&[("max_position_size", 50.0)], "c2"));
    assert_eq!((done.outcome(), done.limits.len()), (Answer::Done, 11));
    assert_eq!(done.before, "version 1: max_position_size=1000");
    assert_eq!(desk.engine.limits_version, 2);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(
        desk.decisions(Outcome::Denied)[0]
            .denial
            .as_ref()
            .unwrap()
            .check(),
        Check::Position
    );
    desk.restart();
    assert_eq!(desk.manager.limits().version, 2);
    assert_eq!(desk.manager.limits().max_position_size, quantity(50));
    desk.restart();
    assert_eq!(desk.manager.limits().version, 2);
}

#[test]
fn late_limits_are_refused_and_a_late_kill_never_is() {
    let mut desk = Desk::warm();
    let late = |kind| wire::StrategyCommand {
        valid_until_us: START_US - 1,
        parameters: [("max_daily_loss".to_owned(), 1.0)].into(),
        ..command(kind, "c1")
    };
    assert_eq!(
        desk.command(&late(Type::UpdateRiskLimits)).outcome(),
        Answer::Refused
    );
    assert_eq!(desk.command(&late(Type::Rearm)).outcome(), Answer::Refused);
    assert_eq!(desk.command(&late(Type::KillSwitch)).outcome(), Answer::Done);
    assert!(desk.latch.desk.is_some());
}

#[test]
fn a_kill_latches_before_anything_else_and_lets_nothing_out() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    let (result, actions) = desk
        .manager
        .on_command(&command(Type::KillSwitch, "k1"), desk.now_us);
    assert!(
        matches!(&actions[0], Action::WriteLatch(latch) if latch.desk.is_some()),
        "{actions:?}"
    );
    assert_eq!(result.kill.unwrap().stage(), wire::kill_stage::Stage::Latched);
    desk.carry_out(actions);
    assert!(desk.working().is_empty());
    for signal in [Signal::Buy, Signal::Sell] {
        desk.signal("ALFA", signal);
    }
    assert_eq!(desk.submitted.len(), 1);
    desk.restart();
    desk.live(10_000);
    desk.snapshot();
    desk.live(10_000);
    desk.signal("BRVO", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "a restart comes back killed");
    assert!(desk.has_gate(GateKind::KillLatch));
}

#[test]
fn a_symbols_kill_stops_that_symbol_alone() {
    let mut desk = Desk::warm();
    let kill = wire::StrategyCommand {
        symbol: "ALFA".into(),
        ..command(Type::KillSwitch, "k1")
    };
    desk.command(&kill);
    desk.signal("ALFA", Signal::Buy);
    desk.signal("BRVO", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
    let typo = wire::StrategyCommand {
        symbol: "ALFB".into(),
        ..command(Type::KillSwitch, "k2")
    };
    assert_eq!(desk.command(&typo).outcome(), Answer::Refused);
}

#[test]
fn rearm_names_everything_that_is_missing() {
    let mut desk = Desk::warm();
    let actions = desk.manager.on_kill_file(true, desk.now_us);
    desk.carry_out(actions);
    assert!(desk.latch.desk.is_some(), "the file alone latches");
    desk.pass(16 * SECOND);
    let actions = desk.manager.on_journal(Some("disk full"), desk.now_us);
    desk.carry_out(actions);
    desk.position("ALFA", 2_000, 100.0, 0.0);
    let refused = desk.command(&command(Type::Rearm, "r1"));
    assert_eq!(refused.outcome(), Answer::Refused);
    let all = refused.missing.join("\n");
    for part in [
        "KILL",
        "disk full",
        "execution-engine",
        "market-data",
        "ALFA has fresh",
        "max_position_size",
    ] {
        assert!(all.contains(part), "{part} is not in:\n{all}");
    }
    assert!(desk.latch.desk.is_some());
    desk.position("ALFA", 0, 0.0, 0.0);
    let actions = desk.manager.on_kill_file(false, desk.now_us);
    desk.carry_out(actions);
    let actions = desk.manager.on_journal(None, desk.now_us);
    desk.carry_out(actions);
    desk.live(10_000);
    assert_eq!(desk.command(&command(Type::Rearm, "r2")).outcome(), Answer::Done);
    assert!(desk.latch.is_armed() && desk.manager.gates().is_empty());
    desk.signal("ALFA", Signal::Hold);
    assert!(desk.submitted.is_empty(), "the target went with the kill");
}

#[test]
fn a_rearm_that_could_not_be_written_is_withdrawn() {
    let mut desk = Desk::warm();
    desk.command(&command(Type::KillSwitch, "k1"));
    desk.live(10_000);
    let before = desk.manager.latch().clone();
    desk.command(&command(Type::Rearm, "r1"));
    let actions = desk.manager.withdraw_rearm(before);
    desk.carry_out(actions);
    desk.signal("ALFA", Signal::Buy);
    assert!(desk.submitted.is_empty());
}

#[test]
fn the_daily_loss_kills_the_desk_and_asks_the_engine_until_it_has() {
    let mut desk = Desk::warm();
    desk.position("ALFA", 1_000, 102.0, -2_900.0);
    desk.live(10_000);
    assert!(desk.latch.is_armed(), "4,900 of 5,000");
    desk.position("ALFA", 1_000, 102.0, -3_000.0);
    desk.live(10_000);
    assert!(desk.latch.desk.is_some());
    assert!(desk.has_gate(GateKind::LossLimit) && desk.has_gate(GateKind::KillLatch));
    assert_eq!(desk.kills.len(), 1);
    desk.live(SECOND);
    assert_eq!(desk.kills.len(), 2);
    assert_eq!(desk.kills[0].command_id, desk.kills[1].command_id);
    desk.engine.killed = true;
    desk.live(SECOND);
    desk.live(SECOND);
    assert_eq!(desk.kills.len(), 2);
    // The loss stands after a restart, and so does the kill; re-arming waits for the limit.
    desk.restart();
    desk.live(10_000);
    desk.snapshot();
    assert!(desk.latch.desk.is_some());
    let refused = desk.command(&command(Type::Rearm, "r1"));
    assert!(refused.reason.contains("max_daily_loss"), "{}", refused.reason);
}

#[test]
fn a_restart_measures_the_day_from_its_recorded_start() {
    let mut desk = Desk::warm();
    desk.position("ALFA", 0, 0.0, 700.0);
    desk.live(10_000);
    // A new day begins at 700; the loss of the day is measured from there.
    let day_us = 86_400 * SECOND;
    desk.live(day_us);
    desk.position("ALFA", 0, 0.0, 500.0);
    desk.live(10_000);
    assert_eq!(desk.manager.daily().loss().to_string(), "200");
    desk.restart();
    desk.warm_up();
    desk.position("ALFA", 0, 0.0, 500.0);
    assert_eq!(desk.manager.daily().loss().to_string(), "200");
}

#[test]
fn the_picture_has_every_limit_with_its_use() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    let state = desk.manager.state(desk.now_us);
    let usage = |name: &str| state.r#use.iter().find(|usage| usage.name == name).unwrap();
    assert_eq!(state.r#use.len(), 11);
    assert_eq!(
        (
            usage("max_position_size").value,
            usage("max_position_size").symbol.as_str()
        ),
        (100.0, "ALFA")
    );
    assert!((usage("max_gross_exposure").value - 10_000.0).abs() < 1e-6);
    assert!((usage("max_messages_per_second").value - 1.0).abs() < 1e-9);
    assert!(!state.unmarked && !state.killed);
}

#[test]
fn commands_of_the_engine_are_refused_with_the_right_address() {
    let mut desk = Desk::warm();
    for kind in [
        Type::PauseTrading,
        Type::ResumeTrading,
        Type::Cancel,
        Type::Flatten,
        Type::Unspecified,
    ] {
        assert_eq!(desk.command(&command(kind, "c")).outcome(), Answer::Refused);
    }
    assert_eq!(desk.position_of("ALFA"), Quantity::ZERO);
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
