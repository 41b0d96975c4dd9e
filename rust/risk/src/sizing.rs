//! From a signal to an order.
//!
//! A signal names a target: BUY +size, SELL −size. The order is what is missing from position and working
//! orders to that target, rounded toward zero to the lot; nought is no order. At most one strategy order
//! works per symbol.

use messages::{Instrument, Money, Price, Quantity, Side};

use crate::book::{SymbolBook, Touch};

/// How an entry is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderStyle {
    /// A limit at the near touch; re-priced there when the touch moved away.
    #[default]
    Passive,
    /// A limit at the near touch; after its time at the far touch.
    PassiveThenCross,
    /// A limit at the far touch.
    Cross,
}

impl OrderStyle {
    /// The style by its name in `execution.order_style`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "passive" => Some(Self::Passive),
            "passive_then_cross" => Some(Self::PassiveThenCross),
            "cross" => Some(Self::Cross),
            _ => None,
        }
    }
}

/// The size of a full position: `notional / (mid × multiplier)`, rounded down to the lot.
///
/// Nought when the notional buys less than one lot: then there is no order, and the decision says so. Never
/// rounded up, since that would exceed what the operator meant to hold.
#[must_use]
pub fn size(notional: Money, mid: Price, instrument: &Instrument) -> Quantity {
    let unit = i128::from(mid.0) * i128::from(instrument.multiplier.0);
    if unit <= 0 {
        return Quantity::ZERO;
    }
    let units = notional.0.saturating_mul(i128::from(messages::exact::SCALE)) / unit;
    instrument.round_to_lot_toward_zero(Quantity(i64::try_from(units).unwrap_or(i64::MAX)))
}

/// What is to be done for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Send an order.
    Place {
        /// Its side.
        side: Side,
        /// Its quantity, above nought.
        quantity: Quantity,
    },
    /// The working order is on the wrong side: cancel it, and decide anew at the next bar.
    Cancel(String),
    /// Nothing is to be sent, and why.
    Nothing(&'static str),
}

/// Plans the way from what `book` holds and has working to `target`.
#[must_use]
pub fn plan(book: &SymbolBook, target: Quantity) -> Plan {
    let missing = target - book.position();
    if let Some(view) = book.strategy_orders().next() {
        let toward = view.order.side.sign() * missing.0 > 0;
        if toward {
            return Plan::Nothing("an order toward the target is working");
        }
        return Plan::Cancel(view.order.client_order_id.clone());
    }
    let working = book.open(Side::Buy) - book.open(Side::Sell);
    let quantity = book.instrument.round_to_lot_toward_zero(missing - working);
    match quantity.0.signum() {
        1 => Plan::Place {
            side: Side::Buy,
            quantity,
        },
        -1 => Plan::Place {
            side: Side::Sell,
            quantity: quantity.abs(),
        },
        _ => Plan::Nothing("the target is met"),
    }
}

/// The limit price of an order: at the near touch, or at the far one to cross, moved to the tick that is
/// not worse for the desk.
#[must_use]
pub fn limit_price(side: Side, cross: bool, touch: &Touch, instrument: &Instrument) -> Price {
    let tick = instrument.tick.0;
    let price = match (side, cross) {
        (Side::Buy, false) | (Side::Sell, true) => touch.bid,
        (Side::Buy, true) | (Side::Sell, false) => touch.ask,
    };
    match side {
        _ if tick == 0 => price,
        Side::Buy => Price(price.0.div_euclid(tick) * tick),
        Side::Sell => Price(-(-price.0).div_euclid(tick) * tick),
    }
}

/// True when a strategy order that has worked since `since_us` is due to be priced anew: it is older than
/// `reprice_after_us`, and, where it may only rest, its price is no longer at the near touch. An order at the
/// touch keeps its place in the queue.
#[must_use]
pub fn is_due(
    style: OrderStyle,
    age_us: i64,
    reprice_after_us: i64,
    price: Option<Price>,
    at_touch: Option<Price>,
) -> bool {
    let old = age_us >= reprice_after_us;
    match style {
        OrderStyle::Passive => old && at_touch.is_some() && price != at_touch,
        OrderStyle::PassiveThenCross | OrderStyle::Cross => old,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{Book, Booked};
    use crate::testing::{instrument, limit_order, price, quantity, symbol};
    use messages::{Order, Origin};
    use proptest::prelude::*;

    fn held(position: i64) -> Book {
        let mut book = Book::new([instrument("ALFA")]);
        book.position(&symbol("ALFA"), booked(position));
        book
    }

    fn booked(position: i64) -> Booked {
        Booked {
            quantity: quantity(position),
            average_cost: price("100"),
            realized: Money::ZERO,
            mark: None,
        }
    }

    fn planned(book: &Book, target: i64) -> Plan {
        plan(book.get(&symbol("ALFA")).unwrap(), quantity(target))
    }

    #[test]
    fn size_is_rounded_down_to_the_lot() {
        let es = Instrument {
            tick: price("0.25"),
            multiplier: quantity(50),
            ..instrument("ESH4")
        };
        let money = |units| Money::from_f64(units).unwrap();
        assert_eq!(size(money(500_000.0), price("4800"), &es), quantity(2));
        assert_eq!(size(money(479_999.0), price("4800"), &es), quantity(1));
        assert_eq!(
            size(money(239_999.0), price("4800"), &es),
            Quantity::ZERO,
            "less than a lot is none"
        );
        assert_eq!(size(money(1.0), Price::ZERO, &es), Quantity::ZERO);
    }

    #[test]
    fn an_order_is_what_is_missing() {
        assert_eq!(
            planned(&held(0), 10),
            Plan::Place {
                side: Side::Buy,
                quantity: quantity(10)
            }
        );
        assert_eq!(
            planned(&held(4), 10),
            Plan::Place {
                side: Side::Buy,
                quantity: quantity(6)
            }
        );
        assert_eq!(
            planned(&held(10), -10),
            Plan::Place {
                side: Side::Sell,
                quantity: quantity(20)
            }
        );
        assert_eq!(planned(&held(10), 10), Plan::Nothing("the target is met"));
    }

    #[test]
    fn at_most_one_strategy_order_works() {
        let mut book = held(0);
        book.approved(&limit_order("q1-1", "ALFA", Side::Buy, 4, "100"), 0);
        assert_eq!(
            planned(&book, 10),
            Plan::Nothing("an order toward the target is working")
        );
        assert_eq!(planned(&book, -10), Plan::Cancel("q1-1".into()));
    }

    #[test]
    fn an_operators_order_counts_as_working() {
        let mut book = held(0);
        let order = limit_order("f1-1", "ALFA", Side::Buy, 4, "100");
        book.order_update(
            &Order {
                origin: Origin::Operator,
                ..order
            },
            0,
        );
        assert_eq!(
            planned(&book, 10),
            Plan::Place {
                side: Side::Buy,
                quantity: quantity(6)
            }
        );
    }

    #[test]
    fn prices_are_at_the_touch_on_the_tick() {
        let alfa = instrument("ALFA");
        let (bid, ask) = (price("99.995"), price("100.005"));
        let touch = Touch {
            bid,
            ask,
            mid: price("100"),
            received_us: 0,
            published_us: 0,
        };
        let at = |side, cross| limit_price(side, cross, &touch, &alfa).to_string();
        assert_eq!(at(Side::Buy, false), "99.99");
        assert_eq!(at(Side::Buy, true), "100");
        assert_eq!(at(Side::Sell, false), "100.01");
        assert_eq!(at(Side::Sell, true), "100");
    }

    #[test]
    fn a_passive_order_at_the_touch_keeps_its_place() {
        let at = Some(price("100"));
        assert!(!is_due(OrderStyle::Passive, 2, 1, at, at));
        assert!(is_due(OrderStyle::Passive, 2, 1, Some(price("99")), at));
        assert!(!is_due(OrderStyle::Passive, 0, 1, Some(price("99")), at));
        assert!(is_due(OrderStyle::PassiveThenCross, 1, 1, at, at));
    }

    proptest! {
        #[test]
        fn a_plan_never_goes_past_its_target(position in -50_i64..50, target in -50_i64..50, lot in 1_i64..9) {
            let lots = Instrument { lot: quantity(lot), ..instrument("ALFA") };
            let mut book = Book::new([lots]);
            book.position(&symbol("ALFA"), booked(position));
            let after = match planned(&book, target) {
                Plan::Place { side, quantity } => quantity.0 * side.sign() + Quantity::from_units(position).0,
                _ => Quantity::from_units(position).0,
            };
            let (target, position) = (quantity(target).0, quantity(position).0);
            prop_assert!((target - after).abs() < quantity(lot).0);
            prop_assert!((after - position).signum() * (target - position).signum() >= 0);
            prop_assert!((after - position).abs() <= (target - position).abs());
        }
    }
}
