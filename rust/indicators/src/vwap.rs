//! Volume-weighted average price, of a session and of a sliding window.

use crate::Period;
use crate::exact_sum::ExactSum;
use crate::fold_window::{FoldWindow, Total};
use crate::indicator::{Indicator, PriceVolume, SessionTrade};
use crate::snapshot::{Archive, State};

#[inline(always)]
pub(crate) fn is_trade(price: f64, volume: f64) -> bool {
    price.is_finite() && volume.is_finite() && volume >= 0.0
}

/// Turnover over volume; NaN where nothing was traded.
#[inline(always)]
pub(crate) fn average_price(turnover: f64, volume: f64) -> f64 {
    if volume > 0.0 { turnover / volume } else { f64::NAN }
}

/// Volume-weighted average price since the session began: `Σ price · volume / Σ volume`.
///
/// First output at the first value with a volume. A value of another session starts anew, and so does one whose price is
/// not finite or whose volume is not a number from 0 on. What the sums round off is kept.
#[derive(Debug, Clone)]
pub struct SessionVwap {
    session: i64,
    turnover: ExactSum,
    volume: ExactSum,
    value: f64,
}

impl Default for SessionVwap {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionVwap {
    /// An average before its first value.
    pub fn new() -> Self {
        Self {
            session: 0,
            turnover: ExactSum::default(),
            volume: ExactSum::default(),
            value: f64::NAN,
        }
    }
}

impl Indicator<SessionTrade> for SessionVwap {
    type Output = f64;

    #[inline]
    fn update(
        &mut self,
        SessionTrade {
            price,
            volume,
            session,
        }: SessionTrade,
    ) -> f64 {
        if session != self.session {
            self.reset();
            self.session = session;
        }
        if !is_trade(price, volume) {
            self.reset();
            return f64::NAN;
        }
        self.turnover.add(price * volume);
        self.volume.add(volume);
        self.value = average_price(self.turnover.total(), self.volume.total());
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        *self = Self {
            session: self.session,
            ..Self::new()
        };
    }
}

impl State for SessionVwap {
    const NAME: &'static str = "SessionVwap";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        archive.integer(&mut self.session)?;
        self.turnover.visit(archive)?;
        self.volume.visit(archive)?;
        archive.number(&mut self.value)
    }
}

/// Volume-weighted average price of the last `period` values: `Σ price · volume / Σ volume`.
///
/// First output at the `period`-th value; NaN while nothing was traded in the window. A value whose price is not finite
/// or whose volume is not a number from 0 on gives NaN and a new warm-up.
#[derive(Debug, Clone)]
pub struct RollingVwap {
    turnover: FoldWindow<Total>,
    volume: FoldWindow<Total>,
    value: f64,
}

impl RollingVwap {
    /// An average over `period` values.
    pub fn new(period: Period) -> Self {
        Self {
            turnover: FoldWindow::new(period),
            volume: FoldWindow::new(period),
            value: f64::NAN,
        }
    }
}

impl Indicator<PriceVolume> for RollingVwap {
    type Output = f64;

    #[inline]
    fn update(&mut self, PriceVolume { price, volume }: PriceVolume) -> f64 {
        if !is_trade(price, volume) {
            self.reset();
            return f64::NAN;
        }
        self.value = self
            .turnover
            .push_both(price * volume, &mut self.volume, volume)
            .map_or(f64::NAN, |(turnover, volume)| average_price(turnover, volume));
        self.value
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn reset(&mut self) {
        self.turnover.clear();
        self.volume.clear();
        self.value = f64::NAN;
    }
}

impl State for RollingVwap {
    const NAME: &'static str = "RollingVwap";

    fn visit(&mut self, archive: &mut Archive<'_>) -> Result<(), String> {
        self.turnover.visit(archive)?;
        self.volume.visit(archive)?;
        archive.number(&mut self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::collect;
    use proptest::prelude::*;

    fn trade(price: f64, volume: f64, session: i64) -> SessionTrade {
        SessionTrade {
            price,
            volume,
            session,
        }
    }

    #[test]
    fn a_new_session_starts_anew() {
        let trades = [
            trade(10.0, 0.0, 3),
            trade(10.0, 1.0, 3),
            trade(20.0, 3.0, 3),
            trade(5.0, 2.0, 4),
        ];
        let values = collect(SessionVwap::new(), &trades);
        assert!(values[0].is_nan(), "nothing was traded yet");
        assert_eq!(values[1..], [10.0, 17.5, 5.0]);
    }

    #[test]
    fn an_unsound_value_starts_anew() {
        let trades = [trade(10.0, 1.0, 0), trade(10.0, -1.0, 0), trade(20.0, 3.0, 0)];
        let values = collect(SessionVwap::new(), &trades);
        assert!(values[1].is_nan());
        assert_eq!(values[2], 20.0);
    }

    #[test]
    fn a_window_in_which_nothing_was_traded_has_no_price() {
        let trades = [(10.0, 4.0), (20.0, 4.0), (30.0, 0.0), (30.0, 0.0), (30.0, 1.0)];
        let trades = trades.map(|(price, volume)| PriceVolume { price, volume });
        let values = collect(RollingVwap::new(Period::fixed(2)), &trades);
        assert!(values[0].is_nan() && values[3].is_nan());
        assert_eq!((values[1], values[2], values[4]), (15.0, 20.0, 30.0));
    }

    proptest! {
        #[test]
        fn it_lies_between_the_lowest_and_the_highest_price(
            trades in proptest::collection::vec((1.0_f64..1e5, 0.5_f64..1e6), 5..100),
        ) {
            let trades: Vec<PriceVolume> =
                trades.iter().map(|(price, volume)| PriceVolume { price: *price, volume: *volume }).collect();
            let values = collect(RollingVwap::new(Period::fixed(5)), &trades);
            for (window, value) in trades.windows(5).zip(&values[4..]) {
                let lowest = window.iter().map(|trade| trade.price).fold(f64::INFINITY, f64::min);
                let highest = window.iter().map(|trade| trade.price).fold(0.0, f64::max);
                prop_assert!(lowest * (1.0 - 1e-14) <= *value && *value <= highest * (1.0 + 1e-14));
            }
        }
    }
}
