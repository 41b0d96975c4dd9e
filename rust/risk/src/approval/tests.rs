use super::*;
use crate::book::Booked;
use crate::testing::{gate, instrument, limit_order, limits, price, quantity, quote, symbol};
use messages::wire::denial::Check;
use messages::{GateKind, Origin};

const NOW_US: i64 = 1_000_000;

/// A desk in ALFA, BRVO, CHRL and DLTA with fresh touches at 100, and nothing else.
struct Desk {
    limits: Limits,
    gates: Gates,
    book: Book,
    daily_loss: Money,
    drawdown: Money,
    loss_streak: u32,
    executions: usize,
    restricted: BTreeSet<Symbol>,
    rate: MessageRate,
    is_used: bool,
}

impl Desk {
    fn new() -> Self {
        let names = ["ALFA", "BRVO", "CHRL", "DLTA"];
        let mut book = Book::new(names.map(instrument));
        for name in names {
            book.quote(&quote(name), NOW_US);
        }
        let (gates, rate) = (Gates::default(), MessageRate::default());
        Self {
            limits: limits(),
            gates,
            book,
            daily_loss: Money::ZERO,
            drawdown: Money::ZERO,
            loss_streak: 0,
            executions: 0,
            restricted: BTreeSet::new(),
            rate,
            is_used: false,
        }
    }

    fn holding(name: &str, units: i64) -> Self {
        let mut desk = Self::new();
        desk.hold(name, units);
        desk
    }

    fn hold(&mut self, name: &str, units: i64) {
        let booked = Booked {
            quantity: quantity(units),
            average_cost: price("100"),
            realized: Money::ZERO,
            mark: None,
        };
        self.book.position(&symbol(name), booked);
    }

    fn limit(mut self, name: &str, value: f64) -> Self {
        self.limits = self.limits.update(&[(name.to_owned(), value)].into()).unwrap();
        self
    }

    fn approve_at(&self, order: Order, now_us: i64) -> Result<Order, Check> {
        let view = View {
            limits: &self.limits,
            gates: &self.gates,
            book: &self.book,
            daily_loss: self.daily_loss,
            drawdown: self.drawdown,
            loss_streak: self.loss_streak,
            executions: self.executions,
            restricted: &self.restricted,
            rate: &self.rate,
            is_used: self.is_used,
            now_us,
        };
        approve(order, &view)
            .map(RiskApproved::into_inner)
            .map_err(|refused| {
                let denial = refused.violation.denial();
                assert!(!denial.reason.is_empty());
                refused.violation.check()
            })
    }

    fn approve(&self, order: Order) -> Result<Order, Check> {
        self.approve_at(order, NOW_US)
    }
}

fn buy(units: i64) -> Order {
    limit_order("q1-1", "ALFA", Side::Buy, units, "99.99")
}

fn sell(units: i64) -> Order {
    limit_order("q1-1", "ALFA", Side::Sell, units, "100.01")
}

fn market(order: Order) -> Order {
    Order {
        order_type: OrderType::Market,
        price: None,
        ..order
    }
}

#[test]
fn an_ordinary_order_passes_with_its_version() {
    let order = Desk::new().approve(buy(10)).unwrap();
    assert_eq!((order.reduces, order.limits_version), (false, 1));
    assert!(Desk::holding("ALFA", 10).approve(sell(10)).unwrap().reduces);
    assert!(!Desk::holding("ALFA", 10).approve(sell(11)).unwrap().reduces);
}

#[test]
fn order_quantity_fires() {
    let desk = Desk::new().limit("max_order_quantity", 10.0);
    assert_eq!(desk.approve(buy(11)), Err(Check::OrderQuantity));
    desk.approve(buy(10)).unwrap();
}

#[test]
fn order_notional_fires() {
    let desk = Desk::new().limit("max_order_notional", 999.9);
    desk.approve(buy(10)).unwrap();
    assert_eq!(desk.approve(sell(10)), Err(Check::OrderNotional));
}

#[test]
fn a_market_order_is_priced_at_the_touch_plus_the_collar() {
    // Ask 100.01 and a collar of five percent: 10 units are worth 1050.105 at worst.
    let desk = Desk::new().limit("max_order_notional", 1_050.0);
    assert_eq!(desk.approve(market(buy(10))), Err(Check::OrderNotional));
    let desk = Desk::new().limit("max_order_notional", 1_050.2);
    desk.approve(market(buy(10))).unwrap();
    // A sell that asks for less than the bid is still worth the bid.
    let desk = Desk::new().limit("max_order_notional", 999.0);
    assert_eq!(
        desk.approve(limit_order("q", "ALFA", Side::Sell, 10, "95")),
        Err(Check::OrderNotional)
    );
}

#[test]
fn the_collar_fires_for_limits_and_stops() {
    let desk = Desk::new();
    let at = |text| limit_order("q1-1", "ALFA", Side::Buy, 1, text);
    assert_eq!(desk.approve(at("105.01")), Err(Check::PriceCollar));
    desk.approve(at("105")).unwrap();
    let stop = Order {
        order_type: OrderType::Stop,
        price: None,
        stop_price: Some(price("106")),
        ..buy(1)
    };
    assert_eq!(desk.approve(stop), Err(Check::PriceCollar));
}

#[test]
fn position_fires_and_counts_working_orders() {
    let desk = Desk::holding("ALFA", 60).limit("max_position_size", 100.0);
    desk.approve(buy(40)).unwrap();
    assert_eq!(desk.approve(buy(41)), Err(Check::Position));
    let mut desk = desk;
    desk.book
        .approved(&limit_order("q1-0", "ALFA", Side::Buy, 30, "99"), NOW_US);
    assert_eq!(desk.approve(buy(40)), Err(Check::Position));
    desk.approve(buy(10)).unwrap();
}

#[test]
fn gross_and_net_exposure_fire() {
    let mut desk = Desk::holding("BRVO", -500).limit("max_gross_exposure", 100_000.0);
    desk.approve(buy(500)).unwrap();
    assert_eq!(desk.approve(buy(501)), Err(Check::GrossExposure));
    desk = Desk::holding("BRVO", -500).limit("max_net_exposure", 60_000.0);
    desk.approve(buy(1_000)).unwrap();
    assert_eq!(desk.approve(sell(101)), Err(Check::NetExposure));
    desk.approve(sell(100)).unwrap();
}

#[test]
fn open_positions_fires_for_a_new_symbol() {
    let mut desk = Desk::holding("BRVO", 1).limit("max_open_positions", 2.0);
    desk.approve(buy(1)).unwrap();
    desk.book
        .approved(&limit_order("q1-0", "CHRL", Side::Buy, 1, "99.99"), NOW_US);
    assert_eq!(desk.approve(buy(1)), Err(Check::OpenPositions));
    desk.approve(limit_order("q1-1", "BRVO", Side::Buy, 1, "99.99"))
        .unwrap();
}

#[test]
fn daily_loss_fires() {
    let mut desk = Desk::holding("ALFA", 10);
    desk.daily_loss = Money::from_f64(5_000.0).unwrap();
    assert_eq!(desk.approve(buy(1)), Err(Check::DailyLoss));
    desk.approve(sell(10)).unwrap();
    desk.daily_loss = Money::from_f64(4_999.9).unwrap();
    desk.approve(buy(1)).unwrap();
}

#[test]
fn the_message_rate_fires() {
    let mut desk = Desk::new().limit("max_messages_per_second", 2.0);
    desk.rate.record(NOW_US - 10);
    desk.approve(buy(1)).unwrap();
    desk.rate.record(NOW_US - 5);
    assert_eq!(desk.approve(buy(1)), Err(Check::MessageRate));
}

#[test]
fn stale_data_fires_for_new_risk() {
    let desk = Desk::holding("ALFA", 10);
    let late = NOW_US + 15_000_001;
    assert_eq!(desk.approve_at(buy(1), late), Err(Check::StaleData));
    desk.approve_at(buy(1), late - 1).unwrap();
    desk.approve_at(sell(10), late).unwrap();
}

#[test]
fn no_reference_price_fires() {
    let mut desk = Desk::new();
    desk.book = Book::new([instrument("ALFA")]);
    assert_eq!(desk.approve(buy(1)), Err(Check::NoReferencePrice));
    desk.book.quote(&quote("ALFA"), NOW_US);
    desk.approve(buy(1)).unwrap();
}

#[test]
fn gates_fire_for_new_risk_and_pass_reductions() {
    let mut desk = Desk::holding("ALFA", 10);
    desk.gates
        .close("engine", gate(GateKind::OperatorPause, Some("ALFA")));
    assert_eq!(desk.approve(buy(1)), Err(Check::GateClosed));
    assert_eq!(desk.approve(sell(11)), Err(Check::WouldFlip));
    assert!(desk.approve(sell(10)).unwrap().reduces);
    desk.approve(limit_order("q1-1", "BRVO", Side::Buy, 1, "99.99"))
        .unwrap();
    // Open sells count with the order; open buys don't.
    desk.book
        .approved(&limit_order("q1-0", "ALFA", Side::Sell, 4, "100.01"), NOW_US);
    desk.book
        .approved(&limit_order("q1-2", "ALFA", Side::Buy, 9, "99.99"), NOW_US);
    assert_eq!(desk.approve(sell(7)), Err(Check::WouldFlip));
    desk.approve(sell(6)).unwrap();
    desk.gates.close("engine", gate(GateKind::KillLatch, None));
    assert_eq!(desk.approve(sell(6)), Err(Check::GateClosed));
}

#[test]
fn duplicates_fire() {
    let mut desk = Desk::new();
    desk.is_used = true;
    assert_eq!(desk.approve(buy(1)), Err(Check::DuplicateOrder));
    desk.is_used = false;
    desk.book.approved(&buy(1), NOW_US);
    assert_eq!(desk.approve(buy(1)), Err(Check::DuplicateOrder));
    desk.approve(Order {
        client_order_id: "q1-2".into(),
        ..buy(1)
    })
    .unwrap();
}

#[test]
fn the_grid_fires() {
    let desk = Desk::new();
    assert_eq!(
        desk.approve(limit_order("q1-1", "ALFA", Side::Buy, 1, "99.995")),
        Err(Check::TickSize)
    );
    let odd = Order {
        quantity: "1.5".parse().unwrap(),
        ..buy(1)
    };
    assert_eq!(desk.approve(odd), Err(Check::LotSize));
    assert_eq!(
        desk.approve(limit_order("q1-1", "ZULU", Side::Buy, 1, "100")),
        Err(Check::UnknownInstrument)
    );
}

#[test]
fn a_reduction_passes_limits_that_were_tightened_under_the_position() {
    let desk = Desk::holding("ALFA", 500)
        .limit("max_position_size", 100.0)
        .limit("max_gross_exposure", 1.0)
        .limit("max_open_positions", 0.0);
    assert!(desk.approve(sell(500)).unwrap().reduces);
    assert_eq!(desk.approve(buy(1)), Err(Check::Position));
}

#[test]
fn flatten_passes_only_what_reduces() {
    let alfa = instrument("ALFA");
    let order = |side, units| {
        let order = Order {
            origin: Origin::Operator,
            ..limit_order("f1-1", "ALFA", side, units, "100")
        };
        market(order)
    };
    let flatten = |order, position, open| approve_flatten(order, &alfa, quantity(position), quantity(open));
    assert!(flatten(order(Side::Sell, 10), 10, 0).unwrap().get().reduces);
    for (side, units, position, open) in [
        (Side::Sell, 11, 10, 0),
        (Side::Sell, 6, 10, 5),
        (Side::Buy, 1, 10, 0),
        (Side::Buy, 1, 0, 0),
    ] {
        let refused = flatten(order(side, units), position, open).unwrap_err();
        assert_eq!(refused.violation.check(), Check::WouldFlip, "{refused}");
    }
    flatten(order(Side::Buy, 10), -10, 0).unwrap();
}

#[test]
fn the_last_line_repeats_the_hardest_checks() {
    let (alfa, limits, mut gates) = (instrument("ALFA"), limits(), Gates::default());
    let check = |order: Order, gates: &Gates, change: fn(&mut LastLine<'_>)| {
        let mut line = LastLine {
            limits: Some(&limits),
            gates,
            instrument: &alfa,
            position: quantity(10),
            open_same_side: Quantity::ZERO,
            reference: None,
            is_known: false,
            now_us: NOW_US,
        };
        change(&mut line);
        approve_last_line(order, &line)
            .map(|_| ())
            .map_err(|refused| refused.violation.check())
    };
    let open = Gates::default();
    let same = |_: &mut LastLine<'_>| {};
    assert_eq!(check(buy(1), &open, same), Ok(()));
    assert_eq!(
        check(buy(1), &open, |line| line.is_known = true),
        Err(Check::DuplicateOrder)
    );
    assert_eq!(check(buy(1), &open, |line| line.now_us += 1), Err(Check::Expired));
    assert_eq!(
        check(buy(1), &open, |line| line.limits = None),
        Err(Check::LimitsOutdated)
    );
    let outdated = Order {
        limits_version: 0,
        ..buy(1)
    };
    assert_eq!(check(outdated, &open, same), Err(Check::LimitsOutdated));
    assert_eq!(check(buy(991), &open, same), Err(Check::Position));
    assert_eq!(check(buy(1_001), &open, same), Err(Check::OrderQuantity));
    assert_eq!(check(market(buy(1)), &open, same), Err(Check::NoReferencePrice));
    let dear = Order {
        price: Some(price("200")),
        ..buy(900)
    };
    assert_eq!(check(dear, &open, same), Err(Check::OrderNotional));
    gates.close("engine", gate(GateKind::OperatorPause, None));
    assert_eq!(check(buy(1), &gates, same), Err(Check::GateClosed));
    assert_eq!(check(sell(10), &gates, same), Ok(()));
    assert_eq!(check(sell(11), &gates, same), Err(Check::WouldFlip));
    gates.close("engine", gate(GateKind::KillLatch, Some("ALFA")));
    assert_eq!(check(sell(10), &gates, same), Err(Check::GateClosed));
}
