//! Worked examples, and the book against a naive exact model.

use super::*;
use messages::Side;
use proptest::prelude::*;

fn fill(side: Side, quantity: i64, price: &str, fee: &str) -> Fill {
    Fill {
        execution_id: "X1".into(),
        client_order_id: "q1-1".into(),
        order_id: "V1".into(),
        symbol: Symbol::new("ESH4").unwrap(),
        side,
        quantity: Quantity::from_units(quantity),
        price: price.parse().unwrap(),
        fee: Money::notional(fee.parse().unwrap(), Quantity::ONE, Quantity::ONE),
        timestamp_us: 1,
        maker: false,
        venue_sequence: 1,
        decision_price: None,
    }
}

fn money(text: &str) -> Money {
    Money::notional(text.parse().unwrap(), Quantity::ONE, Quantity::ONE)
}

fn es() -> Position {
    Position::flat(Symbol::new("ESH4").unwrap(), Quantity::from_units(50))
}

#[test]
fn a_round_trip_earns_points_times_multiplier_less_fees() {
    let mut position = es();
    position.book(&fill(Side::Buy, 2, "4800.25", "2.25"), 1);
    assert_eq!(position.average_cost().unwrap().to_string(), "4800.25");
    assert_eq!(position.unrealized("4801.25".parse().unwrap()), money("100"));
    position.book(&fill(Side::Sell, 2, "4802.25", "2.25"), 2);
    assert_eq!(position.quantity, Quantity::ZERO);
    assert_eq!(position.cost, Money::ZERO);
    assert_eq!(position.realized(), money("195.5"));
}

#[test]
fn a_flip_closes_the_old_side_and_opens_the_rest_at_the_new_price() {
    let mut position = es();
    position.book(&fill(Side::Buy, 1, "100", "0"), 1);
    position.book(&fill(Side::Sell, 3, "101", "0"), 2);
    assert_eq!(position.quantity, Quantity::from_units(-2));
    assert_eq!(position.realized(), money("50"));
    assert_eq!(position.average_cost().unwrap().to_string(), "101");
    assert_eq!(position.unrealized("100".parse().unwrap()), money("100"));
}

#[test]
fn adding_averages_and_taking_part_keeps_the_average() {
    let mut position = es();
    position.book(&fill(Side::Sell, 1, "100", "0"), 1);
    position.book(&fill(Side::Sell, 1, "103", "0"), 2);
    assert_eq!(position.average_cost().unwrap().to_string(), "101.5");
    position.book(&fill(Side::Buy, 1, "101", "0"), 3);
    assert_eq!(position.average_cost().unwrap().to_string(), "101.5");
    assert_eq!(position.realized(), money("25"));
}

#[test]
fn without_a_mark_the_picture_says_so() {
    let mut position = es();
    position.book(&fill(Side::Buy, 1, "100", "0"), 7);
    let picture = position.to_wire(None);
    assert!(!picture.marked);
    assert_eq!(picture.last_updated_us, 7);
    let marked = position.to_wire(Some(Mark {
        price: "99".parse().unwrap(),
        at_us: 9,
    }));
    assert!(marked.marked);
    assert!((marked.unrealized_pnl + 50.0).abs() < 1e-9);
}

/// Average cost by hand, as a fraction of integers: cents × lots.
#[derive(Default)]
struct Naive {
    quantity: i128,
    cost: (i128, i128),
    realized: (i128, i128),
}

fn gcd(left: i128, right: i128) -> i128 {
    if right == 0 {
        left.abs().max(1)
    } else {
        gcd(right, left % right)
    }
}

fn add(left: (i128, i128), right: (i128, i128)) -> (i128, i128) {
    let sum = (left.0 * right.1 + right.0 * left.1, left.1 * right.1);
    let divisor = gcd(sum.0, sum.1);
    (sum.0 / divisor, sum.1 / divisor)
}

impl Naive {
    fn new() -> Self {
        Self {
            quantity: 0,
            cost: (0, 1),
            realized: (0, 1),
        }
    }
    /// One lot at a time, so that flips need no case of their own.
    fn lot(&mut self, sign: i128, cents: i128) {
        if self.quantity * sign >= 0 {
            self.cost = add(self.cost, (sign * cents, 1));
        } else {
            let released = (self.cost.0, self.cost.1 * self.quantity.abs());
            self.cost = add(self.cost, (-released.0, released.1));
            self.realized = add(self.realized, (-sign * cents, 1));
            self.realized = add(self.realized, (-released.0, released.1));
        }
        self.quantity += sign;
    }
}

proptest! {
    #[test]
    fn the_book_agrees_with_a_naive_exact_model(
        fills in prop::collection::vec((any::<bool>(), 1_i64..6, 1_i64..50_000), 1..14),
    ) {
        let mut position = Position::flat(Symbol::new("A").unwrap(), Quantity::ONE);
        let mut naive = Naive::new();
        let mut cash = Money::ZERO;
        for (buys, lots, cents) in &fills {
            let side = if *buys { Side::Buy } else { Side::Sell };
            let mut one = fill(side, *lots, "1", "0.01");
            one.price = Price(cents * 10_000_000);
            position.book(&one, 1);
            cash -= Money::notional(one.price, side.signed(one.quantity), Quantity::ONE);
            for _ in 0..*lots {
                naive.lot(i128::from(side.sign()), i128::from(*cents));
            }
            prop_assert_eq!(i128::from(position.quantity.0), naive.quantity * 1_000_000_000);
            // Cash conservation is exact; the split of it may round in the eighteenth decimal, once a fill.
            prop_assert_eq!(position.realized_before_fees, cash + position.cost);
            let cent = 10_000_000_000_000_000_i128;
            let exact = naive.realized.0 * cent / naive.realized.1;
            let apart = (position.realized_before_fees.0 - exact).abs();
            prop_assert!(apart <= 64, "realised {} is {apart}e-18 from the model", position.realized_before_fees);
            if position.quantity.is_zero() {
                prop_assert_eq!(position.cost, Money::ZERO);
                prop_assert_eq!(position.realized_before_fees, cash);
            }
        }
        prop_assert_eq!(position.fees, Money(cent_fee() * fills.len() as i128));
    }

    #[test]
    fn no_order_of_a_days_fills_changes_cash_or_quantity(
        fills in prop::collection::vec((any::<bool>(), 1_i64..100, 1_i64..1_000_000), 1..30),
    ) {
        let total = |fills: &[(bool, i64, i64)]| {
            let mut position = Position::flat(Symbol::new("A").unwrap(), Quantity::from_units(50));
            for (buys, lots, ticks) in fills {
                let mut one = fill(if *buys { Side::Buy } else { Side::Sell }, *lots, "1", "0");
                one.price = Price(ticks * 250_000_000);
                position.book(&one, 1);
            }
            (position.quantity, position.realized_before_fees - position.cost)
        };
        let mut reversed = fills.clone();
        reversed.reverse();
        prop_assert_eq!(total(&fills), total(&reversed));
    }
}

fn cent_fee() -> i128 {
    10_000_000_000_000_000
}
