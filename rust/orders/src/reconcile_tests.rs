//! An outer join finds what only one side has, and one look is no proof.

use super::*;
use messages::{Fill, OrderStatus, Side};

use crate::testing::{fill, limit_order, symbol};

fn desk(status: OrderStatus, accepted_us: i64) -> OrderLedger {
    let mut order = limit_order("q1-1", Side::Buy, 5, "10");
    order.status = status;
    order.accepted_us = accepted_us;
    let mut ledger = OrderLedger::default();
    ledger.put(&order);
    ledger
}

fn venue(id: &str) -> VenueView {
    let mut order = limit_order(id, Side::Buy, 5, "10");
    order.status = OrderStatus::Submitted;
    VenueView {
        orders: [(id.to_owned(), order)].into(),
        ..VenueView::default()
    }
}

fn kinds(differences: &BTreeSet<Difference>) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn the_same_on_both_sides_is_no_difference() {
    let found = compare(
        &desk(OrderStatus::Submitted, 1),
        &PositionBook::default(),
        &venue("q1-1"),
    );
    assert_eq!(kinds(&found), Vec::<String>::new());
}

#[test]
fn an_order_only_one_side_has_is_found_on_either_side() {
    let found = compare(
        &OrderLedger::default(),
        &PositionBook::default(),
        &venue("behind"),
    );
    assert!(
        matches!(found.first(), Some(Difference::OrderUnknownToDesk { .. })),
        "{found:?}"
    );
    let nothing = VenueView::default();
    let found = compare(
        &desk(OrderStatus::Submitted, 1),
        &PositionBook::default(),
        &nothing,
    );
    assert_eq!(found.first().unwrap().order_to_ask(), Some("q1-1"));
    let found = compare(
        &desk(OrderStatus::Cancelled, 1),
        &PositionBook::default(),
        &venue("q1-1"),
    );
    assert!(
        matches!(found.first(), Some(Difference::OrderFinishedAtDesk { .. })),
        "{found:?}"
    );
}

#[test]
fn an_order_that_is_still_on_its_way_is_no_difference() {
    let found = compare(
        &desk(OrderStatus::Created, 0),
        &PositionBook::default(),
        &VenueView::default(),
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_position_missing_from_the_venues_list_is_a_difference() {
    let mut book = PositionBook::default();
    let execution: Fill = fill("q1-1", 1, Side::Buy, 3, "10");
    book.book(&execution, Quantity::ONE, 1);
    let found = compare(&OrderLedger::default(), &book, &VenueView::default());
    let expected = Difference::Position {
        symbol: symbol("ALFA"),
        desk: Quantity::from_units(3),
        venue: Quantity::ZERO,
    };
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [expected]);
}

#[test]
fn quantity_price_and_fills_are_compared() {
    let mut theirs = venue("q1-1");
    theirs.orders.get_mut("q1-1").unwrap().quantity = Quantity::from_units(4);
    let found = compare(
        &desk(OrderStatus::Submitted, 1),
        &PositionBook::default(),
        &theirs,
    );
    assert_eq!(
        kinds(&found),
        ["order q1-1: quantity 5 at the desk, 4 at the venue"]
    );
    let mut theirs = venue("q1-1");
    theirs.orders.get_mut("q1-1").unwrap().filled_quantity = Quantity::from_units(2);
    let found = compare(
        &desk(OrderStatus::Submitted, 1),
        &PositionBook::default(),
        &theirs,
    );
    assert_eq!(
        kinds(&found),
        ["order q1-1: 0 filled at the desk, 2 at the venue"]
    );
}

#[test]
fn a_difference_is_a_break_only_when_it_is_found_twice() {
    let mut confirmation = Confirmation::default();
    let once: BTreeSet<_> = compare(
        &OrderLedger::default(),
        &PositionBook::default(),
        &venue("behind"),
    );
    let first = confirmation.observe(once.clone());
    assert!(first.confirmed.is_empty() && first.unconfirmed.len() == 1);
    let second = confirmation.observe(once.clone());
    assert!(second.confirmed.len() == 1 && second.unconfirmed.is_empty());
    assert_eq!(confirmation.observe(BTreeSet::new()), Verdict::default());
    assert!(
        confirmation.observe(once).confirmed.is_empty(),
        "a gap between two looks starts anew"
    );
}
