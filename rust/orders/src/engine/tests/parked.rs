//! Re-arms that wait for a heartbeat of the risk manager, and what overtakes them.

use messages::wire;
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use super::kills::{fresh, with_two_orders};
use super::rearm::command;

/// A desk whose kill of `scope`, under the id `first`, is proved.
fn killed(scope: &str) -> Desk {
    let mut desk = with_two_orders();
    desk.send_command(&command(Type::KillSwitch, "first", scope));
    fresh(&mut desk);
    desk
}

/// Re-arms `scope` under `id`: it waits.
fn park(desk: &mut Desk, id: &str, scope: &str) {
    desk.steady_us += 1_000;
    desk.tick();
    let actions = desk
        .engine
        .on_command(1, &command(Type::Rearm, id, scope), desk.now_us);
    desk.act(actions);
    assert!(waits(desk, id));
}

fn waits(desk: &Desk, id: &str) -> bool {
    let answer = desk.engine.answer(id);
    answer.outcome() == Outcome::NotKnown && answer.reason.contains("heartbeat")
}

#[test]
fn a_rearm_is_judged_by_a_heartbeat_that_was_asked_for_since_it_came() {
    let mut desk = killed("");
    park(&mut desk, "rearm", "");
    let came_us = desk.steady_us;
    desk.steady_us += 5_000;
    desk.tick();
    assert!(
        waits(&desk, "rearm"),
        "what was heard before it came says nothing"
    );
    desk.engine.on_risk_manager(desk.now_us, came_us - 1, false);
    desk.tick();
    assert!(waits(&desk, "rearm"), "nor what was asked before");
    desk.engine.on_risk_manager(desk.now_us, came_us, true);
    desk.tick();
    let refused = desk.engine.answer("rearm");
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert!(
        refused.reason.contains("the risk manager is killed"),
        "{}",
        refused.reason
    );
    park(&mut desk, "again", "");
    desk.hear();
    desk.engine.on_risk_manager(desk.now_us, desk.steady_us - 1, true);
    desk.tick();
    let done = desk.engine.answer("again");
    assert_eq!(
        done.outcome(),
        Outcome::Done,
        "the answer to the later question counts"
    );
}

#[test]
fn without_a_heartbeat_it_is_refused_within_a_second_however_the_clock_is_set() {
    for set_us in [0, -3_600 * SECOND, 3_600 * SECOND] {
        let mut desk = killed("");
        park(&mut desk, "rearm", "");
        desk.now_us += set_us;
        desk.run(SECOND - 20_000);
        assert!(waits(&desk, "rearm"));
        desk.run(40_000);
        let refused = desk.engine.answer("rearm");
        assert_eq!(refused.outcome(), Outcome::Refused, "{refused:?}");
        assert!(
            refused.reason.contains("the risk manager does not answer"),
            "{refused:?}"
        );
        assert!(desk.engine.trading_state().desk_killed);
    }
}

#[test]
fn a_kill_refuses_the_rearm_that_waits_for_a_heartbeat() {
    let mut desk = killed("");
    park(&mut desk, "rearm", "");
    desk.send_command(&command(Type::KillSwitch, "first", ""));
    assert!(waits(&desk, "rearm"), "a kill that comes again is no new one");
    let kill = desk.send_command(&command(Type::KillSwitch, "second", ""));
    assert_eq!(kill.outcome(), Outcome::Accepted);
    let refused = desk.results.last().unwrap().clone();
    assert_eq!(
        (refused.command_id.as_str(), refused.outcome()),
        ("rearm", Outcome::Refused)
    );
    assert!(refused.reason.contains("killed again"), "{refused:?}");
    desk.hear();
    desk.tick();
    assert!(desk.engine.trading_state().desk_killed && desk.latch_file.desk.is_some());
    let again = desk.send_command(&command(Type::Rearm, "rearm", ""));
    assert_eq!(again, refused, "the same id gets the same answer");
    desk.crash();
    assert_eq!(desk.engine.answer("rearm"), refused, "it is on the record");
}

#[test]
fn a_kill_overtakes_what_is_in_its_scope_and_no_look_at_the_checklist() {
    let mut desk = killed("ALFA");
    for (id, scope) in [("desk", ""), ("alfa", "ALFA"), ("brvo", "BRVO")] {
        park(&mut desk, id, scope);
    }
    let look = wire::StrategyCommand {
        check_only: true,
        ..command(Type::Rearm, "look", "ALFA")
    };
    let actions = desk.engine.on_command(1, &look, desk.now_us);
    desk.act(actions);
    desk.send_command(&command(Type::KillSwitch, "second", "ALFA"));
    assert!(!waits(&desk, "alfa") && waits(&desk, "desk") && waits(&desk, "brvo"));
    desk.send_command(&command(Type::KillSwitch, "third", ""));
    assert!(!waits(&desk, "desk") && !waits(&desk, "brvo") && waits(&desk, "look"));
}

#[test]
fn a_file_that_kills_refuses_the_rearm_that_waits_for_a_heartbeat() {
    let mut desk = killed("");
    let look = |desk: &mut Desk, content: Option<&str>| {
        let actions = desk.engine.on_kill_file(content, desk.now_us);
        desk.act(actions);
    };
    park(&mut desk, "before", "");
    look(&mut desk, Some("smoke"));
    let refused = desk.engine.answer("before");
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert!(refused.reason.contains("killed again"), "{refused:?}");
    park(&mut desk, "while", "");
    look(&mut desk, Some("smoke"));
    assert!(waits(&desk, "while"), "it is no new one");
    desk.hear();
    desk.tick();
    let refused = desk.engine.answer("while");
    assert!(refused.reason.contains("remove it"), "{refused:?}");
    look(&mut desk, None);
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
}
