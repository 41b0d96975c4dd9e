//! A latch file that takes nothing: the kill holds, is told, and is written until the file has it.

use wire::command_result::Outcome;
use wire::strategy_command::Type;

use messages::wire;

use super::desk::{Desk, SECOND};
use super::kills::{fresh, with_two_orders};

#[test]
fn a_kill_the_latch_file_does_not_take_holds_and_comes_back_by_the_journal() {
    let mut desk = with_two_orders();
    desk.latch_fails = true;
    let answer = desk.command(Type::KillSwitch, "");
    assert_eq!(answer.outcome(), Outcome::Accepted);
    let words = "in force in memory: the latch file can't be written";
    assert!(answer.reason.starts_with(words), "{answer:?}");
    assert_eq!(
        desk.engine
            .state()
            .commands
            .get(&answer.command_id)
            .unwrap()
            .result,
        Some(answer)
    );
    let told = |desk: &Desk| {
        let gates = desk.engine.closed_gates();
        gates.iter().any(|gate| gate.reason.contains("the latch file"))
    };
    assert!(told(&desk) && desk.latch_file.is_armed());
    fresh(&mut desk);
    assert!(desk.venue.open().is_empty());
    desk.latch_fails = false;
    desk.crash();
    assert!(desk.engine.trading_state().desk_killed && desk.latch_file.desk.is_some());
    assert!(!told(&desk));
    fresh(&mut desk);
    desk.latch_fails = true;
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Done);
    assert!(
        told(&desk) && desk.latch_file.desk.is_some(),
        "and a re-arm that it doesn't take"
    );
    desk.run(3 * SECOND / 2);
    assert!(told(&desk), "it is tried again");
    desk.latch_fails = false;
    desk.run(3 * SECOND / 2);
    assert!(
        !told(&desk) && desk.latch_file.is_armed(),
        "until it holds what is latched"
    );
}

#[test]
fn no_kill_is_lifted_while_the_latch_file_fails() {
    let mut desk = with_two_orders();
    desk.latch_fails = true;
    desk.command(Type::KillSwitch, "");
    fresh(&mut desk);
    let refused = desk.command(Type::Rearm, "");
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert!(
        refused.missing.iter().any(|part| part.contains("latch file")),
        "{refused:?}"
    );
}
