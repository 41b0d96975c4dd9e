//! The picture that the console draws: every limit with its use, the day's P&L, every gate.

use messages::{Price, Quantity, Side, wire};
use wire::risk_event::Event;

use super::{RiskManager, SERVICE};
use crate::book::OrderView;
use crate::checks::Concentration;
use crate::limits::LimitName;

/// A picture goes out this often.
const SHOW_US: i64 = 250_000;
/// A picture goes on the record this often, when something changed.
const RECORD_US: i64 = 60_000_000;

impl RiskManager {
    /// The state of risk at this moment.
    pub fn state(&self, now_us: i64) -> wire::RiskState {
        let (pnl, at_start) = (self.daily.pnl(), self.daily.at_start());
        wire::RiskState {
            limits_version: self.limits.version,
            r#use: self.uses(now_us),
            daily_realized_pnl: pnl.realized.to_f64(),
            daily_unrealized_pnl: pnl.unrealized.to_f64(),
            day_start_us: self.daily.start_us(),
            gates: self.gates.iter().map(wire::Gate::from).collect(),
            killed: self.latch.desk.is_some(),
            unmarked: !self.is_informed || self.book.is_unmarked(now_us, self.limits.stale_after_us),
            realized_at_day_start: at_start.realized.to_f64(),
            unrealized_at_day_start: at_start.unrealized.to_f64(),
            daily_peak_pnl: self.daily.peak().to_f64(),
            strategies: self.strategy_risks(),
            restricted: self.config.restricted.iter().map(ToString::to_string).collect(),
        }
    }

    fn strategy_risks(&self) -> Vec<wire::StrategyRisk> {
        let told = |(symbol, conduct): (&messages::Symbol, &crate::conduct::Conduct)| wire::StrategyRisk {
            symbol: symbol.to_string(),
            loss_streak: conduct.loss_streak(),
            realized_at_close: conduct.realized().map(messages::Money::to_f64),
            executions_after_us: conduct.after_us(),
            stop: conduct.stop().cloned(),
        };
        self.conducts.iter().map(told).collect()
    }

    /// The gates this service holds itself, for its heartbeat.
    pub fn own_gates(&self) -> Vec<wire::Gate> {
        self.gates.held_by(SERVICE).map(wire::Gate::from).collect()
    }

    /// Puts the picture on the record: at the start, at a new trading day and at a kill, for the restart.
    pub(super) fn record_state(&mut self, now_us: i64) {
        let state = self.state(now_us);
        self.recorded = (now_us, Some(state.clone()));
        self.journal("state", None, Event::State(state), now_us);
    }

    pub(super) fn show(&mut self, now_us: i64) {
        if now_us >= self.pictured_us && now_us - self.pictured_us < SHOW_US {
            return;
        }
        self.pictured_us = now_us;
        let state = self.state(now_us);
        let (recorded_us, recorded) = &self.recorded;
        let changed = recorded.as_ref().is_none_or(|recorded| {
            (recorded.daily_realized_pnl, recorded.daily_unrealized_pnl)
                != (state.daily_realized_pnl, state.daily_unrealized_pnl)
        });
        if changed && self.is_informed && now_us - recorded_us >= RECORD_US {
            self.record_state(now_us);
        }
        self.publish(Event::State(state), now_us);
    }

    /// Every limit with its use now; per-symbol ones where the use is largest.
    pub(super) fn uses(&self, now_us: i64) -> Vec<wire::LimitUse> {
        LimitName::ALL
            .into_iter()
            .map(|name| {
                let (value, symbol) = self.usage(name, now_us);
                wire::LimitUse {
                    name: name.as_str().to_owned(),
                    limit: self.limits.get(name),
                    value,
                    unit: name.unit().to_owned(),
                    symbol,
                    denies: self.denies(name, value),
                }
            })
            .collect()
    }

    /// True while what is held and working is over a limit, or a drawdown or streak at its own, so that its check
    /// denies whatever adds to it. Never for limits on a single order, and for those that close a gate, which is told
    /// itself.
    fn denies(&self, name: LimitName, value: f64) -> bool {
        let limit = self.limits.get(name);
        match name {
            LimitName::MaxPositionSize
            | LimitName::MaxGrossExposure
            | LimitName::MaxNetExposure
            | LimitName::MaxOpenPositions => value > limit,
            LimitName::MaxConcentration => {
                let floor = Concentration::floor(self.limits.max_gross_exposure);
                value > limit && self.book.gross() > floor
            }
            LimitName::MaxDrawdown => value > 0.0 && value >= limit,
            LimitName::MaxLossStreak => value >= limit,
            LimitName::MaxOrderQuantity
            | LimitName::MaxOrderNotional
            | LimitName::PriceCollar
            | LimitName::MaxDailyLoss
            | LimitName::MaxExecutionsPerMinute
            | LimitName::MaxMessagesPerSecond
            | LimitName::StaleAfter
            | LimitName::HeartbeatAfter => false,
        }
    }

    fn usage(&self, name: LimitName, now_us: i64) -> (f64, String) {
        let desk = |value: f64| (value, String::new());
        match name {
            LimitName::MaxOrderQuantity => self.largest_order(|view, _| view.order.quantity.to_f64()),
            LimitName::MaxOrderNotional => self.largest_order(|view, book| {
                let price = view.order.price.or(book.value_price()).unwrap_or_default();
                let multiplier = book.instrument.multiplier;
                messages::Money::notional(price, view.order.quantity, multiplier).to_f64()
            }),
            LimitName::PriceCollar => self.largest_order(|view, book| {
                let distance = |price: Price, mid: Price| (price - mid).abs().to_f64() / mid.to_f64();
                let mid = book.touch.map(|touch| touch.mid);
                view.order
                    .price
                    .zip(mid)
                    .map_or(0.0, |(price, mid)| distance(price, mid))
            }),
            LimitName::MaxPositionSize => self.largest(|book| {
                let worst = |side| book.worst(side).abs();
                worst(Side::Buy).max(worst(Side::Sell)).to_f64()
            }),
            LimitName::MaxGrossExposure => desk(self.book.gross().to_f64()),
            LimitName::MaxNetExposure => desk(
                self.book
                    .net(Side::Buy)
                    .abs()
                    .max(self.book.net(Side::Sell).abs())
                    .to_f64(),
            ),
            LimitName::MaxOpenPositions => desk(self.book.open_symbols() as f64),
            LimitName::MaxConcentration => {
                let gross = self.book.gross();
                self.largest(|book| crate::limits::Fraction::share(book.gross(), gross).to_f64())
            }
            LimitName::MaxDailyLoss => desk(self.daily.loss().to_f64()),
            LimitName::MaxDrawdown => desk(self.daily.drawdown().to_f64()),
            LimitName::MaxLossStreak => self.busiest(|symbol| {
                let conduct = self.conducts.get(symbol);
                conduct.map_or(0.0, |conduct| f64::from(conduct.loss_streak()))
            }),
            LimitName::MaxExecutionsPerMinute => {
                self.busiest(|symbol| self.executions(symbol, now_us) as f64)
            }
            LimitName::MaxMessagesPerSecond => desk(self.rate.count(now_us) as f64),
            LimitName::StaleAfter => self.largest(|book| {
                book.last_row_us
                    .map_or(0.0, |last_us| (now_us - last_us) as f64 / 1e6)
            }),
            LimitName::HeartbeatAfter => {
                let ages = self
                    .config
                    .services
                    .iter()
                    .map(|service| self.heartbeat_age_us(service, now_us));
                desk(ages.max().unwrap_or(0) as f64 / 1e6)
            }
        }
    }

    fn largest(&self, value: impl Fn(&crate::book::SymbolBook) -> f64) -> (f64, String) {
        let values = self.book.iter().map(|(symbol, book)| (value(book), symbol));
        let most = values.max_by(|left, right| left.0.total_cmp(&right.0));
        match most {
            Some((value, symbol)) if value > 0.0 => (value, symbol.to_string()),
            _ => (0.0, String::new()),
        }
    }

    fn busiest(&self, value: impl Fn(&messages::Symbol) -> f64) -> (f64, String) {
        self.largest(|book| value(&book.instrument.symbol))
    }

    fn largest_order(&self, value: impl Fn(&OrderView, &crate::book::SymbolBook) -> f64) -> (f64, String) {
        self.largest(|book| {
            let working = book.working().filter(|view| view.open() > Quantity::ZERO);
            working.map(|view| value(view, book)).fold(0.0, f64::max)
        })
    }
}
