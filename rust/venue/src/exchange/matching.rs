//! Matching: new orders against the touch, and rows of the feed against resting orders.

use messages::{Fill, OrderType, Price, Quantity, Quote, Side, Symbol, Trade};

use super::{Exchange, Market};
use crate::book::OrderIndex;
use crate::event::Event;
use crate::queue::Queue;
use crate::touch::Touch;

/// One execution that a row of the feed gives to an order.
struct Match {
    index: OrderIndex,
    price: Price,
    quantity: Quantity,
}

impl Exchange {
    /// Takes one row of the feed: first its trade against the queues as they stood, then the touch it left,
    /// then the stops that either of them sets off.
    ///
    /// A row of an instrument that isn't traded here is ignored.
    pub fn on_quote(&mut self, quote: &Quote, now_us: i64, events: &mut Vec<Event>) {
        let Some(market) = self.markets.get_mut(&quote.symbol) else {
            return;
        };
        if market.book.is_empty() {
            market.touch.refresh(quote);
            return;
        }
        if let Some(trade) = quote.trade {
            for side in [Side::Buy, Side::Sell] {
                self.match_trade(&quote.symbol, side, trade, now_us, events);
            }
        }
        if let Some(market) = self.markets.get_mut(&quote.symbol) {
            market.touch.refresh(quote);
        }
        for side in [Side::Buy, Side::Sell] {
            self.advance_queues(&quote.symbol, side);
            self.match_touch(&quote.symbol, side, now_us, events);
        }
        self.trigger_stops(&quote.symbol, quote.trade, now_us, events);
    }

    /// A trade against the resting orders of `side`: those it went through, then those at its price whose
    /// queue it used up. All of them together get no more than what traded.
    fn match_trade(
        &mut self,
        symbol: &Symbol,
        side: Side,
        trade: Trade,
        now_us: i64,
        events: &mut Vec<Event>,
    ) {
        let reach = Reach::of(trade, side, &self.markets[symbol].touch);
        if reach == Reach::None {
            return;
        }
        let lot = self.instruments[symbol].lot;
        let mut left = trade.quantity;
        let mut matches = Vec::new();
        let reached: Vec<_> = self.markets[symbol].book.reached_by(side, trade.price).collect();
        for (price, index) in reached {
            let held = &mut self.orders[index];
            let ours = if price == trade.price {
                if reach == Reach::Beyond {
                    continue;
                }
                let ours = held.queue.ahead().map_or(Quantity::ZERO, |ahead| left - ahead);
                held.queue.traded(left);
                ours
            } else {
                held.queue.clear();
                left
            };
            let quantity = held
                .order
                .remaining()
                .min(ours)
                .max(Quantity::ZERO)
                .toward_zero(lot);
            if quantity.is_positive() {
                left -= quantity;
                matches.push(Match {
                    index,
                    price,
                    quantity,
                });
            }
        }
        self.fill_all(matches, true, now_us, events);
    }

    /// Brings the places in the queue of `side` up to the new touch.
    fn advance_queues(&mut self, symbol: &Symbol, side: Side) {
        let Some(market) = self.markets.get(symbol) else {
            return;
        };
        let own = market.touch.own(side);
        let (Some(touch_price), shown) = (own.price(), own.size()) else {
            return;
        };
        for (price, index) in market.book.reached_by(side, touch_price) {
            let queue = &mut self.orders[index].queue;
            if price == touch_price {
                queue.shown(shown);
            } else {
                queue.clear();
            }
        }
    }

    /// The opposite touch against the resting orders of `side` it came to: at their own price, and limited by
    /// what is shown and not taken yet.
    fn match_touch(&mut self, symbol: &Symbol, side: Side, now_us: i64, events: &mut Vec<Event>) {
        let lot = self.instruments[symbol].lot;
        let Some(Market { touch, book }) = self.markets.get_mut(symbol) else {
            return;
        };
        let Some(opposite) = touch.opposite(side).price() else {
            return;
        };
        let mut matches = Vec::new();
        for (price, index) in book.reached_by(side, opposite) {
            let quantity = take(touch, side, self.orders[index].order.remaining(), lot);
            if quantity.is_zero() {
                break;
            }
            matches.push(Match {
                index,
                price,
                quantity,
            });
        }
        self.fill_all(matches, true, now_us, events);
    }

    /// Sets off the stops that the trade or the touch reached, in order of arrival: a buy by a trade or an ask
    /// at its stop price or above, a sell by a trade or a bid at its stop price or below.
    pub(super) fn trigger_stops(
        &mut self,
        symbol: &Symbol,
        trade: Option<Trade>,
        now_us: i64,
        events: &mut Vec<Event>,
    ) {
        let market = &self.markets[symbol];
        let reached: Vec<OrderIndex> = market
            .book
            .stops
            .iter()
            .copied()
            .filter(|index| {
                let order = &self.orders[*index].order;
                let beyond = |price: Price| {
                    order
                        .stop_price
                        .is_some_and(|stop| order.side.sign() * (price.0 - stop.0) >= 0)
                };
                trade.is_some_and(|trade| beyond(trade.price))
                    || market.touch.opposite(order.side).price().is_some_and(beyond)
            })
            .collect();
        for index in reached {
            let held = &self.orders[index];
            let session = held.session.clone();
            let client_order_id = held.order.client_order_id.clone();
            self.record(
                Event::Triggered {
                    session,
                    client_order_id,
                    at_us: now_us,
                },
                events,
            );
            self.arrive(index, now_us, events);
        }
    }

    /// A live order meets the touch: it takes what its price allows and the display holds. What is left of a
    /// limit order rests behind what is shown at its price, anything else is cancelled.
    pub(super) fn arrive(&mut self, index: OrderIndex, now_us: i64, events: &mut Vec<Event>) {
        let order = &self.orders[index].order;
        let (side, limit, remaining, symbol) =
            (order.side, order.price, order.remaining(), order.symbol.clone());
        let lot = self.instruments[&symbol].lot;
        let Some(market) = self.markets.get_mut(&symbol) else {
            return;
        };
        let own = market.touch.own(side);
        self.orders[index].queue = match (limit, own.price()) {
            (Some(limit), Some(touch)) if limit == touch => Queue::behind(own.size()),
            (Some(limit), Some(touch)) if side.sign() * (limit.0 - touch.0) > 0 => {
                Queue::behind(Quantity::ZERO)
            }
            _ => Queue::unknown(),
        };
        if let Some(price) = market.touch.opposite(side).price() {
            let allowed = limit.is_none_or(|limit| side.sign() * (limit.0 - price.0) >= 0);
            let quantity = if allowed {
                take(&mut market.touch, side, remaining, lot)
            } else {
                Quantity::ZERO
            };
            if quantity.is_positive() {
                self.fill_all(
                    vec![Match {
                        index,
                        price,
                        quantity,
                    }],
                    false,
                    now_us,
                    events,
                );
            }
        }
        let order = &self.orders[index].order;
        let immediate = matches!(order.order_type, OrderType::Market | OrderType::Stop);
        if immediate && order.status.is_working() {
            let reason = format!(
                "no more size is shown: {} of {} was filled",
                order.filled_quantity, order.quantity
            );
            self.cancel_at(index, reason, now_us, events);
        }
    }

    fn fill_all(&mut self, matches: Vec<Match>, maker: bool, now_us: i64, events: &mut Vec<Event>) {
        for Match {
            index,
            price,
            quantity,
        } in matches
        {
            let held = &self.orders[index];
            let (session, order) = (held.session.clone(), &held.order);
            let multiplier = self.instruments[&order.symbol].multiplier;
            let book = &self.sessions[&session];
            let position = book
                .positions
                .get(&order.symbol)
                .map_or(Quantity::ZERO, |held| held.quantity);
            if position.checked_add(order.side.signed(quantity)).is_none() {
                let reason = format!("the position in {} would leave its range", order.symbol);
                self.cancel_at(index, reason, now_us, events);
                continue;
            }
            let fill = Fill {
                execution_id: format!("X{}-{}", self.mark, self.executions + 1),
                client_order_id: order.client_order_id.clone(),
                order_id: order.order_id.clone(),
                symbol: order.symbol.clone(),
                side: order.side,
                quantity,
                price,
                fee: self.fees.charge(price, quantity, multiplier, maker),
                timestamp_us: now_us,
                maker,
                venue_sequence: book.executions.len() as u64 + 1,
                decision_price: order.decision_price,
            };
            self.record(Event::Filled { session, fill }, events);
        }
    }

    fn cancel_at(&mut self, index: OrderIndex, reason: String, now_us: i64, events: &mut Vec<Event>) {
        let held = &self.orders[index];
        let session = held.session.clone();
        let client_order_id = held.order.client_order_id.clone();
        self.record(
            Event::Cancelled {
                session,
                client_order_id,
                reason,
                at_us: now_us,
            },
            events,
        );
    }
}

/// Takes whole lots from the side of the touch that orders of `side` trade with.
fn take(touch: &mut Touch, side: Side, remaining: Quantity, lot: Quantity) -> Quantity {
    let whole = remaining.min(touch.opposite(side).available()).toward_zero(lot);
    touch.opposite_mut(side).take(whole)
}

/// Which resting orders of one side a trade may have met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// None: the other side was hit.
    None,
    /// Those priced better than the trade, whoever was hit: the market went through them.
    Beyond,
    /// Also those at its price.
    At,
}

impl Reach {
    /// The aggressor hits the other side's resting orders. Where the feed doesn't name one, the touch before
    /// the trade tells: at or above the ask a buyer crossed, at or below the bid a seller. Where that tells
    /// nothing either, a trade counts only for the orders it went through.
    fn of(trade: Trade, side: Side, before: &Touch) -> Self {
        let crossed_by = |aggressor: Side| {
            let touch = before.opposite(aggressor).price();
            touch.is_some_and(|touch| aggressor.sign() * (trade.price.0 - touch.0) >= 0)
        };
        match trade.aggressor {
            Some(aggressor) if aggressor == side => Self::None,
            Some(_) => Self::At,
            // A locked touch is crossed by both, which tells nothing.
            None => match (crossed_by(side), crossed_by(side.opposite())) {
                (true, false) => Self::None,
                (false, true) => Self::At,
                _ => Self::Beyond,
            },
        }
    }
}
