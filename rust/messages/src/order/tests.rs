use super::*;

fn limit_order() -> wire::Order {
    wire::Order {
        client_order_id: "q1-1".into(),
        symbol: "ESH4".into(),
        side: numbers::Side::Buy.into(),
        quantity: 3.0,
        price: 4800.25,
        r#type: numbers::Type::Limit.into(),
        status: numbers::Status::PartiallyFilled.into(),
        filled_quantity: 1.0,
        avg_fill_price: 4800.0,
        origin: numbers::Origin::Strategy.into(),
        ..Default::default()
    }
}

#[test]
fn an_order_goes_round() {
    let order = Order::try_from(&limit_order()).unwrap();
    assert_eq!(order.remaining(), Quantity::from_units(2));
    assert_eq!(order.working(), Quantity::from_units(2));
    assert_eq!(wire::Order::from(&order), limit_order());
}

#[test]
fn an_empty_message_is_not_a_market_buy() {
    assert!(Order::try_from(&wire::Order::default()).is_err());
    let field = |message: wire::Order| Order::try_from(&message).unwrap_err().field;
    assert_eq!(
        field(wire::Order {
            side: 0,
            ..limit_order()
        }),
        "side"
    );
    assert_eq!(
        field(wire::Order {
            side: 7,
            ..limit_order()
        }),
        "side"
    );
    assert_eq!(
        field(wire::Order {
            r#type: 0,
            ..limit_order()
        }),
        "type"
    );
    assert_eq!(
        field(wire::Order {
            quantity: 0.0,
            ..limit_order()
        }),
        "quantity"
    );
    assert_eq!(
        field(wire::Order {
            quantity: f64::NAN,
            ..limit_order()
        }),
        "quantity"
    );
    assert_eq!(
        field(wire::Order {
            price: 0.0,
            ..limit_order()
        }),
        "price"
    );
    assert_eq!(
        field(wire::Order {
            filled_quantity: 4.0,
            ..limit_order()
        }),
        "filled_quantity"
    );
    assert_eq!(
        field(wire::Order {
            client_order_id: String::new(),
            ..limit_order()
        }),
        "client_order_id"
    );
    let market = numbers::Type::Market.into();
    assert_eq!(
        field(wire::Order {
            r#type: market,
            ..limit_order()
        }),
        "price"
    );
}

#[test]
fn a_finished_order_has_nothing_working() {
    let mut order = Order::try_from(&limit_order()).unwrap();
    order.status = OrderStatus::Cancelled;
    assert_eq!(order.working(), Quantity::ZERO);
    assert!(
        OrderStatus::Unknown.is_working(),
        "an unknown order may still fill"
    );
}
