//! A flatten meets a second kill of its scope.

use messages::{OrderStatus, Quantity, wire};
use wire::command_result::Outcome;
use wire::kill_stage::Stage;
use wire::strategy_command::Type;

use wire::venue_request::Body;

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
    let kill = again.kill.unwrap();
    assert_eq!(
        (kill.stage(), kill.open_after),
        (Stage::Cancelling, 1),
        "no older proof is claimed"
    );
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

/// A flatten of the killed desk has an order out that rests at the venue; gives its name.
fn closing_order(desk: &mut Desk) -> String {
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Accepted);
    fresh(desk);
    desk.venue.open()[0].client_order_id.clone()
}

#[test]
fn an_order_that_left_after_the_question_is_cancelled_by_the_kill_that_ends_its_flatten() {
    let mut desk = killed_with_a_position();
    // A look that found nothing wrong is under way: asked what is open, the venue said none, and hasn't been heard.
    desk.command(Type::KillSwitch, "");
    while !matches!(
        desk.to_venue.front().and_then(|request| request.body.as_ref()),
        Some(Body::OpenOrders(_))
    ) {
        desk.deliver_to_venue();
        desk.deliver_to_engine();
    }
    desk.deliver_to_venue();
    let none_open = desk.from_venue.pop_front().unwrap();
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
    let closing = closing_order(&mut desk);
    let actions = desk.engine.on_command(1, &kill("k3"), desk.now_us);
    desk.act(actions);
    assert!(
        desk.to_venue
            .iter()
            .any(|request| request.body == Some(Body::Cancel(closing.clone()))),
        "by its name"
    );
    let actions = desk.engine.on_venue_reply(&none_open, desk.now_us);
    desk.act(actions);
    assert_eq!(
        desk.engine.trading_state().kills[0].stage(),
        Stage::Cancelling,
        "an answer from before the order proves nothing"
    );
    desk.run(SECOND);
    assert_eq!(desk.status(&closing), OrderStatus::Cancelled);
    assert!(desk.venue.open().is_empty());
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}

fn kill(command_id: &str) -> wire::StrategyCommand {
    wire::StrategyCommand {
        r#type: Type::KillSwitch.into(),
        command_id: command_id.into(),
        ..wire::StrategyCommand::default()
    }
}

#[test]
fn with_the_venue_away_a_second_kill_claims_no_proof_until_it_was_asked() {
    let mut desk = killed_with_a_position();
    let closing = closing_order(&mut desk);
    desk.is_cut_off = true;
    desk.run(5 * SECOND);
    let again = desk.command(Type::KillSwitch, "").kill.unwrap();
    assert_eq!(again.stage(), Stage::Cancelling);
    assert_eq!(again.detail, "the venue does not answer");
    assert_eq!(desk.command(Type::Rearm, "").outcome(), Outcome::Refused);
    desk.is_cut_off = false;
    desk.run(5 * SECOND);
    assert_eq!(desk.status(&closing), OrderStatus::Cancelled);
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}

#[test]
fn a_kill_that_comes_before_the_proof_leaves_the_look_under_way_as_it_is() {
    let mut desk = with_two_orders();
    desk.command(Type::KillSwitch, "");
    let asked = desk.to_venue.clone();
    let again = desk.command(Type::KillSwitch, "").kill.unwrap();
    assert_eq!(again.stage(), Stage::Cancelling);
    assert_eq!(desk.to_venue, asked);
    desk.exchange();
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}

#[test]
fn a_file_kill_that_appears_on_a_killed_desk_ends_a_flatten_as_the_command_does() {
    let mut desk = killed_with_a_position();
    let actions = desk.engine.on_kill_file(None, desk.now_us);
    desk.act(actions);
    let closing = closing_order(&mut desk);
    let kill_again = |desk: &mut Desk| {
        let actions = desk.engine.on_kill_file(Some("smoke"), desk.now_us);
        desk.act(actions);
    };
    kill_again(&mut desk);
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Cancelling);
    desk.run(2 * SECOND);
    assert!(desk.venue.open().is_empty(), "nothing is sent in its place");
    assert_eq!(desk.status(&closing), OrderStatus::Cancelled);
    assert!(desk.engine.state().progress.is_empty());
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
    // While it goes on lying there it ends nothing more.
    let closing = closing_order(&mut desk);
    kill_again(&mut desk);
    assert_eq!(desk.venue.open()[0].client_order_id, closing);
    assert_eq!(desk.engine.trading_state().kills[0].stage(), Stage::Residual);
}

#[test]
fn a_restart_goes_on_with_a_flatten_while_the_file_that_killed_the_desk_lies_there() {
    let mut desk = with_two_orders();
    let report = desk.venue.fill("q1-1", 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    let lies_there = |desk: &mut Desk| {
        let actions = desk.engine.on_kill_file(Some(""), desk.now_us);
        desk.act(actions);
    };
    lies_there(&mut desk);
    fresh(&mut desk);
    closing_order(&mut desk);
    desk.crash();
    lies_there(&mut desk);
    fresh(&mut desk);
    assert_eq!(desk.engine.state().progress.len(), 1, "it is no news");
}
