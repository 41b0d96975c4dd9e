//! Limits on what is held are worth nothing unless what is held reaches them.

use std::collections::BTreeSet;

use messages::wire;
use wire::denial::Check;
use wire::risk_decision::Outcome;
use wire::trading_signal::Signal;

use super::desk::Desk;
use crate::limits::Limits;
use crate::testing::limits;

#[test]
fn positions_that_the_engine_tells_of_count_against_every_limit_on_them() {
    for (changes, check) in [
        ([55_000.0, 55_000.0, 3.0], Check::GrossExposure),
        ([90_000.0, 55_000.0, 3.0], Check::NetExposure),
        ([90_000.0, 90_000.0, 1.0], Check::OpenPositions),
    ] {
        let mut values = limits().values();
        values.insert("max_order_notional".into(), 50_000.0);
        let names = ["max_gross_exposure", "max_net_exposure", "max_open_positions"];
        values.extend(names.map(String::from).into_iter().zip(changes));
        let mut desk = Desk::with(Limits::new(1, &values).unwrap(), BTreeSet::new());
        desk.warm_up();
        desk.signal("ALFA", Signal::Buy);
        assert_eq!(desk.submitted.len(), 1, "10,000 pass while nothing is held");
        desk.end("q1-1", messages::OrderStatus::Cancelled);
        desk.position("BRVO", 500, 100.0, 0.0);
        let denying = |desk: &Desk| -> Vec<String> {
            let uses = desk.manager.state(desk.now_us).r#use.into_iter();
            uses.filter(|usage| usage.denies)
                .map(|usage| usage.name)
                .collect()
        };
        assert!(denying(&desk).is_empty(), "up to the limit it may be held");
        desk.signal("ALFA", Signal::Buy);
        let denials = desk.decisions(Outcome::Denied).into_iter();
        let fired: Vec<Check> = denials
            .filter_map(|decision| decision.denial.map(|denial| denial.check()))
            .collect();
        assert_eq!(fired, [check]);
        desk.position("BRVO", 700, 100.0, 0.0);
        let beyond = names.into_iter().zip([70_000.0, 70_000.0, 1.0]).zip(changes);
        let beyond = beyond.filter(|((_, value), limit)| value > limit);
        assert_eq!(
            denying(&desk),
            beyond.map(|((name, _), _)| name).collect::<Vec<_>>()
        );
        let state = desk.manager.state(desk.now_us);
        let held = state.r#use.iter().find(|one| one.name == "max_position_size");
        assert_eq!(
            held.map(|one| (one.value, one.symbol.as_str())),
            Some((700.0, "BRVO"))
        );
    }
}
