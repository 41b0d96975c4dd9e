//! The loops that trade: from event to event, with nothing but a straight line of profit between them.
//!
//! Both do the same with the same [`Account`]. Where prices can close a position, the next event is looked for behind
//! each one; where signals alone trade, all of them are seen in one pass over words of eight signals.

#![expect(
    clippy::needless_bitwise_bool,
    reason = "a scan without branches is one the compiler vectorises"
)]

mod words;

use std::ops::Range;

use crate::account::Account;
use crate::{BacktestError, Market, Rules, Totals, Trade};
pub(crate) use words::WORD;

/// Rows looked at in one step where the price can close a position; bounds what is looked at twice.
const STEP: usize = 256;

/// What a backtest leaves behind, besides its sums.
pub(crate) trait Recorder {
    /// Whether trades are wanted; their book-keeping is left out otherwise.
    const TRADES: bool;

    /// Over `rows` the profit is a straight line in the price.
    fn hold(&mut self, rows: Range<usize>, prices: &[f64], line: Line);

    /// The same for the eight rows from `row` on, as far as nothing else is said of them before [`Self::finish`].
    fn eight(&mut self, row: usize, prices: &[f64; WORD], line: Line);

    /// All has been said of `rows`.
    fn finish(&mut self, rows: Range<usize>);

    /// Both at once, for eight rows in which nothing happens: nearly all of them.
    #[inline]
    fn quiet(&mut self, row: usize, prices: &[f64; WORD], line: Line) {
        self.eight(row, prices, line);
        self.finish(row..row + WORD);
    }

    /// A round trip has ended, or is open behind the last row.
    fn trade(&mut self, trade: Trade);
}

/// Profit as a function of the price while nothing is traded: `offset + scale · (price − anchor)`, money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub(crate) offset: f64,
    pub(crate) scale: f64,
    pub(crate) anchor: f64,
}

impl Line {
    /// The equity of an account that began with `cash`.
    #[inline]
    pub(crate) fn above(self, cash: f64) -> Self {
        Self {
            offset: self.offset + cash,
            ..self
        }
    }

    #[inline]
    pub(crate) fn at(self, price: f64) -> f64 {
        self.offset + self.scale * (price - self.anchor)
    }
}

/// Trades `market` by `rules`; both have been validated.
///
/// What is done at a row depends on that row and those before it alone: rows are visited in order, and the signal
/// that acts at `row` is the one of `row − delay`.
pub(crate) fn run<R: Recorder>(market: &Market<'_>, rules: &Rules, recorder: &mut R) -> Totals {
    if rules.has_exits() {
        by_event(market, rules, recorder)
    } else {
        words::run::<R, false>(market, rules, recorder).unwrap_or_default()
    }
}

/// The same where the rows of `market` have still to be judged. After an error what was recorded means nothing.
pub(crate) fn run_judged<R: Recorder>(
    market: &Market<'_>,
    rules: &Rules,
    recorder: &mut R,
) -> Result<Totals, BacktestError> {
    if rules.has_exits() {
        market.validate_rows(0..market.prices.len())?;
        Ok(by_event(market, rules, recorder))
    } else {
        words::run::<R, true>(market, rules, recorder)
    }
}

fn by_event<R: Recorder>(market: &Market<'_>, rules: &Rules, recorder: &mut R) -> Totals {
    let rows = market.prices.len();
    let mut account = Account::new(market, rules);
    let (mut held_since, mut next) = (0, rules.delay.min(rows));
    loop {
        let event = next_event(&account, market, rules, next);
        account.hold(held_since..event, recorder);
        if event == rows {
            break;
        }
        account.act(event, recorder);
        (held_since, next) = (event, event + 1);
    }
    account.finish(recorder)
}

/// The first row from `from` on at which something may be traded, or the number of rows.
#[inline]
fn next_event(account: &Account<'_>, market: &Market<'_>, rules: &Rules, from: usize) -> usize {
    let rows = market.prices.len();
    let (low, high) = account.bounds;
    if low == f64::NEG_INFINITY && high == f64::INFINITY {
        let arriving = &market.signals[from - rules.delay.min(from)..rows - rules.delay.min(rows)];
        return from + words::next_signal(arriving, account.quiet);
    }
    let mut start = from;
    while start < rows {
        let end = rows.min(start + STEP);
        let arriving = &market.signals[start - rules.delay..end - rules.delay];
        let signal = start + words::next_signal(arriving, account.quiet);
        let price = start + next_outside(&market.prices[start..signal], low, high);
        if price < end {
            return price;
        }
        start = end;
    }
    rows
}

/// The place of the first price at or outside the bounds, or the length.
#[inline]
fn next_outside(prices: &[f64], low: f64, high: f64) -> usize {
    let outside = |price: f64| (price <= low) | (price >= high);
    let mut chunks = prices.chunks_exact(WORD);
    let mut start = 0;
    for chunk in &mut chunks {
        if chunk.iter().fold(false, |any, &price| any | outside(price)) {
            break;
        }
        start += WORD;
    }
    let rest = &prices[start..];
    start
        + rest
            .iter()
            .position(|&price| outside(price))
            .unwrap_or(rest.len())
}
