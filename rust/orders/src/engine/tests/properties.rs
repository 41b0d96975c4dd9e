//! Any interleaving of orders, fills, faults, kills and crashes keeps the promises.

use std::collections::BTreeSet;

use messages::{Side, wire};
use proptest::prelude::*;
use wire::strategy_command::Type;

use super::desk::{Desk, SECOND, config};
use crate::State;
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
            desk.hear();
            desk.tick();
        }
        Step::Command(of) => {
            let scope = if *of == Type::Flatten { "ALFA" } else { "" };
            desk.command(*of, scope);
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
    for fill in &state.fills {
        let theirs = &desk.venue.executions[fill.venue_sequence as usize - 1];
        assert_eq!(theirs.execution_id, fill.execution_id);
    }
    assert_eq!(
        state.fills.len(),
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
            prop_assert!(desk.venue.blocked);
        } else {
            prop_assert!(!desk.venue.blocked, "armed here, and blocked at the venue");
        }
    }
}
