//! The working orders of one symbol, by price and arrival.

use std::collections::BTreeSet;

use messages::{Price, Side};

/// Index of an order in the exchange; it grows with arrival.
pub(crate) type OrderIndex = usize;

/// Working orders of one symbol. Resting ones are sorted best price first, then by arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    bids: BTreeSet<(i64, OrderIndex)>,
    asks: BTreeSet<(i64, OrderIndex)>,
    /// Stop orders that aren't live yet, by arrival.
    pub(crate) stops: BTreeSet<OrderIndex>,
}

/// Smaller is better: the lowest ask, the highest bid.
fn rank(side: Side, price: Price) -> i64 {
    -side.sign() * price.0
}

impl Book {
    pub(crate) fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty() && self.stops.is_empty()
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeSet<(i64, OrderIndex)> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    pub(crate) fn rest(&mut self, side: Side, price: Price, index: OrderIndex) {
        self.side_mut(side).insert((rank(side, price), index));
    }

    /// Takes an order out, wherever it is.
    pub(crate) fn remove(&mut self, side: Side, price: Option<Price>, index: OrderIndex) {
        self.stops.remove(&index);
        if let Some(price) = price {
            self.side_mut(side).remove(&(rank(side, price), index));
        }
    }

    /// Resting orders of `side` that would trade at `price`: those priced there or more aggressively,
    /// best first, earlier before later.
    pub(crate) fn reached_by(
        &self,
        side: Side,
        price: Price,
    ) -> impl Iterator<Item = (Price, OrderIndex)> + '_ {
        let orders = match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        };
        orders
            .range(..=(rank(side, price), OrderIndex::MAX))
            .map(move |&(rank, index)| (Price(-side.sign() * rank), index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_price_comes_first_and_then_the_earliest() {
        let mut book = Book::default();
        for (index, price) in [(1, 99), (2, 101), (3, 100), (4, 101)] {
            book.rest(Side::Buy, Price::from_units(price), index);
            book.rest(Side::Sell, Price::from_units(price), index);
        }
        let reached = |side, price| {
            book.reached_by(side, Price::from_units(price))
                .map(|(_, index)| index)
                .collect::<Vec<_>>()
        };
        assert_eq!(reached(Side::Buy, 100), [2, 4, 3]);
        assert_eq!(reached(Side::Sell, 100), [1, 3]);
        assert_eq!(reached(Side::Sell, 98), [0_usize; 0]);
        book.remove(Side::Buy, Some(Price::from_units(101)), 2);
        assert_eq!(book.reached_by(Side::Buy, Price::from_units(101)).count(), 1);
    }
}
