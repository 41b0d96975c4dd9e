//! Signals read eight at a time, a byte each.
//!
//! Most positions are held for a few dozen rows only: a loop with a branch per row, or one that ends at each event,
//! would be mispredicted there. So rows are visited in words of eight, each as if nothing happened in it, and where
//! something did, the eight rows from there on are said again.

use super::Recorder;
use crate::account::Account;
use crate::{BacktestError, Market, Rules, Totals};

/// Signals looked at together.
pub(crate) const WORD: usize = 8;
/// Rows that are judged, traded and finished while they are in the processor's first cache.
const TILE: usize = 64 * WORD;
const ALL: u64 = u64::MAX;

/// Trades a market whose `rules` have no exits, so that all events are signals.
///
/// With `JUDGE` prices and signals have still to be judged: that is done here, where they are at hand. After an error
/// what was recorded means nothing.
pub(super) fn run<R: Recorder, const JUDGE: bool>(
    market: &Market<'_>,
    rules: &Rules,
    recorder: &mut R,
) -> Result<Totals, BacktestError> {
    let rows = market.prices.len();
    let mut account = Account::new(market, rules);
    let first = rules.delay.min(rows);
    if JUDGE {
        market.validate_rows(0..first)?;
    }
    account.hold(0..first, recorder);
    let (mut row, mut held_since, mut line) = (first, first, account.line());
    while row < rows {
        let begin = row;
        let end = rows.min(row + TILE);
        if JUDGE {
            market.validate_rows(begin..end)?;
        }
        // Eight rows may be said from any row of a word, so eight have to follow it.
        let whole = end.min(rows.saturating_sub(WORD)).max(begin);
        let (words, _) = market.signals[begin - first..whole - first].as_chunks::<WORD>();
        for (signals, prices) in words.iter().zip(market.prices[begin..].as_chunks().0) {
            let heard = packed(*signals);
            let mut events = speaking(heard, account.quiet);
            if events == 0 {
                recorder.quiet(row, prices, line);
                row += WORD;
                continue;
            }
            recorder.eight(row, prices, line);
            while events != 0 {
                let place = events.trailing_zeros() as usize / 8;
                let event = row + place;
                account.count_held(event - held_since);
                held_since = event;
                account.follow(event, recorder);
                line = account.line();
                if let Some(prices) = market.prices[event..].first_chunk() {
                    recorder.eight(event, prices, line);
                }
                events = speaking(heard, account.quiet) & behind(place);
            }
            recorder.finish(row..row + WORD);
            row += WORD;
        }
        for row in row..end {
            let signal = market.signals[row - first];
            if signal != account.quiet.0 && signal != account.quiet.1 {
                account.count_held(row - held_since);
                held_since = row;
                account.follow(row, recorder);
                line = account.line();
            }
            recorder.hold(row..row + 1, &market.prices[row..=row], line);
        }
        row = end;
    }
    account.count_held(rows - held_since);
    Ok(account.finish(recorder))
}

/// The place of the first signal that is neither of `quiet`, or the length.
#[inline]
pub(super) fn next_signal(signals: &[i8], quiet: (i8, i8)) -> usize {
    let (words, rest) = signals.as_chunks::<WORD>();
    for (place, word) in words.iter().enumerate() {
        let speaking = speaking(packed(*word), quiet);
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

#[inline]
fn packed(signals: [i8; WORD]) -> u64 {
    u64::from_le_bytes(signals.map(i8::cast_unsigned))
}

/// The highest bit of each byte whose signal is neither of `quiet`.
#[inline]
fn speaking(word: u64, quiet: (i8, i8)) -> u64 {
    nonzero_bytes(word ^ repeated(quiet.0)) & nonzero_bytes(word ^ repeated(quiet.1))
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

/// The bytes behind the `place`-th.
#[inline]
fn behind(place: usize) -> u64 {
    // In two steps, as nothing is behind the last byte and no shift by 64 exists.
    ALL << 8 << (8 * place)
}
