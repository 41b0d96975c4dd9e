//! The trading day, and the loss made in it.

use messages::Money;

const DAY_US: i64 = 86_400_000_000;

/// When the trading day that holds `now_us` began. It begins `day_start_second` seconds after midnight UTC,
/// by arrival time.
pub fn day_start_us(now_us: i64, day_start_second: u32) -> i64 {
    let offset = i64::from(day_start_second) * 1_000_000;
    (now_us - offset).div_euclid(DAY_US) * DAY_US + offset
}

/// Realised and unrealised P&L, summed over all symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Realised, after fees.
    pub realized: Money,
    /// Unrealised, at the mid.
    pub unrealized: Money,
}

impl Figures {
    /// Both together.
    #[must_use]
    pub fn total(self) -> Money {
        self.realized + self.unrealized
    }
}

/// The P&L of the trading day: today's figures less those at its start. The start is journalled, so that a
/// restart forgets no loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily {
    day_start_second: u32,
    start_us: i64,
    at_start: Figures,
    now: Figures,
    /// The day's P&L at its highest, not below nought.
    peak: Money,
}

impl Daily {
    /// The first day of a desk: it began with nothing.
    pub fn new(day_start_second: u32, now_us: i64) -> Self {
        Self {
            day_start_second,
            start_us: day_start_us(now_us, day_start_second),
            at_start: Figures::default(),
            now: Figures::default(),
            peak: Money::ZERO,
        }
    }

    /// Takes up a day from the journal: `at_start` is what stood at its start, `last` what stood last, and
    /// `peak` the day's P&L at its highest.
    pub fn restore(&mut self, start_us: i64, at_start: Figures, last: Figures, peak: Money) {
        (self.start_us, self.at_start, self.now) = (start_us, at_start, last);
        self.peak = peak.max(self.pnl().total()).max(Money::ZERO);
    }

    /// Takes the figures of this moment. True when a new trading day began with it.
    ///
    /// A day that began while nobody looked starts from the higher of the last figures known and those of
    /// now, so that a loss made in between counts.
    pub fn update(&mut self, now_us: i64, figures: Figures) -> bool {
        let start_us = day_start_us(now_us, self.day_start_second);
        let rolled = start_us > self.start_us;
        if rolled {
            self.at_start = if self.now.total() > figures.total() {
                self.now
            } else {
                figures
            };
            self.start_us = start_us;
            self.peak = Money::ZERO;
        }
        self.now = figures;
        self.peak = self.peak.max(self.pnl().total());
        rolled
    }

    /// When the trading day began, in microseconds.
    pub const fn start_us(&self) -> i64 {
        self.start_us
    }
    /// What stood at its start.
    pub const fn at_start(&self) -> Figures {
        self.at_start
    }
    /// Realised and unrealised P&L since then.
    #[must_use]
    pub fn pnl(&self) -> Figures {
        Figures {
            realized: self.now.realized - self.at_start.realized,
            unrealized: self.now.unrealized - self.at_start.unrealized,
        }
    }
    /// The loss of the day, not below nought.
    #[must_use]
    pub fn loss(&self) -> Money {
        (-self.pnl().total()).max(Money::ZERO)
    }
    /// The day's P&L at its highest, not below nought.
    pub const fn peak(&self) -> Money {
        self.peak
    }
    /// How far the day's P&L has fallen from its highest.
    #[must_use]
    pub fn drawdown(&self) -> Money {
        self.peak - self.pnl().total()
    }
    /// True when the day's loss reached `limit`; no loss reaches no limit, not even one of nought.
    pub fn is_at_limit(&self, limit: Money) -> bool {
        self.loss() > Money::ZERO && self.loss() >= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(units: i64) -> Money {
        Money::from_f64(units as f64).unwrap()
    }
    fn figures(realized: i64, unrealized: i64) -> Figures {
        Figures {
            realized: money(realized),
            unrealized: money(unrealized),
        }
    }

    #[test]
    fn the_day_begins_at_its_hour() {
        let hour = 3_600_000_000;
        assert_eq!(day_start_us(25 * hour, 0), 24 * hour);
        assert_eq!(day_start_us(25 * hour, 22 * 3600), 22 * hour);
        assert_eq!(day_start_us(21 * hour, 22 * 3600), -2 * hour);
    }

    #[test]
    fn realized_and_unrealized_count_together() {
        let mut daily = Daily::new(0, 0);
        daily.update(1, figures(-60, -39));
        assert!(!daily.is_at_limit(money(100)));
        daily.update(2, figures(-60, -40));
        assert!(daily.is_at_limit(money(100)));
        daily.update(3, figures(-60, 60));
        assert!(!daily.is_at_limit(Money::ZERO));
    }

    #[test]
    fn a_new_day_starts_from_what_stands() {
        let mut daily = Daily::new(0, 0);
        daily.update(1, figures(-60, 10));
        assert!(daily.update(DAY_US, figures(-60, 10)));
        assert_eq!(daily.loss(), Money::ZERO);
        daily.update(DAY_US + 1, figures(-75, 10));
        assert_eq!(daily.loss(), money(15));
    }

    #[test]
    fn a_restart_on_the_same_day_forgets_no_loss() {
        let mut before = Daily::new(0, 0);
        before.update(DAY_US, figures(500, 0));
        before.update(DAY_US + 5, figures(420, 0));
        let mut after = Daily::new(0, DAY_US + 9);
        after.restore(
            before.start_us(),
            before.at_start(),
            figures(420, 0),
            before.peak(),
        );
        after.update(DAY_US + 9, figures(420, 0));
        assert_eq!(after.loss(), money(80));
    }

    #[test]
    fn the_drawdown_is_measured_from_the_days_highest() {
        let mut daily = Daily::new(0, 0);
        daily.update(1, figures(-10, 0));
        assert_eq!((daily.peak(), daily.drawdown()), (Money::ZERO, money(10)));
        daily.update(2, figures(50, 30));
        daily.update(3, figures(50, -5));
        assert_eq!((daily.peak(), daily.drawdown()), (money(80), money(35)));
        let mut after = Daily::new(0, 4);
        after.restore(daily.start_us(), daily.at_start(), figures(50, -5), daily.peak());
        after.update(4, figures(50, -20));
        assert_eq!(after.drawdown(), money(50), "a restart knows the peak");
        after.update(DAY_US, figures(50, -20));
        assert_eq!(
            (after.peak(), after.drawdown()),
            (Money::ZERO, Money::ZERO),
            "a new day has its own"
        );
    }

    #[test]
    fn a_loss_made_while_nobody_looked_counts() {
        let mut daily = Daily::new(0, 0);
        daily.update(1, figures(100, 0));
        daily.update(DAY_US + 1, figures(-200, 0));
        assert_eq!(daily.loss(), money(300));
    }
}
