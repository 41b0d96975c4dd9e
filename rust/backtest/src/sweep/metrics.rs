//! What is kept of each set.

use std::ops::Range;

use crate::engine::{self, Line, Recorder, WORD};
use crate::{CurveStatistics, Market, Rules, Trade, TradeStatistics, max_drawdown};

/// The figures of one backtest, as its report would give them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// Profit after all costs, money.
    pub pnl: f64,
    /// See [`CurveStatistics::sharpe`].
    pub sharpe: f64,
    /// See [`CurveStatistics::sortino`].
    pub sortino: f64,
    /// Largest drawdown, money.
    pub max_drawdown: f64,
    /// Closed trades.
    pub trades: usize,
    /// See [`TradeStatistics::win_rate`].
    pub win_rate: f64,
    /// See [`TradeStatistics::profit_factor`].
    pub profit_factor: f64,
    /// Traded notional, money.
    pub turnover: f64,
    /// Share of rows at which a position was held.
    pub exposure: f64,
}

struct Measured<'a> {
    equity: &'a mut [f64],
    trades: TradeStatistics,
}

impl Recorder for Measured<'_> {
    const TRADES: bool = true;

    #[inline]
    fn hold(&mut self, rows: Range<usize>, prices: &[f64], line: Line) {
        for (equity, &price) in self.equity[rows].iter_mut().zip(prices) {
            *equity = line.at(price);
        }
    }

    #[inline]
    fn eight(&mut self, row: usize, prices: &[f64; WORD], line: Line) {
        if let Some(equity) = self.equity[row..].first_chunk_mut() {
            *equity = prices.map(|price| line.at(price));
        }
    }

    fn finish(&mut self, _rows: Range<usize>) {}

    #[inline]
    fn trade(&mut self, trade: Trade) {
        self.trades.take(&trade);
    }
}

impl Metrics {
    /// Of a market and rules that have been validated; `equity` is room for as many rows.
    pub(super) fn measure(
        market: &Market<'_>,
        rules: &Rules,
        periods_per_year: f64,
        equity: &mut [f64],
    ) -> Self {
        let mut measured = Measured {
            equity,
            trades: TradeStatistics::default(),
        };
        let totals = engine::run(market, rules, &mut measured);
        let trades = measured.trades;
        let curve = CurveStatistics::new(measured.equity, 0.0, periods_per_year);
        Self {
            pnl: totals.pnl,
            sharpe: curve.sharpe,
            sortino: curve.sortino,
            max_drawdown: max_drawdown(measured.equity, 0.0),
            trades: trades.closed,
            win_rate: trades.win_rate(),
            profit_factor: trades.profit_factor(),
            turnover: totals.turnover,
            exposure: totals.rows_held as f64 / market.prices.len() as f64,
        }
    }
}
