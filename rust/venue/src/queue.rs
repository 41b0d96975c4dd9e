//! Where a resting order stands in the queue at its price.

use messages::Quantity;

/// An upper bound of the size ahead of a resting order, as two bounds that are never mixed:
///
/// - `by_trades`: the size shown at the price when the order came, less what has traded there since;
/// - `by_display`: the smallest size shown at the price since; who cancels is taken to have been *behind* us.
///
/// Each is true by itself, so the smaller one is; subtracting a trade from the second could count it
/// twice, because feeds report a touch before, with or after the trades that changed it.
///
/// A place that was never seen (the price lay behind the touch, or the venue was restarted) is *unknown*:
/// the order stands at the back of what is shown as soon as the touch comes to its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Queue {
    bounds: Option<Bounds>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    by_trades: Quantity,
    by_display: Quantity,
}

impl Queue {
    /// At the back of `shown`.
    pub fn behind(shown: Quantity) -> Self {
        Self {
            bounds: Some(Bounds {
                by_trades: shown,
                by_display: shown,
            }),
        }
    }

    /// Not seen yet: nothing that trades at the price is ours.
    pub fn unknown() -> Self {
        Self { bounds: None }
    }

    /// The size ahead, at most; `None` while it is unknown.
    pub fn ahead(&self) -> Option<Quantity> {
        self.bounds.map(|bounds| bounds.by_trades.min(bounds.by_display))
    }

    /// The touch lies at our price and shows this much.
    pub(crate) fn shown(&mut self, size: Quantity) {
        match &mut self.bounds {
            Some(bounds) => bounds.by_display = bounds.by_display.min(size),
            None => *self = Self::behind(size),
        }
    }

    /// Nobody is ahead: the touch is worse than our price, or the market traded beyond it.
    pub(crate) fn clear(&mut self) {
        *self = Self::behind(Quantity::ZERO);
    }

    /// This much traded at our price.
    pub(crate) fn traded(&mut self, quantity: Quantity) {
        if let Some(bounds) = &mut self.bounds {
            bounds.by_trades = (bounds.by_trades - quantity).max(Quantity::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(count: i64) -> Quantity {
        Quantity::from_units(count)
    }

    #[test]
    fn a_trade_and_the_touch_it_left_are_not_counted_twice() {
        let mut queue = Queue::behind(units(10));
        queue.shown(units(6));
        queue.traded(units(4));
        assert_eq!(
            queue.ahead(),
            Some(units(6)),
            "the four that traded are the four that left the display"
        );
        queue.traded(units(3));
        assert_eq!(queue.ahead(), Some(units(3)));
    }

    #[test]
    fn joining_behind_us_does_not_push_us_back() {
        let mut queue = Queue::behind(units(2));
        queue.shown(units(50));
        assert_eq!(queue.ahead(), Some(units(2)));
    }

    #[test]
    fn an_unknown_place_is_the_back_of_what_is_shown() {
        let mut queue = Queue::unknown();
        queue.traded(units(100));
        assert_eq!(queue.ahead(), None);
        queue.shown(units(9));
        assert_eq!(queue.ahead(), Some(units(9)));
        queue.clear();
        assert_eq!(queue.ahead(), Some(Quantity::ZERO));
    }
}
