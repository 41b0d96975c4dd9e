//! What an equity curve and its trades are judged by.

#![expect(
    clippy::needless_bitwise_bool,
    reason = "a scan without branches is one the compiler vectorises"
)]

use crate::engine::WORD;
use crate::{Exit, Trade};

/// Sums kept side by side, so that the compiler may add them together.
pub(crate) const LANES: usize = WORD;

/// Figures of an equity curve. A row's change of equity is the return on a constant capital, which cancels from both
/// ratios; the benchmark is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveStatistics {
    /// Mean change per row, money.
    pub mean: f64,
    /// Standard deviation of the changes (divisor n − 1), money.
    pub deviation: f64,
    /// Root of the mean square of the losses over all rows, money.
    pub downside: f64,
    /// `mean / deviation · √periods_per_year` (Sharpe 1994); NaN without deviation.
    pub sharpe: f64,
    /// `mean / downside · √periods_per_year` (Sortino & Price 1994, target 0); NaN without a loss.
    pub sortino: f64,
}

impl CurveStatistics {
    /// Of `equity`, which began at `cash`; the first row's change is the one from there.
    pub fn new(equity: &[f64], cash: f64, periods_per_year: f64) -> Self {
        let rows = equity.len() as f64;
        let (Some(&first), Some(&last)) = (equity.first(), equity.last()) else {
            return Self::of_moments(f64::NAN, f64::NAN, f64::NAN, periods_per_year);
        };
        let mean = (last - cash) / rows;
        let (mut squares, mut losses) = ([0.0; LANES], [0.0; LANES]);
        let (old_chunks, old_rest) = equity[..equity.len() - 1].as_chunks::<LANES>();
        let (new_chunks, new_rest) = equity[1..].as_chunks::<LANES>();
        for (old, new) in old_chunks.iter().zip(new_chunks) {
            for lane in 0..LANES {
                let change = new[lane] - old[lane];
                let (deviation, loss) = (change - mean, if change < 0.0 { change } else { 0.0 });
                squares[lane] += deviation * deviation;
                losses[lane] += loss * loss;
            }
        }
        let rest = old_rest.iter().zip(new_rest).map(|(old, new)| new - old);
        for change in rest.chain([first - cash]) {
            squares[0] += (change - mean) * (change - mean);
            losses[0] += change.min(0.0) * change.min(0.0);
        }
        let variance = squares.iter().sum::<f64>() / (rows - 1.0);
        let downside = (losses.iter().sum::<f64>() / rows).sqrt();
        Self::of_moments(mean, variance.sqrt(), downside, periods_per_year)
    }

    fn of_moments(mean: f64, deviation: f64, downside: f64, periods_per_year: f64) -> Self {
        Self {
            mean,
            deviation,
            downside,
            sharpe: ratio(mean, deviation, periods_per_year),
            sortino: ratio(mean, downside, periods_per_year),
        }
    }
}

/// What is earned for a risk, annualised; NaN without a risk.
pub(crate) fn ratio(mean: f64, spread: f64, periods_per_year: f64) -> f64 {
    if spread > 0.0 {
        mean / spread * periods_per_year.sqrt()
    } else {
        f64::NAN
    }
}

/// Writes how far `equity` stands under its highest value so far, `cash` at the start included.
pub fn drawdown(equity: &[f64], cash: f64, out: &mut [f64]) {
    let mut peak = cash;
    drawdown_from(&mut peak, equity, out);
}

/// The same for a part of a curve: `peak` is the highest value before it, and then that of its end.
#[inline]
pub(crate) fn drawdown_from(peak: &mut f64, equity: &[f64], out: &mut [f64]) {
    let (chunks, rest) = equity.as_chunks::<LANES>();
    let (out_chunks, out_rest) = out.as_chunks_mut::<LANES>();
    for (equity, out) in chunks.iter().zip(out_chunks) {
        under_peak(peak, equity, out);
    }
    for (equity, out) in rest.iter().zip(out_rest) {
        *peak = higher(*peak, *equity);
        *out = *peak - equity;
    }
}

/// The same for a few values. Where none of them is a peak they don't wait for each other, and the peak is not written,
/// so that whoever reads it next needs not wait either.
#[inline]
pub(crate) fn under_peak(peak: &mut f64, equity: &[f64; LANES], out: &mut [f64; LANES]) {
    let highest = *peak;
    if equity.iter().fold(true, |all, &equity| all & (equity <= highest)) {
        *out = equity.map(|equity| highest - equity);
        return;
    }
    for (out, &equity) in out.iter_mut().zip(equity) {
        *peak = higher(*peak, equity);
        *out = *peak - equity;
    }
}

/// The largest drawdown of `equity`, money.
pub fn max_drawdown(equity: &[f64], cash: f64) -> f64 {
    let (mut peak, mut deepest) = (cash, 0.0);
    let (chunks, rest) = equity.as_chunks::<LANES>();
    for chunk in chunks {
        let (lowest, highest) = chunk
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &equity| {
                (if equity < low { equity } else { low }, higher(high, equity))
            });
        // Nothing in a chunk can be deeper than from the highest peak to its lowest value.
        if higher(peak, highest) - lowest > deepest {
            for &equity in chunk {
                peak = higher(peak, equity);
                deepest = higher(deepest, peak - equity);
            }
        }
        peak = higher(peak, highest);
    }
    for &equity in rest {
        peak = higher(peak, equity);
        deepest = higher(deepest, peak - equity);
    }
    deepest
}

/// The largest drawdown as a fraction of the peak it came from; NaN unless `cash` is above 0.
pub fn max_drawdown_fraction(equity: &[f64], cash: f64) -> f64 {
    if cash <= 0.0 {
        return f64::NAN;
    }
    let (mut peak, mut deepest) = (cash, 0.0);
    for &equity in equity {
        peak = higher(peak, equity);
        // The quotient is taken only where it can matter.
        if peak - equity > deepest * peak {
            deepest = (peak - equity) / peak;
        }
    }
    deepest
}

/// Unlike `f64::max` this is one instruction; equity is never NaN.
#[inline]
pub(crate) fn higher(left: f64, right: f64) -> f64 {
    if right > left { right } else { left }
}

/// Sums over closed trades.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TradeStatistics {
    /// Closed trades.
    pub closed: usize,
    /// Those with a profit after commission.
    pub winners: usize,
    /// Their profits, money.
    pub gross_profit: f64,
    /// What the others lost, as a positive number, money.
    pub gross_loss: f64,
}

impl TradeStatistics {
    /// Of all of `trades`.
    pub fn new(trades: &[Trade]) -> Self {
        let mut sums = Self::default();
        for trade in trades {
            sums.take(trade);
        }
        sums
    }

    /// Counts one more trade in; an open one is passed over.
    pub fn take(&mut self, trade: &Trade) {
        if trade.reason == Exit::Open {
            return;
        }
        self.closed += 1;
        // Whether a trade won can't be foretold, so there is no branch.
        let won = trade.pnl > 0.0;
        self.winners += usize::from(won);
        self.gross_profit += if won { trade.pnl } else { 0.0 };
        self.gross_loss -= if won { 0.0 } else { trade.pnl };
    }

    /// Share of the closed trades that won; NaN when none closed.
    pub fn win_rate(&self) -> f64 {
        self.winners as f64 / self.closed as f64
    }

    /// Gross profit over gross loss; infinite without a loss, NaN without either.
    pub fn profit_factor(&self) -> f64 {
        self.gross_profit / self.gross_loss
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "the tests state exact values")]

    use super::*;

    #[test]
    fn the_ratios_are_the_papers() {
        // Changes 2, −1, 3, 0 from a start of 10: mean 1, sample variance 10/3, downside √(1/4).
        let statistics = CurveStatistics::new(&[12.0, 11.0, 14.0, 14.0], 10.0, 4.0);
        assert_eq!(statistics.mean, 1.0);
        assert!((statistics.deviation - (10.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((statistics.sharpe - 2.0 / (10.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((statistics.sortino - 4.0).abs() < 1e-15);
    }

    #[test]
    fn lanes_and_rest_are_all_counted() {
        let equity: Vec<f64> = (0..37).map(|row| f64::from(row * row % 11)).collect();
        let changes: Vec<f64> = std::iter::once(equity[0])
            .chain(equity.windows(2).map(|pair| pair[1] - pair[0]))
            .collect();
        let mean = changes.iter().sum::<f64>() / 37.0;
        let variance = changes.iter().map(|change| (change - mean).powi(2)).sum::<f64>() / 36.0;
        let downside = changes.iter().map(|change| change.min(0.0).powi(2)).sum::<f64>() / 37.0;
        let statistics = CurveStatistics::new(&equity, 0.0, 1.0);
        assert!((statistics.deviation - variance.sqrt()).abs() < 1e-12);
        assert!((statistics.downside - downside.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_ratio_without_a_spread_is_no_number() {
        for equity in [&[][..], &[5.0], &[5.0, 5.0]] {
            let statistics = CurveStatistics::new(equity, 5.0, 252.0);
            assert!(
                statistics.sharpe.is_nan() && statistics.sortino.is_nan(),
                "{equity:?}"
            );
        }
    }

    #[test]
    fn drawdown_is_measured_from_the_highest_so_far() {
        let equity = [9.0, 12.0, 6.0, 15.0, 11.0];
        let mut down = [0.0; 5];
        drawdown(&equity, 10.0, &mut down);
        assert_eq!(down, [1.0, 0.0, 6.0, 0.0, 4.0]);
        assert_eq!(max_drawdown(&equity, 10.0), 6.0);
        assert_eq!(max_drawdown_fraction(&equity, 10.0), 0.5);
        assert!(max_drawdown_fraction(&equity, 0.0).is_nan());
    }

    #[test]
    fn chunks_see_what_single_rows_would() {
        let equity: Vec<f64> = (0..203)
            .map(|row| f64::from(row * 37 % 101) + f64::from(row) / 9.0)
            .collect();
        let mut down = vec![0.0; equity.len()];
        drawdown(&equity, 20.0, &mut down);
        let (mut peak, mut deepest) = (20.0_f64, 0.0_f64);
        for (equity, down) in equity.iter().zip(down) {
            peak = peak.max(*equity);
            deepest = deepest.max(peak - equity);
            assert_eq!(down, peak - equity);
        }
        assert_eq!(max_drawdown(&equity, 20.0), deepest);
    }

    #[test]
    fn an_open_trade_neither_wins_nor_loses() {
        let trade = |pnl, reason| Trade {
            instrument: 0,
            entry: 0,
            exit: 1,
            side: 1,
            size: 1.0,
            entry_price: 1.0,
            exit_price: 1.0,
            pnl,
            commission: 0.0,
            reason,
        };
        let trades = [
            trade(3.0, Exit::Signal),
            trade(-2.0, Exit::StopLoss),
            trade(0.0, Exit::Signal),
            trade(9.0, Exit::Open),
        ];
        let statistics = TradeStatistics::new(&trades);
        assert_eq!((statistics.closed, statistics.winners), (3, 1));
        assert_eq!(statistics.profit_factor(), 1.5);
        assert!(TradeStatistics::default().win_rate().is_nan());
        assert!(TradeStatistics::default().profit_factor().is_nan());
    }
}
