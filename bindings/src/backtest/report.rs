//! What a backtest gives back to Python.

use ::backtest::{
    CurveStatistics, Exit, Outcome, Totals, TradeStatistics, max_drawdown, max_drawdown_fraction,
};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyTuple, PyType};

use super::trades::{kind, structured};
use crate::arguments::refuse;

/// The arrays a backtest wrote.
pub(super) struct Curves<'py> {
    pub(super) equity: Bound<'py, PyArray1<f64>>,
    pub(super) drawdown: Bound<'py, PyArray1<f64>>,
}

/// What it was asked with.
pub(super) struct Setting {
    pub(super) instruments: Vec<String>,
    pub(super) cash: f64,
    pub(super) periods_per_year: f64,
    pub(super) timestamps_us: Option<Py<PyArray1<i64>>>,
}

/// The result of `backtest`. Money is in units of price × units × multiplier; arrays are read-only.
///
/// A row's return is its change of equity on a constant capital: positions have fixed units and nothing is reinvested,
/// so the capital cancels from Sharpe and Sortino, whose benchmark is zero. The first row's change is the one from
/// `cash`. Curves and trades are made by the backtest; the ratios when they are first asked for. A report can be
/// pickled and copied.
#[pyclass(frozen, module = "trading_rust")]
pub(crate) struct BacktestReport {
    equity: Py<PyArray1<f64>>,
    drawdown: Py<PyArray1<f64>>,
    trades: Py<PyAny>,
    totals: Totals,
    exposure: f64,
    of_trades: TradeStatistics,
    setting: Setting,
    curve: PyOnceLock<(CurveStatistics, f64, f64)>,
}

/// What a pickle holds of a report beside its arrays and setting: the sums, exposure and the figures of the trades.
type Figures = ([f64; 4], [usize; 4], [f64; 3]);
/// Of [`BacktestReport::__reduce__`].
const PICKLE_VERSION: u32 = 1;

impl BacktestReport {
    pub(super) fn new(
        py: Python<'_>,
        curves: Curves<'_>,
        outcome: Outcome,
        setting: Setting,
    ) -> PyResult<Self> {
        let of_trades = TradeStatistics::new(&outcome.trades);
        Ok(Self {
            equity: read_only(curves.equity)?,
            drawdown: read_only(curves.drawdown)?,
            trades: structured(py, outcome.trades)?.unbind(),
            totals: outcome.totals,
            exposure: outcome.exposure,
            of_trades,
            setting,
            curve: PyOnceLock::new(),
        })
    }

    fn figures(&self) -> Figures {
        let (totals, trades) = (&self.totals, &self.of_trades);
        (
            [
                totals.pnl,
                totals.turnover,
                totals.commission,
                totals.slippage,
            ],
            [
                totals.fills,
                totals.rows_held,
                trades.closed,
                trades.winners,
            ],
            [self.exposure, trades.gross_profit, trades.gross_loss],
        )
    }

    fn curve(&self, py: Python<'_>) -> PyResult<&(CurveStatistics, f64, f64)> {
        self.curve.get_or_try_init(py, || {
            let equity = self.equity.bind(py).readonly();
            let (equity, setting) = (equity.as_slice()?, &self.setting);
            let statistics = CurveStatistics::new(equity, setting.cash, setting.periods_per_year);
            let (money, fraction) = (
                max_drawdown(equity, setting.cash),
                max_drawdown_fraction(equity, setting.cash),
            );
            Ok((statistics, money, fraction))
        })
    }

    fn index<'py>(&self, pandas: &Bound<'py, PyModule>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(stamps) = &self.setting.timestamps_us else {
            return Ok(None);
        };
        let options = PyDict::new(pandas.py());
        options.set_item("unit", "us")?;
        options.set_item("utc", true)?;
        Ok(Some(pandas.call_method(
            "to_datetime",
            (stamps,),
            Some(&options),
        )?))
    }
}

#[pymethods]
impl BacktestReport {
    /// Equity after each row: `cash`, the profits booked and the open positions at the row's price, less all costs.
    #[getter]
    fn equity<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.equity.bind(py).clone()
    }

    /// How far each row's equity stands under the highest so far (`cash` included): money, 0 or more.
    #[getter]
    fn drawdown<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.drawdown.bind(py).clone()
    }

    /// Round trips as a structured array, by instrument and then in order of their end.
    ///
    /// Fields: `entry_index`, `exit_index` (rows of the fills), `size` (units), `entry_price` (average, with spread and
    /// slippage), `exit_price`, `pnl` (money after commission), `commission` (of both ends), `instrument` (number in
    /// `instruments`), `side` (1 long, −1 short), `reason` (number in `EXIT_REASONS`). A position closed in parts makes
    /// several. One still open at the end is the last of its instrument, with reason 0, marked at the last price; so
    /// the sum of `pnl` is the report's.
    #[getter]
    fn trades<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.trades.bind(py).clone()
    }

    /// The names of the instruments; one empty name where prices were no mapping.
    #[getter]
    fn instruments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.setting.instruments)
    }

    /// Money at the start.
    #[getter]
    fn cash(&self) -> f64 {
        self.setting.cash
    }

    /// Rows that make a year in `sharpe` and `sortino`.
    #[getter]
    fn periods_per_year(&self) -> f64 {
        self.setting.periods_per_year
    }

    /// Profit after all costs, open positions marked at the last price; `backtest_strategy`'s where no option is set.
    #[getter]
    fn pnl(&self) -> f64 {
        self.totals.pnl
    }

    /// `pnl / cash`; NaN where cash is not above 0.
    #[getter]
    fn total_return(&self) -> f64 {
        if self.setting.cash > 0.0 {
            self.pnl() / self.setting.cash
        } else {
            f64::NAN
        }
    }

    /// Traded notional: Σ |units · price of the fill| · multiplier.
    #[getter]
    fn turnover(&self) -> f64 {
        self.totals.turnover
    }

    /// Commission paid.
    #[getter]
    fn commission(&self) -> f64 {
        self.totals.commission
    }

    /// What spread and slippage took: Σ units · |price of the fill − price of the row| · multiplier.
    #[getter]
    fn slippage(&self) -> f64 {
        self.totals.slippage
    }

    /// Number of fills.
    #[getter]
    fn fills(&self) -> usize {
        self.totals.fills
    }

    /// Share of the rows behind which a position was held, 0 … 1, mean over the instruments; NaN without rows.
    #[getter]
    fn exposure(&self) -> f64 {
        self.exposure
    }

    /// Number of closed trades; the open ones are in `trades` and not in this count.
    #[getter]
    fn closed_trades(&self) -> usize {
        self.of_trades.closed
    }

    /// Share of the closed trades with a profit after commission; NaN when none closed.
    #[getter]
    fn win_rate(&self) -> f64 {
        self.of_trades.win_rate()
    }

    /// Σ profits of the winning closed trades / Σ losses of the others; inf without a loss, NaN without either.
    #[getter]
    fn profit_factor(&self) -> f64 {
        self.of_trades.profit_factor()
    }

    /// Largest drawdown, money.
    #[getter]
    fn max_drawdown(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.curve(py)?.1)
    }

    /// Largest drawdown as a fraction of its peak; NaN unless cash is above 0.
    #[getter]
    fn max_drawdown_fraction(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.curve(py)?.2)
    }

    /// Sharpe ratio (Sharpe, The Sharpe Ratio, Journal of Portfolio Management, 1994).
    ///
    /// `mean(d) / sd(d) · √periods_per_year` over the rows' changes of equity `d`, with the sample deviation (n − 1).
    /// NaN without a deviation.
    #[getter]
    fn sharpe(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.curve(py)?.0.sharpe)
    }

    /// Sortino ratio (Sortino & Price, Performance Measurement in a Downside Risk Framework, Journal of Investing, 1994).
    ///
    /// `mean(d) / √(Σ min(d, 0)² / n) · √periods_per_year` over the rows' changes of equity `d`, target 0. NaN without a
    /// loss.
    #[getter]
    fn sortino(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.curve(py)?.0.sortino)
    }

    /// Every figure by its name.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let floats = [
            ("cash", self.cash()),
            ("pnl", self.pnl()),
            ("total_return", self.total_return()),
            ("sharpe", self.sharpe(py)?),
            ("sortino", self.sortino(py)?),
            ("max_drawdown", self.max_drawdown(py)?),
            ("max_drawdown_fraction", self.max_drawdown_fraction(py)?),
            ("win_rate", self.win_rate()),
            ("profit_factor", self.profit_factor()),
            ("exposure", self.exposure()),
            ("turnover", self.turnover()),
            ("commission", self.commission()),
            ("slippage", self.slippage()),
            ("periods_per_year", self.periods_per_year()),
        ];
        let summary = floats.into_py_dict(py)?;
        summary.set_item("closed_trades", self.closed_trades())?;
        summary.set_item("fills", self.fills())?;
        Ok(summary)
    }

    /// The curves as a pandas `DataFrame` with columns `equity` and `drawdown`, indexed by `timestamps_us` (UTC) if given.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let pandas = py.import("pandas")?;
        let columns = [("equity", &self.equity), ("drawdown", &self.drawdown)].into_py_dict(py)?;
        let options = [("index", self.index(&pandas)?)].into_py_dict(py)?;
        pandas.call_method("DataFrame", (columns,), Some(&options))
    }

    /// The trades as a pandas `DataFrame`, instruments and reasons by their names.
    fn trades_frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let trades = self.trades(py);
        let numpy = py.import("numpy")?;
        let frame = py.import("pandas")?.call_method1("DataFrame", (&trades,))?;
        let take = |names: Bound<'py, PyTuple>, field| {
            let names = numpy.call_method1("array", (names, "O"))?;
            names.call_method1("take", (trades.get_item(field)?,))
        };
        frame.set_item("instrument", take(self.instruments(py)?, "instrument")?)?;
        frame.set_item("reason", take(PyTuple::new(py, Exit::NAMES)?, "reason")?)?;
        Ok(frame)
    }

    /// For pickle and copy.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let restore = py.get_type::<Self>().getattr("_restored")?;
        let setting = &self.setting;
        let setting = (
            &setting.instruments,
            setting.cash,
            setting.periods_per_year,
            &setting.timestamps_us,
        );
        let arrays = (&self.equity, &self.drawdown, &self.trades);
        let state = (PICKLE_VERSION, arrays, self.figures(), setting);
        (restore, state).into_pyobject(py)
    }

    /// What `__reduce__` told, as a report.
    #[classmethod]
    #[pyo3(name = "_restored", signature = (version, arrays, figures, setting, /))]
    fn restored<'py>(
        _class: &Bound<'py, PyType>,
        py: Python<'py>,
        version: u32,
        arrays: (
            Bound<'py, PyArray1<f64>>,
            Bound<'py, PyArray1<f64>>,
            Bound<'py, PyAny>,
        ),
        figures: Figures,
        setting: (Vec<String>, f64, f64, Option<Py<PyArray1<i64>>>),
    ) -> PyResult<Self> {
        let (equity, drawdown, trades) = arrays;
        if version != PICKLE_VERSION || !trades.getattr("dtype")?.eq(kind(py)?)? {
            return Err(refuse(
                "this pickle of a BacktestReport is of another version of trading_rust; run the backtest again",
            ));
        }
        trades.call_method1("setflags", (false,))?;
        let ([pnl, turnover, commission, slippage], counts, [exposure, gross_profit, gross_loss]) =
            figures;
        let [fills, rows_held, closed, winners] = counts;
        let (instruments, cash, periods_per_year, timestamps_us) = setting;
        Ok(Self {
            equity: read_only(equity)?,
            drawdown: read_only(drawdown)?,
            trades: trades.unbind(),
            totals: Totals {
                pnl,
                turnover,
                commission,
                slippage,
                fills,
                rows_held,
            },
            exposure,
            of_trades: TradeStatistics {
                closed,
                winners,
                gross_profit,
                gross_loss,
            },
            setting: Setting {
                instruments,
                cash,
                periods_per_year,
                timestamps_us,
            },
            curve: PyOnceLock::new(),
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (statistics, drawdown, _) = self.curve(py)?;
        Ok(format!(
            "<BacktestReport: pnl {:.6}, {} closed trades, win rate {:.3}, Sharpe {:.3} ({} periods a year), \
             max drawdown {drawdown:.6}>",
            self.pnl(),
            self.closed_trades(),
            self.win_rate(),
            statistics.sharpe,
            self.setting.periods_per_year,
        ))
    }
}

fn read_only(array: Bound<'_, PyArray1<f64>>) -> PyResult<Py<PyArray1<f64>>> {
    array.call_method1("setflags", (false,))?;
    Ok(array.unbind())
}
