//! The way back from a kill: re-arm, its checklist, and what it is told when it can't be.

use messages::{Side, wire};
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use super::kills::{fresh, with_two_orders};
use crate::testing::limit_order;

#[test]
fn resume_cannot_undo_a_kill_and_rearm_leaves_it_paused() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    assert_eq!(desk.command(Type::ResumeTrading, "").outcome(), Outcome::Refused);
    let result = desk.command(Type::Rearm, "");
    assert_eq!(result.outcome(), Outcome::Done, "{result:?}");
    desk.exchange();
    assert!(!desk.venue.blocked);
    assert!(desk.latch_file.is_armed());
    let state = desk.engine.trading_state();
    assert!(state.desk_paused && !state.desk_killed);
    desk.crash();
    let state = desk.engine.trading_state();
    assert!(state.desk_paused && !state.desk_killed);
    fresh(&mut desk);
    desk.run(SECOND);
    desk.hear();
    desk.tick();
    desk.command(Type::ResumeTrading, "");
    desk.send_limits(1);
    assert!(desk.submit(&limit_order("q2-1", Side::Buy, 5, "10")).accepted);
}

#[test]
fn rearm_names_everything_that_is_missing() {
    let mut desk = Desk::new();
    desk.command(Type::KillSwitch, "");
    let missing = desk.command(Type::Rearm, "").missing.join("\n");
    for part in ["VERIFIED", "reconciled", "market data", "risk manager"] {
        assert!(missing.contains(part), "{part} in {missing}");
    }
    desk.run(SECOND);
    desk.hear();
    desk.engine.on_risk_manager(desk.now_us, true);
    let missing = desk.command(Type::Rearm, "").missing;
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(missing[0].contains("risk manager"));
    assert_eq!(
        Desk::trading().command(Type::Rearm, "").missing,
        ["the desk is not killed"]
    );
}

#[test]
fn a_rearm_that_cannot_be_journalled_stays_killed() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    desk.journal_fails = true;
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Refused);
    assert!(desk.engine.trading_state().desk_killed && desk.latch_file.desk.is_some());
    desk.journal_fails = false;
    desk.run(SECOND);
    assert!(desk.engine.trading_state().desk_killed && desk.venue.blocked);
    desk.crash();
    assert!(desk.engine.trading_state().desk_killed);
}

#[test]
fn a_refused_rearm_is_told_as_refused_ever_after() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    desk.journal_fails = true;
    let rearm = wire::StrategyCommand {
        r#type: Type::Rearm.into(),
        command_id: "again".into(),
        ..wire::StrategyCommand::default()
    };
    for _ in 0..2 {
        let actions = desk.engine.on_command(1, &rearm, desk.now_us);
        desk.perform(actions);
    }
    assert_eq!(
        desk.engine.answer("again").outcome(),
        Outcome::NotKnown,
        "not answered yet"
    );
    let before = desk.results.len();
    desk.settle();
    let given = desk.results.last().unwrap().clone();
    assert_eq!(given.outcome(), Outcome::Refused);
    assert_eq!(desk.results[before..], [given.clone(), given.clone()]);
    assert_eq!(desk.engine.answer("again"), given);
    desk.journal_fails = false;
    desk.run(SECOND);
    assert_eq!(desk.engine.answer("again"), given);
    assert_eq!(
        desk.send_command(&rearm),
        given,
        "the same id gets the same answer"
    );
    desk.crash();
    assert_eq!(desk.engine.answer("again"), given, "the journal tells the same");
    assert!(desk.engine.trading_state().desk_killed);
}

#[test]
fn the_checklist_of_a_rearm_changes_nothing() {
    let mut desk = with_two_orders();
    let ask = |desk: &mut Desk, id: &str| {
        desk.send_command(&wire::StrategyCommand {
            r#type: Type::Rearm.into(),
            command_id: id.into(),
            check_only: true,
            ..wire::StrategyCommand::default()
        })
    };
    let armed = ask(&mut desk, "check-1");
    assert_eq!((armed.outcome(), armed.after.as_str()), (Outcome::Done, ""));
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    let killed = ask(&mut desk, "check-2");
    assert_eq!(
        (killed.outcome(), killed.after.as_str()),
        (Outcome::Done, "can be re-armed")
    );
    assert!(desk.engine.trading_state().desk_killed && desk.latch_file.desk.is_some());
    desk.run(60 * SECOND);
    let stale = ask(&mut desk, "check-3");
    assert_eq!(stale.outcome(), Outcome::Refused);
    assert!(!stale.missing.is_empty());
}
