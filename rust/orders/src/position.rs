//! The position book: what the fills of the desk add up to, exactly.
//!
//! Average cost: a fill that adds carries its value into the cost; a fill that takes releases the same share
//! of the cost as of the quantity, and the difference to its value is realised. A fill that flips does both:
//! it closes everything, and opens the rest at its own price. For every position at every moment
//! `realised before fees = cash received − cash paid + cost`, to the last 10⁻¹⁸.

use std::collections::BTreeMap;

use messages::{Fill, Money, Price, Quantity, Symbol, wire};

/// The mid a position is valued at, and when it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The mid.
    pub price: Price,
    /// Arrival time in microseconds.
    pub at_us: i64,
}

/// What is held of one instrument, and what it has earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The instrument.
    pub symbol: Symbol,
    /// Currency units per point and unit.
    pub multiplier: Quantity,
    /// Signed: negative is short.
    pub quantity: Quantity,
    /// What the open quantity cost, with the sign of the quantity and the multiplier in it.
    pub cost: Money,
    /// Realised before fees.
    pub realized_before_fees: Money,
    /// Fees paid; rebates make it smaller.
    pub fees: Money,
    /// Arrival time of the last fill, in microseconds.
    pub updated_us: i64,
}

impl Position {
    /// Nothing held yet.
    pub fn flat(symbol: Symbol, multiplier: Quantity) -> Self {
        Self {
            symbol,
            multiplier,
            quantity: Quantity::ZERO,
            cost: Money::ZERO,
            realized_before_fees: Money::ZERO,
            fees: Money::ZERO,
            updated_us: 0,
        }
    }

    /// Books one fill that arrived at `at_us`.
    pub fn book(&mut self, fill: &Fill, at_us: i64) {
        let signed = fill.side.signed(fill.quantity);
        let closes = self.quantity.0.signum() == -signed.0.signum();
        let closing = if closes {
            Quantity(signed.0.abs().min(self.quantity.0.abs()) * signed.0.signum())
        } else {
            Quantity::ZERO
        };
        if !closing.is_zero() {
            let released = self.cost.share(closing.abs().0, self.quantity.abs().0);
            // The closing quantity has the sign of the fill: its notional is minus what comes in.
            self.realized_before_fees -= Money::notional(fill.price, closing, self.multiplier) + released;
            self.cost -= released;
            self.quantity += closing;
        }
        let opening = signed - closing;
        self.cost += Money::notional(fill.price, opening, self.multiplier);
        self.quantity += opening;
        self.fees += fill.fee;
        self.updated_us = at_us;
    }

    /// Average price of what is held, to the nearest billionth; `None` when flat.
    pub fn average_cost(&self) -> Option<Price> {
        self.cost.per_unit(self.quantity, self.multiplier)
    }

    /// Realised after fees.
    pub fn realized(&self) -> Money {
        self.realized_before_fees - self.fees
    }

    /// What closing at `price` would earn, before fees.
    pub fn unrealized(&self, price: Price) -> Money {
        risk::pnl::unrealized(price, self.quantity, self.multiplier, self.cost)
    }

    /// The picture of it on the wire, valued at `mark`; without one it says so.
    pub fn to_wire(&self, mark: Option<Mark>) -> wire::Position {
        wire::Position {
            symbol: self.symbol.to_string(),
            quantity: self.quantity.to_f64(),
            avg_cost: self.average_cost().map_or(0.0, Price::to_f64),
            current_price: mark.map_or(0.0, |mark| mark.price.to_f64()),
            unrealized_pnl: mark.map_or(0.0, |mark| self.unrealized(mark.price).to_f64()),
            realized_pnl: self.realized().to_f64(),
            last_updated_us: self.updated_us,
            marked: mark.is_some(),
            marked_us: mark.map_or(0, |mark| mark.at_us),
            fees: self.fees.to_f64(),
            multiplier: self.multiplier.to_f64(),
            ..wire::Position::default()
        }
    }
}

/// The positions of the desk by instrument.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PositionBook {
    positions: BTreeMap<Symbol, Position>,
}

impl PositionBook {
    /// Books a fill of an instrument with `multiplier`; gives the position after it.
    pub fn book(&mut self, fill: &Fill, multiplier: Quantity, at_us: i64) -> &Position {
        let position = self
            .positions
            .entry(fill.symbol.clone())
            .or_insert_with(|| Position::flat(fill.symbol.clone(), multiplier));
        position.book(fill, at_us);
        position
    }

    /// The position in `symbol`, if there ever was a fill.
    pub fn get(&self, symbol: &Symbol) -> Option<&Position> {
        self.positions.get(symbol)
    }

    /// Signed quantity held of `symbol`.
    pub fn quantity(&self, symbol: &Symbol) -> Quantity {
        self.get(symbol)
            .map_or(Quantity::ZERO, |position| position.quantity)
    }

    /// Every position there ever was, flat ones among them: they have earned something.
    pub fn iter(&self) -> impl Iterator<Item = &Position> {
        self.positions.values()
    }

    /// The positions that hold something.
    pub fn open(&self) -> impl Iterator<Item = &Position> {
        self.iter().filter(|position| !position.quantity.is_zero())
    }
}

#[cfg(test)]
#[path = "position_tests.rs"]
mod tests;
