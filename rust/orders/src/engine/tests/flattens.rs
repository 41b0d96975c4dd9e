//! A flatten meets a second kill of its scope.

use messages::{OrderStatus, Quantity, wire};
use wire::command_result::Outcome;
use wire::kill_stage::Stage;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use super::kills::{fresh, with_two_orders};
use crate::testing::symbol;

/// Killed and proved, with 3 ALFA held.
fn killed_with_a_position() -> Desk {
    let mut desk = with_two_orders();
    let report = desk.venue.fill("q1-1", 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    assert_eq!(desk.command(Type::KillSwitch, "").reason, "");
    fresh(&mut desk);
    desk
}

#[test]
fn a_second_kill_ends_a_flatten_as_a_first_one_does_and_says_so() {
    let mut desk = killed_with_a_position();
    let flatten = desk.command(Type::Flatten, "ALFA");
    fresh(&mut desk);
    let closing = desk.venue.open()[0].client_order_id.clone();
    let again = desk.command(Type::KillSwitch, "");
    assert_eq!(again.outcome(), Outcome::Accepted);
    assert_eq!(again.reason, "it ends the flatten of ALFA: what is held stays");
    desk.run(2 * SECOND);
    assert!(desk.venue.open().is_empty(), "nothing is sent in its place");
    assert_eq!(desk.status(&closing), OrderStatus::Cancelled);
    assert!(!desk.engine.state().progress.contains_key(&flatten.command_id));
    assert_eq!(
        desk.engine.state().book.quantity(&symbol("ALFA")),
        Quantity::from_units(3)
    );
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Accepted);
}

#[test]
fn a_closing_order_between_intent_and_wire_does_not_leave_after_a_second_kill() {
    let mut desk = killed_with_a_position();
    let entries = desk.venue.submitted.len();
    let flatten = wire::StrategyCommand {
        r#type: Type::Flatten.into(),
        symbol: "ALFA".into(),
        command_id: "flatten".into(),
        ..wire::StrategyCommand::default()
    };
    let actions = desk.engine.on_command(1, &flatten, desk.now_us);
    desk.perform(actions);
    let actions = desk.engine.on_tick(desk.now_us);
    desk.perform(actions);
    desk.command(Type::KillSwitch, "");
    let orders = desk.engine.state().orders.iter();
    let closing = orders.filter(|order| order.command_id == "flatten");
    let closing: Vec<_> = closing.map(|order| order.status).collect();
    assert_eq!(closing, [OrderStatus::Rejected]);
    fresh(&mut desk);
    assert_eq!(desk.venue.submitted.len(), entries);
}
