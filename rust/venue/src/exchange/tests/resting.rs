//! When a resting order fills, and how much of it.

use super::*;

#[test]
fn a_resting_order_waits_for_the_queue_ahead_of_it() {
    let mut desk = Desk::showing("4800", 10, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4800")));
    assert_eq!(desk.ahead("a"), Some(10));
    desk.print("4800", 8, Some(Side::Sell), quote("4800", 2, "4800.25", 7));
    assert_eq!((desk.filled("a"), desk.ahead("a")), (0, Some(2)));
    desk.print("4800", 5, Some(Side::Sell), quote("4800", 9, "4800.25", 7));
    assert_eq!(desk.fills(), [("a".into(), 3, "4800".into(), true)]);
    assert_eq!(desk.state("a").status, OrderStatus::PartiallyFilled);
    desk.print("4800", 9, Some(Side::Sell), quote("4799.75", 9, "4800.25", 7));
    assert_eq!(desk.state("a").status, OrderStatus::Filled);
}

#[test]
fn a_touch_reported_before_its_trade_gives_no_head_start() {
    let mut desk = Desk::showing("4800", 10, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4800")));
    desk.show(&quote("4800", 6, "4800.25", 7));
    desk.print("4800", 4, Some(Side::Sell), quote("4800", 6, "4800.25", 7));
    assert_eq!((desk.filled("a"), desk.ahead("a")), (0, Some(6)));
}

#[test]
fn a_buyer_who_lifts_the_offer_does_not_fill_bids() {
    let mut desk = Desk::showing("4800", 1, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4800")));
    desk.print("4800", 50, Some(Side::Buy), quote("4800", 1, "4800.25", 7));
    assert!(desk.fills().is_empty());
    assert_eq!(desk.ahead("a"), Some(1));
}

#[test]
fn an_unnamed_aggressor_is_told_by_the_touch_before_the_trade() {
    let mut desk = Desk::showing("4800", 1, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4800")));
    desk.submit(order("b", Side::Sell, 5, Some("4800.25")));
    desk.print("4800", 3, None, quote("4800", 1, "4800.25", 7));
    assert_eq!((desk.filled("a"), desk.filled("b")), (2, 0));
    desk.print("4800.25", 9, None, quote("4800", 1, "4800.25", 7));
    assert_eq!((desk.filled("a"), desk.filled("b")), (2, 2));
}

#[test]
fn a_trade_through_fills_up_to_what_traded() {
    let mut desk = Desk::showing("4800", 10, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4799.5")));
    desk.submit(order("b", Side::Buy, 5, Some("4799.75")));
    assert_eq!(desk.ahead("a"), None, "behind the touch nobody sees the queue");
    desk.print("4799.25", 7, Some(Side::Sell), quote("4799", 1, "4800", 1));
    let expected = [
        ("b".into(), 5, "4799.75".into(), true),
        ("a".into(), 2, "4799.5".into(), true),
    ];
    assert_eq!(desk.fills(), expected, "the better price first, seven in all");
}

#[test]
fn the_opposite_touch_fills_at_our_price_and_up_to_its_size() {
    let mut desk = Desk::showing("4800", 10, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4799.75")));
    desk.submit(order("b", Side::Buy, 5, Some("4800")));
    desk.show(&quote("4799", 1, "4799.5", 6));
    let expected = [
        ("b".into(), 5, "4800".into(), true),
        ("a".into(), 1, "4799.75".into(), true),
    ];
    assert_eq!(desk.fills(), expected);
}

#[test]
fn an_order_that_improves_the_touch_stands_first() {
    let mut desk = Desk::showing("4800", 10, "4800.75", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4800.25")));
    assert_eq!(desk.ahead("a"), Some(0));
    desk.show(&quote("4800.25", 30, "4800.75", 7));
    desk.print("4800.25", 2, Some(Side::Sell), quote("4800.25", 28, "4800.75", 7));
    assert_eq!(desk.filled("a"), 2, "who joined later is behind");
}

#[test]
fn the_touch_coming_to_a_price_shows_the_queue_there() {
    let mut desk = Desk::showing("4800", 10, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 1, Some("4799.75")));
    desk.print("4799.75", 5, Some(Side::Sell), quote("4799.75", 4, "4800", 7));
    assert_eq!((desk.filled("a"), desk.ahead("a")), (0, Some(4)));
    desk.show(&quote("4799.5", 4, "4800", 7));
    assert_eq!(desk.ahead("a"), Some(0), "the level emptied in front of us");
}

#[test]
fn what_is_left_of_a_crossing_limit_order_rests() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 10, Some("4800.5")));
    assert_eq!(
        desk.fills(),
        [("a".into(), 7, "4800.25".into(), false)],
        "at the touch, not at the limit"
    );
    assert_eq!(desk.state("a").status, OrderStatus::PartiallyFilled);
    desk.show(&quote("4800", 4, "4800.5", 2));
    assert_eq!(desk.filled("a"), 9);
}

#[test]
fn sizes_that_are_no_whole_lots_fill_whole_lots() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let odd = Quote {
        ask_size: "2.7".parse().unwrap(),
        ..quote("4800", 4, "4800.5", 7)
    };
    desk.show(&odd);
    desk.submit(order("a", Side::Buy, 5, Some("4800.5")));
    assert_eq!(desk.state("a").filled_quantity, units(2));
}

#[test]
fn stops_wait_for_a_trade_or_the_touch() {
    let mut desk = Desk::showing("4800", 4, "4800.25", 7);
    let stop = |id: &str, side, at: &str, limit: Option<&str>| Order {
        order_type: if limit.is_some() {
            OrderType::StopLimit
        } else {
            OrderType::Stop
        },
        stop_price: Some(price(at)),
        ..order(id, side, 3, limit)
    };
    desk.submit(stop("buy", Side::Buy, "4801", None));
    desk.submit(stop("sell", Side::Sell, "4799", Some("4799.25")));
    desk.submit(stop("at once", Side::Buy, "4800.25", None));
    assert_eq!(
        (desk.filled("buy"), desk.filled("sell"), desk.filled("at once")),
        (0, 0, 3)
    );
    desk.print("4801", 1, Some(Side::Buy), quote("4800.75", 4, "4800.75", 9));
    assert_eq!(desk.filled("buy"), 3, "the trade set it off, the touch filled it");
    desk.show(&quote("4799", 5, "4799.5", 5));
    assert_eq!(desk.filled("sell"), 0, "live now, at a limit above the bid");
    desk.print("4799.25", 9, Some(Side::Buy), quote("4799", 5, "4799.5", 5));
    assert_eq!(desk.filled("sell"), 3);
    assert_eq!(desk.exchange.open_count(), 0);
}

#[test]
fn after_a_restart_orders_stand_at_the_back() {
    let mut desk = Desk::showing("4800", 10, "4800.25", 7);
    desk.submit(order("a", Side::Buy, 5, Some("4800")));
    desk.print("4800", 9, Some(Side::Sell), quote("4800", 1, "4800.25", 7));
    assert_eq!(desk.ahead("a"), Some(1));
    let fees = FeeModel::PerShare(price("0.85"));
    desk.exchange = Exchange::rebuild("t", [instrument()], fees, &desk.events).unwrap();
    assert_eq!(desk.ahead("a"), None);
    desk.print("4800", 50, Some(Side::Sell), quote("4800", 30, "4800.25", 7));
    assert_eq!((desk.filled("a"), desk.ahead("a")), (0, Some(30)));
}
