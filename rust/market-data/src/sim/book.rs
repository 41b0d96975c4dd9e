//! One symbol: its regime, its fair price and the touch that follows it.

use std::sync::Arc;

use messages::wire::market_data::Aggressor;
use messages::{Instrument, Price, Quantity};

use super::regime::Regime;
use super::{Dice, Profile, price, quantity};
use crate::row::{Row, Trade};

/// Share of the rows that are trades.
const TRADES: f64 = 0.22;
/// How often the width of the spread changes, per quote.
const SPREAD_CHANGES: f64 = 0.03;
const BASIS_POINT: f64 = 1e-4;

pub(super) struct Book {
    symbol: usize,
    tick: Price,
    lot: Quantity,
    /// In ticks, as is the fair price.
    anchor: f64,
    fair: f64,
    regime: Regime,
    regime_ends_s: f64,
    /// The fair price where the regime began.
    centre: f64,
    updated_s: f64,
    bid: i64,
    spread: i64,
    /// In lots.
    bid_size: i64,
    ask_size: i64,
    touch: f64,
}

impl Book {
    pub(super) fn new(symbol: usize, instrument: &Instrument, profile: Profile, dice: &mut Dice) -> Self {
        let anchor = profile.anchor / instrument.tick.to_f64();
        let (regime, length_s) = Regime::draw(dice, 0.0);
        let mut book = Self {
            symbol,
            tick: instrument.tick,
            lot: instrument.lot,
            anchor,
            fair: anchor,
            regime,
            regime_ends_s: length_s,
            centre: anchor,
            updated_s: 0.0,
            bid: 0,
            spread: 1,
            bid_size: 1,
            ask_size: 1,
            touch: (profile.touch / instrument.lot.to_f64()).max(4.0),
        };
        book.quote_around_fair(dice);
        book
    }

    /// One event at `now_s` seconds of event time.
    pub(super) fn event(&mut self, now_s: f64, event_us: i64, exchange: &Arc<str>, dice: &mut Dice) -> Row {
        self.advance(now_s, dice);
        let trade = if dice.hit(TRADES) {
            Some(self.trade(dice))
        } else {
            self.quote(dice);
            None
        };
        Row {
            symbol: self.symbol,
            exchange: Arc::clone(exchange),
            event_us,
            trade,
            bid: Some(price(self.bid, self.tick)),
            ask: Some(price(self.bid + self.spread, self.tick)),
            bid_size: quantity(self.bid_size, self.lot),
            ask_size: quantity(self.ask_size, self.lot),
        }
    }

    /// Basis points of the fair price above where the regime began.
    fn deviation(&self) -> f64 {
        (self.fair / self.centre - 1.0) / BASIS_POINT
    }

    /// Moves the fair price to `now_s`.
    fn advance(&mut self, now_s: f64, dice: &mut Dice) {
        let seconds = (now_s - self.updated_s).max(0.0);
        self.updated_s = now_s;
        // A long step, at a low rate, must not overshoot the centre of a mean reversion.
        let pulled = self.regime.drift(self.deviation()) * seconds.min(2.0);
        let moved = pulled + self.regime.noise() * seconds.sqrt() * dice.bell();
        self.fair *= 1.0 + moved * BASIS_POINT;
        if now_s >= self.regime_ends_s {
            let (regime, length_s) = Regime::draw(dice, self.fair / self.anchor - 1.0);
            self.regime = regime;
            self.regime_ends_s = now_s + length_s;
            self.centre = self.fair;
        }
    }

    fn trade(&mut self, dice: &mut Dice) -> Trade {
        let buyer = dice.hit(0.5 + self.regime.pressure(self.deviation()) / 2.0);
        let part = dice.unit() * dice.unit();
        let wanted = 1 + (self.touch * 0.4 * part) as i64;
        let (at, shown) = if buyer {
            (self.bid + self.spread, self.ask_size)
        } else {
            (self.bid, self.bid_size)
        };
        let lots = wanted.min(shown);
        let aggressor = if buyer {
            Aggressor::Buyer
        } else {
            Aggressor::Seller
        };
        let trade = Trade {
            price: price(at, self.tick),
            volume: quantity(lots, self.lot),
            aggressor,
        };
        if lots < shown {
            *self.side(buyer) -= lots;
        } else {
            // Used up: the side gives way by a tick, and the spread widens until the next quote.
            self.spread += 1;
            self.bid -= i64::from(!buyer);
            let size = self.draw_size(!buyer, dice);
            *self.side(buyer) = size;
        }
        trade
    }

    fn quote(&mut self, dice: &mut Dice) {
        let middle = self.bid as f64 + self.spread as f64 / 2.0;
        let too_wide = self.spread > self.usual_spread() + 1;
        if (self.fair - middle).abs() > 0.5 + self.spread as f64 / 4.0 || too_wide {
            self.quote_around_fair(dice);
        } else if dice.hit(SPREAD_CHANGES) {
            self.spread = (self.usual_spread() + dice.pick(3) as i64 - 1).max(1);
            self.place_around_fair();
            self.bid_size = self.draw_size(true, dice);
            self.ask_size = self.draw_size(false, dice);
        } else {
            // Orders come and go at the touch, toward its usual size.
            let ask_side = dice.hit(0.5);
            let usual = self.draw_size(!ask_side, dice);
            let size = self.side(ask_side);
            let moved = (usual - *size) / 4;
            let step = if moved == 0 { 1 } else { moved };
            *size = (*size + step).max(1);
        }
    }

    fn quote_around_fair(&mut self, dice: &mut Dice) {
        let (bid, ask) = (self.bid, self.bid + self.spread);
        self.spread = self.usual_spread();
        self.place_around_fair();
        if self.bid != bid {
            self.bid_size = self.draw_size(true, dice);
        }
        if self.bid + self.spread != ask {
            self.ask_size = self.draw_size(false, dice);
        }
    }

    fn place_around_fair(&mut self) {
        let bid = (self.fair - self.spread as f64 / 2.0).round() as i64;
        self.bid = bid.max(1);
    }

    fn usual_spread(&self) -> i64 {
        ((self.fair * self.regime.spread() * BASIS_POINT).round() as i64).max(1)
    }

    /// A size for the bid (or the ask), thicker where the regime pushes from.
    fn draw_size(&self, of_bid: bool, dice: &mut Dice) -> i64 {
        let pressure = self.regime.pressure(self.deviation());
        let skew = 1.0 + if of_bid { pressure } else { -pressure };
        ((self.touch * skew * (0.3 + 1.4 * dice.unit())) as i64).max(1)
    }

    fn side(&mut self, ask: bool) -> &mut i64 {
        if ask {
            &mut self.ask_size
        } else {
            &mut self.bid_size
        }
    }
}
