//! The checks on how the strategy does, on concentration, restriction and self-match: each fires when the
//! desk is fed as in the service, and lets its neighbour pass.

use std::collections::BTreeSet;

use messages::{GateKind, Order, OrderStatus, Origin, Side, wire};
use wire::denial::Check;
use wire::execution_event::Event as Told;
use wire::risk_decision::Outcome;
use wire::strategy_command::Type;
use wire::trading_signal::Signal;

use super::desk::{Desk, SECOND, command};
use crate::limits::Limits;
use crate::manager::Action;
use crate::testing::{limit_order, limits, quantity, symbol};

fn desk(changes: &[(&str, f64)]) -> Desk {
    let mut values = limits().values();
    values.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), *value)));
    let mut desk = Desk::with(Limits::new(1, &values).unwrap(), BTreeSet::new());
    desk.warm_up();
    desk
}

fn denied(desk: &Desk) -> Vec<(Check, f64, f64)> {
    let denials = desk.decisions(Outcome::Denied).into_iter();
    denials
        .map(|decision| {
            let denial = decision.denial.unwrap();
            assert!(!denial.reason.is_empty());
            (denial.check(), denial.limit, denial.value)
        })
        .collect()
}

fn usage(desk: &Desk, name: &str) -> (f64, f64, String) {
    let state = desk.manager.state(desk.now_us);
    let usage = state.r#use.into_iter().find(|usage| usage.name == name).unwrap();
    (usage.limit, usage.value, usage.symbol)
}

/// The limits of which the picture says that what adds to them is denied.
fn denying(desk: &Desk) -> Vec<String> {
    let state = desk.manager.state(desk.now_us);
    let denying = state.r#use.into_iter().filter(|usage| usage.denies);
    denying.map(|usage| usage.name).collect()
}

/// A round trip in ALFA that makes `pnl`.
fn round_trip(desk: &mut Desk, before: f64, pnl: f64) -> f64 {
    desk.position("ALFA", 10, 100.0, before);
    desk.position("ALFA", 0, 0.0, before + pnl);
    before + pnl
}

#[test]
fn concentration_fires_above_its_share_of_a_desk_that_is_large_enough() {
    let mut desk = desk(&[("max_concentration", 0.5)]);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "a small desk may hold one symbol alone");
    desk.fill("q1-1", 100);
    assert!(denying(&desk).is_empty(), "and more of it");
    // ALFA is 10,000 of 105,000; with 95,000 in BRVO the desk is over the floor of 100,000.
    desk.position("BRVO", 950, 100.0, 0.0);
    let (limit, value, most) = usage(&desk, "max_concentration");
    assert_eq!((limit, most.as_str()), (0.5, "BRVO"));
    assert_eq!(denying(&desk), ["max_concentration"]);
    assert!((value - 95.0 / 105.0).abs() < 1e-8, "{value}");
    desk.signal("CHRL", Signal::Buy);
    assert_eq!(desk.submitted.len(), 2, "the neighbour is a small share");
    desk.position("ALFA", 0, 0.0, 0.0);
    desk.end("q1-2", OrderStatus::Cancelled);
    desk.position("BRVO", -90, 100.0, 0.0);
    desk.position("DLTA", 905, 100.0, 0.0);
    // 90,500 in DLTA and 9,000 in BRVO are under the floor; 10 more of BRVO bring the desk over it.
    desk.signal("BRVO", Signal::Sell);
    assert_eq!(desk.submitted.len(), 3);
    desk.end("q1-3", OrderStatus::Cancelled);
    // What DLTA has already may come down, and nothing may be added to a share of 0.91.
    desk.position("DLTA", 95, 100.0, 0.0);
    desk.position("BRVO", -920, 100.0, 0.0);
    desk.position("CHRL", 40, 100.0, 0.0);
    desk.signal("BRVO", Signal::Sell);
    assert!(desk.submitted[3].reduces, "the target is -100: a reduction");
    desk.end("q1-4", OrderStatus::Cancelled);
    let tighten = wire::StrategyCommand {
        parameters: [("max_concentration".to_owned(), 0.05)].into(),
        ..command(Type::UpdateRiskLimits, "tighten")
    };
    desk.command(&tighten);
    desk.signal("CHRL", Signal::Buy);
    let fired = denied(&desk);
    assert_eq!((fired[0].0, fired[0].1), (Check::Concentration, 0.05));
    assert!((fired[0].2 - 10_000.0 / 111_500.0).abs() < 1e-8, "{fired:?}");
}

#[test]
fn drawdown_fires_at_its_limit_below_the_days_peak_and_a_restart_knows_the_peak() {
    let mut desk = desk(&[("max_drawdown", 400.0)]);
    desk.position("BRVO", 0, 0.0, 1_000.0);
    desk.pass(10_000);
    desk.position("BRVO", 0, 0.0, 601.0);
    desk.pass(10_000);
    assert_eq!(usage(&desk, "max_drawdown"), (400.0, 399.0, String::new()));
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "the neighbour passes");
    assert!(denying(&desk).is_empty());
    desk.position("BRVO", 0, 0.0, 600.0);
    desk.pass(10_000);
    assert_eq!(denying(&desk), ["max_drawdown"]);
    desk.signal("CHRL", Signal::Buy);
    assert_eq!(denied(&desk), [(Check::Drawdown, 400.0, 400.0)]);
    desk.position("DLTA", 300, 100.0, 0.0);
    desk.signal("DLTA", Signal::Buy);
    assert!(desk.submitted.last().unwrap().reduces, "a reduction passes");
    desk.restart();
    assert_eq!(desk.manager.daily().peak().to_string(), "1000");
    desk.restart_from_state();
    assert_eq!(desk.manager.daily().peak().to_string(), "1000");
}

#[test]
fn a_loss_streak_fires_and_a_win_a_resume_or_a_new_day_ends_it() {
    let mut desk = desk(&[("max_loss_streak", 3.0)]);
    let mut realized = 0.0;
    for _ in 0..2 {
        realized = round_trip(&mut desk, realized, -5.0);
    }
    assert_eq!(usage(&desk, "max_loss_streak"), (3.0, 2.0, "ALFA".into()));
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "the neighbour passes");
    desk.end("q1-1", OrderStatus::Cancelled);
    realized = round_trip(&mut desk, realized, -5.0);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(denied(&desk), [(Check::LossStreak, 3.0, 3.0)]);
    assert_eq!(denying(&desk), ["max_loss_streak"]);
    desk.signal("BRVO", Signal::Buy);
    assert_eq!(desk.submitted.len(), 2, "another symbol has its own");
    desk.restart();
    assert_eq!(desk.manager.conduct(&symbol("ALFA")).unwrap().loss_streak(), 3);
    // The record of the round trips is gone: the state of the first restart carries the streak on.
    desk.restart_from_state();
    assert_eq!(desk.manager.conduct(&symbol("ALFA")).unwrap().loss_streak(), 3);
    desk.warm_up();
    desk.engine.positions.insert("ALFA".into(), (0, 0.0));
    let record = wire::CommandRecord {
        command: Some(wire::StrategyCommand {
            symbol: "ALFA".into(),
            ..command(Type::ResumeTrading, "resume-1")
        }),
        result: Some(wire::CommandResult {
            outcome: wire::command_result::Outcome::Done.into(),
            ..Default::default()
        }),
    };
    desk.tell(Told::Command(record));
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(denied(&desk).len(), 1, "resumed");
    round_trip(&mut desk, realized, -5.0);
    desk.now_us += 24 * 3_600 * SECOND;
    desk.live(10_000);
    assert_eq!(desk.manager.conduct(&symbol("ALFA")).unwrap().loss_streak(), 0);
}

/// Buys and sells in ALFA until `count` orders of the strategy have executed.
fn execute(desk: &mut Desk, count: usize) {
    for _ in 0..count {
        let signal = if desk.position_of("ALFA") > quantity(0) {
            Signal::Sell
        } else {
            Signal::Buy
        };
        desk.signal("ALFA", signal);
        let order = desk.submitted.last().unwrap().clone();
        // In two parts: an order counts once.
        desk.fill(&order.client_order_id, 1);
        desk.fill(&order.client_order_id, 1_000);
    }
    desk.live(10_000);
}

#[test]
fn a_strategy_that_executes_too_often_is_paused_until_a_person_resumes_it() {
    let mut desk = desk(&[("max_executions_per_minute", 5.0)]);
    execute(&mut desk, 5);
    assert_eq!(
        usage(&desk, "max_executions_per_minute"),
        (5.0, 5.0, "ALFA".into())
    );
    assert!(desk.kills.is_empty(), "the neighbour passes");
    execute(&mut desk, 1);
    let stop = desk.kills[0].clone();
    assert_eq!(
        (stop.r#type(), stop.symbol.as_str()),
        (Type::PauseTrading, "ALFA")
    );
    assert_eq!(stop.operator, "risk-manager");
    assert!(
        stop.reason.contains("6 orders of the strategy in ALFA"),
        "{}",
        stop.reason
    );
    // Until the engine has obeyed, this check denies, over a restart too, and the same command is asked.
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(denied(&desk), [(Check::RepeatedExecutions, 5.0, 6.0)]);
    desk.restart();
    desk.kills.clear();
    desk.warm_up();
    assert_eq!(desk.kills.as_slice(), std::slice::from_ref(&stop));
    desk.signal("BRVO", Signal::Buy);
    assert_eq!(desk.submitted.last().unwrap().symbol, symbol("BRVO"));
    let result = wire::CommandResult {
        command_id: stop.command_id.clone(),
        outcome: wire::command_result::Outcome::Done.into(),
        ..Default::default()
    };
    let actions = desk.manager.on_command_result(&result, desk.now_us);
    desk.carry_out(actions);
    desk.kills.clear();
    desk.live(SECOND);
    assert!(desk.kills.is_empty(), "obeyed: not asked again");
    // From here on the engine's pause stops it, until a person resumes; a restart doesn't count it twice.
    desk.restart();
    desk.warm_up();
    assert!(desk.kills.is_empty());
    let before = desk.submitted.len();
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), before + 1, "resumed");
}

#[test]
fn executions_seen_only_in_a_snapshot_count() {
    let mut desk = desk(&[("max_executions_per_minute", 5.0)]);
    desk.connected = false;
    for count in 0..6 {
        let id = format!("q9-{count}");
        let order = Order {
            status: OrderStatus::Filled,
            filled_quantity: quantity(1),
            timestamp_us: desk.now_us,
            ..limit_order(&id, "ALFA", Side::Buy, 1, "100")
        };
        desk.engine.orders.insert(id, order);
    }
    desk.connected = true;
    desk.snapshot();
    desk.live(10_000);
    assert_eq!(desk.kills.len(), 1);
}

#[test]
fn a_restricted_symbol_opens_nothing_and_may_be_reduced() {
    let mut desk = Desk::with(limits(), [symbol("DLTA")].into());
    desk.warm_up();
    desk.signal("DLTA", Signal::Buy);
    assert_eq!(denied(&desk), [(Check::Restricted, 0.0, 0.0)]);
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "the neighbour passes");
    desk.position("DLTA", 300, 100.0, 0.0);
    desk.signal("DLTA", Signal::Buy);
    assert!(desk.submitted[1].reduces);
    assert_eq!(desk.manager.state(desk.now_us).restricted, ["DLTA"]);
}

#[test]
fn an_order_that_would_meet_one_of_ours_is_denied() {
    let mut desk = Desk::warm();
    let resting = |id: &str, price: &str| Order {
        origin: Origin::Operator,
        status: OrderStatus::Submitted,
        ..limit_order(id, "ALFA", Side::Sell, 5, price)
    };
    // The strategy buys at the bid of 99.99: an offer of ours above it is none of its business.
    let above = resting("o1", "100.00");
    desk.engine.orders.insert("o1".into(), above.clone());
    desk.tell(Told::Order(wire::Order::from(&above)));
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(desk.submitted.len(), 1, "{:?}", denied(&desk));
    desk.end("q1-1", OrderStatus::Cancelled);
    let at = resting("o2", "99.99");
    desk.engine.orders.insert("o2".into(), at.clone());
    desk.tell(Told::Order(wire::Order::from(&at)));
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(denied(&desk), [(Check::SelfMatch, 99.99, 99.99)]);
}

#[test]
fn an_ignored_break_counts_with_the_worse_exposure() {
    use wire::r#break::{Kind, State};
    let mut desk = desk(&[("max_position_size", 150.0), ("max_order_quantity", 300.0)]);
    let ignored = |kind: Kind, held: f64, venue: f64, state: State| wire::TradingState {
        breaks: vec![wire::Break {
            id: "position:ALFA".into(),
            symbol: "ALFA".into(),
            kind: kind.into(),
            desk: Some(held),
            venue: Some(venue),
            state: state.into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    // The venue says 60 more than the desk: a buy of 100 could reach 160.
    desk.tell(Told::State(ignored(Kind::Position, 0.0, 60.0, State::Ignored)));
    assert_eq!(usage(&desk, "max_position_size"), (150.0, 60.0, "ALFA".into()));
    desk.signal("ALFA", Signal::Buy);
    assert_eq!(denied(&desk), [(Check::Position, 150.0, 160.0)]);
    // On the other side the desk's own word is the worse one.
    desk.signal("ALFA", Signal::Sell);
    assert_eq!(desk.submitted.len(), 1);
    desk.end("q1-2", OrderStatus::Cancelled);
    // An order of which the venue says more than the desk counts on its side.
    desk.tell(Told::State(ignored(Kind::Order, -20.0, -80.0, State::Ignored)));
    assert_eq!(usage(&desk, "max_position_size"), (150.0, 60.0, "ALFA".into()));
    // It makes no reduction of what the desk alone believes to hold.
    desk.tell(Told::State(ignored(Kind::Position, 150.0, 0.0, State::Ignored)));
    desk.position("ALFA", 150, 100.0, 0.0);
    desk.engine_gates(&[GateKind::OperatorPause]);
    desk.tell(Told::State(wire::TradingState {
        gates: vec![wire::Gate::from(&crate::testing::gate(
            GateKind::OperatorPause,
            None,
        ))],
        ..ignored(Kind::Position, 150.0, 0.0, State::Ignored)
    }));
    let before = desk.submitted.len();
    desk.signal("ALFA", Signal::Sell);
    assert_eq!(desk.submitted.len(), before, "the venue holds nothing to sell");
    // Gone: counts no more.
    desk.tell(Told::State(wire::TradingState::default()));
    desk.position("ALFA", 0, 0.0, 0.0);
    assert_eq!(usage(&desk, "max_position_size"), (150.0, 0.0, String::new()));
}

#[test]
fn a_stop_is_on_the_record_before_it_is_asked_for() {
    let mut desk = desk(&[("max_executions_per_minute", 1.0)]);
    execute(&mut desk, 1);
    desk.signal("ALFA", Signal::Sell);
    let order = desk.submitted.last().unwrap().client_order_id.clone();
    desk.fill(&order, 1_000);
    desk.now_us += 10_000;
    let actions = desk.manager.on_tick(desk.now_us);
    let place = |wanted: &dyn Fn(&Action) -> bool| actions.iter().position(wanted).unwrap();
    let recorded = place(&|action| matches!(action, Action::Journal { kind: "state", .. }));
    let asked = place(&|action| matches!(action, Action::CommandEngine(_)));
    assert!(recorded < asked);
}
