//! From a signal to an order, or to none.

use messages::{GateKind, OrderStatus, Side, wire};
use wire::denial::Check;
use wire::risk_decision::Outcome;
use wire::source_status::State as Source;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND, at};
use crate::manager::Action;
use crate::testing::quantity;

#[test]
fn a_buy_becomes_one_passive_order_of_the_target_size() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    let [order] = &desk.submitted[..] else {
        panic!("{:?}", desk.submitted)
    };
    assert_eq!(
        (order.side, order.quantity, order.price),
        (Side::Buy, quantity(100), Some(at("99.99")))
    );
    assert_eq!(order.client_order_id, "q1-1");
    assert_eq!(order.valid_until_us, desk.now_us + 2 * SECOND);
    // Decided again while it works: no second order. Filled: the target is met.
    desk.signal("ALFA", Signal::Buy);
    desk.signal("ALFA", Signal::Hold);
    desk.fill("q1-1", 100);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
    assert_eq!(desk.position_of("ALFA"), quantity(100));
}

#[test]
fn an_approval_is_on_the_record_before_the_order_leaves() {
    let mut desk = Desk::warm();
    desk.signal("BRVO", Signal::Hold);
    let signal = wire::TradingSignal {
        sequence: 99,
        ..desk.signal_message("ALFA", Signal::Sell)
    };
    let actions = desk.manager.on_signal(&signal, desk.now_us).unwrap();
    let [
        Action::Journal {
            kind: "decision",
            key: Some(key),
            ..
        },
        Action::Submit(approved),
    ] = &actions[..]
    else {
        panic!("{actions:?}")
    };
    assert_eq!(*key, approved.get().client_order_id);
}

#[test]
fn a_partial_fill_leaves_the_rest_to_the_working_order() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.fill("q1-1", 40);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted.len(), 1);
    desk.end("q1-1", OrderStatus::Rejected);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted.len(), 1, "a rejection ends the target");
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted[1].quantity, quantity(60));
}

#[test]
fn a_turn_cancels_the_order_and_then_flips() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.fill("q1-1", 40);
    desk.signal("ALFA", Signal::Sell);
    assert_eq!(desk.cancels, ["q1-1"]);
    assert_eq!(desk.submitted.len(), 1);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(
        (desk.submitted[1].side, desk.submitted[1].quantity),
        (Side::Sell, quantity(140))
    );
}

#[test]
fn an_order_that_timed_out_is_cancelled_and_the_next_one_crosses() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.live(2 * SECOND);
    assert!(desk.cancels.is_empty());
    desk.live(SECOND);
    assert_eq!(desk.cancels, ["q1-1"]);
    desk.signal("ALFA", Signal::Hold);
    assert_eq!(desk.submitted[1].price, Some(at("100.01")));
    desk.fill("q1-2", 100);
    desk.signal("ALFA", Signal::Sell);
    assert_eq!(
        desk.submitted[2].price,
        Some(at("100.01")),
        "the one after is passive again"
    );
}

#[test]
fn a_signal_counts_once() {
    let mut desk = Desk::warm();
    let signal = wire::TradingSignal {
        sequence: 7,
        ..desk.signal_message("ALFA", Signal::Buy)
    };
    for sequence in [7, 7, 6] {
        let signal = wire::TradingSignal {
            sequence,
            ..signal.clone()
        };
        let actions = desk.manager.on_signal(&signal, desk.now_us).unwrap();
        desk.carry_out(actions);
    }
    assert_eq!(desk.submitted.len(), 1);
    assert_eq!(desk.manager.counters().old_signals, 2);
    // A restart knows which signal it used.
    desk.end("q1-1", OrderStatus::Cancelled);
    desk.restart();
    desk.warm_up();
    let actions = desk.manager.on_signal(&signal, desk.now_us).unwrap();
    assert!(actions.is_empty(), "{actions:?}");
}

#[test]
fn an_old_signal_and_an_unspecified_one_are_refused() {
    let mut desk = Desk::warm();
    let signal = desk.signal_message("ALFA", Signal::Buy);
    let old = wire::TradingSignal {
        sequence: 5,
        published_us: desk.now_us - 3 * SECOND,
        ..signal.clone()
    };
    let actions = desk.manager.on_signal(&old, desk.now_us).unwrap();
    desk.carry_out(actions);
    assert_eq!(
        desk.decisions(Outcome::Denied)[0]
            .denial
            .as_ref()
            .unwrap()
            .check(),
        Check::StaleData
    );
    let unspecified = wire::TradingSignal {
        signal: 0,
        sequence: 6,
        ..signal
    };
    assert!(desk.manager.on_signal(&unspecified, desk.now_us).is_err());
    assert!(desk.submitted.is_empty());
}

#[test]
fn stale_data_closes_the_gate_of_its_symbol_alone() {
    let mut desk = Desk::warm();
    for _ in 0..16 {
        desk.now_us += SECOND;
        desk.quote("BRVO", "99.99", "100.01");
        desk.pongs();
        desk.pass(0);
    }
    let stale: Vec<_> = desk
        .manager
        .gates()
        .iter()
        .filter_map(|gate| gate.symbol.clone())
        .collect();
    assert_eq!(
        stale.iter().map(messages::Symbol::as_str).collect::<Vec<_>>(),
        ["ALFA", "CHRL", "DLTA"]
    );
    desk.signal("ALFA", Signal::Buy);
    desk.signal("BRVO", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
    desk.quote("ALFA", "99.99", "100.01");
    desk.pass(10_000);
    assert!(
        desk.manager
            .gates()
            .blocking(&crate::testing::symbol("ALFA"))
            .next()
            .is_none()
    );
}

#[test]
fn identical_denials_are_recorded_once_and_shown_always() {
    let mut desk = Desk::warm();
    desk.engine_gates(&[GateKind::OperatorPause]);
    desk.published.clear();
    for _ in 0..8 {
        desk.signal("ALFA", Signal::Buy);
    }
    assert_eq!(desk.decisions(Outcome::Denied).len(), 1);
    assert_eq!(desk.published.len(), 7);
}

#[test]
fn the_end_of_a_replay_closes_the_session_and_cancels() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    desk.source(Source::Ended);
    desk.pass(10_000);
    assert!(desk.has_gate(GateKind::SessionClosed));
    assert!(desk.working().is_empty());
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1);
    desk.source(Source::Running);
    assert!(!desk.has_gate(GateKind::SessionClosed));
}

#[test]
fn the_picture_has_every_limit_with_its_use() {
    let mut desk = Desk::warm();
    desk.signal("ALFA", Signal::Buy);
    let state = desk.manager.state(desk.now_us);
    let usage = |name: &str| state.r#use.iter().find(|usage| usage.name == name).unwrap();
    assert_eq!(state.r#use.len(), 15);
    assert_eq!(
        (
            usage("max_position_size").value,
            usage("max_position_size").symbol.as_str()
        ),
        (100.0, "ALFA")
    );
    assert!((usage("max_gross_exposure").value - 10_000.0).abs() < 1e-6);
    assert!((usage("max_messages_per_second").value - 1.0).abs() < 1e-9);
    assert!(!state.unmarked && !state.killed);
}
