//! The loss limit kills at the engine, however the latch of the risk manager came about.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::collections::{BTreeMap, BTreeSet};

use messages::{Instrument, Money, Quantity, Symbol, wire};
use orders::{Engine, EngineConfig, LatchState, State, Timing};
use risk::manager::{Config, ENGINE};
use risk::sizing::OrderStyle;
use risk::{Action, Limits, RiskManager};
use risk_manager::configure::from_file;
use store::LatchFile;

const START_US: i64 = 1_700_000_000_000_000;

fn instrument() -> Instrument {
    Instrument {
        symbol: Symbol::new("ALFA").unwrap(),
        tick: "0.01".parse().unwrap(),
        lot: Quantity::ONE,
        multiplier: Quantity::ONE,
        currency: "USD".into(),
    }
}

/// A risk manager whose latch file was damaged, on a day that begins with the engine's first word.
fn risk_manager() -> RiskManager {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("risk-manager.latch");
    std::fs::write(&path, "{").unwrap();
    let latch = from_file(LatchFile::open(&path, false, START_US).state());
    assert!(latch.desk.is_some(), "what can't be read is killed");
    let settings = [
        ("max_order_quantity", 1e3),
        ("max_order_notional", 1e5),
        ("price_collar", 0.05),
        ("max_position_size", 1e3),
        ("max_gross_exposure", 1e6),
        ("max_net_exposure", 1e6),
        ("max_open_positions", 10.0),
        ("max_daily_loss", 5e3),
        ("max_concentration", 1.0),
        ("max_drawdown", 1e6),
        ("max_loss_streak", 1e3),
        ("max_executions_per_minute", 1e5),
        ("max_messages_per_second", 100.0),
        ("stale_after_s", 15.0),
        ("heartbeat_after_s", 2.0),
    ];
    let values: BTreeMap<String, f64> = settings.map(|(name, value)| (name.to_owned(), value)).into();
    let config = Config {
        instruments: vec![instrument()],
        target_notional: Money::from_f64(10_000.0).unwrap(),
        order_style: OrderStyle::Passive,
        reprice_after_us: 1_000_000,
        order_ttl_us: 1_000_000,
        day_start_second: 0,
        services: vec![ENGINE.to_owned()],
        restricted: BTreeSet::new(),
        epoch: 1,
    };
    RiskManager::new(config, Limits::new(1, &values).unwrap(), latch, START_US)
}

fn engine() -> Engine {
    let config = EngineConfig {
        epoch: 1,
        session: "desk".into(),
        instruments: BTreeMap::from([(instrument().symbol, instrument())]),
        timing: Timing::default(),
    };
    let state = State::new(config.instruments.clone());
    Engine::new(config, state, LatchState::default(), START_US)
}

/// The kill that the risk manager asks of the engine.
fn asked(actions: Vec<Action>) -> Option<wire::StrategyCommand> {
    actions.into_iter().find_map(|action| match action {
        Action::CommandEngine(command) => Some(command),
        _ => None,
    })
}

#[test]
fn behind_a_damaged_latch_file_the_loss_limit_kills_at_the_engine_too() {
    let mut manager = risk_manager();
    manager.start(START_US);
    let position = |realized_pnl: f64| wire::Position {
        symbol: "ALFA".into(),
        realized_pnl,
        ..wire::Position::default()
    };
    let snapshot = wire::Snapshot {
        epoch: 1,
        positions: vec![position(0.0)],
        at_us: START_US,
        ..wire::Snapshot::default()
    };
    manager.on_snapshot(&snapshot, START_US).unwrap();
    manager.on_tick(START_US + 10_000);
    let event = wire::ExecutionEvent {
        event: Some(wire::execution_event::Event::Position(position(-6_000.0))),
        at_us: START_US,
        epoch: 1,
        sequence: 1,
        ..wire::ExecutionEvent::default()
    };
    manager.on_execution_event(&event, START_US + 20_000).unwrap();
    let kill = asked(manager.on_tick(START_US + 30_000)).expect("the loss limit asks the engine");
    let mut engine = engine();
    engine.on_command(1, &kill, START_US + 40_000);
    assert!(engine.latch().desk.is_some(), "{kill:?}");
}
