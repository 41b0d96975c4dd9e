//! The one loop that trades: from event to event, with nothing but a straight line of profit between them.

#![expect(
    clippy::needless_bitwise_bool,
    reason = "a scan without branches is one the compiler vectorises"
)]

use std::ops::Range;

use crate::account::Account;
use crate::{Market, Rules, Totals, Trade};

/// Rows looked at in one step where the price can close a position; bounds what is looked at twice.
const STEP: usize = 256;
/// Signals looked at together.
const WORD: usize = 8;

/// What a backtest leaves behind, besides its sums.
pub(crate) trait Recorder {
    /// Whether trades are wanted; their book-keeping is left out otherwise.
    const TRADES: bool;

    /// Over `rows` the profit is a straight line in the price.
    fn hold(&mut self, rows: Range<usize>, prices: &[f64], line: Line);

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
        return from + next_signal(arriving, account.quiet);
    }
    let mut start = from;
    while start < rows {
        let end = rows.min(start + STEP);
        let arriving = &market.signals[start - rules.delay..end - rules.delay];
        let signal = start + next_signal(arriving, account.quiet);
        let price = start + next_outside(&market.prices[start..signal], low, high);
        if price < end {
            return price;
        }
        start = end;
    }
    rows
}

/// The place of the first signal that is neither of `quiet`, or the length.
///
/// Eight signals are compared at once, a byte each, and the place is read from the bits: most positions are held
/// for a few dozen rows only, where a loop with a branch per row would be mispredicted at each end.
#[inline]
fn next_signal(signals: &[i8], quiet: (i8, i8)) -> usize {
    let (first, second) = (repeated(quiet.0), repeated(quiet.1));
    let (words, rest) = signals.as_chunks::<WORD>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(word.map(i8::cast_unsigned));
        let speaking = nonzero_bytes(word ^ first) & nonzero_bytes(word ^ second);
        if speaking != 0 {
            return place * WORD + speaking.trailing_zeros() as usize / 8;
        }
    }
    let speaks = |signal: i8| signal != quiet.0 && signal != quiet.1;
    signals.len() - rest.len()
        + rest
            .iter()
            .position(|&signal| speaks(signal))
            .unwrap_or(rest.len())
}

fn repeated(signal: i8) -> u64 {
    u64::from_le_bytes([signal.cast_unsigned(); WORD])
}

/// The highest bit of each byte that is not zero; no sum below leaves its byte.
#[inline]
fn nonzero_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    (((word & LOW) + LOW) | word) & !LOW
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
