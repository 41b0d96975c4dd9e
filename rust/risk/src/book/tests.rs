use super::*;
use crate::testing::{fill, instrument, limit_order, price, quantity, quote, quote_at, symbol};
use messages::{OrderStatus, wire};

fn book() -> Book {
    Book::new([instrument("ALFA"), instrument("BRVO")])
}

fn booked(units: i64, cost: &str) -> Booked {
    Booked {
        quantity: quantity(units),
        average_cost: price(cost),
        realized: Money::ZERO,
        mark: None,
    }
}

fn part_filled(order: &Order, units: i64) -> Order {
    let status = if quantity(units) == order.quantity {
        OrderStatus::Filled
    } else {
        OrderStatus::PartiallyFilled
    };
    Order {
        filled_quantity: quantity(units),
        status,
        ..order.clone()
    }
}

#[test]
fn a_sell_reduces_only_within_the_long_position_with_all_open_sells() {
    let effect = |units, open| Effect::of(Side::Sell, quantity(units), quantity(10), quantity(open));
    assert_eq!(effect(10, 0), Effect::Reduces);
    assert_eq!(effect(11, 0), Effect::Flips);
    assert_eq!(effect(6, 4), Effect::Reduces);
    assert_eq!(effect(7, 4), Effect::Flips);
    assert_eq!(
        Effect::of(Side::Buy, quantity(1), quantity(10), Quantity::ZERO),
        Effect::Raises
    );
    assert_eq!(
        Effect::of(Side::Sell, quantity(1), Quantity::ZERO, Quantity::ZERO),
        Effect::Raises
    );
    // Mirrored for a short.
    assert_eq!(
        Effect::of(Side::Buy, quantity(10), quantity(-10), Quantity::ZERO),
        Effect::Reduces
    );
    assert_eq!(
        Effect::of(Side::Buy, quantity(10), quantity(-10), quantity(1)),
        Effect::Flips
    );
}

#[test]
fn an_approved_order_counts_before_the_engine_speaks_of_it() {
    let mut book = book();
    book.approved(&limit_order("q1-1", "ALFA", Side::Buy, 10, "100"), 5);
    let alfa = book.get(&symbol("ALFA")).unwrap();
    assert_eq!(alfa.open(Side::Buy), quantity(10));
    assert_eq!(alfa.worst(Side::Buy), quantity(10));
    assert!(!book.order("q1-1").unwrap().known);
    assert_eq!(book.open_symbols(), 1);
}

#[test]
fn a_fill_counts_once_in_whatever_order_its_events_come() {
    type Step = fn(&mut Book, &Order);
    let order = limit_order("q1-1", "ALFA", Side::Buy, 10, "100");
    let alfa = symbol("ALFA");
    let by_fill: Step = |book, order| book.fill(&fill(order, 4, 1));
    let by_order: Step = |book, order| {
        book.order_update(&part_filled(order, 4), 9);
    };
    let by_position: Step = |book, order| book.position(&order.symbol, booked(4, "100"));
    for steps in [
        vec![by_fill],
        vec![by_order],
        vec![by_fill, by_order],
        vec![by_order, by_fill],
        vec![by_fill, by_order, by_position],
        vec![by_order, by_fill, by_position],
        vec![by_fill, by_position, by_order],
        vec![by_order, by_position, by_fill],
    ] {
        let mut book = book();
        book.approved(&order, 5);
        for step in &steps {
            step(&mut book, &order);
        }
        let view = book.get(&alfa).unwrap();
        assert_eq!(view.position(), quantity(4), "{} steps", steps.len());
        assert_eq!(view.open(Side::Buy), quantity(6));
    }
}

#[test]
fn a_fill_after_the_cancel_is_still_counted() {
    let order = limit_order("q1-1", "ALFA", Side::Sell, 10, "100");
    let mut book = book();
    book.approved(&order, 5);
    book.order_update(
        &Order {
            status: OrderStatus::Cancelled,
            ..order.clone()
        },
        6,
    );
    assert_eq!(book.get(&order.symbol).unwrap().open(Side::Sell), Quantity::ZERO);
    book.fill(&fill(&order, 3, 1));
    assert_eq!(book.get(&order.symbol).unwrap().position(), quantity(-3));
}

#[test]
fn the_engines_picture_keeps_what_may_still_arrive_and_buries_the_rest() {
    let mut book = book();
    let order = |id, valid_until_us| Order {
        valid_until_us,
        ..limit_order(id, "ALFA", Side::Buy, 10, "100")
    };
    book.approved(&order("known", 100), 1);
    book.approved(&order("under way", 200), 1);
    book.approved(&order("dead", 100), 1);
    let positions = BTreeMap::from([(symbol("ALFA"), booked(4, "100"))]);
    let dead = book.replace(&positions, &[part_filled(&order("known", 100), 4)], 150);
    let ids: Vec<_> = dead.iter().map(|order| order.client_order_id.as_str()).collect();
    assert_eq!(ids, ["dead"]);
    let alfa = book.get(&symbol("ALFA")).unwrap();
    assert_eq!(alfa.position(), quantity(4));
    assert_eq!(alfa.open(Side::Buy), quantity(16));
    // A fill that the picture held already is an event from before it, and is not replayed; a later one counts on.
    book.order_update(&part_filled(&order("known", 100), 7), 160);
    assert_eq!(book.get(&symbol("ALFA")).unwrap().position(), quantity(7));
}

#[test]
fn a_mid_that_is_missing_or_crossed_marks_nothing() {
    let mut book = book();
    book.quote(&quote("ALFA"), 10);
    book.quote(&quote_at("ALFA", "101", "100"), 20);
    book.quote(
        &Quote {
            ask: None,
            ..quote("ALFA")
        },
        30,
    );
    let alfa = book.get(&symbol("ALFA")).unwrap();
    assert_eq!(alfa.touch.unwrap().received_us, 10);
    assert_eq!(alfa.last_row_us, Some(30));
}

#[test]
fn a_position_counts_at_the_touch_else_at_the_engines_mark_else_at_cost() {
    let mut book = book();
    assert_eq!(book.figures().total(), Money::ZERO);
    book.position(&symbol("ALFA"), booked(-10, "101"));
    assert_eq!(book.figures().unrealized, Money::ZERO);
    assert!(book.is_unmarked(0, 15));
    let told = wire::Position {
        symbol: "ALFA".into(),
        quantity: -10.0,
        avg_cost: 101.0,
        current_price: 103.0,
        marked: true,
        ..Default::default()
    };
    book.position(&symbol("ALFA"), Booked::try_from(&told).unwrap());
    assert_eq!(book.figures().unrealized.to_string(), "-20");
    // The engine started anew and has no mark yet: the last one stands.
    book.position(&symbol("ALFA"), booked(-10, "101"));
    assert_eq!(book.figures().unrealized.to_string(), "-20");
    assert!(book.is_unmarked(0, 15), "a mark that is told of is not fresh");
    book.quote(&quote("ALFA"), 10);
    assert_eq!(book.figures().unrealized.to_string(), "10");
    assert!(!book.is_unmarked(20, 15));
    assert!(book.is_unmarked(26, 15));
}

#[test]
fn exposure_is_the_worst_case_of_what_works() {
    let mut book = book();
    for name in ["ALFA", "BRVO"] {
        book.quote(&quote(name), 10);
    }
    book.position(&symbol("ALFA"), booked(10, "100"));
    book.approved(&limit_order("a", "ALFA", Side::Sell, 25, "100"), 11);
    book.approved(&limit_order("b", "BRVO", Side::Sell, 5, "100"), 11);
    // ALFA may go from +10 to −15, BRVO from 0 to −5.
    assert_eq!(book.gross().to_string(), "2000");
    assert_eq!(book.net(Side::Buy).to_string(), "1000");
    assert_eq!(book.net(Side::Sell).to_string(), "-2000");
}

#[test]
fn the_fills_of_an_order_that_is_adopted_later_count_once() {
    let mut book = book();
    let order = limit_order("x1", "ALFA", Side::Buy, 10, "100");
    // Somebody else's: its fill is booked, and closed again, before a person takes the order over.
    book.fill(&fill(&order, 4, 1));
    book.position(&symbol("ALFA"), booked(0, "0"));
    assert!(book.order_update(&part_filled(&order, 4), 5));
    assert_eq!(book.get(&symbol("ALFA")).unwrap().position(), Quantity::ZERO);
    // What fills of it from then on counts as ever.
    book.fill(&fill(&order, 6, 2));
    assert_eq!(book.get(&symbol("ALFA")).unwrap().position(), quantity(6));
}
