//! The live touch of one symbol, and how much of what it shows is still there for us.

use messages::{Price, Quantity, Quote, Side};

/// One side of the touch.
///
/// The market doesn't know of our orders, so what we take stays on display. To take nothing twice, a side
/// is *used up* as we take from it, and only what is newly shown adds to it:
/// - at another price, everything shown is new;
/// - at the same price, growth of the size shown is new, and a shrunken size caps what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShownSide {
    price: Option<Price>,
    size: Quantity,
    available: Quantity,
}

impl ShownSide {
    fn refresh(&mut self, price: Option<Price>, size: Quantity) {
        let size = if price.is_some() { size } else { Quantity::ZERO };
        self.available = if price == self.price {
            let grown = (size - self.size).max(Quantity::ZERO);
            // Both are sizes of one feed: their sum may still leave the range, and then the cap decides.
            self.available.checked_add(grown).unwrap_or(size).min(size)
        } else {
            size
        };
        self.price = price;
        self.size = size;
    }

    /// The price, where somebody shows one.
    pub fn price(&self) -> Option<Price> {
        self.price
    }

    /// The size on display.
    pub fn size(&self) -> Quantity {
        self.size
    }

    /// The part of it that none of our orders has taken.
    pub fn available(&self) -> Quantity {
        self.available
    }

    /// Takes up to `wanted` and returns what there was.
    pub(crate) fn take(&mut self, wanted: Quantity) -> Quantity {
        let taken = wanted.min(self.available);
        self.available -= taken;
        taken
    }
}

/// Both sides, as the last row of the feed showed them.
///
/// A crossed row (bid above ask) is a fault of the data: it shows nothing to either side until the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Touch {
    bid: ShownSide,
    ask: ShownSide,
}

impl Touch {
    /// Takes over the touch of `quote`.
    pub(crate) fn refresh(&mut self, quote: &Quote) {
        if quote.is_crossed() {
            *self = Self::default();
            return;
        }
        self.bid.refresh(quote.bid, quote.bid_size);
        self.ask.refresh(quote.ask, quote.ask_size);
    }

    /// Where orders of `side` queue: the bid for buys.
    pub fn own(&self, side: Side) -> &ShownSide {
        match side {
            Side::Buy => &self.bid,
            Side::Sell => &self.ask,
        }
    }

    /// What orders of `side` take from: the ask for buys.
    pub fn opposite(&self, side: Side) -> &ShownSide {
        self.own(side.opposite())
    }

    pub(crate) fn opposite_mut(&mut self, side: Side) -> &mut ShownSide {
        match side {
            Side::Buy => &mut self.ask,
            Side::Sell => &mut self.bid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(count: i64) -> Quantity {
        Quantity::from_units(count)
    }

    fn shown(price: i64, size: i64) -> ShownSide {
        let mut shown = ShownSide::default();
        shown.refresh(Some(Price::from_units(price)), units(size));
        shown
    }

    #[test]
    fn what_was_taken_does_not_come_back_with_the_next_row() {
        let mut ask = shown(100, 10);
        assert_eq!(ask.take(units(7)), units(7));
        ask.refresh(Some(Price::from_units(100)), units(10));
        assert_eq!(ask.available(), units(3), "an unchanged side is no new size");
        ask.refresh(Some(Price::from_units(100)), units(12));
        assert_eq!(ask.available(), units(5), "two were added");
        ask.refresh(Some(Price::from_units(100)), units(4));
        assert_eq!(ask.available(), units(4), "never more than is shown");
        assert_eq!(ask.take(units(9)), units(4));
        assert_eq!(ask.take(units(1)), Quantity::ZERO);
    }

    #[test]
    fn another_price_shows_its_whole_size() {
        let mut ask = shown(100, 10);
        ask.take(units(10));
        ask.refresh(Some(Price::from_units(101)), units(6));
        assert_eq!(ask.available(), units(6));
        ask.refresh(None, units(6));
        assert_eq!((ask.available(), ask.size()), (Quantity::ZERO, Quantity::ZERO));
    }
}
