//! The exchange with a witness beside it, which counts for itself.

use super::*;

/// The exchange with what a witness beside it counts for itself.
pub(super) struct Witness {
    pub(super) exchange: Exchange,
    pub(super) sessions: [SessionName; 2],
    pub(super) events: Vec<Event>,
    pub(super) ids: usize,
    /// Per side of taker, the most that may still be taken from the display since it last changed price.
    pub(super) display: BTreeMap<Side, (Option<i64>, i64, i64)>,
    pub(super) now_us: i64,
}

impl Witness {
    pub(super) fn new() -> Self {
        Self {
            exchange: Exchange::new("w", instruments(), fees()),
            sessions: ["one".into(), "two".into()],
            events: Vec::new(),
            ids: 0,
            display: BTreeMap::new(),
            now_us: 0,
        }
    }

    pub(super) fn show(&mut self, taker: Side, price: Option<i64>, size: i64) {
        let size = if price.is_some() { size } else { 0 };
        let (old_price, old_size, left) = self.display.get(&taker).copied().unwrap_or((None, 0, 0));
        let left = if old_price == price {
            (left + (size - old_size).max(0)).min(size)
        } else {
            size
        };
        self.display.insert(taker, (price, size, left));
    }

    pub(super) fn step(&mut self, step: &Step) -> Vec<Event> {
        self.now_us += 1;
        let mut events = Vec::new();
        let session = |second: bool| self.sessions[usize::from(second)].clone();
        match *step {
            Step::Submit {
                side,
                quantity,
                kind,
                limit,
                stop,
                session: second,
            } => {
                // Now and then an id that was used before.
                let id = format!("o{}", if self.ids % 9 == 8 { 3 } else { self.ids });
                let name = session(second);
                self.ids += 1;
                let order = order(id, side, quantity, kind, limit, stop);
                self.exchange.submit(&name, order, self.now_us, &mut events);
            }
            Step::Cancel { nth, session: second } => {
                // Unknown and finished ones are refused, which is as good an answer as any here.
                let _ = self.exchange.cancel(
                    &session(second),
                    &format!("o{nth}"),
                    "test",
                    self.now_us,
                    &mut events,
                );
            }
            Step::MassCancel {
                session: second,
                block,
            } => {
                let name = session(second);
                if block {
                    self.exchange
                        .block(&name, None, "kill", "test", self.now_us, &mut events);
                }
                self.exchange
                    .mass_cancel(&name, None, "test", self.now_us, &mut events);
                assert_eq!(self.exchange.open_orders(&name, None).count(), 0);
            }
            Step::Unblock { session: second } => {
                self.exchange
                    .unblock(&session(second), None, "kill", self.now_us, &mut events);
            }
            Step::Row {
                bid,
                spread,
                bid_size,
                ask_size,
                trade,
            } => {
                let ask = bid + spread;
                let crossed = spread < 0;
                self.show(Side::Buy, (!crossed).then_some(ask), ask_size);
                self.show(Side::Sell, (!crossed).then_some(bid), bid_size);
                let quote = Quote {
                    symbol: symbol(),
                    bid: Some(Price::from_units(bid)),
                    ask: Some(Price::from_units(ask)),
                    bid_size: Quantity::from_units(bid_size),
                    ask_size: Quantity::from_units(ask_size),
                    trade: trade.map(|(price, quantity, aggressor)| Trade {
                        price: Price::from_units(price),
                        quantity: Quantity::from_units(quantity),
                        aggressor,
                    }),
                    event_us: 0,
                    epoch: 1,
                    sequence: 1,
                    published_us: 0,
                };
                self.exchange.on_quote(&quote, self.now_us, &mut events);
            }
            Step::ForgetTouches => {
                self.exchange.forget_touches();
                self.display.clear();
            }
        }
        self.check_sources(step, &events);
        self.events.extend(events.iter().cloned());
        events
    }

    /// Every execution comes out of the display (at the touch) or out of the trade of this row.
    pub(super) fn check_sources(&mut self, step: &Step, events: &[Event]) {
        let mut filled: BTreeMap<Side, i64> = BTreeMap::new();
        for event in events {
            if let Event::Filled { fill, .. } = event {
                *filled.entry(fill.side).or_default() += fill.quantity.0 / messages::exact::SCALE;
            }
        }
        let traded = match step {
            Step::Row {
                trade: Some((_, quantity, _)),
                ..
            } => *quantity,
            _ => 0,
        };
        for (side, quantity) in filled {
            let (_, _, left) = self.display.entry(side).or_insert((None, 0, 0));
            assert!(
                quantity <= *left + traded,
                "{side:?} got {quantity}, shown {left}, traded {traded}"
            );
            // Up to `traded` of it may have come from the trade: the display is used up by the rest at least.
            *left -= (quantity - traded).max(0);
        }
    }

    pub(super) fn check_book(&self) {
        for name in &self.sessions {
            let fills = self.exchange.executions(name, 1, usize::MAX);
            let mut by_order: BTreeMap<&str, (Quantity, Money)> = BTreeMap::new();
            let mut position = Quantity::ZERO;
            let mut cash = Money::ZERO;
            for (index, fill) in fills.iter().enumerate() {
                assert_eq!(fill.venue_sequence, index as u64 + 1);
                assert!(fill.quantity.is_positive() && fill.price.is_positive());
                let (quantity, value) = by_order.entry(&fill.client_order_id).or_default();
                *quantity += fill.quantity;
                *value += Money::notional(fill.price, fill.quantity, Quantity::ONE);
                position += fill.side.signed(fill.quantity);
                cash -= Money::notional(fill.price, fill.side.signed(fill.quantity), Quantity::ONE);
                let order = self.exchange.order(name, &fill.client_order_id).unwrap();
                if let Some(limit) = order.price {
                    assert!(
                        order.side.sign() * (limit.0 - fill.price.0) >= 0,
                        "worse than the limit"
                    );
                }
            }
            for (id, (quantity, value)) in by_order {
                let order = self.exchange.order(name, id).unwrap();
                assert_eq!((order.filled_quantity, order.filled_value), (quantity, value));
                assert!(quantity <= order.quantity);
            }
            let held = self
                .exchange
                .positions(name)
                .next()
                .map(|(_, held)| held.clone())
                .unwrap_or_default();
            assert_eq!(held.quantity, position);
            // Realised profit less what the open position cost is the cash that changed hands.
            let difference = held.realized - held.cost - cash;
            assert!(difference.abs().0 <= 1_000_000, "{difference}");
            let open: Vec<_> = self.exchange.open_orders(name, None).collect();
            assert!(
                open.iter()
                    .all(|order| order.status.is_working() && order.remaining().is_positive())
            );
            let immediate = |order: &&&Order| order.order_type == OrderType::Market;
            assert_eq!(
                open.iter().filter(immediate).count(),
                0,
                "a market order never rests"
            );
        }
    }
}
