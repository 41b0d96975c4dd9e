"""Indicators, features, bars and backtests of Quarterdeck, in Rust.

Everything takes one-dimensional arrays (lists and other numeric dtypes are converted once) and gives
float64 arrays as long as the input, NaN during warm-up. A value that is not finite starts a new warm-up.
From 4,096 values on, other threads run during a call: they may read its arrays, and must not write them.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self, TypeAlias, TypedDict, final, type_check_only

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DEFAULT_BAR_INTERVAL_US",
    "EXIT_REASONS",
    "FEATURE_NAMES",
    "FEATURE_SCHEMA",
    "FEATURE_SCHEMA_HASH",
    "FEATURE_SCHEMA_VERSION",
    "FEATURE_WARM_UP_BARS",
    "Adx",
    "Atr",
    "BacktestReport",
    "Bollinger",
    "Ema",
    "FastStochastic",
    "Features",
    "GapCounter",
    "Macd",
    "MarketFeed",
    "Momentum",
    "Obv",
    "Roc",
    "RollingStd",
    "RollingVwap",
    "Rsi",
    "Sma",
    "Stochastic",
    "SweepResult",
    "TrueRange",
    "Vwap",
    "Wma",
    "ZScore",
    "__version__",
    "backtest",
    "backtest_strategy",
    "build_bars",
    "calculate_adx",
    "calculate_atr",
    "calculate_bollinger",
    "calculate_ema",
    "calculate_fast_stochastic",
    "calculate_macd",
    "calculate_momentum",
    "calculate_obv",
    "calculate_roc",
    "calculate_rolling_std",
    "calculate_rolling_vwap",
    "calculate_rsi",
    "calculate_sma",
    "calculate_stochastic",
    "calculate_true_range",
    "calculate_vwap",
    "calculate_wma",
    "calculate_zscore",
    "compute_features",
    "drawdown",
    "label_barriers",
    "label_forward",
    "mid",
    "return_moments",
    "signals_from_probabilities",
    "sweep",
]

__version__: Final[str]

FEATURE_NAMES: Final[tuple[str, str, str, str, str, str, str]]
"""The features, in the order of a model's input."""

FEATURE_SCHEMA: Final[str]
"""The definition of the features, one line each."""

FEATURE_SCHEMA_VERSION: Final[int]
"""Goes up with every change of the definition."""

FEATURE_SCHEMA_HASH: Final[str]
"""Hash of the definition; a model trained under another one is refused."""

FEATURE_WARM_UP_BARS: Final[int]
"""Bars needed before the first row of features."""

DEFAULT_BAR_INTERVAL_US: Final[int]
"""Length of a bar unless configured otherwise, microseconds."""

@type_check_only
class Bars(TypedDict):
    """Closed bars as columns; `pandas.DataFrame(bars)` makes a table of them."""

    start_us: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    rows: NDArray[np.int64]
    after_break: NDArray[np.bool_]

# Results are float64 arrays as long as the input, or tuples of them; `out` takes them and is given back.
_Array: TypeAlias = NDArray[np.float64]

def calculate_rsi(prices: ArrayLike, period: int = 14, *, out: _Array | None = None) -> _Array: ...
def calculate_macd(
    prices: ArrayLike,
    fast_period: int = 12,
    slow_period: int = 26,
    signal_period: int = 9,
    *,
    out: tuple[_Array, _Array] | None = None,
) -> tuple[_Array, _Array]: ...
def calculate_sma(prices: ArrayLike, period: int = 20, *, out: _Array | None = None) -> _Array: ...
def calculate_ema(prices: ArrayLike, period: int = 20, *, out: _Array | None = None) -> _Array: ...
def calculate_wma(prices: ArrayLike, period: int = 20, *, out: _Array | None = None) -> _Array: ...
def calculate_rolling_std(prices: ArrayLike, period: int = 20, *, out: _Array | None = None) -> _Array: ...
def calculate_zscore(prices: ArrayLike, period: int = 20, *, out: _Array | None = None) -> _Array: ...
def calculate_momentum(prices: ArrayLike, period: int = 10, *, out: _Array | None = None) -> _Array: ...
def calculate_roc(prices: ArrayLike, period: int = 10, *, out: _Array | None = None) -> _Array: ...
def calculate_bollinger(
    prices: ArrayLike,
    period: int = 20,
    deviations: float = 2.0,
    *,
    out: tuple[_Array, _Array, _Array] | None = None,
) -> tuple[_Array, _Array, _Array]: ...
def calculate_true_range(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, *, out: _Array | None = None
) -> _Array: ...
def calculate_atr(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, out: _Array | None = None
) -> _Array: ...
def calculate_adx(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, out: _Array | None = None
) -> _Array: ...
def calculate_stochastic(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    fast_k_period: int = 14,
    slow_k_period: int = 3,
    slow_d_period: int = 3,
    *,
    out: tuple[_Array, _Array] | None = None,
) -> tuple[_Array, _Array]: ...
def calculate_fast_stochastic(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    fast_k_period: int = 14,
    fast_d_period: int = 3,
    *,
    out: tuple[_Array, _Array] | None = None,
) -> tuple[_Array, _Array]: ...
def calculate_obv(prices: ArrayLike, volumes: ArrayLike, *, out: _Array | None = None) -> _Array: ...
def calculate_vwap(
    prices: ArrayLike, volumes: ArrayLike, sessions: ArrayLike | None = None, *, out: _Array | None = None
) -> _Array: ...
def calculate_rolling_vwap(
    prices: ArrayLike, volumes: ArrayLike, period: int = 20, *, out: _Array | None = None
) -> _Array: ...
def compute_features(
    closes: ArrayLike,
    volumes: ArrayLike,
    after_break: ArrayLike | None = None,
    *,
    out: _Array | None = None,
    threads: int | None = None,
) -> _Array: ...

@type_check_only
class _Streaming:
    """What every class that takes a value at a time has; pickle and copy go by the snapshot."""

    def reset(self) -> None: ...
    def snapshot(self) -> bytes: ...
    @classmethod
    def restore(cls, snapshot: bytes, /) -> Self: ...

@type_check_only
class _OfValues(_Streaming):
    def update(self, value: float, /) -> float: ...
    @property
    def value(self) -> float: ...

@type_check_only
class _OfBars(_Streaming):
    def update(self, high: float, low: float, close: float, /) -> float: ...
    @property
    def value(self) -> float: ...

@type_check_only
class _OfTrades(_Streaming):
    def update(self, price: float, volume: float, /) -> float: ...
    @property
    def value(self) -> float: ...

@final
class Rsi(_OfValues):
    def __new__(cls, period: int = 14) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Sma(_OfValues):
    def __new__(cls, period: int = 20) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Ema(_OfValues):
    def __new__(cls, period: int = 20) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Wma(_OfValues):
    def __new__(cls, period: int = 20) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class RollingStd(_OfValues):
    def __new__(cls, period: int = 20) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class ZScore(_OfValues):
    def __new__(cls, period: int = 20) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Momentum(_OfValues):
    def __new__(cls, period: int = 10) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Roc(_OfValues):
    def __new__(cls, period: int = 10) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Macd(_Streaming):
    def __new__(cls, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9) -> Self: ...
    def update(self, value: float, /) -> tuple[float, float]: ...
    @property
    def value(self) -> tuple[float, float]: ...
    @property
    def fast_period(self) -> int: ...
    @property
    def slow_period(self) -> int: ...
    @property
    def signal_period(self) -> int: ...

@final
class Bollinger(_Streaming):
    def __new__(cls, period: int = 20, deviations: float = 2.0) -> Self: ...
    def update(self, value: float, /) -> tuple[float, float, float]: ...
    @property
    def value(self) -> tuple[float, float, float]: ...
    @property
    def period(self) -> int: ...
    @property
    def deviations(self) -> float: ...

@final
class TrueRange(_OfBars):
    def __new__(cls) -> Self: ...

@final
class Atr(_OfBars):
    def __new__(cls, period: int = 14) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Adx(_OfBars):
    def __new__(cls, period: int = 14) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Stochastic(_Streaming):
    def __new__(cls, fast_k_period: int = 14, slow_k_period: int = 3, slow_d_period: int = 3) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> tuple[float, float]: ...
    @property
    def value(self) -> tuple[float, float]: ...
    @property
    def fast_k_period(self) -> int: ...
    @property
    def slow_k_period(self) -> int: ...
    @property
    def slow_d_period(self) -> int: ...

@final
class FastStochastic(_Streaming):
    def __new__(cls, fast_k_period: int = 14, fast_d_period: int = 3) -> Self: ...
    def update(self, high: float, low: float, close: float, /) -> tuple[float, float]: ...
    @property
    def value(self) -> tuple[float, float]: ...
    @property
    def fast_k_period(self) -> int: ...
    @property
    def fast_d_period(self) -> int: ...

@final
class Obv(_OfTrades):
    def __new__(cls) -> Self: ...

@final
class RollingVwap(_OfTrades):
    def __new__(cls, period: int = 20) -> Self: ...
    @property
    def period(self) -> int: ...

@final
class Vwap(_Streaming):
    def __new__(cls) -> Self: ...
    def update(self, price: float, volume: float, session: int = 0, /) -> float: ...
    @property
    def value(self) -> float: ...

@final
class Features(_Streaming):
    def __new__(cls) -> Self: ...
    def update(
        self, close: float, volume: float, after_break: bool = False, /
    ) -> tuple[float, float, float, float, float, float, float] | None: ...
    @property
    def value(self) -> tuple[float, float, float, float, float, float, float] | None: ...

def mid(bid: float | None, ask: float | None) -> float | None: ...
def build_bars(
    timestamps_us: ArrayLike,
    bids: ArrayLike,
    asks: ArrayLike,
    volumes: ArrayLike,
    interval_us: int = 250_000,
) -> Bars: ...
def label_forward(
    closes: ArrayLike, costs: ArrayLike, horizon: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
def label_barriers(
    closes: ArrayLike, highs: ArrayLike, lows: ArrayLike, costs: ArrayLike, horizon: int, width: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
def backtest_strategy(
    prices: ArrayLike, signals: ArrayLike, commission: float = 0.0, *, fill: str = "same"
) -> float: ...
def drawdown(
    equity: ArrayLike, cash: float = 0.0, *, out: NDArray[np.float64] | None = None
) -> NDArray[np.float64]: ...
def return_moments(returns: ArrayLike) -> tuple[float, float, float]: ...

EXIT_REASONS: Final[tuple[str, str, str, str]]
"""What ended a trade, by the number in `BacktestReport.trades`."""

@final
class BacktestReport:
    """Curves, trades and figures of one `backtest`."""

    @property
    def equity(self) -> NDArray[np.float64]: ...
    @property
    def drawdown(self) -> NDArray[np.float64]: ...
    @property
    def trades(self) -> NDArray[np.void]: ...
    @property
    def instruments(self) -> tuple[str, ...]: ...
    @property
    def cash(self) -> float: ...
    @property
    def periods_per_year(self) -> float: ...
    @property
    def pnl(self) -> float: ...
    @property
    def total_return(self) -> float: ...
    @property
    def turnover(self) -> float: ...
    @property
    def commission(self) -> float: ...
    @property
    def slippage(self) -> float: ...
    @property
    def fills(self) -> int: ...
    @property
    def exposure(self) -> float: ...
    @property
    def closed_trades(self) -> int: ...
    @property
    def win_rate(self) -> float: ...
    @property
    def profit_factor(self) -> float: ...
    @property
    def max_drawdown(self) -> float: ...
    @property
    def max_drawdown_fraction(self) -> float: ...
    @property
    def sharpe(self) -> float: ...
    @property
    def sortino(self) -> float: ...
    def summary(self) -> dict[str, float]: ...
    def to_pandas(self) -> pd.DataFrame: ...
    def trades_frame(self) -> pd.DataFrame: ...

def backtest(
    prices: ArrayLike | Mapping[str, ArrayLike],
    signals: ArrayLike | Mapping[str, ArrayLike],
    *,
    sizes: ArrayLike | Mapping[str, ArrayLike] = 1.0,
    commission: float | Mapping[str, float] = 0.0,
    commission_per_unit: float | Mapping[str, float] = 0.0,
    slippage: float | Mapping[str, float] = 0.0,
    spread: ArrayLike | Mapping[str, ArrayLike] = 0.0,
    bids: ArrayLike | Mapping[str, ArrayLike] | None = None,
    asks: ArrayLike | Mapping[str, ArrayLike] | None = None,
    latency: int | Mapping[str, int] = 0,
    fill: str | Mapping[str, str] = "same",
    tick_size: float | Mapping[str, float | None] | None = None,
    multiplier: float | Mapping[str, float] = 1.0,
    long_only: bool | Mapping[str, bool] = False,
    stop_loss: float | Mapping[str, float | None] | None = None,
    take_profit: float | Mapping[str, float | None] | None = None,
    stop_unit: str | Mapping[str, str] = "fraction",
    cash: float = 0.0,
    periods_per_year: float | None = None,
    timestamps_us: ArrayLike | None = None,
) -> BacktestReport: ...

@final
class SweepResult:
    """Parameters and figures of every combination of a `sweep`."""

    @property
    def strategy(self) -> str: ...
    @property
    def periods_per_year(self) -> float: ...
    @property
    def parameters(self) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]: ...
    @property
    def valid(self) -> NDArray[np.bool_]: ...
    @property
    def trades(self) -> NDArray[np.int64]: ...
    @property
    def pnl(self) -> NDArray[np.float64]: ...
    @property
    def sharpe(self) -> NDArray[np.float64]: ...
    @property
    def sortino(self) -> NDArray[np.float64]: ...
    @property
    def max_drawdown(self) -> NDArray[np.float64]: ...
    @property
    def win_rate(self) -> NDArray[np.float64]: ...
    @property
    def profit_factor(self) -> NDArray[np.float64]: ...
    @property
    def turnover(self) -> NDArray[np.float64]: ...
    @property
    def exposure(self) -> NDArray[np.float64]: ...
    def best(self, by: str = "sharpe") -> dict[str, float]: ...
    def to_pandas(self) -> pd.DataFrame: ...
    def __len__(self) -> int: ...

def sweep(
    prices: ArrayLike,
    strategy: str,
    grid: dict[str, float | Sequence[float | None] | NDArray[np.float64] | NDArray[np.int64]],
    *,
    signals: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
    spread: float | ArrayLike | None = None,
    bids: ArrayLike | None = None,
    asks: ArrayLike | None = None,
    fill: str = "same",
    tick_size: float | None = None,
    multiplier: float = 1.0,
    long_only: bool = False,
    stop_unit: str = "fraction",
    periods_per_year: float | None = None,
    timestamps_us: ArrayLike | None = None,
    threads: int | None = None,
) -> SweepResult: ...
def signals_from_probabilities(probabilities: ArrayLike, threshold: float) -> NDArray[np.int8]: ...

@type_check_only
class FeedTotals(TypedDict):
    """Counts over all symbols of a feed."""

    messages: int
    malformed: int
    untracked: int
    gaps: int
    last_received_us: int
    history_pending: int
    failure: str

@type_check_only
class FeedLatency(TypedDict):
    """How long the messages of one frame were on their way, microseconds from published to received."""

    count: int
    p50_us: int
    p99_us: int
    longest_us: int

@type_check_only
class FeedFrame(TypedDict):
    """The newest of each symbol that changed, as columns, and the counts of the feed."""

    symbol: NDArray[np.int64]
    bid: NDArray[np.float64]
    ask: NDArray[np.float64]
    bid_size: NDArray[np.float64]
    ask_size: NDArray[np.float64]
    last: NDArray[np.float64]
    last_size: NDArray[np.float64]
    volume: NDArray[np.float64]
    event_us: NDArray[np.int64]
    published_us: NDArray[np.int64]
    received_us: NDArray[np.int64]
    latency_us: NDArray[np.int64]
    sequence: NDArray[np.int64]
    gaps: NDArray[np.int64]
    messages: NDArray[np.int64]
    totals: FeedTotals
    latency: FeedLatency

@final
class MarketFeed:
    """Keeps the newest of each symbol of a market data stream, read on a native thread."""

    def __new__(
        cls,
        address: str,
        symbols: list[str] | None = None,
        *,
        intervals_ms: list[int] | None = None,
        bars: int = 720,
        high_water_mark: int = 1000000,
        history_address: str | None = None,
    ) -> Self: ...
    def take(self) -> FeedFrame: ...
    @property
    def symbols(self) -> list[str]: ...
    @property
    def bars_kept(self) -> int: ...
    def bars(self, symbol: str, interval_ms: int = 1000, limit: int | None = None) -> NDArray[np.float64]: ...
    def totals(self) -> FeedTotals: ...
    def stop(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None: ...

@final
class GapCounter:
    """Counts the messages that are missing from streams."""

    def __new__(cls) -> GapCounter: ...
    def observe(self, key: str, epoch: int, sequence: int) -> int: ...
    @property
    def missing(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
