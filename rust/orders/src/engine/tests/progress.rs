//! Accepted commands that take longer than their answer, and what waits for a journal that fails.

use messages::{OrderStatus, Side, wire};
use wire::command_progress::State as Progress;
use wire::command_result::Outcome;
use wire::order_request::Body;
use wire::strategy_command::Type;

use super::breaks::{apart, held};
use super::desk::{Desk, SECOND};
use super::faults::fill_the_flatten;
use crate::testing::limit_order;

#[test]
fn a_flatten_goes_on_after_a_crash_and_its_end_is_on_the_record() {
    let mut desk = apart(0);
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Accepted);
    desk.crash();
    assert_eq!(desk.engine.state().progress.len(), 1);
    desk.run(SECOND);
    fill_the_flatten(&mut desk);
    desk.run(SECOND);
    assert_eq!(held(&desk), 0);
    let ends: Vec<_> = progress(&desk).into_iter().map(|(state, _)| state).collect();
    assert_eq!(ends, [Progress::Working, Progress::Done]);
    assert_eq!(
        desk.venue
            .submitted
            .iter()
            .filter(|id| id.starts_with('f'))
            .count(),
        1,
        "sent once"
    );
}

/// The intent is durable, and the process dies before the order leaves: nobody refused it, so another one goes.
#[test]
fn a_flatten_whose_order_never_reached_the_venue_sends_another() {
    let mut desk = apart(0);
    assert_eq!(desk.command(Type::Flatten, "ALFA").outcome(), Outcome::Accepted);
    desk.tick();
    let on_record = desk.journal.iter().any(|event| {
        matches!(&event.event, Some(wire::execution_event::Event::Order(order)) if order.client_order_id.starts_with('f'))
    });
    assert!(on_record, "the intent is durable");
    desk.to_venue.clear();
    desk.crash();
    desk.run(4 * SECOND);
    fill_the_flatten(&mut desk);
    desk.run(SECOND);
    assert_eq!(held(&desk), 0);
    assert_eq!(progress(&desk).last().unwrap().0, Progress::Done);
    let sent = desk.venue.submitted.iter().filter(|id| id.starts_with('f'));
    assert_eq!(sent.count(), 1, "the lost one was never sent again");
}

#[test]
fn a_flatten_that_cannot_be_done_is_given_up_with_a_reason() {
    let mut desk = apart(0);
    desk.venue.refuses_all = true;
    desk.command(Type::Flatten, "ALFA");
    desk.run(SECOND);
    let (state, reason) = progress(&desk).pop().unwrap();
    assert_eq!(state, Progress::GivenUp);
    assert!(reason.contains("refused"), "{reason}");
    let mut desk = apart(0);
    desk.command(Type::Flatten, "ALFA");
    desk.command(Type::KillSwitch, "");
    let (state, reason) = progress(&desk).pop().unwrap();
    assert_eq!((state, reason.as_str()), (Progress::GivenUp, "killed"));
}

fn progress(desk: &Desk) -> Vec<(Progress, String)> {
    let of = |event: &wire::ExecutionEvent| match &event.event {
        Some(wire::execution_event::Event::Progress(one)) => Some((one.state(), one.reason.clone())),
        _ => None,
    };
    desk.journal.iter().filter_map(of).collect()
}

#[test]
fn an_accepted_cancel_reaches_a_venue_that_was_away_whatever_crashed_meanwhile() {
    for symbol in ["", "ALFA"] {
        let mut desk = Desk::trading();
        desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
        desk.exchange();
        desk.is_cut_off = true;
        desk.run(SECOND);
        assert_eq!(desk.command(Type::Cancel, symbol).outcome(), Outcome::Accepted);
        desk.crash();
        desk.is_cut_off = false;
        desk.run(5 * SECOND);
        assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
        assert!(desk.engine.state().progress.is_empty());
    }
}

#[test]
fn what_waits_for_a_failing_journal_is_bounded_and_a_kill_still_works() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    desk.journal_fails = true;
    for number in 0..200 {
        desk.submit(&limit_order(&format!("q2-{number}"), Side::Buy, 1, "10"));
        desk.run(SECOND / 10);
        desk.hear();
        let actions = desk
            .engine
            .on_store(if number % 2 == 0 { Some("behind") } else { None }, desk.now_us);
        desk.act(actions);
    }
    let waiting = desk.engine.unwritten().len();
    assert!(waiting < 10, "{waiting} events wait");
    assert_eq!(desk.command(Type::KillSwitch, "").outcome(), Outcome::Accepted);
    desk.run(SECOND);
    assert!(desk.venue.open().is_empty());
    desk.journal_fails = false;
    desk.run(SECOND);
    assert!(desk.engine.unwritten().is_empty());
    assert!(desk.stages().contains(&wire::kill_stage::Stage::Verified));
}

#[test]
fn however_many_commands_come_while_the_journal_fails_no_more_wait_than_may_and_a_kill_is_obeyed() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    desk.journal_fails = true;
    let mut last = wire::CommandResult::default();
    for _ in 0..20_100 {
        last = desk.command(Type::PauseTrading, "");
    }
    assert_eq!(last.outcome(), Outcome::Accepted, "a pause is never refused");
    assert!(last.reason.contains("no more can wait"), "{}", last.reason);
    let refused = desk.command(Type::ResumeTrading, "");
    assert_eq!(refused.outcome(), Outcome::Refused);
    assert!(refused.reason.contains("no more can wait"), "{}", refused.reason);
    let waiting = desk.engine.unwritten().len();
    assert!(waiting <= 20_010, "{waiting}");
    let report = desk.venue.fill("q1-1", 2, "10");
    desk.from_venue.extend(report);
    desk.exchange();
    assert_eq!(held(&desk), 0, "not taken, and told again");
    assert_eq!(desk.command(Type::KillSwitch, "").outcome(), Outcome::Accepted);
    desk.run(SECOND);
    assert!(desk.venue.open().is_empty());
    desk.journal_fails = false;
    desk.run(7 * SECOND);
    assert_eq!(held(&desk), 2);
}

/// No more can wait for the journal, which takes nothing.
fn with_no_room(desk: &mut Desk) {
    desk.journal_fails = true;
    fill_outbox(desk);
    desk.settle();
}

/// No more can wait for the journal.
fn fill_outbox(desk: &mut Desk) {
    let picture = crate::Event::Position(Box::default());
    while !desk.engine.outbox.is_full() {
        desk.engine.record(picture.clone(), desk.now_us);
    }
}

#[test]
fn a_cancel_that_cannot_be_recorded_reaches_a_venue_that_was_away() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    desk.venue.enter("by hand", Side::Sell, 3, OrderStatus::Submitted);
    desk.venue.stubborn.insert("by hand".into());
    desk.is_cut_off = true;
    desk.run(SECOND);
    with_no_room(&mut desk);
    let waiting = desk.engine.unwritten().len();
    for _ in 0..3 {
        let accepted = desk.command(Type::Cancel, "");
        assert_eq!(accepted.outcome(), Outcome::Accepted);
        let reason = accepted.reason.as_str();
        assert!(!reason.contains("in force"), "nothing was sent: {reason}");
        assert!(reason.contains("the venue does not answer"), "{reason}");
        assert!(reason.contains("not on the record"), "{reason}");
    }
    assert_eq!(desk.engine.state().progress.len(), 1, "the same is at work once");
    desk.is_cut_off = false;
    desk.run(3 * SECOND);
    assert_eq!(desk.venue.open().len(), 1, "what it refused is still there");
    desk.venue.stubborn.clear();
    desk.run(3 * SECOND);
    assert!(desk.venue.open().is_empty(), "what only the venue knows too");
    assert!(desk.engine.unwritten().len() < waiting + 10);
    desk.journal_fails = false;
    desk.run(7 * SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    assert!(desk.engine.state().progress.is_empty());
    assert!(progress(&desk).is_empty(), "nothing of it is on the record");
}

#[test]
fn a_pause_that_cannot_be_recorded_is_recorded_once_there_is_room() {
    let mut desk = Desk::trading();
    // The journal is slow, and no gate closes for it whose state would bring the pause with it.
    fill_outbox(&mut desk);
    assert_eq!(desk.command(Type::PauseTrading, "").outcome(), Outcome::Accepted);
    desk.run(SECOND);
    desk.crash();
    assert!(desk.engine.trading_state().desk_paused);
}

#[test]
fn a_cancel_that_cannot_be_recorded_is_refused_for_what_any_other_is() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.submit(&limit_order("q1-2", Side::Buy, 5, "10"));
    desk.exchange();
    let report = desk.venue.fill("q1-1", 5, "10");
    desk.from_venue.extend(report);
    desk.exchange();
    with_no_room(&mut desk);
    let cancel = |desk: &mut Desk, id: &str| {
        desk.send_command(&wire::StrategyCommand {
            r#type: Type::Cancel.into(),
            command_id: format!("cancel {id}"),
            order_id: id.into(),
            ..wire::StrategyCommand::default()
        })
    };
    for (id, why) in [("q1-1", "FILLED already"), ("nowhere", "there is no order")] {
        let refused = cancel(&mut desk, id);
        assert_eq!(refused.outcome(), Outcome::Refused);
        assert!(refused.reason.contains(why), "{}", refused.reason);
    }
    let accepted = cancel(&mut desk, "q1-2");
    assert!(accepted.reason.starts_with("in force"), "{}", accepted.reason);
    desk.exchange();
    assert!(desk.venue.open().is_empty());
}

fn strategy_cancels(desk: &mut Desk, id: &str) -> wire::OrderReply {
    desk.request(Body::Cancel(id.into())).unwrap()
}

#[test]
fn a_cancel_of_the_strategys_that_was_accepted_outlives_the_process() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    assert!(strategy_cancels(&mut desk, "q1-1").accepted);
    // Whatever was on its way dies with the process.
    desk.crash();
    assert_eq!(desk.venue.open().len(), 1);
    desk.run(5 * SECOND);
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    let ends: Vec<_> = progress(&desk).into_iter().map(|(state, _)| state).collect();
    assert_eq!(ends, [Progress::Working, Progress::Done]);
}

#[test]
fn a_cancel_of_the_strategys_is_on_the_record_once_before_it_is_accepted() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    let request = wire::OrderRequest {
        request_id: "r".into(),
        body: Some(Body::Cancel("q1-1".into())),
    };
    let before = desk.order_replies.len();
    let actions = desk.engine.on_order_request(1, &request, desk.now_us);
    desk.perform(actions);
    assert_eq!(
        desk.order_replies.len(),
        before,
        "not accepted before it is durable"
    );
    desk.settle();
    assert!(desk.order_replies[before].accepted);
    assert!(strategy_cancels(&mut desk, "q1-1").accepted, "asked again");
    assert_eq!(progress(&desk).len(), 1, "on the record once");
    desk.exchange();
    desk.tick();
    assert_eq!(desk.status("q1-1"), OrderStatus::Cancelled);
    assert!(desk.engine.state().progress.is_empty());
    assert!(!strategy_cancels(&mut desk, "q1-1").accepted, "it has ended");
}

#[test]
fn a_cancel_of_the_strategys_that_cannot_be_recorded_leaves_and_is_not_accepted() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    // The journal is slow, and fails not.
    fill_outbox(&mut desk);
    let reply = strategy_cancels(&mut desk, "q1-1");
    assert!(!reply.accepted, "{reply:?}");
    assert!(reply.reason.starts_with(risk::CANCEL_UNRECORDED), "{reply:?}");
    assert!(
        reply.reason.ends_with("it was sent, and is not accepted"),
        "{reply:?}"
    );
    assert!(progress(&desk).is_empty() && desk.engine.state().progress.is_empty());
    desk.exchange();
    assert!(desk.venue.open().is_empty(), "a cancel waits for nothing");
}

#[test]
fn a_cancel_of_the_strategys_leaves_while_the_journal_fails_and_is_not_accepted() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    desk.journal_fails = true;
    desk.command(Type::PauseTrading, "");
    let waiting = desk.engine.unwritten().len();
    let reply = strategy_cancels(&mut desk, "q1-1");
    assert!(!reply.accepted && reply.reason.contains("journal"), "{reply:?}");
    assert!(desk.engine.unwritten().len() <= waiting, "no more waits for it");
    desk.exchange();
    assert!(desk.venue.open().is_empty(), "a cancel waits for nothing");
}

#[test]
fn a_cancel_that_can_be_neither_recorded_nor_sent_says_both() {
    let mut desk = Desk::trading();
    desk.submit(&limit_order("q1-1", Side::Buy, 5, "10"));
    desk.exchange();
    fill_outbox(&mut desk);
    desk.is_cut_off = true;
    let actions = desk.engine.on_tick(desk.now_us + SECOND);
    desk.perform(actions);
    assert!(!desk.engine.is_reconciled());
    let reply = strategy_cancels(&mut desk, "q1-1");
    assert!(!reply.accepted && reply.reason.contains("not sent"), "{reply:?}");
}
