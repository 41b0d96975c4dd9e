//! What is traded on: prices, signals, sizes and quotes of one instrument, side by side.

use std::ops::Range;

use crate::engine::WORD;
use crate::rules::check;
use crate::{BacktestError, Rules};

/// How many values are looked at before the place of a bad one is searched for.
const BLOCK: usize = 256;
/// Sums kept side by side.
const LANES: usize = WORD;

/// Units a signal stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sizes<'a> {
    /// The same for each signal.
    Fixed(f64),
    /// One per row: the signal of that row means this many units.
    Rows(&'a [f64]),
}

/// Where a fill stands beside the price of its row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quotes<'a> {
    /// A spread of so many ticks around the price: a buy pays half of it, a sale loses half of it.
    Spread(f64),
    /// The same, one spread per row.
    Spreads(&'a [f64]),
    /// A buy is filled at the ask, a sale at the bid.
    BidAsk {
        /// Best bids, price.
        bids: &'a [f64],
        /// Best asks, price.
        asks: &'a [f64],
    },
}

/// One instrument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Market<'a> {
    /// One per row; positions are marked at them.
    pub prices: &'a [f64],
    /// 1 long, −1 short, 0 as before.
    pub signals: &'a [i8],
    /// Units of each signal.
    pub sizes: Sizes<'a>,
    /// Beside the price.
    pub quotes: Quotes<'a>,
}

impl<'a> Market<'a> {
    /// One unit, filled at the price itself.
    pub fn new(prices: &'a [f64], signals: &'a [i8]) -> Self {
        Self {
            prices,
            signals,
            sizes: Sizes::Fixed(1.0),
            quotes: Quotes::Spread(0.0),
        }
    }

    /// Refuses what has no meaning under `rules`.
    pub fn validate(&self, rules: &Rules) -> Result<(), BacktestError> {
        self.validate_options(rules)?;
        self.validate_rows(0..self.prices.len())
    }

    /// All of it but prices and signals: lengths, sizes and quotes.
    pub(crate) fn validate_options(&self, rules: &Rules) -> Result<(), BacktestError> {
        let length = |name, length| {
            if length == self.prices.len() {
                return Ok(());
            }
            let prices = self.prices.len();
            Err(BacktestError::Length { name, length, prices })
        };
        length("signals", self.signals.len())?;
        match self.sizes {
            Sizes::Fixed(size) => check("sizes", size, size >= 0.0, "a finite number, 0 or more")?,
            Sizes::Rows(sizes) => {
                length("sizes", sizes.len())?;
                not_negative("sizes", sizes)?;
            }
        }
        match self.quotes {
            Quotes::Spread(spread) => {
                check(
                    "spread",
                    spread,
                    spread >= 0.0,
                    "a finite number of ticks, 0 or more",
                )?;
                if spread > 0.0 {
                    rules.tick("spread")?;
                }
            }
            Quotes::Spreads(spreads) => {
                length("spread", spreads.len())?;
                not_negative("spread", spreads)?;
                rules.tick("spread")?;
            }
            Quotes::BidAsk { bids, asks } => {
                length("bids", bids.len())?;
                length("asks", asks.len())?;
                quotes(bids, asks)?;
            }
        }
        Ok(())
    }

    /// The prices and signals of `rows`; the lengths have been validated.
    pub(crate) fn validate_rows(&self, rows: Range<usize>) -> Result<(), BacktestError> {
        self.validate_prices(rows.clone())?;
        self.validate_signals(rows)
    }

    pub(crate) fn validate_prices(&self, rows: Range<usize>) -> Result<(), BacktestError> {
        match first_not_finite(&self.prices[rows.clone()]) {
            None => Ok(()),
            Some((place, value)) => Err(BacktestError::Price {
                index: rows.start + place,
                value,
            }),
        }
    }

    pub(crate) fn validate_signals(&self, rows: Range<usize>) -> Result<(), BacktestError> {
        match first_not_signal(&self.signals[rows.clone()]) {
            None => Ok(()),
            Some((place, value)) => Err(BacktestError::Signal {
                index: rows.start + place,
                value: f64::from(value),
            }),
        }
    }

    /// The price of a fill at `row`, before slippage.
    #[inline]
    pub(crate) fn quote(&self, rules: &Rules, row: usize, buy: bool) -> f64 {
        let price = self.prices[row];
        let half = match self.quotes {
            Quotes::Spread(spread) => rules.ticks(spread) / 2.0,
            Quotes::Spreads(spreads) => rules.ticks(spreads[row]) / 2.0,
            Quotes::BidAsk { asks, .. } if buy => return asks[row],
            Quotes::BidAsk { bids, .. } => return bids[row],
        };
        if buy { price + half } else { price - half }
    }
}

/// The first value that is not sound.
///
/// Whole blocks are judged by `clean`, which has no branch per value; only a bad block is searched.
fn first_bad<T: Copy>(
    values: &[T],
    clean: impl Fn(&[T; BLOCK]) -> bool,
    sound: impl Fn(T) -> bool,
) -> Option<(usize, T)> {
    let (blocks, rest) = values.as_chunks::<BLOCK>();
    let first = blocks
        .iter()
        .position(|block| !clean(block))
        .unwrap_or(blocks.len())
        * BLOCK;
    debug_assert!(first + rest.len() <= values.len());
    let place = values[first..].iter().position(|&value| !sound(value))?;
    Some((first + place, values[first + place]))
}

/// The first value that is NaN or infinite: zero times it is NaN, and a sum never gets rid of that.
fn first_not_finite(values: &[f64]) -> Option<(usize, f64)> {
    let clean = |block: &[f64; BLOCK]| {
        let mut sums = [0.0; LANES];
        for lanes in block.as_chunks::<LANES>().0 {
            for (sum, value) in sums.iter_mut().zip(lanes) {
                *sum += value * 0.0;
            }
        }
        sums.iter().sum::<f64>() == 0.0
    };
    first_bad(values, clean, f64::is_finite)
}

/// The first signal of int8 that is none.
fn first_not_signal(signals: &[i8]) -> Option<(usize, i8)> {
    let clean = |block: &[i8; BLOCK]| {
        let highest = block.iter().fold(0, |highest: u8, signal| {
            highest.max(signal.cast_unsigned().wrapping_add(1))
        });
        highest <= 2
    };
    first_bad(signals, clean, |signal| (-1..=1).contains(&signal))
}

fn not_negative(name: &'static str, values: &[f64]) -> Result<(), BacktestError> {
    let sound = |value: f64| value.is_finite() && value >= 0.0;
    match values.iter().position(|&value| !sound(value)) {
        None => Ok(()),
        Some(index) => Err(BacktestError::Element {
            name,
            index,
            value: values[index],
            wanted: "a finite number, 0 or more",
        }),
    }
}

fn quotes(bids: &[f64], asks: &[f64]) -> Result<(), BacktestError> {
    for (name, values) in [("bids", bids), ("asks", asks)] {
        if let Some((index, value)) = first_not_finite(values) {
            let wanted = "a finite number";
            return Err(BacktestError::Element {
                name,
                index,
                value,
                wanted,
            });
        }
    }
    match asks.iter().zip(bids).position(|(ask, bid)| ask < bid) {
        None => Ok(()),
        Some(index) => Err(BacktestError::Element {
            name: "asks",
            index,
            value: asks[index],
            wanted: "the bid or above",
        }),
    }
}

/// Signals from numbers: −1, 0 and 1 as they are, everything else refused with its place.
pub fn signals(values: &[f64]) -> Result<Vec<i8>, BacktestError> {
    let mut signals = vec![0; values.len()];
    for (begin, (values, signals)) in (0..)
        .step_by(BLOCK)
        .zip(values.chunks(BLOCK).zip(signals.chunks_mut(BLOCK)))
    {
        // Without a branch per value, so that the compiler vectorises it; only a bad block is searched.
        let sound = |value: f64| matches!(value, 0.0 | 1.0 | -1.0);
        let mut all_sound = true;
        for (&value, signal) in values.iter().zip(&mut *signals) {
            *signal = i8::from(value > 0.0).wrapping_sub(i8::from(value < 0.0));
            all_sound &= sound(value);
        }
        let first_bad = || values.iter().position(|&value| !sound(value));
        if let Some(place) = (!all_sound).then(first_bad).flatten() {
            return Err(BacktestError::Signal {
                index: begin + place,
                value: values[place],
            });
        }
    }
    Ok(signals)
}

/// Signals from whole numbers, by the same rule.
pub fn whole_signals(values: &[i64]) -> Result<Vec<i8>, BacktestError> {
    match values.iter().position(|value| !(-1..=1).contains(value)) {
        None => Ok(values.iter().map(|&value| value as i8).collect()),
        Some(index) => Err(BacktestError::Signal {
            index,
            value: values[index] as f64,
        }),
    }
}
