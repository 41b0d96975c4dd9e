//! One or several instruments to one equity curve.

use std::ops::Range;

use crate::engine::{self, Line, Recorder};
use crate::statistics::{LANES, higher, under_peak};
use crate::{BacktestError, Market, Rules, Totals, Trade, drawdown};

/// What a backtest leaves behind besides the curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// By instrument, then in order of their end.
    pub trades: Vec<Trade>,
    /// Sums over all instruments.
    pub totals: Totals,
    /// Mean over the instruments of the share of rows at which a position was held; NaN without rows.
    pub exposure: f64,
}

/// Both curves of one instrument in one pass, since the memory they go to is what takes the time.
struct Alone<'a> {
    cash: f64,
    peak: f64,
    equity: &'a mut [f64],
    down: &'a mut [f64],
    trades: Vec<Trade>,
}

impl Recorder for Alone<'_> {
    const TRADES: bool = true;

    #[inline]
    fn hold(&mut self, rows: Range<usize>, prices: &[f64], line: Line) {
        let (equity, equity_rest) = self.equity[rows.clone()].as_chunks_mut::<LANES>();
        let (down, down_rest) = self.down[rows].as_chunks_mut::<LANES>();
        let (chunks, rest) = prices.as_chunks::<LANES>();
        for ((prices, equity), down) in chunks.iter().zip(equity).zip(down) {
            *equity = prices.map(|price| self.cash + line.at(price));
            self.peak = under_peak(self.peak, equity, down);
        }
        for ((&price, equity), down) in rest.iter().zip(equity_rest).zip(down_rest) {
            *equity = self.cash + line.at(price);
            self.peak = higher(self.peak, *equity);
            *down = self.peak - *equity;
        }
    }

    #[inline]
    fn trade(&mut self, trade: Trade) {
        self.trades.push(trade);
    }
}

/// The equity of several instruments, one after the other.
struct Together<'a> {
    instrument: u32,
    cash: f64,
    equity: &'a mut [f64],
    trades: &'a mut Vec<Trade>,
}

impl Recorder for Together<'_> {
    const TRADES: bool = true;

    #[inline]
    fn hold(&mut self, rows: Range<usize>, prices: &[f64], line: Line) {
        let first = self.instrument == 0;
        for (equity, &price) in self.equity[rows].iter_mut().zip(prices) {
            let before = if first { self.cash } else { *equity };
            *equity = before + line.at(price);
        }
    }

    fn trade(&mut self, trade: Trade) {
        self.trades.push(Trade {
            instrument: self.instrument,
            ..trade
        });
    }
}

/// Trades each instrument by its rules and writes the portfolio's equity and drawdown, money, one per row.
///
/// All instruments have one clock: row i is the same moment for each of them, so they are equally long, and so must
/// be `equity` and `down`. The equity is `cash` and the sum of the instruments' profits.
pub fn backtest(
    instruments: &[(Market<'_>, Rules)],
    cash: f64,
    equity: &mut [f64],
    down: &mut [f64],
) -> Result<Outcome, BacktestError> {
    if !cash.is_finite() {
        return Err(BacktestError::Option {
            name: "cash",
            value: cash,
            wanted: "a finite number",
        });
    }
    let Some((first, _)) = instruments.first() else {
        return Err(BacktestError::NoInstrument);
    };
    let rows = first.prices.len();
    for length in [equity.len(), down.len()]
        .into_iter()
        .chain(instruments.iter().map(|(market, _)| market.prices.len()))
    {
        if length != rows {
            return Err(BacktestError::Length {
                name: "an output or another instrument's prices",
                length,
                prices: rows,
            });
        }
    }
    for (market, rules) in instruments {
        rules.validate()?;
        market.validate(rules)?;
    }
    let (trades, totals) = if let [(market, rules)] = instruments {
        let trades = Vec::new();
        let mut alone = Alone {
            cash,
            peak: cash,
            equity,
            down,
            trades,
        };
        let totals = engine::run(market, rules, &mut alone);
        (alone.trades, totals)
    } else {
        let (mut trades, mut totals) = (Vec::new(), Totals::default());
        for (instrument, (market, rules)) in (0..).zip(instruments) {
            let mut together = Together {
                instrument,
                cash,
                equity,
                trades: &mut trades,
            };
            totals.add(&engine::run(market, rules, &mut together));
        }
        drawdown(equity, cash, down);
        (trades, totals)
    };
    Ok(Outcome {
        trades,
        totals,
        exposure: totals.rows_held as f64 / (rows * instruments.len()) as f64,
    })
}
