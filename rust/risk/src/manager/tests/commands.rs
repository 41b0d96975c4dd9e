//! Limits, kills, re-arming, and the daily loss.

use messages::{GateKind, Quantity, wire};
use wire::command_result::Outcome as Answer;
use wire::denial::Check;
use wire::risk_decision::Outcome;
use wire::strategy_command::Type;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND, START_US, command};
use crate::latch::LatchState;
use crate::manager::Action;
use crate::testing::quantity;

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
    assert_eq!((done.outcome(), done.limits.len()), (Answer::Done, 15));
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
fn a_latch_file_that_fails_closes_a_gate_and_is_written_again() {
    let mut desk = Desk::warm();
    desk.command(&command(Type::KillSwitch, "k1"));
    desk.latch = LatchState::default();
    let actions = desk
        .manager
        .on_latch_file(Some("input/output error"), desk.now_us);
    desk.carry_out(actions);
    assert!(desk.has_gate(GateKind::StoreBehind));
    desk.live(10_000);
    let refused = desk.command(&command(Type::Rearm, "r1"));
    assert!(
        refused.missing.join("\n").contains("input/output error"),
        "{refused:?}"
    );
    desk.live(2 * SECOND);
    assert!(desk.latch.desk.is_some(), "it was written again");
    let actions = desk.manager.on_latch_file(None, desk.now_us);
    desk.carry_out(actions);
    assert!(!desk.has_gate(GateKind::StoreBehind));
    desk.latch = LatchState::default();
    desk.live(2 * SECOND);
    assert!(desk.latch.is_armed(), "and then no more");
}

#[test]
fn a_restart_asks_anew_whether_journal_and_latch_file_take_entries() {
    let mut desk = Desk::warm();
    let actions = desk
        .manager
        .on_latch_file(Some("input/output error"), desk.now_us);
    desk.carry_out(actions);
    desk.restart();
    assert!(!desk.has_gate(GateKind::StoreBehind));
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
fn the_gate_of_a_kill_names_the_command_that_lifts_it() {
    let mut desk = Desk::warm();
    desk.command(&wire::StrategyCommand {
        symbol: "ALFA".into(),
        ..command(Type::KillSwitch, "k1")
    });
    desk.command(&command(Type::KillSwitch, "k2"));
    let gates = desk.manager.gates().iter();
    let kills = gates.filter(|gate| gate.kind == GateKind::KillLatch);
    let told: Vec<_> = kills
        .map(|gate| (gate.symbol.as_ref(), gate.opens_when.as_str()))
        .collect();
    let alfa = crate::testing::symbol("ALFA");
    assert!(
        told.contains(&(Some(&alfa), "it is re-armed: quarterdeck rearm ALFA")),
        "{told:?}"
    );
    assert!(
        told.contains(&(None, "it is re-armed: quarterdeck rearm")),
        "{told:?}"
    );
}

#[test]
fn the_loss_limits_kill_has_an_id_whatever_the_latch_names() {
    let mut desk = Desk::warm();
    desk.latch.desk = Some(crate::latch::LatchEntry {
        command_id: String::new(),
        at_us: START_US,
        operator: "latch".into(),
        reason: "the latch file is unreadable".into(),
    });
    desk.restart();
    desk.snapshot();
    desk.position("ALFA", 1_000, 102.0, -6_000.0);
    desk.live(10_000);
    desk.live(SECOND);
    assert_eq!(desk.kills.len(), 2);
    assert!(!desk.kills[0].command_id.is_empty());
    assert_eq!(desk.kills[0].command_id, desk.kills[1].command_id);
}

#[test]
fn a_position_nobody_quotes_hides_no_loss_of_another() {
    let mut desk = Desk::cold();
    desk.quote("ALFA", "99.99", "100.01");
    desk.pongs();
    desk.snapshot();
    // BRVO never ticks in this process.
    desk.position("BRVO", 5, 100.0, 0.0);
    desk.position("ALFA", 1_000, 102.0, -3_000.0);
    desk.pass(10_000);
    assert!(desk.latch.desk.is_some(), "a loss of 5,000 of 5,000");
    assert!(desk.has_gate(GateKind::LossLimit));
}

#[test]
fn a_kill_that_only_the_journal_holds_comes_back_and_can_be_re_armed() {
    let mut desk = Desk::warm();
    desk.command(&command(Type::KillSwitch, "k1"));
    // The disk took the journal's entry and not the latch file's.
    desk.latch = crate::latch::LatchState::default();
    desk.restart();
    assert!(desk.manager.latch().desk.is_some());
    assert_eq!(desk.latch, *desk.manager.latch(), "the file is mended");
    desk.snapshot();
    desk.live(10_000);
    assert_eq!(desk.command(&command(Type::Rearm, "r1")).outcome(), Answer::Done);
    desk.restart();
    assert!(desk.manager.latch().is_armed());
}

#[test]
fn a_kill_that_only_the_latch_file_holds_stays() {
    let mut desk = Desk::warm();
    desk.command(&command(Type::KillSwitch, "k1"));
    let killed = desk.latch.clone();
    desk.live(10_000);
    assert_eq!(desk.command(&command(Type::Rearm, "r1")).outcome(), Answer::Done);
    // The journal says re-armed; the file could not be armed before the crash.
    desk.latch = killed;
    desk.restart();
    assert!(desk.manager.latch().desk.is_some() && desk.has_gate(GateKind::KillLatch));
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
