//! Submit, cancel, block, and what each refuses.

use super::*;

fn never(desk: &mut Desk, order: Order) -> String {
    let id = order.client_order_id.clone();
    let Submission::Refused(reason) = desk.submit(order) else {
        panic!("{id} was not refused")
    };
    assert!(
        desk.exchange.order(&desk.session, &id).is_none(),
        "{id} left a trace"
    );
    reason
}

fn reason(desk: &mut Desk, order: Order) -> String {
    let id = order.client_order_id.clone();
    assert_eq!(desk.submit(order), Submission::Rejected);
    assert_eq!(desk.state(&id).status, OrderStatus::Rejected);
    desk.state(&id).rejection_reason.clone()
}

#[test]
fn a_market_order_gets_the_size_shown_and_no_more() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    assert_eq!(desk.submit(order("a", Side::Buy, 10, None)), Submission::Accepted);
    assert_eq!(desk.fills(), [("a".into(), 7, "4800.25".into(), false)]);
    let state = desk.state("a");
    assert_eq!(state.status, OrderStatus::Cancelled);
    assert_eq!(
        state.rejection_reason,
        "no more size is shown: 7 of 10 was filled"
    );
    assert_eq!(desk.exchange.open_count(), 0);
}

#[test]
fn several_orders_share_what_is_shown() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4800.25")));
    desk.submit(order("b", Side::Buy, 5, Some("4800.25")));
    assert_eq!((desk.filled("a"), desk.filled("b")), (5, 2));
    desk.show(&quote("4800", 9, "4800.25", 7));
    assert_eq!(
        desk.filled("b"),
        2,
        "the ask shows the seven that were taken, not new ones"
    );
    desk.show(&quote("4800", 9, "4800.25", 8));
    assert_eq!(desk.filled("b"), 3);
}

#[test]
fn an_empty_book_fills_nothing() {
    let mut desk = Desk::new();
    desk.submit(order("a", Side::Sell, 1, None));
    assert_eq!(desk.state("a").status, OrderStatus::Cancelled);
    desk.show(&quote("4801", 4, "4800.25", 7));
    desk.submit(order("b", Side::Sell, 1, None));
    assert_eq!(
        desk.state("b").filled_quantity,
        Quantity::ZERO,
        "a crossed touch is a fault of the data"
    );
}

#[test]
fn the_same_id_is_one_order() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 2, Some("4800")));
    assert_eq!(desk.submit(order("a", Side::Buy, 9, None)), Submission::Duplicate);
    assert_eq!(
        (desk.exchange.order_count(), desk.state("a").quantity),
        (1, units(2))
    );
}

#[test]
fn what_is_off_the_grid_is_refused_with_the_reason() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let off_tick = never(&mut desk, order("a", Side::Buy, 1, Some("4800.1")));
    assert_eq!(off_tick, "limit price 4800.1 is off the tick of 0.25");
    let half = Order {
        quantity: "1.5".parse().unwrap(),
        ..order("b", Side::Buy, 1, None)
    };
    assert_eq!(
        never(&mut desk, half),
        "quantity 1.5 is no whole number of lots of 1"
    );
    assert_eq!(
        never(&mut desk, order("c", Side::Buy, -1, None)),
        "quantity -1 is not above nought"
    );
    assert_eq!(
        never(&mut desk, order("d", Side::Buy, 9_000_001, None)),
        "quantity 9000001 is over 9000000"
    );
    let unknown = Order {
        symbol: Symbol::new("NQ").unwrap(),
        ..order("e", Side::Buy, 1, None)
    };
    assert_eq!(never(&mut desk, unknown), "NQ is not traded here");
    let unpriced = Order {
        order_type: OrderType::StopLimit,
        ..order("f", Side::Buy, 1, Some("4800"))
    };
    assert_eq!(
        never(&mut desk, unpriced),
        "this type of order needs a stop price"
    );
    let overpriced = Order {
        order_type: OrderType::Market,
        ..order("g", Side::Buy, 1, Some("4800"))
    };
    assert!(never(&mut desk, overpriced).contains("has none"));
    let filled = Order {
        filled_quantity: units(1),
        ..order("i", Side::Buy, 2, None)
    };
    assert!(never(&mut desk, filled).contains("can't be filled"));
    assert!(desk.fills().is_empty());
}

#[test]
fn a_late_order_is_refused_and_stays_so() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let late = Order {
        valid_until_us: 3,
        ..order("h", Side::Buy, 1, None)
    };
    desk.now_us = 8;
    assert_eq!(reason(&mut desk, late), "it was valid until 3 and arrived at 9");
    assert_eq!(desk.submit(order("h", Side::Buy, 1, None)), Submission::Duplicate);
}

#[test]
fn an_order_on_its_last_microsecond_is_taken() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let timely = Order {
        valid_until_us: desk.now_us + 1,
        ..order("a", Side::Buy, 1, None)
    };
    assert_eq!(desk.submit(timely), Submission::Accepted);
}

#[test]
fn a_cancel_answers_what_it_found() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 2, Some("4800")));
    let cancel = |desk: &mut Desk, id: &str| {
        desk.exchange
            .cancel(&desk.session, id, "asked for", 50, &mut desk.events)
    };
    assert_eq!(cancel(&mut desk, "a"), Ok(()));
    assert_eq!(desk.state("a").status, OrderStatus::Cancelled);
    assert_eq!(desk.state("a").rejection_reason, "asked for");
    assert_eq!(cancel(&mut desk, "a"), Err(CancelRefused::Finished("a".into())));
    assert_eq!(cancel(&mut desk, "z"), Err(CancelRefused::Unknown("z".into())));
    desk.print("4790", 100, Some(Side::Sell), quote("4790", 1, "4800", 5));
    assert!(desk.fills().is_empty(), "a cancelled order is out of the book");
}

#[test]
fn a_mass_cancel_takes_all_of_the_session_and_none_of_another() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 2, Some("4800")));
    desk.submit(order("b", Side::Sell, 2, Some("4801")));
    let stop = Order {
        order_type: OrderType::Stop,
        stop_price: Some(price("4805")),
        price: None,
        ..order("c", Side::Buy, 2, None)
    };
    desk.submit(stop);
    let other: SessionName = "other".into();
    desk.exchange.submit(
        &other,
        order("a", Side::Buy, 1, Some("4800")),
        5,
        &mut desk.events,
    );
    let gone = desk
        .exchange
        .mass_cancel(&desk.session, None, "kill", 60, &mut desk.events);
    assert_eq!(gone, ["a", "b", "c"]);
    assert_eq!(desk.exchange.open_orders(&desk.session, None).count(), 0);
    assert_eq!(desk.exchange.open_orders(&other, None).count(), 1);
}

#[test]
fn a_block_refuses_its_scope_until_that_scope_is_lifted() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let session = desk.session.clone();
    let scope = symbol();
    desk.exchange
        .block(&session, None, "k1", "kill", 9, &mut desk.events);
    desk.exchange
        .block(&session, Some(&scope), "k1", "kill of one", 9, &mut desk.events);
    let events = desk.events.len();
    desk.exchange
        .block(&session, None, "k1", "kill", 10, &mut desk.events);
    assert_eq!(desk.events.len(), events, "the same block again is no event");
    assert_eq!(
        reason(&mut desk, order("a", Side::Buy, 1, None)),
        "the session is blocked: kill"
    );
    desk.exchange.unblock(&session, None, "k1", 11, &mut desk.events);
    assert!(reason(&mut desk, order("b", Side::Buy, 1, None)).contains("blocked in ESH4: kill of one"));
    desk.exchange
        .unblock(&session, Some(&scope), "k1", 11, &mut desk.events);
    assert_eq!(desk.submit(order("c", Side::Buy, 1, None)), Submission::Accepted);
}

#[test]
fn a_late_lift_leaves_the_block_of_a_newer_kill() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let (session, scope) = (desk.session.clone(), symbol());
    for (nth, symbol) in [None, Some(&scope)].into_iter().enumerate() {
        for (kill_id, at_us) in [("old", 9), ("new", 10)] {
            desk.exchange
                .block(&session, symbol, kill_id, "kill", at_us, &mut desk.events);
        }
        desk.exchange
            .unblock(&session, symbol, "old", 11, &mut desk.events);
        desk.exchange
            .unblock(&session, symbol, "old", 12, &mut desk.events);
        let blocking: Vec<_> = desk.exchange.blocking(&session, symbol).collect();
        assert_eq!(blocking, ["new"]);
        assert!(reason(&mut desk, order(&format!("a{nth}"), Side::Buy, 1, None)).contains("blocked"));
        desk.exchange
            .unblock(&session, symbol, "new", 13, &mut desk.events);
        assert_eq!(
            desk.submit(order(&format!("b{nth}"), Side::Buy, 1, None)),
            Submission::Accepted
        );
    }
}

#[test]
fn an_operators_reduction_passes_a_block_and_nothing_else_of_anybody_does() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let session = desk.session.clone();
    desk.exchange
        .block(&session, None, "k1", "kill", 9, &mut desk.events);
    let operators = Order {
        origin: Origin::Operator,
        ..order("a", Side::Sell, 1, None)
    };
    assert!(reason(&mut desk, operators.clone()).contains("blocked"));
    let strategys = Order {
        reduces: true,
        ..order("b", Side::Sell, 1, None)
    };
    assert!(reason(&mut desk, strategys).contains("blocked"));
    let flattens = Order {
        client_order_id: "c".into(),
        reduces: true,
        ..operators
    };
    assert_eq!(desk.submit(flattens), Submission::Accepted);
}

#[test]
fn executions_count_without_gaps_and_positions_add_up() {
    let mut desk = Desk::showing("4800", 40, "4800.25", 70);
    desk.submit(order("a", Side::Buy, 3, None));
    desk.submit(order("b", Side::Sell, 5, None));
    let session = desk.session.clone();
    let numbers: Vec<_> = desk
        .exchange
        .executions(&session, 1, 10)
        .iter()
        .map(|fill| fill.venue_sequence)
        .collect();
    assert_eq!(numbers, [1, 2]);
    let page = desk.exchange.executions(&session, 2, 1);
    assert_eq!((page.len(), page[0].execution_id.as_str()), (1, "Xt-2"));
    assert!(desk.exchange.executions(&session, 99, 10).is_empty());
    let (_, position) = desk.exchange.positions(&session).next().unwrap();
    assert_eq!(position.quantity, units(-2));
    assert_eq!(position.fees.to_string(), "6.8");
    assert_eq!(position.realized.to_string(), "-37.5");
}

#[test]
fn a_session_with_as_many_orders_working_as_it_may_have_gets_no_more_until_one_is_gone() {
    let mut desk = Desk::new();
    for number in 0..crate::exchange::refusal::MOST_WORKING {
        let resting = order(&format!("q{number}"), Side::Buy, 1, Some("4790"));
        assert_eq!(desk.submit(resting), Submission::Accepted);
    }
    let refused = reason(&mut desk, order("late", Side::Buy, 1, Some("4790")));
    assert!(refused.contains("10000 orders working"), "{refused}");
    let cancelled = desk
        .exchange
        .cancel(&desk.session, "q0", "room", 50, &mut desk.events);
    assert_eq!(cancelled, Ok(()));
    assert_eq!(
        desk.submit(order("next", Side::Buy, 1, Some("4790"))),
        Submission::Accepted
    );
}
