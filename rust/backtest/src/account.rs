//! The position and its money, and what an event does to them.

use std::ops::Range;

use crate::engine::{Line, Recorder};
use crate::{Exit, Market, Rules, Sizes, Totals, Trade};

const UNBOUNDED: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// The state of one instrument's backtest between two rows.
pub(crate) struct Account<'a> {
    market: &'a Market<'a>,
    rules: &'a Rules,
    slippage: f64,
    /// Units, negative when short.
    position: f64,
    /// Price at the latest fill's row; profit is booked up to it.
    anchor: f64,
    /// Booked profit in price × units, before costs.
    profit: f64,
    /// What spread and slippage took, in price × units.
    impact: f64,
    turnover: f64,
    units: f64,
    fills: usize,
    rows_held: usize,
    entry: Entry,
    /// Signals that change nothing: no event is made of them.
    pub(crate) quiet: (i8, i8),
    /// Prices at or outside of which the position is closed.
    pub(crate) bounds: (f64, f64),
    /// A stop or take-profit closed the position; only a signal that comes anew opens one.
    stopped: bool,
}

/// How the position came to be.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    row: usize,
    /// Average price paid or received.
    price: f64,
    /// Average price of the rows it was filled at, without spread and slippage: what the exits are measured from.
    mark: f64,
    fee: f64,
}

impl<'a> Account<'a> {
    pub(crate) fn new(market: &'a Market<'a>, rules: &'a Rules) -> Self {
        Self {
            market,
            rules,
            slippage: rules.ticks(rules.slippage),
            position: 0.0,
            anchor: 0.0,
            profit: 0.0,
            impact: 0.0,
            turnover: 0.0,
            units: 0.0,
            fills: 0,
            rows_held: 0,
            entry: Entry::default(),
            quiet: (0, 0),
            bounds: UNBOUNDED,
            stopped: false,
        }
    }

    /// Nothing is traded behind the first of `rows` until behind the last of them.
    #[inline]
    pub(crate) fn hold(&mut self, rows: Range<usize>, recorder: &mut impl Recorder) {
        self.count_held(rows.len());
        let line = self.line();
        recorder.hold(rows.clone(), &self.market.prices[rows], line);
    }

    /// The position has been the same behind that many rows.
    #[inline]
    pub(crate) fn count_held(&mut self, rows: usize) {
        self.rows_held += if self.position == 0.0 { 0 } else { rows };
    }

    /// What happens at `row`: first the exits that rest in the market, then the signal that arrives.
    pub(crate) fn act<R: Recorder>(&mut self, row: usize, recorder: &mut R) {
        let price = self.market.prices[row];
        let (low, high) = self.bounds;
        if price <= low || price >= high {
            let lost = (price <= low) == (self.position > 0.0);
            let reason = if lost { Exit::StopLoss } else { Exit::TakeProfit };
            self.trade_to(0.0, row, reason, recorder);
            self.stopped = true;
        }
        self.follow(row, recorder);
    }

    /// What the signal that arrives at `row` does.
    #[inline]
    pub(crate) fn follow<R: Recorder>(&mut self, row: usize, recorder: &mut R) {
        let source = row - self.rules.delay;
        let signal = self.market.signals[source];
        let before = if source == 0 {
            0
        } else {
            self.market.signals[source - 1]
        };
        let comes_anew = signal != before;
        if signal == 0 || (self.stopped && !comes_anew) {
            if self.stopped {
                self.stopped = signal != 0;
                self.quiet = (signal, signal);
            }
            return;
        }
        self.stopped = false;
        let size = match self.market.sizes {
            Sizes::Fixed(size) => size,
            Sizes::Rows(sizes) => sizes[source],
        };
        let target = match signal {
            1 => size,
            _ if self.rules.long_only => 0.0,
            _ => -size,
        };
        self.quiet = match self.market.sizes {
            Sizes::Fixed(_) => (signal, 0),
            Sizes::Rows(_) => (0, 0),
        };
        self.trade_to(target, row, Exit::Signal, recorder);
    }

    /// Marks what is open at the last price and gives the sums.
    pub(crate) fn finish<R: Recorder>(self, recorder: &mut R) -> Totals {
        let last = self.market.prices.last().copied().unwrap_or(0.0);
        if R::TRADES && self.position != 0.0 {
            let gain = (last - self.entry.price) * self.position * self.rules.multiplier;
            recorder.trade(Trade {
                instrument: 0,
                entry: self.entry.row,
                exit: self.market.prices.len() - 1,
                side: if self.position > 0.0 { 1 } else { -1 },
                size: self.position.abs(),
                entry_price: self.entry.price,
                exit_price: last,
                pnl: gain - self.entry.fee,
                commission: self.entry.fee,
                reason: Exit::Open,
            });
        }
        Totals {
            pnl: self.line().at(last),
            turnover: self.turnover,
            commission: self.fees(),
            slippage: self.impact * self.rules.multiplier,
            fills: self.fills,
            rows_held: self.rows_held,
        }
    }

    fn fees(&self) -> f64 {
        self.rules.commission * self.turnover + self.rules.commission_per_unit * self.units
    }

    /// The profit until the next fill.
    #[inline]
    pub(crate) fn line(&self) -> Line {
        Line {
            offset: (self.profit - self.impact) * self.rules.multiplier - self.fees(),
            scale: self.position * self.rules.multiplier,
            anchor: self.anchor,
        }
    }

    #[inline]
    fn trade_to<R: Recorder>(&mut self, target: f64, row: usize, reason: Exit, recorder: &mut R) {
        let change = target - self.position;
        if change == 0.0 {
            return;
        }
        let price = self.market.prices[row];
        let quote = self.market.quote(self.rules, row, change > 0.0);
        let fill = quote + self.slippage.copysign(change);
        self.profit += self.position * (price - self.anchor);
        self.anchor = price;
        self.impact += change * (fill - price);
        self.turnover += change.abs() * fill.abs() * self.rules.multiplier;
        self.units += change.abs();
        self.fills += 1;
        if R::TRADES || self.rules.has_exits() {
            self.enter_and_leave(target, fill, row, reason, recorder);
        }
        self.position = target;
        if self.rules.has_exits() {
            self.bounds = self.exits();
        }
    }

    /// Books the change as the end of a trade, the beginning of one, or both.
    fn enter_and_leave<R: Recorder>(
        &mut self,
        target: f64,
        fill: f64,
        row: usize,
        reason: Exit,
        recorder: &mut R,
    ) {
        let rules = self.rules;
        let fee = rules.commission * fill.abs() * rules.multiplier + rules.commission_per_unit;
        let (before, change) = (self.position, target - self.position);
        let closed = if before * change < 0.0 {
            before.abs().min(change.abs())
        } else {
            0.0
        };
        let opened = change.abs() - closed;
        if closed > 0.0 {
            let share = if closed >= before.abs() {
                self.entry.fee
            } else {
                self.entry.fee * (closed / before.abs())
            };
            self.entry.fee -= share;
            let commission = share + fee * closed;
            let gain = (fill - self.entry.price) * closed.copysign(before) * rules.multiplier;
            if R::TRADES {
                recorder.trade(Trade {
                    instrument: 0,
                    entry: self.entry.row,
                    exit: row,
                    side: if before > 0.0 { 1 } else { -1 },
                    size: closed,
                    entry_price: self.entry.price,
                    exit_price: fill,
                    pnl: gain - commission,
                    commission,
                    reason,
                });
            }
        }
        if opened > 0.0 && before * change > 0.0 {
            let (held, mark) = (before.abs(), self.market.prices[row]);
            self.entry.price = (self.entry.price * held + fill * opened) / (held + opened);
            self.entry.mark = (self.entry.mark * held + mark * opened) / (held + opened);
            self.entry.fee += fee * opened;
        } else if opened > 0.0 {
            self.entry = Entry {
                row,
                price: fill,
                mark: self.market.prices[row],
                fee: fee * opened,
            };
        }
    }

    /// The prices that close the position, measured from the price at which it was taken up.
    fn exits(&self) -> (f64, f64) {
        if self.position == 0.0 {
            return UNBOUNDED;
        }
        let entry = self.entry.mark;
        let stop = self.rules.distance(self.rules.stop_loss, entry);
        let take = self.rules.distance(self.rules.take_profit, entry);
        if self.position > 0.0 {
            (entry - stop, entry + take)
        } else {
            (entry - take, entry + stop)
        }
    }
}
