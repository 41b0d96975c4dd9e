//! Breaks: durable, decided with a reason, and what each decision does.

use messages::{GateKind, OrderStatus, Quantity, Side, wire};
use wire::r#break::{Action, Kind, State};
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use super::faults::fill_the_flatten;
use crate::testing::{limit_order, symbol};

pub(super) fn only(desk: &Desk) -> wire::Break {
    let found: Vec<_> = desk.engine.breaks().cloned().collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

pub(super) fn none(desk: &Desk) -> bool {
    desk.engine.breaks().next().is_none()
}

pub(super) fn gate(desk: &Desk) -> bool {
    let gates = desk.engine.closed_gates();
    gates
        .iter()
        .any(|gate| gate.kind == GateKind::ReconciliationBreak)
}

pub(super) fn decide(desk: &mut Desk, id: &str, action: Action, reason: &str) -> wire::CommandResult {
    desk.commands += 1;
    let command = wire::StrategyCommand {
        r#type: Type::ResolveBreak.into(),
        command_id: format!("r{}", desk.commands),
        break_id: id.into(),
        break_action: action.into(),
        operator: "ann".into(),
        host: "desk1".into(),
        reason: reason.into(),
        ..wire::StrategyCommand::default()
    };
    desk.send_command(&command)
}

pub(super) fn held(desk: &Desk) -> i64 {
    desk.engine.state().book.quantity(&symbol("ALFA")).0 / Quantity::ONE.0
}

/// A desk with five, of which the venue says it holds `given` more.
pub(super) fn apart(given: i64) -> Desk {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 5, "10");
    desk.from_venue.extend(report);
    desk.exchange();
    desk.venue.given = given;
    desk.run(7 * SECOND);
    desk.hear();
    desk.tick();
    desk
}

#[test]
fn a_break_has_one_id_and_one_beginning_over_restarts() {
    let mut desk = apart(2);
    let first = only(&desk);
    assert_eq!(
        (first.id.as_str(), first.kind(), first.state()),
        ("position:ALFA", Kind::Position, State::Open)
    );
    assert_eq!((first.desk, first.venue), (Some(5.0), Some(7.0)));
    assert!(gate(&desk));
    desk.crash();
    assert!(gate(&desk), "from its first moment on");
    desk.run(7 * SECOND);
    assert_eq!(only(&desk), first);
    assert_eq!(desk.engine.trading_state().breaks, [first]);
    desk.venue.given = 0;
    desk.run(7 * SECOND);
    assert!(none(&desk) && !gate(&desk));
}

#[test]
fn a_position_that_trades_meanwhile_is_found_by_what_the_two_are_apart() {
    let mut desk = Desk::trading();
    desk.venue.given = 2;
    for number in 1..12 {
        let id = format!("q1-{number}");
        desk.submit(&limit_order(&id, Side::Buy, 1, "10"));
        desk.exchange();
        let report = desk.venue.fill(&id, 1, "10");
        desk.from_venue.extend(report);
        desk.run(SECOND);
        desk.hear();
    }
    assert!(
        gate(&desk),
        "each look saw other quantities, and the same difference"
    );
}

#[test]
fn a_decision_needs_a_reason_a_break_and_an_action_it_allows() {
    let mut desk = apart(-2);
    let refused = [
        decide(&mut desk, "position:ALFA", Action::Adopt, " "),
        decide(&mut desk, "position:BRVO", Action::Adopt, "why"),
        decide(&mut desk, "position:ALFA", Action::Unspecified, "why"),
        // Three held at the venue, five here: no order closes that without raising the risk.
        decide(&mut desk, "position:ALFA", Action::Flatten, "why"),
    ];
    for result in refused {
        assert_eq!(result.outcome(), Outcome::Refused);
        assert!(!result.reason.is_empty());
    }
    assert_eq!((held(&desk), only(&desk).state()), (5, State::Open));
}

#[test]
fn adopting_a_position_books_the_difference_at_the_mid_and_earns_nothing_by_it() {
    let mut desk = apart(2);
    let result = decide(
        &mut desk,
        "position:ALFA",
        Action::Adopt,
        "given up by the broker",
    );
    assert_eq!(
        (result.outcome(), result.before.as_str(), result.after.as_str()),
        (Outcome::Done, "OPEN", "ADOPTED")
    );
    assert!(result.reason.contains("at 10"), "{}", result.reason);
    assert_eq!(held(&desk), 7);
    let position = desk.engine.state().book.get(&symbol("ALFA")).unwrap().clone();
    assert_eq!(position.unrealized("10".parse().unwrap()), messages::Money::ZERO);
    assert!(none(&desk) && !gate(&desk));
    desk.crash();
    desk.run(7 * SECOND);
    assert_eq!(held(&desk), 7);
    assert!(none(&desk));
    let decided = desk.journal.iter().rev().find_map(|event| match &event.event {
        Some(wire::execution_event::Event::Reconciliation(found)) => Some(found.clone()),
        _ => None,
    });
    assert_eq!(decided.unwrap().decided_by, "ann@desk1");
}

#[test]
fn flattening_a_position_break_adopts_it_and_closes_just_that() {
    let mut desk = apart(2);
    let result = decide(&mut desk, "position:ALFA", Action::Flatten, "not ours");
    assert_eq!(result.outcome(), Outcome::Accepted);
    assert_eq!((only(&desk).state(), held(&desk)), (State::Flattening, 7));
    desk.run(6 * SECOND);
    desk.crash();
    desk.run(SECOND);
    fill_the_flatten(&mut desk);
    desk.run(SECOND);
    assert_eq!(held(&desk), 5);
    assert!(none(&desk) && !gate(&desk));
    assert!(desk.engine.state().progress.is_empty());
}

#[test]
fn an_ignored_break_opens_the_gate_counts_the_worse_of_both_and_expires_when_it_changes() {
    let mut desk = apart(40);
    assert_eq!(
        decide(&mut desk, "position:ALFA", Action::Ignore, "the broker mends it").outcome(),
        Outcome::Done
    );
    assert!(!gate(&desk));
    // The limit is 50: five here, forty-five there.
    let refused = desk.submit(&limit_order("q1-2", Side::Buy, 6, "10"));
    assert!(
        !refused.accepted && refused.reason.contains("51"),
        "{}",
        refused.reason
    );
    assert!(desk.submit(&limit_order("q1-3", Side::Buy, 4, "10")).accepted);
    desk.exchange();
    let report = desk.venue.fill("q1-3", 4, "10");
    desk.from_venue.extend(report);
    desk.run(12 * SECOND);
    assert_eq!(
        only(&desk).state(),
        State::Ignored,
        "both sides traded, and are as far apart as before"
    );
    desk.crash();
    desk.run(7 * SECOND);
    assert_eq!(only(&desk).state(), State::Ignored);
    desk.venue.given = 41;
    desk.run(12 * SECOND);
    assert_eq!(only(&desk).state(), State::Open);
    assert!(gate(&desk));
}

#[test]
fn an_order_placed_and_cancelled_behind_the_desks_back_is_found() {
    let mut desk = Desk::trading();
    desk.venue
        .enter("stranger", Side::Sell, 3, OrderStatus::Cancelled);
    desk.run(7 * SECOND);
    let found = only(&desk);
    assert_eq!(found.id, "order:stranger");
    assert!(found.detail.contains("CANCELLED"), "{}", found.detail);
    desk.run(12 * SECOND);
    desk.crash();
    desk.run(7 * SECOND);
    assert_eq!(only(&desk), found, "it lasts until somebody has decided");
    assert_eq!(
        decide(
            &mut desk,
            "order:stranger",
            Action::Adopt,
            "a test of the broker's"
        )
        .outcome(),
        Outcome::Done
    );
    assert_eq!(desk.status("stranger"), OrderStatus::Cancelled);
    desk.run(7 * SECOND);
    desk.crash();
    desk.run(7 * SECOND);
    assert!(none(&desk));
}

#[test]
fn an_order_of_a_stranger_is_adopted_with_its_fills_and_can_be_cancelled() {
    let mut desk = Desk::trading();
    desk.venue.enter("stranger", Side::Buy, 5, OrderStatus::Submitted);
    let report = desk.venue.fill("stranger", 2, "10");
    desk.from_venue.extend(report);
    desk.run(7 * SECOND);
    let ids: Vec<_> = desk.engine.breaks().map(|found| found.id.clone()).collect();
    assert_eq!(ids, ["fill:X1", "order:stranger"]);
    for id in ids {
        assert_eq!(
            decide(&mut desk, &id, Action::Adopt, "mine").outcome(),
            Outcome::Done
        );
    }
    assert_eq!(desk.status("stranger"), OrderStatus::PartiallyFilled);
    let order = desk.engine.state().orders.get("stranger").unwrap();
    assert_eq!(order.remaining(), Quantity::from_units(3));
    desk.run(7 * SECOND);
    assert!(none(&desk));
    desk.command(Type::Cancel, "ALFA");
    desk.run(SECOND);
    assert_eq!(desk.status("stranger"), OrderStatus::Cancelled);
    assert!(desk.venue.open().is_empty());
}

#[test]
fn flattening_an_order_break_cancels_it_and_a_venue_that_refuses_leaves_it_open() {
    for stubborn in [false, true] {
        let mut desk = Desk::trading();
        desk.venue.enter("stranger", Side::Buy, 5, OrderStatus::Submitted);
        if stubborn {
            desk.venue.stubborn.insert("stranger".into());
        }
        desk.run(7 * SECOND);
        let result = decide(&mut desk, "order:stranger", Action::Flatten, "not ours");
        assert_eq!(result.outcome(), Outcome::Accepted);
        desk.crash();
        desk.run(30 * SECOND);
        assert_eq!(desk.venue.open().len(), usize::from(stubborn));
        if stubborn {
            let left = only(&desk);
            assert_eq!(left.state(), State::Open);
            assert!(left.reason.contains("given up"), "{}", left.reason);
        } else {
            assert!(none(&desk));
        }
        assert!(
            desk.engine.state().progress.is_empty(),
            "its end is on the record"
        );
    }
}

#[test]
fn an_order_that_vanished_at_the_venue_ends_when_that_is_adopted() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    desk.venue.orders.clear();
    desk.run(7 * SECOND);
    assert_eq!(
        decide(&mut desk, "order:q1-1", Action::Adopt, "the venue lost it").outcome(),
        Outcome::Done
    );
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    desk.run(7 * SECOND);
    assert!(none(&desk));
}

#[test]
fn a_state_lists_the_first_breaks_and_every_ignored_one_and_says_how_many_more_there_are() {
    let mut desk = Desk::trading();
    for number in 0..150 {
        let id = format!("x{number:03}");
        desk.venue.enter(&id, Side::Buy, 1, OrderStatus::Submitted);
    }
    desk.run(7 * SECOND);
    let state = desk.engine.trading_state();
    assert_eq!((state.breaks.len(), state.more_breaks), (100, 50));
    let detail = &state.breaks[0].detail;
    assert!(
        detail.ends_with("(1 left) that the desk never placed: buy 1 at 11"),
        "{detail}"
    );
    let last = "order:x149";
    assert!(state.breaks.iter().all(|found| found.id != last));
    decide(&mut desk, last, Action::Ignore, "mine");
    let state = desk.engine.trading_state();
    assert_eq!((state.breaks.len(), state.more_breaks), (101, 49));
    let found = state.breaks.iter().find(|found| found.id == last).unwrap();
    assert_eq!(found.state(), State::Ignored, "the risk manager has to count it");
}

#[test]
fn no_more_breaks_are_ignored_than_can_be_overlooked_and_the_refusal_says_what_to_do() {
    let most = crate::engine::resolving::MOST_IGNORED;
    let mut desk = Desk::trading();
    for number in 0..=most {
        let id = format!("x{number:03}");
        desk.venue.enter(&id, Side::Buy, 1, OrderStatus::Submitted);
    }
    desk.run(7 * SECOND);
    for number in 0..most {
        let id = format!("order:x{number:03}");
        assert_eq!(
            decide(&mut desk, &id, Action::Ignore, "mine").outcome(),
            Outcome::Done
        );
    }
    let last = format!("order:x{most:03}");
    let refused = decide(&mut desk, &last, Action::Ignore, "mine");
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert!(refused.reason.contains("adopt or flatten"), "{}", refused.reason);
    assert!(gate(&desk), "what is not ignored keeps its symbol closed");
    // The same one again is no further one, and one that is adopted makes room.
    assert_eq!(
        decide(&mut desk, "order:x000", Action::Ignore, "still").outcome(),
        Outcome::Done
    );
    assert_eq!(
        decide(&mut desk, "order:x000", Action::Adopt, "ours").outcome(),
        Outcome::Done
    );
    assert_eq!(
        decide(&mut desk, &last, Action::Ignore, "mine").outcome(),
        Outcome::Done
    );
}

#[test]
fn a_refused_decision_names_no_state_of_the_desk_it_changes_nothing_of() {
    let mut desk = apart(2);
    let refused = decide(&mut desk, "position:BRVO", Action::Adopt, "");
    assert_eq!(refused.outcome(), wire::command_result::Outcome::Refused);
    assert_eq!((refused.before.as_str(), refused.after.as_str()), ("", ""));
}
