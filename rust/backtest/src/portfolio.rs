//! One or several instruments to one equity curve.

use std::ops::Range;

use crate::engine::{self, Line, Recorder, WORD};
use crate::statistics::{drawdown_from, under_peak};
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
        let line = line.above(self.cash);
        let (equity, down) = (&mut self.equity[rows.clone()], &mut self.down[rows]);
        for (equity, &price) in equity.iter_mut().zip(prices) {
            *equity = line.at(price);
        }
        drawdown_from(&mut self.peak, equity, down);
    }

    #[inline]
    fn eight(&mut self, row: usize, prices: &[f64; WORD], line: Line) {
        let line = line.above(self.cash);
        if let Some(equity) = self.equity[row..].first_chunk_mut() {
            *equity = prices.map(|price| line.at(price));
        }
    }

    fn finish(&mut self, rows: Range<usize>) {
        drawdown_from(&mut self.peak, &self.equity[rows.clone()], &mut self.down[rows]);
    }

    #[inline]
    fn quiet(&mut self, row: usize, prices: &[f64; WORD], line: Line) {
        let line = line.above(self.cash);
        let values = prices.map(|price| line.at(price));
        let equity = self.equity[row..].first_chunk_mut();
        if let (Some(equity), Some(down)) = (equity, self.down[row..].first_chunk_mut()) {
            *equity = values;
            under_peak(&mut self.peak, &values, down);
        }
    }

    #[inline]
    fn trade(&mut self, trade: Trade) {
        self.trades.push(trade);
    }
}

/// The profit of one of several instruments.
struct Together<'a> {
    instrument: u32,
    profit: &'a mut [f64],
    trades: &'a mut Vec<Trade>,
}

impl Recorder for Together<'_> {
    const TRADES: bool = true;

    #[inline]
    fn hold(&mut self, rows: Range<usize>, prices: &[f64], line: Line) {
        for (profit, &price) in self.profit[rows].iter_mut().zip(prices) {
            *profit = line.at(price);
        }
    }

    #[inline]
    fn eight(&mut self, row: usize, prices: &[f64; WORD], line: Line) {
        if let Some(profit) = self.profit[row..].first_chunk_mut() {
            *profit = prices.map(|price| line.at(price));
        }
    }

    fn finish(&mut self, _rows: Range<usize>) {}

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
/// be `equity` and `down`. The equity is `cash` and the sum of the instruments' profits. After an error both mean
/// nothing.
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
        market.validate_options(rules)?;
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
        let totals = engine::run_judged(market, rules, &mut alone)?;
        (alone.trades, totals)
    } else {
        let (mut trades, mut totals) = (Vec::new(), Totals::default());
        equity.fill(cash);
        for (instrument, (market, rules)) in (0..).zip(instruments) {
            let mut together = Together {
                instrument,
                profit: down,
                trades: &mut trades,
            };
            totals.add(&engine::run_judged(market, rules, &mut together)?);
            for (equity, profit) in equity.iter_mut().zip(&*down) {
                *equity += profit;
            }
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
