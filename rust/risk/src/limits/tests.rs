use super::*;
use crate::testing;

fn changes(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

#[test]
fn a_change_takes_the_next_version_and_leaves_the_rest() {
    let limits = testing::limits();
    let next = limits
        .update(&changes(&[("max_position_size", 500.0), ("price_collar", 0.02)]))
        .unwrap();
    assert_eq!(next.version, limits.version + 1);
    assert_eq!(next.max_position_size, Quantity::from_units(500));
    assert_eq!(next.price_collar, Fraction(20_000_000));
    assert_eq!(next.max_daily_loss, limits.max_daily_loss);
}

#[test]
fn every_bad_value_is_refused_by_name_and_changes_nothing() {
    let limits = testing::limits();
    let refused = |name: &str, value: f64| {
        // A good change beside it must not get through either.
        let error = limits
            .update(&changes(&[("max_daily_loss", 1.0), (name, value)]))
            .unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(error.0.len(), 1);
        error.0[0].clone()
    };
    assert_eq!(
        refused("max_positions", 1.0),
        LimitError::Unknown("max_positions".into())
    );
    assert!(matches!(
        refused("max_position_size", -1.0),
        LimitError::Negative { .. }
    ));
    assert!(matches!(
        refused("max_position_size", f64::NAN),
        LimitError::NotFinite { .. }
    ));
    assert!(matches!(
        refused("max_gross_exposure", f64::INFINITY),
        LimitError::NotFinite { .. }
    ));
    assert!(matches!(
        refused("price_collar", 5.0),
        LimitError::OutOfRange { .. }
    ));
    assert!(matches!(
        refused("max_open_positions", 2.5),
        LimitError::OutOfRange { .. }
    ));
    assert!(matches!(
        refused("stale_after_s", 0.0),
        LimitError::OutOfRange { .. }
    ));
    assert!(matches!(
        refused("max_position_size", 1e10),
        LimitError::OutOfRange { .. }
    ));
    for (name, value) in [
        ("price_collar", 0.0),
        ("max_concentration", 0.0),
        ("max_concentration", 1.5),
        ("max_loss_streak", 0.0),
        ("max_loss_streak", 2.5),
        ("max_executions_per_minute", 0.0),
        ("heartbeat_after_s", 3_601.0),
    ] {
        assert!(
            matches!(refused(name, value), LimitError::OutOfRange { .. }),
            "{name}={value}"
        );
    }
    assert_eq!(
        limits.update(&BTreeMap::new()),
        Err(LimitErrors(vec![LimitError::Nothing]))
    );
}

#[test]
fn a_part_is_not_loosened_above_its_whole() {
    let limits = testing::limits();
    let gross = limits.max_gross_exposure.to_f64();
    let error = limits
        .update(&changes(&[("max_net_exposure", gross + 1.0)]))
        .unwrap_err();
    assert!(
        matches!(
            error.0[..],
            [LimitError::Contradictory {
                name: "max_net_exposure",
                ..
            }]
        ),
        "{error}"
    );
    let both = changes(&[("max_order_quantity", 21.0), ("max_position_size", 10.0)]);
    let error = limits.update(&both).unwrap_err();
    assert!(
        matches!(error.0[..], [LimitError::Contradictory { .. }]),
        "{error}"
    );
}

#[test]
fn tightening_is_never_refused() {
    let limits = testing::limits();
    let tightened = limits.update(&changes(&[("max_gross_exposure", 1.0)])).unwrap();
    assert!(tightened.max_net_exposure > tightened.max_gross_exposure);
    assert_eq!(
        Limits::try_from(&wire::Limits::from(&tightened)).unwrap(),
        tightened
    );
    assert!(
        Limits::new(1, &tightened.values()).is_err(),
        "a configuration may not begin so"
    );
    // And the part may then still come down in steps.
    let net = tightened.max_net_exposure.to_f64() / 2.0;
    tightened.update(&changes(&[("max_net_exposure", net)])).unwrap();
}

#[test]
fn limits_go_round_on_the_wire() {
    let limits = testing::limits();
    assert_eq!(Limits::try_from(&wire::Limits::from(&limits)).unwrap(), limits);
    let mut partial = wire::Limits::from(&limits);
    partial.values.remove("max_daily_loss");
    assert_eq!(
        Limits::try_from(&partial),
        Err(LimitErrors(vec![LimitError::Missing("max_daily_loss")]))
    );
}

#[test]
fn the_answer_names_every_bad_value() {
    let error = testing::limits()
        .update(&changes(&[
            ("max_typo", 1.0),
            ("max_daily_loss", f64::NAN),
            ("max_drawdown", -1.0),
            ("max_net_exposure", 1e12),
            ("max_position_size", 5.0),
        ]))
        .unwrap_err()
        .to_string();
    for name in ["max_typo", "max_daily_loss", "max_drawdown", "max_net_exposure"] {
        assert!(error.contains(name), "{name} is not in: {error}");
    }
}

proptest::proptest! {
    /// Whatever is asked for: the limits are as they were, or every one named has its value and is in range.
    #[test]
    fn a_change_is_all_or_nothing(
        picked in proptest::collection::btree_map(0..LimitName::ALL.len() + 1, proptest::num::f64::ANY, 1..6)
    ) {
        let limits = testing::limits();
        let name = |index: &usize| LimitName::ALL.get(*index).map_or("max_typo", |limit| limit.as_str());
        let wanted: BTreeMap<String, f64> =
            picked.iter().map(|(index, value)| (name(index).to_owned(), value % 1e6)).collect();
        if let Ok(next) = limits.update(&wanted) {
            proptest::prop_assert_eq!(next.version, limits.version + 1);
            for limit in LimitName::ALL {
                let before = limits.get(limit);
                let expected = wanted.get(limit.as_str()).copied().unwrap_or(before);
                proptest::prop_assert!((next.get(limit) - expected).abs() <= 1e-6, "{:?}", limit);
                let range = limit.range();
                proptest::prop_assert!(next.get(limit) >= range.least - 1e-9 && next.get(limit) <= range.most);
            }
        }
    }
}
