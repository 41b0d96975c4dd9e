//! Whatever comes, in whatever order.

use std::collections::BTreeSet;

use messages::{GateKind, Money, OrderStatus, wire};
use proptest::prelude::*;
use wire::command_result::Outcome as Answer;
use wire::risk_decision::Outcome;
use wire::risk_event::Event;
use wire::strategy_command::Type;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND, command};
use crate::testing::limits;

const NAMES: [&str; 4] = ["ALFA", "BRVO", "CHRL", "DLTA"];

#[derive(Debug, Clone)]
enum Step {
    Signal(usize, Signal),
    Quote(usize, i64),
    Fill(usize, i64),
    End(usize, bool),
    Pass(i64, bool),
    Pause(bool),
    Disconnect(bool),
    Snapshot,
    RestartEngine,
    RestartRisk,
    Kill(Option<usize>),
    Rearm,
    Tighten(f64),
}

fn step() -> impl Strategy<Value = Step> {
    let signal = prop_oneof![Just(Signal::Buy), Just(Signal::Sell), Just(Signal::Hold)];
    prop_oneof![
        8 => (0..4_usize, signal).prop_map(|(symbol, signal)| Step::Signal(symbol, signal)),
        4 => (0..4_usize, 9_000..11_000_i64).prop_map(|(symbol, cents)| Step::Quote(symbol, cents)),
        6 => (0..8_usize, 1..80_i64).prop_map(|(order, units)| Step::Fill(order, units)),
        2 => (0..8_usize, any::<bool>()).prop_map(|(order, reject)| Step::End(order, reject)),
        6 => (1_000..4_000_000_i64, prop::bool::weighted(0.9)).prop_map(|(us, live)| Step::Pass(us, live)),
        1 => any::<bool>().prop_map(Step::Pause),
        1 => any::<bool>().prop_map(Step::Disconnect),
        2 => Just(Step::Snapshot),
        1 => Just(Step::RestartEngine),
        1 => Just(Step::RestartRisk),
        1 => prop::option::of(0..4_usize).prop_map(Step::Kill),
        2 => Just(Step::Rearm),
        1 => (10.0..2_000.0_f64).prop_map(|size| Step::Tighten(size.round())),
    ]
}

fn nth_working(desk: &Desk, index: usize) -> Option<String> {
    let working = desk.working();
    (!working.is_empty()).then(|| working[index % working.len()].client_order_id.clone())
}

fn take(desk: &mut Desk, step: &Step, count: usize) {
    match step {
        Step::Signal(symbol, signal) => desk.signal(NAMES[*symbol], *signal),
        Step::Quote(symbol, cents) => {
            let text = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
            desk.quote(NAMES[*symbol], &text(*cents), &text(cents + 2));
        }
        Step::Fill(order, units) => {
            if let Some(id) = nth_working(desk, *order) {
                desk.fill(&id, *units);
            }
        }
        Step::End(order, reject) => {
            if let Some(id) = nth_working(desk, *order) {
                desk.end(
                    &id,
                    if *reject {
                        OrderStatus::Rejected
                    } else {
                        OrderStatus::Cancelled
                    },
                );
            }
        }
        Step::Pass(us, true) => {
            desk.now_us += us;
            desk.pongs();
            desk.pass(0);
        }
        Step::Pass(us, false) => desk.pass(*us),
        Step::Pause(true) => desk.engine_gates(&[GateKind::OperatorPause]),
        Step::Pause(false) => desk.engine_gates(&[]),
        Step::Disconnect(lost) => desk.connected = !lost,
        Step::Snapshot => desk.snapshot(),
        Step::RestartEngine => desk.restart_engine(),
        Step::RestartRisk => desk.restart(),
        Step::Kill(scope) => {
            let symbol = scope.map_or(String::new(), |index| NAMES[index].to_owned());
            desk.command(&wire::StrategyCommand {
                symbol,
                ..command(Type::KillSwitch, &format!("k{count}"))
            });
        }
        Step::Rearm => {
            for symbol in ["", "ALFA", "BRVO", "CHRL", "DLTA"] {
                let rearm = command(Type::Rearm, &format!("r{count}{symbol}"));
                desk.command(&wire::StrategyCommand {
                    symbol: symbol.into(),
                    ..rearm
                });
            }
        }
        Step::Tighten(size) => {
            let parameters = [("max_position_size".to_owned(), *size)].into();
            let update = command(Type::UpdateRiskLimits, &format!("u{count}"));
            let result = desk.command(&wire::StrategyCommand { parameters, ..update });
            assert_eq!(result.outcome(), Answer::Done);
        }
    }
}

/// What must hold after every step.
fn invariants(desk: &Desk, before: usize, killed_before: bool, limit_before: messages::Quantity) {
    let new = &desk.submitted[before..];
    // Nothing leaves after a latch.
    assert!(new.is_empty() || !killed_before, "an order left a killed desk");
    // Every order sent is on the record as approved, once, under an id of its own.
    let approved: Vec<String> = desk
        .decisions(Outcome::Approved)
        .into_iter()
        .map(|decision| decision.order.unwrap().client_order_id)
        .collect();
    assert_eq!(approved.iter().collect::<BTreeSet<_>>().len(), approved.len());
    assert_eq!(approved.len(), desk.submitted.len());
    // At most one strategy order works per symbol, and positions stay within the limit unless reducing.
    // (Before its first snapshot a restart counts every approval whose time isn't over, as it must.)
    let following = desk.manager.is_following();
    for (symbol, book) in desk.manager.book().iter().filter(|_| following) {
        assert!(
            book.strategy_orders().count() <= 1,
            "two strategy orders work in {symbol}"
        );
    }
    for order in new.iter().filter(|order| !order.reduces) {
        let book = desk.manager.book().get(&order.symbol).unwrap();
        assert!(book.worst(order.side).abs() <= limit_before, "{order:?}");
        assert!(desk.manager.book().gross() <= desk.manager.limits().max_gross_exposure);
    }
    // Every denial has a reason.
    for decision in desk.decisions(Outcome::Denied) {
        assert!(!decision.reason.is_empty() && !decision.denial.unwrap().reason.is_empty());
    }
    // The latch file says what stands in memory.
    assert_eq!(desk.latch, *desk.manager.latch());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_protections_hold_in_any_interleaving(steps in prop::collection::vec(step(), 1..120)) {
        let mut desk = Desk::warm();
        for (count, step) in steps.iter().enumerate() {
            let before = desk.submitted.len();
            let killed = desk.manager.latch().desk.is_some() && !matches!(step, Step::Rearm);
            let limit = desk.manager.limits().max_position_size;
            take(&mut desk, step, count);
            invariants(&desk, before, killed, limit);
        }
        // After a last snapshot the view equals the engine's truth.
        desk.connected = true;
        desk.now_us += 3 * SECOND;
        desk.snapshot();
        for (symbol, book) in desk.manager.book().iter() {
            let truth = desk.engine.positions.get(symbol.as_str()).map_or(0, |(units, _)| *units);
            prop_assert_eq!(book.position(), messages::Quantity::from_units(truth));
            let working = desk.working().iter().filter(|order| order.symbol == *symbol).count();
            prop_assert_eq!(book.working().count(), working);
        }
    }

    #[test]
    fn a_restart_rebuilds_limits_latch_and_loss(steps in prop::collection::vec(step(), 1..80)) {
        let mut desk = Desk::warm();
        for (count, step) in steps.iter().enumerate() {
            take(&mut desk, step, count);
        }
        let (limits_before, latch) = (desk.manager.limits().clone(), desk.manager.latch().clone());
        let at_start = desk.manager.daily().at_start();
        desk.restart();
        prop_assert_eq!(desk.manager.limits(), &limits_before);
        prop_assert_eq!(desk.manager.latch(), &latch);
        prop_assert_eq!(desk.manager.daily().at_start(), at_start);
        let records = desk.journal.iter().filter(|event| matches!(event.event, Some(Event::State(_)))).count();
        prop_assert!(records >= 2);
        prop_assert!(limits().version <= limits_before.version);
        prop_assert!(desk.manager.daily().loss() >= Money::ZERO);
    }
}
