//! Commands: pause and resume, cancel and flatten, and their answers when they come again.

use messages::{OrderStatus, Quantity, Side, wire};
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND};
use super::kills::with_two_orders;
use super::orders::buy;
use crate::testing::{limit_order, symbol};

#[test]
fn pause_stops_new_risk_lets_reductions_pass_and_counts_what_works() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    let result = desk.command(Type::PauseTrading, "");
    assert_eq!((result.outcome(), result.working_orders), (Outcome::Done, 1));
    assert!(!desk.submit(&buy("q1-2")).accepted);
    assert!(desk.submit(&limit_order("q1-3", Side::Sell, 3, "10")).accepted);
    assert!(
        !desk.submit(&limit_order("q1-4", Side::Sell, 1, "10")).accepted,
        "together they would flip"
    );
    desk.crash();
    assert!(
        desk.engine.trading_state().desk_paused,
        "a restart comes back paused"
    );
    desk.hear();
    desk.run(SECOND);
    desk.hear();
    assert_eq!(desk.command(Type::ResumeTrading, "").outcome(), Outcome::Done);
    assert!(!desk.engine.trading_state().desk_paused);
}

#[test]
fn symbol_and_desk_pauses_are_gates_of_their_own() {
    let mut desk = Desk::trading();
    desk.command(Type::PauseTrading, "ALFA");
    desk.command(Type::PauseTrading, "");
    desk.command(Type::ResumeTrading, "");
    assert!(!desk.submit(&buy("q1-1")).accepted);
    assert!(
        desk.submit(&messages::Order {
            symbol: symbol("BRVO"),
            ..buy("q1-2")
        })
        .accepted
    );
}

#[test]
fn a_repeated_command_gets_its_first_answer_also_after_a_restart() {
    let mut desk = Desk::trading();
    let pause = wire::StrategyCommand {
        r#type: Type::PauseTrading.into(),
        command_id: "same".into(),
        ..wire::StrategyCommand::default()
    };
    let first = desk.send_command(&pause);
    desk.command(Type::ResumeTrading, "");
    assert_eq!(desk.send_command(&pause), first);
    assert!(
        !desk.engine.trading_state().desk_paused,
        "it is answered, not obeyed again"
    );
    desk.crash();
    assert_eq!(desk.send_command(&pause), first);
    assert_eq!(desk.engine.answer("never").outcome(), Outcome::NotKnown);
}

#[test]
fn late_resumes_are_refused_and_late_pauses_are_not() {
    let mut desk = Desk::trading();
    let late = |of: Type, id: &str, now_us: i64| wire::StrategyCommand {
        r#type: of.into(),
        command_id: id.into(),
        valid_until_us: now_us - SECOND,
        ..wire::StrategyCommand::default()
    };
    let now_us = desk.now_us;
    assert_eq!(
        desk.send_command(&late(Type::PauseTrading, "a", now_us))
            .outcome(),
        Outcome::Done
    );
    assert_eq!(
        desk.send_command(&late(Type::ResumeTrading, "b", now_us))
            .outcome(),
        Outcome::Refused
    );
    assert_eq!(
        desk.send_command(&late(Type::Cancel, "c", now_us)).outcome(),
        Outcome::Accepted
    );
    assert_eq!(
        desk.send_command(&late(Type::Unspecified, "d", now_us)).outcome(),
        Outcome::Refused
    );
    assert_eq!(
        desk.send_command(&late(Type::KillSwitch, "e", now_us)).outcome(),
        Outcome::Accepted
    );
}

#[test]
fn cancel_reaches_one_order_or_a_whole_scope() {
    let mut desk = Desk::trading();
    for id in ["q1-1", "q1-2"] {
        desk.submit(&buy(id));
    }
    desk.exchange();
    let one = wire::StrategyCommand {
        r#type: Type::Cancel.into(),
        command_id: "one".into(),
        order_id: "q1-1".into(),
        ..wire::StrategyCommand::default()
    };
    assert_eq!(desk.send_command(&one).working_orders, 1);
    desk.exchange();
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    assert_eq!(desk.status("q1-2"), OrderStatus::Submitted);
    assert_eq!(desk.command(Type::Cancel, "ALFA").working_orders, 1);
    desk.exchange();
    assert_eq!(desk.venue.open().len(), 0);
}

#[test]
fn flatten_cancels_what_works_and_closes_the_position() {
    let mut desk = Desk::trading();
    desk.submit(&buy("q1-1"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 3, "10").unwrap();
    desk.from_venue.push_back(report);
    desk.exchange();
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Accepted);
    desk.run(SECOND / 10);
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    let flattening: Vec<_> = desk
        .venue
        .open()
        .iter()
        .map(|order| (order.client_order_id.clone(), order.remaining()))
        .collect();
    assert_eq!(flattening.len(), 1);
    assert_eq!(flattening[0].1, Quantity::from_units(3));
    let report = desk.venue.fill(&flattening[0].0, 3, "9.99").unwrap();
    desk.from_venue.push_back(report);
    desk.run(SECOND);
    assert_eq!(desk.engine.state().book.quantity(&symbol("ALFA")), Quantity::ZERO);
    assert_eq!(desk.venue.submitted.len(), 2, "one entry, one closing order");
    assert_eq!(desk.command(Type::Flatten, "").outcome(), Outcome::Refused);
}

#[test]
fn a_cancel_that_is_not_durable_yet_is_told_as_that_and_sent() {
    let mut desk = with_two_orders();
    desk.journal_fails = true;
    let cancel = wire::StrategyCommand {
        r#type: Type::Cancel.into(),
        command_id: "all".into(),
        ..wire::StrategyCommand::default()
    };
    let given = desk.send_command(&cancel);
    assert_eq!(given.outcome(), Outcome::Accepted);
    assert!(given.reason.contains("not durable yet"), "{}", given.reason);
    assert_eq!(desk.send_command(&cancel), given, "said once, and the same again");
    desk.exchange();
    assert!(desk.venue.open().is_empty());
    desk.journal_fails = false;
    desk.run(SECOND);
    desk.crash();
    assert_eq!(desk.engine.answer("all"), given);
}

#[test]
fn when_no_more_can_wait_for_the_journal_what_stops_trading_is_obeyed_all_the_same() {
    let mut desk = with_two_orders();
    desk.journal_fails = true;
    for number in 0..20_000 {
        let command = wire::StrategyCommand {
            command_id: format!("full-{number}"),
            ..wire::StrategyCommand::default()
        };
        let now_us = desk.now_us;
        desk.engine
            .record_command(&command, &wire::CommandResult::default(), now_us);
    }
    assert_eq!(desk.command(Type::ResumeTrading, "").outcome(), Outcome::Refused);
    assert_eq!(
        desk.command(Type::PauseTrading, "NONE").outcome(),
        Outcome::Refused
    );
    let one = wire::StrategyCommand {
        r#type: Type::Cancel.into(),
        command_id: "one".into(),
        order_id: "q1-1".into(),
        ..wire::StrategyCommand::default()
    };
    let given = desk.send_command(&one);
    desk.exchange();
    let open: Vec<_> = desk
        .venue
        .open()
        .iter()
        .map(|order| order.client_order_id.clone())
        .collect();
    assert_eq!(open, ["q1-2"], "the cancel of one was sent");
    let others = [Type::PauseTrading, Type::Cancel].map(|of| desk.command(of, ""));
    for given in [&given].into_iter().chain(&others) {
        assert_eq!(given.outcome(), Outcome::Accepted);
        assert!(given.reason.contains("not on the record"), "{}", given.reason);
        assert_eq!(desk.engine.answer(&given.command_id), *given);
    }
    assert!(desk.engine.trading_state().desk_paused);
    desk.exchange();
    assert!(desk.venue.open().is_empty(), "the cancel of all was sent");
    assert!(desk.engine.unwritten().len() < 20_010, "and nothing more waits");
    desk.journal_fails = false;
    desk.run(SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    desk.crash();
    assert!(
        desk.engine.trading_state().desk_paused,
        "the pause was in the next state"
    );
}
