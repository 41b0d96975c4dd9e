//! Every kind of gate: it closes, says who, why, since when and what opens it, stops new risk, lets a
//! reduction pass (but for the kill), and opens again.

use messages::{Gate, GateKind, wire};
use wire::denial::Check;
use wire::risk_decision::Outcome;
use wire::source_status::State as Source;
use wire::strategy_command::Type;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND, command};
use crate::testing;

/// The gates this service writes itself; the others are the engine's and the bridge's.
fn close(desk: &mut Desk, kind: GateKind) {
    match kind {
        GateKind::KillLatch => {
            desk.command(&command(Type::KillSwitch, "k1"));
        }
        GateKind::LossLimit => desk.position("BRVO", 0, 0.0, -6_000.0),
        GateKind::StaleMarketData => {
            for _ in 0..16 {
                desk.now_us += SECOND;
                desk.pongs();
                desk.quote("DLTA", "99.99", "100.01");
                desk.pass(0);
            }
        }
        GateKind::HeartbeatLost => desk.pass(3 * SECOND),
        GateKind::StoreBehind => {
            let actions = desk
                .manager
                .on_projection(Some("the database is away"), desk.now_us);
            desk.carry_out(actions);
        }
        GateKind::SessionClosed => desk.source(Source::Ended),
        GateKind::ClockOff => {
            for (wall_us, monotonic_us) in [(0, 0), (2 * SECOND, SECOND)] {
                let at_us = desk.now_us + wall_us;
                let actions = desk.manager.on_clocks(at_us, monotonic_us);
                desk.carry_out(actions);
            }
            desk.now_us += 2 * SECOND;
        }
        GateKind::OperatorPause | GateKind::ReconciliationBreak | GateKind::VenueLost => {
            desk.engine_gates(&[kind]);
        }
        GateKind::ModelMissing => bridge(desk, &[wire::Gate::from(&testing::gate(kind, None))]),
    }
    desk.pass(10_000);
}

fn bridge(desk: &mut Desk, gates: &[wire::Gate]) {
    let pong = wire::Pong {
        gates: gates.to_vec(),
        now_us: desk.now_us,
        ..Default::default()
    };
    let actions = desk.manager.on_pong("signal-bridge", &pong, desk.now_us);
    desk.carry_out(actions);
}

fn open(desk: &mut Desk, kind: GateKind) {
    match kind {
        GateKind::KillLatch => {
            desk.live(10_000);
            let answer = desk.command(&command(Type::Rearm, "r1"));
            assert_eq!(
                answer.outcome(),
                wire::command_result::Outcome::Done,
                "{answer:?}"
            );
        }
        GateKind::LossLimit => {
            desk.now_us += 24 * 3_600 * SECOND;
            desk.live(10_000);
            let answer = desk.command(&command(Type::Rearm, "r1"));
            assert_eq!(
                answer.outcome(),
                wire::command_result::Outcome::Done,
                "{answer:?}"
            );
        }
        GateKind::StaleMarketData | GateKind::HeartbeatLost => {}
        GateKind::StoreBehind => {
            let actions = desk.manager.on_projection(None, desk.now_us);
            desk.carry_out(actions);
        }
        GateKind::SessionClosed => desk.source(Source::Running),
        GateKind::ClockOff => {
            let actions = desk.manager.on_clocks(desk.now_us + 5 * SECOND, 6 * SECOND);
            desk.carry_out(actions);
            desk.now_us += 5 * SECOND;
        }
        GateKind::OperatorPause | GateKind::ReconciliationBreak | GateKind::VenueLost => {
            desk.engine_gates(&[]);
        }
        GateKind::ModelMissing => bridge(desk, &[]),
    }
    desk.live(10_000);
}

/// Closed, told, enforced and opened again.
fn works(kind: GateKind) {
    let mut desk = Desk::warm();
    desk.position("DLTA", 300, 100.0, 0.0);
    close(&mut desk, kind);
    let state = desk.manager.state(desk.now_us);
    let readable = state.gates.iter().map(|gate| Gate::try_from(gate).unwrap());
    let told: Vec<Gate> = readable.filter(|gate| gate.kind == kind).collect();
    assert!(!told.is_empty(), "not closed: {:?}", state.gates);
    for gate in &told {
        assert!(!gate.closed_by.is_empty() && !gate.reason.is_empty() && !gate.opens_when.is_empty());
    }
    desk.signal("ALFA", Signal::Buy);
    let denied = desk.decisions(Outcome::Denied);
    assert_eq!(denied.len(), 1, "new risk passes");
    assert_eq!(denied[0].denial.as_ref().unwrap().check(), Check::GateClosed);
    // A pure reduction of DLTA, from 300 to the target of 100.
    desk.signal("DLTA", Signal::Buy);
    let killed = matches!(kind, GateKind::KillLatch | GateKind::LossLimit);
    assert_eq!(desk.submitted.len(), usize::from(!killed));
    assert!(desk.submitted.iter().all(|order| order.reduces));
    open(&mut desk, kind);
    assert!(
        desk.manager.gates().is_empty(),
        "it stays: {:?}",
        desk.manager.gates()
    );
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.last().unwrap().symbol, testing::symbol("ALFA"));
}

/// A test for each kind of gate, under its name.
macro_rules! every_kind {
    ($($name:ident $kind:ident,)+) => {
        $(#[test]
        fn $name() {
            works(GateKind::$kind);
        })+

        #[test]
        fn every_kind_of_gate_has_its_test() {
            use wire::gate::Kind;
            let tested = [$(GateKind::$kind.to_wire()),+];
            for number in 1.. {
                let Ok(kind) = Kind::try_from(number) else { break };
                assert!(tested.contains(&kind), "{kind:?}");
            }
        }
    };
}

every_kind! {
    operator_pause OperatorPause,
    kill_latch KillLatch,
    loss_limit LossLimit,
    stale_market_data StaleMarketData,
    heartbeat_lost HeartbeatLost,
    reconciliation_break ReconciliationBreak,
    store_behind StoreBehind,
    venue_lost VenueLost,
    model_missing ModelMissing,
    session_closed SessionClosed,
    clock_off ClockOff,
}

#[test]
fn a_wall_clock_set_back_ages_nothing_and_repeats_nothing() {
    let mut desk = Desk::warm();
    let hour = 3_600 * SECOND;
    let actions = desk.manager.on_clocks(desk.now_us, 0);
    desk.carry_out(actions);
    for (jump_us, monotonic_us) in [(-hour, SECOND / 2), (2 * hour, SECOND)] {
        desk.now_us += SECOND / 2 + jump_us;
        let actions = desk.manager.on_clocks(desk.now_us, monotonic_us);
        desk.carry_out(actions);
        desk.pass(0);
        assert!(desk.has_gate(GateKind::ClockOff));
        assert!(!desk.has_gate(GateKind::HeartbeatLost) && !desk.has_gate(GateKind::StaleMarketData));
        for name in ["heartbeat_after_s", "stale_after_s"] {
            let state = desk.manager.state(desk.now_us);
            let age = state.r#use.iter().find(|usage| usage.name == name).unwrap().value;
            assert!((0.0..=2.5).contains(&age), "{name} is {age}");
        }
    }
    // A service that is silent after the jump is missed as soon as ever.
    desk.pass(2 * SECOND);
    assert!(desk.has_gate(GateKind::HeartbeatLost));
}

#[test]
fn a_clock_put_back_a_little_makes_no_age_negative() {
    let mut desk = Desk::warm();
    let monotonic_us = 0;
    let actions = desk.manager.on_clocks(desk.now_us, monotonic_us);
    desk.carry_out(actions);
    // Less than what counts as a jump: nothing is shifted, and what was just heard lies ahead of the clock.
    desk.now_us -= SECOND / 4;
    let actions = desk.manager.on_clocks(desk.now_us, monotonic_us);
    desk.carry_out(actions);
    desk.pass(0);
    assert!(!desk.has_gate(GateKind::ClockOff) && !desk.has_gate(GateKind::HeartbeatLost));
    for usage in desk.manager.state(desk.now_us).r#use {
        assert!(usage.value >= 0.0, "{} is {}", usage.name, usage.value);
    }
}
