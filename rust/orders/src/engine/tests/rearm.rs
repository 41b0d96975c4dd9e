//! The way back from a kill: re-arm, its checklist, and what it is told when it can't be.

use messages::{Side, wire};
use wire::command_result::Outcome;
use wire::kill_stage::Stage;
use wire::strategy_command::Type;
use wire::venue_request::Body;

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
    assert!(desk.venue.blocked.is_empty());
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
fn a_lift_that_comes_late_leaves_the_successors_block() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
    // The engine dies while its request to lift the block is on its way: the next one finds the session blocked.
    let late = desk.to_venue.pop_back().unwrap();
    assert!(matches!(&late.body, Some(Body::Block(block)) if !block.blocked));
    desk.crash();
    fresh(&mut desk);
    let stage = desk.engine.trading_state().kills[0].stage();
    assert!(stage >= Stage::Verified, "{stage:?}");
    desk.venue.handle(&late, desk.now_us);
    assert!(!desk.venue.blocked.is_empty(), "the newer kill holds");
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
    desk.exchange();
    assert!(desk.venue.blocked.is_empty());
}

#[test]
fn a_block_that_a_rearm_leaves_is_a_kill() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    // Somebody kills at the venue itself, beside this engine.
    desk.venue.blocked.insert("by-hand".into());
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
    desk.exchange();
    assert_eq!(desk.venue.blocked.iter().filter(|id| *id == "by-hand").count(), 1);
    assert!(desk.engine.trading_state().desk_killed);
    fresh(&mut desk);
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
    desk.exchange();
    assert!(desk.venue.blocked.is_empty() && !desk.engine.trading_state().desk_killed);
}

#[test]
fn a_second_kill_that_blocked_the_venue_itself_is_lifted_with_the_first() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    // The command line had no answer in time, told the venue itself, and its command arrives now.
    desk.venue.blocked.insert("c2".into());
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
    desk.exchange();
    assert!(desk.venue.blocked.is_empty() && !desk.engine.trading_state().desk_killed);
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
    desk.hear_risk_manager(true);
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
    assert!(desk.engine.trading_state().desk_killed && !desk.venue.blocked.is_empty());
    desk.crash();
    assert!(desk.engine.trading_state().desk_killed);
}

#[test]
fn a_rearm_that_was_given_up_is_a_kill_by_the_journal_alone() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "ALFA");
    fresh(&mut desk);
    desk.journal_fails = true;
    assert_eq!(desk.command(Type::Rearm, "ALFA").outcome(), Outcome::Refused);
    desk.journal_fails = false;
    desk.settle();
    desk.latch_file = risk::LatchState::default();
    desk.crash();
    assert_eq!(desk.engine.trading_state().killed_symbols, ["ALFA"]);
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
        desk.judge(&rearm);
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

pub(super) fn command(of: Type, id: &str, scope: &str) -> wire::StrategyCommand {
    wire::StrategyCommand {
        r#type: of.into(),
        command_id: id.into(),
        symbol: scope.into(),
        operator: "bob".into(),
        host: "desk2".into(),
        ..wire::StrategyCommand::default()
    }
}

/// A desk whose kill of `scope` is proved and whose re-arm waits for the journal.
fn with_a_waiting_rearm(scope: &str) -> Desk {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, scope);
    fresh(&mut desk);
    let rearm = command(Type::Rearm, "rearm", scope);
    desk.judge(&rearm);
    let waits = desk.engine.answer("rearm");
    assert_eq!(waits.outcome(), Outcome::NotKnown);
    assert!(waits.reason.contains("journal"), "{}", waits.reason);
    desk
}

#[test]
fn a_kill_gives_up_the_rearm_that_waits_for_the_journal() {
    let mut desk = with_a_waiting_rearm("");
    let kill = desk.send_command(&command(Type::KillSwitch, "kill", ""));
    assert_eq!(
        (kill.outcome(), kill.command_id.as_str()),
        (Outcome::Accepted, "kill")
    );
    assert_eq!(kill.kill.unwrap().command_id, "kill", "it is a kill of its own");
    let refused = desk.results.last().unwrap().clone();
    assert_eq!(
        (refused.command_id.as_str(), refused.outcome()),
        ("rearm", Outcome::Refused)
    );
    assert!(refused.reason.contains("killed again"), "{refused:?}");
    assert!(desk.engine.trading_state().desk_killed);
    fresh(&mut desk);
    assert!(desk.engine.trading_state().desk_killed && !desk.venue.blocked.is_empty());
    assert_eq!(desk.latch_file.desk.as_ref().unwrap().command_id, "kill");
    let kills = desk.engine.trading_state().kills;
    assert_eq!(
        (kills.len(), kills[0].stage()),
        (1, Stage::Residual),
        "proved anew"
    );
    assert_eq!(desk.engine.answer("rearm"), refused);
    desk.crash();
    assert!(desk.engine.trading_state().desk_killed);
    assert_eq!(desk.engine.answer("rearm"), refused, "the journal tells the same");
}

#[test]
fn a_kill_of_the_desk_gives_up_the_rearm_of_a_symbol_too_and_one_of_a_symbol_leaves_others_alone() {
    let mut desk = with_a_waiting_rearm("ALFA");
    desk.send_command(&command(Type::KillSwitch, "kill", ""));
    fresh(&mut desk);
    assert_eq!(desk.engine.answer("rearm").outcome(), Outcome::Refused);
    let state = desk.engine.trading_state();
    assert!(state.desk_killed && state.killed_symbols == ["ALFA"], "{state:?}");
    assert_eq!(state.kills.len(), 2);
    let mut desk = with_a_waiting_rearm("ALFA");
    desk.send_command(&command(Type::KillSwitch, "kill", "BRVO"));
    fresh(&mut desk);
    assert_eq!(desk.engine.answer("rearm").outcome(), Outcome::Done);
    assert_eq!(desk.engine.trading_state().killed_symbols, ["BRVO"]);
}

#[test]
fn a_file_that_kills_gives_up_the_rearm_that_waits_for_the_journal() {
    let mut desk = with_a_waiting_rearm("");
    for content in [Some("smoke"), None] {
        let actions = desk.engine.on_kill_file(content, desk.now_us);
        desk.act(actions);
    }
    fresh(&mut desk);
    assert!(desk.engine.trading_state().desk_killed && desk.latch_file.desk.is_some());
    assert_eq!(desk.engine.answer("rearm").outcome(), Outcome::Refused);
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}

#[test]
fn a_late_answer_to_a_kill_that_is_over_proves_no_other() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    let asks =
        |request: &wire::VenueRequest| matches!(request.body, Some(wire::venue_request::Body::OpenOrders(_)));
    while !desk.to_venue.iter().any(asks) {
        desk.deliver_to_venue();
        desk.deliver_to_engine();
    }
    let question = desk.to_venue.pop_back().unwrap();
    assert!(asks(&question));
    let late = desk.venue.handle(&question, desk.now_us);
    desk.run(2 * SECOND);
    fresh(&mut desk);
    let rearmed = desk.command(Type::Rearm, "");
    assert_eq!(
        rearmed.outcome(),
        Outcome::Done,
        "asked again, and proved: {rearmed:?}"
    );
    desk.exchange();
    fresh(&mut desk);
    desk.tick();
    desk.command(Type::ResumeTrading, "");
    desk.send_limits(1);
    let accepted = desk.submit(&limit_order("q2-1", Side::Buy, 5, "10"));
    assert!(accepted.accepted, "{accepted:?}");
    desk.exchange();
    desk.command(Type::KillSwitch, "");
    for reply in late {
        let actions = desk.engine.on_venue_reply(&reply, desk.now_us);
        desk.act(actions);
    }
    assert_eq!(desk.venue.open().len(), 1);
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Cancelling);
    fresh(&mut desk);
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}
