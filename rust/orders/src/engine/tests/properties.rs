//! Any interleaving of orders, fills, faults, kills and crashes keeps the promises.

use std::collections::BTreeSet;

use messages::{OrderStatus, Side, wire};
use proptest::prelude::*;
use wire::r#break::Action;
use wire::command_result::Outcome;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND, config};
use crate::State;
use crate::executions::is_adjustment;
use crate::testing::{limit_order, symbol};

#[derive(Debug, Clone)]
enum Step {
    Submit {
        sell: bool,
        quantity: i64,
    },
    Fill {
        which: usize,
        quantity: i64,
        reported: bool,
    },
    Cancel {
        which: usize,
    },
    ToVenue,
    ToEngine,
    LoseRequest,
    LoseReply,
    DoubleReply,
    TurnReplies,
    Time {
        milliseconds: i64,
    },
    Command(Type),
    JournalFails(bool),
    Crash,
    /// Somebody else's hand at the venue: an order, open or gone already.
    Stranger {
        sell: bool,
        gone: bool,
    },
    /// A trade without an execution.
    Given {
        units: i64,
    },
    /// An operator decides about the first break there is.
    Decide(Action),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), 1_i64..6).prop_map(|(sell, quantity)| Step::Submit { sell, quantity }),
        6 => (0_usize..8, 1_i64..4, any::<bool>())
            .prop_map(|(which, quantity, reported)| Step::Fill { which, quantity, reported }),
        2 => (0_usize..8).prop_map(|which| Step::Cancel { which }),
        12 => Just(Step::ToVenue),
        12 => Just(Step::ToEngine),
        1 => Just(Step::LoseRequest),
        1 => Just(Step::LoseReply),
        1 => Just(Step::DoubleReply),
        1 => Just(Step::TurnReplies),
        6 => (1_i64..800).prop_map(|milliseconds| Step::Time { milliseconds }),
        1 => prop_oneof![
            Just(Type::KillSwitch), Just(Type::Rearm), Just(Type::PauseTrading), Just(Type::ResumeTrading),
            Just(Type::Cancel), Just(Type::Flatten),
        ].prop_map(Step::Command),
        1 => any::<bool>().prop_map(Step::JournalFails),
        1 => Just(Step::Crash),
    ]
}

/// The same, with the venue's book changed behind the desk's back, and an operator who decides about it.
fn strange_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => step(),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(sell, gone)| Step::Stranger { sell, gone }),
        1 => (-3_i64..4).prop_map(|units| Step::Given { units }),
        2 => prop_oneof![Just(Action::Adopt), Just(Action::Flatten), Just(Action::Ignore)]
            .prop_map(Step::Decide),
    ]
}

fn decide(desk: &mut Desk, id: &str, action: Action) -> Outcome {
    desk.commands += 1;
    let command = wire::StrategyCommand {
        r#type: Type::ResolveBreak.into(),
        command_id: format!("r{}", desk.commands),
        break_id: id.to_owned(),
        break_action: action.into(),
        reason: "seen".into(),
        ..wire::StrategyCommand::default()
    };
    desk.send_command(&command).outcome()
}

fn pick(desk: &Desk, which: usize) -> Option<String> {
    let open = desk.venue.open();
    (!open.is_empty()).then(|| open[which % open.len()].client_order_id.clone())
}

fn apply(desk: &mut Desk, step: &Step, orders: &mut u64) {
    match step {
        Step::Submit { sell, quantity } => {
            *orders += 1;
            let side = if *sell { Side::Sell } else { Side::Buy };
            desk.submit(&limit_order(&format!("q1-{orders}"), side, *quantity, "10"));
        }
        Step::Fill {
            which,
            quantity,
            reported,
        } => {
            let Some(id) = pick(desk, *which) else { return };
            let report = desk.venue.fill(&id, *quantity, "10");
            if *reported {
                desk.from_venue.extend(report);
            }
        }
        Step::Cancel { which } => {
            if let Some(id) = pick(desk, *which) {
                desk.request(wire::order_request::Body::Cancel(id));
            }
        }
        Step::ToVenue => desk.deliver_to_venue(),
        Step::ToEngine => desk.deliver_to_engine(),
        Step::LoseRequest => drop(desk.to_venue.pop_front()),
        Step::LoseReply => drop(desk.from_venue.pop_front()),
        Step::DoubleReply => {
            let first = desk.from_venue.front().cloned();
            desk.from_venue.extend(first);
        }
        Step::TurnReplies => desk.from_venue.make_contiguous().reverse(),
        Step::Time { milliseconds } => {
            desk.now_us += milliseconds * 1_000;
            desk.steady_us += milliseconds * 1_000;
            desk.hear();
            desk.tick();
        }
        Step::Command(of) => {
            let scope = if *of == Type::Flatten { "ALFA" } else { "" };
            desk.command(*of, scope);
        }
        Step::Stranger { sell, gone } => {
            *orders += 1;
            let side = if *sell { Side::Sell } else { Side::Buy };
            let status = if *gone {
                OrderStatus::Cancelled
            } else {
                OrderStatus::Submitted
            };
            desk.venue.enter(&format!("s{orders}"), side, 3, status);
        }
        Step::Given { units } => desk.venue.given += units,
        Step::Decide(action) => {
            let first = desk.engine.breaks().next().map(|found| found.id.clone());
            if let Some(id) = first {
                decide(desk, &id, *action);
            }
        }
        Step::JournalFails(fails) => desk.journal_fails = *fails,
        Step::Crash => desk.crash(),
    }
}

/// Invariants that hold after every step.
fn check(desk: &mut Desk) {
    let submitted: BTreeSet<&String> = desk.venue.submitted.iter().collect();
    assert_eq!(
        submitted.len(),
        desk.venue.submitted.len(),
        "an order was sent twice: {:?}",
        desk.venue.submitted
    );
    let state = desk.engine.state();
    let executed = || state.fills.iter().filter(|fill| !is_adjustment(fill));
    for fill in executed() {
        let theirs = &desk.venue.executions[fill.venue_sequence as usize - 1];
        assert_eq!(theirs.execution_id, fill.execution_id);
    }
    assert_eq!(
        executed().count(),
        state.executions.len(),
        "a fill was booked twice"
    );
    let held: messages::Quantity = state
        .fills
        .iter()
        .map(|fill| fill.side.signed(fill.quantity))
        .sum();
    assert_eq!(state.book.quantity(&symbol("ALFA")), held);
    for order in state.orders.iter().filter(|order| order.status.is_finished()) {
        let theirs = desk.venue.orders.get(&order.client_order_id);
        let executed = theirs.map_or(messages::Quantity::ZERO, |theirs| theirs.filled_quantity);
        assert_eq!(
            order.filled_quantity, executed,
            "{} is finished, and what was filled of it is neither working nor held",
            order.client_order_id
        );
    }
    for id in &desk.venue.submitted {
        let journalled = desk.journal.iter().any(|event| match &event.event {
            Some(wire::execution_event::Event::Order(order)) => order.client_order_id == *id,
            _ => false,
        });
        assert!(journalled, "{id} left before its intent was durable");
    }
    if desk.engine.unwritten().is_empty() {
        let rebuilt = State::rebuild(config(1).instruments, &desk.journal).unwrap();
        assert_eq!(
            &rebuilt,
            desk.engine.state(),
            "the journal rebuilds another state"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_happens_twice(steps in prop::collection::vec(step(), 1..120)) {
        let mut desk = Desk::trading();
        let mut orders = 0;
        for step in &steps {
            let sent = desk.venue.submitted.len() + desk.to_venue.len();
            let latched = desk.engine.latch().desk.is_some();
            let before = desk.to_venue.clone();
            apply(&mut desk, step, &mut orders);
            if latched && desk.engine.latch().desk.is_some() {
                let left = desk.to_venue.iter().filter(|request| !before.contains(request)).any(|request| {
                    matches!(&request.body, Some(wire::venue_request::Body::Submit(order))
                        if order.origin() == wire::order::Origin::Strategy)
                });
                prop_assert!(!left, "a strategy's order left after the latch ({sent} before)");
            }
            check(&mut desk);
        }
        // Whatever happened: with faults gone, desk and venue agree, and every order has come to its end or works.
        desk.journal_fails = false;
        for _ in 0..16 {
            desk.hear();
            desk.run(SECOND);
        }
        check(&mut desk);
        let state = desk.engine.state();
        prop_assert_eq!(state.executions.len(), desk.venue.executions.len());
        prop_assert_eq!(state.book.quantity(&symbol("ALFA")), desk.venue.position("ALFA"));
        let working: BTreeSet<String> =
            state.orders.working().map(|order| order.client_order_id.clone()).collect();
        let open: BTreeSet<String> =
            desk.venue.open().iter().map(|order| order.client_order_id.clone()).collect();
        prop_assert_eq!(working, open);
        prop_assert_eq!(desk.engine.breaks().count(), 0);
        if desk.engine.latch().desk.is_some() {
            prop_assert!(desk.venue.open().iter().all(|order| order.origin != messages::Origin::Strategy));
            prop_assert!(!desk.venue.blocked.is_empty());
        } else {
            prop_assert!(desk.venue.blocked.is_empty(), "armed here, and blocked at the venue");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_behind_the_desks_back_is_found_and_adopting_it_makes_both_agree(
        steps in prop::collection::vec(strange_step(), 1..100)
    ) {
        let mut desk = Desk::trading();
        let mut orders = 0;
        for step in &steps {
            apply(&mut desk, step, &mut orders);
            check(&mut desk);
        }
        desk.journal_fails = false;
        // What differs is found, and no gate is open on it that nobody has ignored.
        for _ in 0..30 {
            desk.hear();
            desk.run(SECOND);
        }
        check(&mut desk);
        let (held, theirs) =
            (desk.engine.state().book.quantity(&symbol("ALFA")), desk.venue.position("ALFA"));
        prop_assert!(held == theirs || desk.engine.breaks().any(|found| found.id == "position:ALFA"));
        for name in &desk.venue.entered {
            let known = desk.engine.state().orders.get(name).is_some();
            let id = format!("order:{name}");
            let ended_by_an_action = desk.journal.iter().any(|event| matches!(&event.event,
                Some(wire::execution_event::Event::Reconciliation(found)) if found.id == id));
            prop_assert!(known || ended_by_an_action, "{name} was never noticed");
        }
        // Adopted one by one, everything agrees.
        for _ in 0..12 {
            let ids: Vec<String> = desk.engine.breaks().map(|found| found.id.clone()).collect();
            if ids.is_empty() {
                break;
            }
            for id in ids {
                decide(&mut desk, &id, Action::Adopt);
            }
            for _ in 0..7 {
                desk.hear();
                desk.run(SECOND);
            }
        }
        check(&mut desk);
        let left: Vec<_> = desk.engine.breaks().cloned().collect();
        prop_assert!(left.is_empty(), "{:?}", left);
        prop_assert_eq!(desk.engine.state().book.quantity(&symbol("ALFA")), desk.venue.position("ALFA"));
        prop_assert!(desk.engine.state().progress.is_empty(), "{:?}", desk.engine.state().progress);
    }
}
