use proptest::prelude::*;

use super::*;

#[test]
fn a_tick_of_a_cent_is_exact() {
    assert_eq!(Price::from_f64(585.33).unwrap(), "585.33".parse().unwrap());
    assert_eq!(Price::from_f64(60_000.01).unwrap().to_string(), "60000.01");
}

#[test]
fn hostile_numbers_are_refused() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e10, -1e300] {
        assert!(Price::from_f64(value).is_err(), "{value}");
    }
    for text in [
        "",
        ".",
        "-",
        "1e3",
        "1.0000000001",
        "99999999999",
        "0x1",
        " 1",
        "1,0",
        "+1",
    ] {
        assert!(text.parse::<Quantity>().is_err(), "{text:?}");
    }
}

#[test]
fn notional_carries_the_multiplier_and_the_sign() {
    let price: Price = "4800.25".parse().unwrap();
    let money = Money::notional(price, -Quantity::from_units(2), Quantity::from_units(50));
    assert_eq!(money.to_string(), "-480025");
    let tenth: Quantity = "0.1".parse().unwrap();
    assert_eq!(
        Money::notional(price, Quantity::ONE, tenth).to_string(),
        "480.025"
    );
}

#[test]
fn an_average_is_the_cost_by_the_units() {
    let cost = Money::notional(
        "10.5".parse().unwrap(),
        Quantity::from_units(4),
        Quantity::from_units(50),
    );
    let average = cost
        .per_unit(Quantity::from_units(4), Quantity::from_units(50))
        .unwrap();
    assert_eq!(average.to_string(), "10.5");
    assert_eq!(cost.per_unit(Quantity::ZERO, Quantity::ONE), None);
}

proptest! {
    #[test]
    fn text_goes_round(units in any::<i64>().prop_filter("its own negative", |units| *units != i64::MIN)) {
        prop_assert_eq!(Price(units).to_string().parse::<Price>().unwrap(), Price(units));
    }

    #[test]
    fn doubles_go_round_below_a_million(units in -1_000_000_000_000_000_i64..1_000_000_000_000_000) {
        prop_assert_eq!(Quantity::from_f64(Quantity(units).to_f64()).unwrap(), Quantity(units));
    }

    #[test]
    fn a_lot_toward_zero_is_a_lot_and_no_larger(units in any::<i32>(), lot in 1_i64..1000) {
        let (quantity, lot) = (Quantity(i64::from(units)), Quantity(lot));
        let rounded = quantity.toward_zero(lot);
        prop_assert!(rounded.is_multiple_of(lot) && rounded.abs() <= quantity.abs());
        prop_assert!((quantity - rounded).abs() < lot);
    }
}
