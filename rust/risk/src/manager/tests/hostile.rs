//! Messages as they must not be: refused by field, counted by whoever reads them, and nothing gets on the record that
//! a restart can't read.

use messages::hostile::{Dice, spoil};
use messages::wire;
use proptest::prelude::*;
use prost::Message;
use wire::strategy_command::Type;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND, START_US, command};
use crate::manager::{ENGINE, MARKET_DATA};

/// Messages per desk.
const MESSAGES: usize = 40;

/// A desk with a position and a working order.
fn seasoned() -> Desk {
    let mut desk = Desk::warm();
    for (name, signal) in [("ALFA", Signal::Buy), ("BRVO", Signal::Sell)] {
        desk.signal(name, signal);
        desk.live(SECOND);
    }
    if let Some(order) = desk.working().first() {
        let id = order.client_order_id.clone();
        desk.fill(&id, 3);
    }
    desk.live(SECOND);
    desk
}

fn events(desk: &Desk) -> Vec<wire::ExecutionEvent> {
    use wire::execution_event::Event;
    let order = desk.engine.orders.values().next().map(wire::Order::from);
    let order = order.unwrap_or_default();
    let fill = wire::Fill {
        execution_id: "X77".into(),
        client_order_id: order.client_order_id.clone(),
        symbol: "ALFA".into(),
        side: 1,
        quantity: 1.0,
        price: 100.0,
        venue_sequence: 77,
        ..wire::Fill::default()
    };
    let position = wire::Position {
        symbol: "ALFA".into(),
        quantity: 4.0,
        avg_cost: 100.0,
        realized_pnl: -3.0,
        ..wire::Position::default()
    };
    let found = wire::Break {
        id: "position:ALFA".into(),
        symbol: "ALFA".into(),
        kind: 3,
        desk: Some(4.0),
        venue: Some(9.0),
        state: 4,
        ..wire::Break::default()
    };
    let state = wire::TradingState {
        desk_paused: true,
        gates: vec![wire::Gate {
            kind: 1,
            symbol: "ALFA".into(),
            since_us: START_US,
            ..wire::Gate::default()
        }],
        breaks: vec![found.clone()],
        limits_version: 1,
        ..wire::TradingState::default()
    };
    let kill = wire::KillStage {
        symbol: "BRVO".into(),
        stage: 1,
        ..wire::KillStage::default()
    };
    let bodies = [
        Event::Order(order),
        Event::Fill(fill),
        Event::Position(position),
        Event::State(state),
        Event::Kill(kill),
        Event::Reconciliation(found),
    ];
    let event = |body| wire::ExecutionEvent {
        event: Some(body),
        at_us: START_US,
        epoch: 1,
        sequence: 1,
        published_us: START_US,
    };
    bodies.map(event).into()
}

fn spoilt<M: Message + Default>(whole: &M, dice: &mut Dice) -> Option<M> {
    M::decode(spoil(&whole.encode_to_vec(), dice).as_slice()).ok()
}

fn snapshot(desk: &Desk) -> wire::Snapshot {
    wire::Snapshot {
        epoch: 1,
        sequence: 9,
        orders: desk.engine.orders.values().map(wire::Order::from).collect(),
        positions: vec![wire::Position {
            symbol: "ALFA".into(),
            quantity: 3.0,
            avg_cost: 100.0,
            ..wire::Position::default()
        }],
        at_us: START_US,
        ..wire::Snapshot::default()
    }
}

fn pong() -> wire::Pong {
    wire::Pong {
        epoch: 1,
        last_sequence: 9,
        now_us: START_US,
        trading: Some(wire::TradingState::default()),
        source: Some(wire::SourceStatus {
            state: 2,
            ..wire::SourceStatus::default()
        }),
        gates: vec![wire::Gate {
            kind: 9,
            ..wire::Gate::default()
        }],
        ..wire::Pong::default()
    }
}

/// One spoilt message; false when it could not be read at all.
fn disturb(desk: &mut Desk, dice: &mut Dice, number: usize) -> Option<()> {
    let now_us = desk.now_us;
    let outcome = match dice.below(6) {
        0 => {
            let signal = spoilt(&desk.signal_message("ALFA", Signal::Buy), dice)?;
            desk.manager.on_signal(&signal, now_us)
        }
        1 => {
            let events = events(desk);
            let event = spoilt(&events[dice.below(events.len())], dice)?;
            desk.manager.on_execution_event(&event, now_us)
        }
        2 => {
            let snapshot = spoilt(&snapshot(desk), dice)?;
            desk.manager.on_snapshot(&snapshot, now_us)
        }
        3 => {
            let pong = spoilt(&pong(), dice)?;
            let service = dice.pick(&[ENGINE, MARKET_DATA, "nobody"]);
            desk.manager.on_peer_clock(service, now_us, pong.now_us, now_us);
            Ok(desk.manager.on_pong(service, &pong, now_us))
        }
        4 => {
            let reply = wire::OrderReply {
                request_id: "q1-1".into(),
                client_order_id: "q1-1".into(),
                reason: "no".into(),
                accepted: dice.below(2) == 0,
            };
            let reply = spoilt(&reply, dice)?;
            Ok(desk.manager.on_order_reply(&reply, now_us))
        }
        _ => {
            let kinds = [
                Type::UpdateRiskLimits,
                Type::KillSwitch,
                Type::Rearm,
                Type::PauseTrading,
            ];
            let mut whole = command(dice.pick(&kinds), &format!("c{number}"));
            whole.parameters.insert("max_position_size".into(), 50.0);
            let command = spoilt(&whole, dice)?;
            let (result, actions) = desk.manager.on_command(&command, now_us);
            let refused = result.outcome() == wire::command_result::Outcome::Refused;
            assert!(!refused || !result.reason.is_empty(), "refused without a reason");
            Ok(actions)
        }
    };
    match outcome {
        Ok(actions) => desk.carry_out(actions),
        Err(malformed) => assert!(!malformed.field.is_empty() && !malformed.reason.is_empty()),
    }
    Some(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_the_risk_manager_goes_on_and_its_journal_can_be_read(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut desk = seasoned();
        desk.connected = false;
        for number in 0..MESSAGES {
            let _unreadable = disturb(&mut desk, &mut dice, number);
            desk.pass(20_000);
        }
        // The wall clock jumps, and every age that rests on a message moves with it.
        for (now_us, monotonic_us) in [(desk.now_us, SECOND), (desk.now_us + 3_600 * SECOND, 2 * SECOND)] {
            let actions = desk.manager.on_clocks(now_us, monotonic_us);
            desk.carry_out(actions);
        }
        desk.pass(3_600 * SECOND);
        // The journal brings it back without a complaint; and a kill is obeyed as ever.
        desk.restart();
        desk.command(&command(Type::KillSwitch, "the end"));
        prop_assert!(desk.latch.desk.is_some());
    }

    #[test]
    fn a_spoilt_entry_of_the_journal_is_refused_by_field_or_taken(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut desk = seasoned();
        for event in desk.journal.clone() {
            let Some(event) = spoilt(&event, &mut dice) else { continue };
            if let Err(malformed) = desk.manager.restore(&event) {
                prop_assert!(!malformed.field.is_empty() && !malformed.reason.is_empty());
            }
        }
        desk.pass(SECOND);
    }
}
