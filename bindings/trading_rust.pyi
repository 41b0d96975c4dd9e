"""Indicators, features, bars and backtests of Quarterdeck, in Rust.

Everything takes one-dimensional arrays (lists and other numeric dtypes are converted once) and gives
float64 arrays as long as the input, NaN during warm-up. A value that is not finite starts a new warm-up.
"""

from types import TracebackType
from typing import Final, Self, TypedDict, final, type_check_only

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DEFAULT_BAR_INTERVAL_US",
    "FEATURE_NAMES",
    "FEATURE_SCHEMA",
    "FEATURE_SCHEMA_HASH",
    "FEATURE_SCHEMA_VERSION",
    "FEATURE_WARM_UP_BARS",
    "MarketFeed",
    "__version__",
    "backtest_strategy",
    "build_bars",
    "calculate_bollinger",
    "calculate_ema",
    "calculate_macd",
    "calculate_momentum",
    "calculate_rolling_std",
    "calculate_rsi",
    "calculate_sma",
    "compute_features",
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

def calculate_rsi(prices: ArrayLike, period: int = 14) -> NDArray[np.float64]: ...
def calculate_macd(
    prices: ArrayLike, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def calculate_sma(prices: ArrayLike, period: int = 20) -> NDArray[np.float64]: ...
def calculate_ema(prices: ArrayLike, period: int = 20) -> NDArray[np.float64]: ...
def calculate_rolling_std(prices: ArrayLike, period: int = 20) -> NDArray[np.float64]: ...
def calculate_momentum(prices: ArrayLike, period: int = 10) -> NDArray[np.float64]: ...
def calculate_bollinger(
    prices: ArrayLike, period: int = 20, deviations: float = 2.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def compute_features(
    closes: ArrayLike, volumes: ArrayLike, after_break: ArrayLike | None = None
) -> NDArray[np.float64]: ...
def build_bars(
    timestamps_us: ArrayLike,
    bids: ArrayLike,
    asks: ArrayLike,
    volumes: ArrayLike,
    interval_us: int = 250_000,
) -> Bars: ...
def backtest_strategy(prices: ArrayLike, signals: ArrayLike, commission: float = 0.0) -> float: ...

@type_check_only
class FeedTotals(TypedDict):
    """Counts over all symbols of a feed."""

    messages: int
    malformed: int
    gaps: int
    last_received_us: int
    failure: str

@final
class MarketFeed:
    """Keeps the newest of each symbol of a market data stream, read on a native thread."""

    def __new__(
        cls,
        address: str,
        symbols: list[str],
        *,
        bar_interval_ms: int = 1000,
        bars: int = 900,
        high_water_mark: int = 1000000,
    ) -> Self: ...
    def changes(
        self,
    ) -> list[
        tuple[
            str,  # symbol
            float | None,  # bid
            float | None,  # ask
            float,  # bid_size
            float,  # ask_size
            float | None,  # last
            float,  # last_size
            float,  # volume
            int,  # event_us
            int,  # received_us
            int,  # sequence
            int,  # gaps
            int,  # messages
        ]
    ]: ...
    def bars(self, symbol: str) -> NDArray[np.float64]: ...
    def totals(self) -> FeedTotals: ...
    def stop(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None: ...
