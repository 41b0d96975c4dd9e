//! One or several instruments to one equity curve.

use std::ops::Range;

use crate::engine::{self, Line, Recorder};
use crate::{BacktestError, Market, Rules, Totals, Trade, drawdown};

/// What a backtest leaves behind besides the curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Trades with the number of their instrument, by instrument, then in order of their end.
    pub trades: Vec<(usize, Trade)>,
    /// Sums over all instruments.
    pub totals: Totals,
    /// Mean over the instruments of the share of rows at which a position was held; NaN without rows.
    pub exposure: f64,
}

struct Curve<'a> {
    instrument: usize,
    cash: f64,
    equity: &'a mut [f64],
    trades: &'a mut Vec<(usize, Trade)>,
}

impl Recorder for Curve<'_> {
    const TRADES: bool = true;

    #[inline]
    fn hold(&mut self, rows: Range<usize>, prices: &[f64], line: Line) {
        let equity = &mut self.equity[rows];
        if self.instrument == 0 {
            for (equity, &price) in equity.iter_mut().zip(prices) {
                *equity = self.cash + line.at(price);
            }
        } else {
            for (equity, &price) in equity.iter_mut().zip(prices) {
                *equity += line.at(price);
            }
        }
    }

    #[inline]
    fn trade(&mut self, trade: Trade) {
        self.trades.push((self.instrument, trade));
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
    let (mut trades, mut totals) = (Vec::new(), Totals::default());
    for (instrument, (market, rules)) in instruments.iter().enumerate() {
        let mut curve = Curve {
            instrument,
            cash,
            equity,
            trades: &mut trades,
        };
        totals.add(&engine::run(market, rules, &mut curve));
    }
    drawdown(equity, cash, down);
    Ok(Outcome {
        trades,
        totals,
        exposure: totals.rows_held as f64 / (rows * instruments.len()) as f64,
    })
}
