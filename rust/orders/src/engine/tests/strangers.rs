//! Orders of somebody else's in the desk's session that a kill of the desk's cancels.

use messages::{OrderStatus, Side, wire};
use wire::r#break::State;
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};

/// Every break there was, as it stood last.
fn ends(desk: &Desk) -> Vec<(String, State, String)> {
    let mut last = std::collections::BTreeMap::new();
    for event in &desk.journal {
        if let Some(wire::execution_event::Event::Reconciliation(found)) = &event.event {
            last.insert(found.id.clone(), (found.state(), found.detail.clone()));
        }
    }
    last.into_iter()
        .map(|(id, (state, detail))| (id, state, detail))
        .collect()
}

/// A desk whose venue got an order of somebody else's and a kill before the two were compared again.
fn killed_over_a_stranger() -> Desk {
    let mut desk = Desk::trading();
    desk.venue.enter("stranger", Side::Buy, 3, OrderStatus::Submitted);
    assert_eq!(desk.command(Type::KillSwitch, "").outcome(), Outcome::Accepted);
    desk
}

fn rearm(desk: &mut Desk) -> wire::CommandResult {
    desk.hear();
    desk.tick();
    desk.command(Type::Rearm, "")
}

#[test]
fn an_order_of_nobodys_that_the_kill_cancelled_is_explained_by_it() {
    for crashes in [false, true] {
        let mut desk = killed_over_a_stranger();
        desk.exchange();
        assert_eq!(
            desk.engine.trading_state().kills[0].cancelled_unknown,
            ["stranger"]
        );
        if crashes {
            desk.crash();
        }
        desk.run(7 * SECOND);
        let found = ends(&desk);
        assert_eq!(found.len(), 1, "{found:?}");
        let (id, state, detail) = &found[0];
        assert_eq!((id.as_str(), *state), ("order:stranger", State::Resolved));
        assert!(detail.contains("cancelled by the kill of the desk"), "{detail}");
        assert_eq!(rearm(&mut desk).outcome(), Outcome::Done);
        // The place in the venue's history is on the record: no restart finds it anew.
        desk.crash();
        desk.run(7 * SECOND);
        assert_eq!(desk.engine.breaks().next(), None);
    }
}

#[test]
fn a_break_over_it_ends_with_the_kills_proof_and_not_with_the_next_comparison_that_is_due() {
    let mut desk = Desk::trading();
    desk.venue.enter("stranger", Side::Buy, 3, OrderStatus::Submitted);
    desk.run(7 * SECOND);
    assert_eq!(ends(&desk)[0].1, State::Open);
    desk.command(Type::KillSwitch, "");
    desk.exchange();
    assert_eq!(desk.stages().last(), Some(&wire::kill_stage::Stage::Residual));
    desk.tick();
    desk.exchange();
    assert_eq!(ends(&desk)[0].1, State::Resolved);
}

#[test]
fn one_that_was_filled_before_the_kill_waits_for_somebody_to_answer_for_it() {
    let mut desk = Desk::trading();
    desk.venue.enter("stranger", Side::Buy, 3, OrderStatus::Submitted);
    let report = desk.venue.fill("stranger", 1, "10");
    desk.command(Type::KillSwitch, "");
    desk.from_venue.extend(report);
    desk.run(7 * SECOND);
    let open = ["fill:X1", "order:stranger"];
    let listed: Vec<_> = desk.engine.breaks().map(|found| found.id.as_str()).collect();
    assert_eq!(listed, open);
    let refused = rearm(&mut desk);
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert!(
        refused.missing.iter().any(|part| part.contains("don't agree")),
        "{:?}",
        refused.missing
    );
}

#[test]
fn one_that_its_owner_cancelled_is_not_explained_by_a_kill() {
    let mut desk = Desk::trading();
    desk.venue.enter("stranger", Side::Buy, 3, OrderStatus::Cancelled);
    desk.command(Type::KillSwitch, "");
    desk.run(7 * SECOND);
    assert_eq!(
        desk.engine.breaks().map(wire::Break::state).collect::<Vec<_>>(),
        [State::Open]
    );
}

#[test]
fn a_kill_that_is_not_proved_explains_nothing() {
    let mut desk = Desk::trading();
    desk.venue.enter("stranger", Side::Buy, 3, OrderStatus::Submitted);
    desk.venue.enter("stubborn", Side::Buy, 3, OrderStatus::Submitted);
    desk.venue.stubborn.insert("stubborn".into());
    desk.command(Type::KillSwitch, "");
    desk.run(7 * SECOND);
    let open = |desk: &Desk| desk.engine.breaks().any(|found| found.id == "order:stranger");
    assert!(open(&desk));
    desk.venue.stubborn.clear();
    desk.run(7 * SECOND);
    assert!(!open(&desk));
}

#[test]
fn a_cancel_of_all_is_not_done_while_the_venue_holds_one_that_it_refused() {
    let mut desk = Desk::trading();
    desk.venue.enter("stubborn", Side::Buy, 3, OrderStatus::Submitted);
    desk.venue.stubborn.insert("stubborn".into());
    assert_eq!(desk.command(Type::Cancel, "").outcome(), Outcome::Accepted);
    desk.run(7 * SECOND);
    assert_eq!(desk.engine.state().progress.len(), 1);
    desk.venue.stubborn.clear();
    desk.run(3 * SECOND);
    assert!(desk.venue.open().is_empty());
    assert!(desk.engine.state().progress.is_empty());
}
