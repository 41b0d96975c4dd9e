"""Which indicators are compared, with which parameters, and what TA-Lib calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.golden.indicators import reference

FOLDER = Path(__file__).resolve().parent
BARS = ("high", "low", "close")
TRADES = ("close", "volume")
# Slow periods of a MACD over which a price counts for the rounding of the difference.
MEMORY = 4


@dataclass(frozen=True, slots=True)
class Case:
    """One indicator with its parameters."""

    name: str
    columns: tuple[str, ...]
    parameters: tuple[Any, ...]
    # TA-Lib's function, its keywords, and which of its outputs are ours, in our order.
    talib: str | None = None
    talib_parameters: Mapping[str, object] = field(default_factory=dict)
    talib_outputs: tuple[int, ...] = (0,)
    # What rounding of the last digit is measured against: the values' full scale, and for a difference of
    # averages how far prices lie apart in so many rows: an average remembers no more worth a digit.
    rounding: float = 0.0
    rounding_rows: int = 0
    class_name: str = ""

    @property
    def key(self) -> str:
        """Name of its columns in the files."""
        return "-".join([self.name, *(format(parameter, "g") for parameter in self.parameters)])

    @property
    def function(self) -> str:
        """Name of the batch function."""
        return f"calculate_{self.name}"

    def exact(self, data: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float64]]:
        """Exact arithmetic's outputs."""
        inputs = [np.asarray(data[column], dtype=np.float64) for column in self.columns]
        return reference.evaluate(getattr(reference, self.name), inputs, self.parameters)

    def from_talib(self, talib: Any, data: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float64]] | None:
        """TA-Lib's outputs in our order, None where it has no such indicator."""
        if self.talib is None:
            return None
        outputs = getattr(talib, self.talib)(
            *(data[column] for column in self.columns), **self.talib_parameters
        )
        outputs = outputs if isinstance(outputs, tuple | list) else [outputs]
        return [outputs[index] for index in self.talib_outputs]


def _over(
    name: str,
    class_name: str,
    talib: str | None,
    *periods: int,
    columns: tuple[str, ...] = ("close",),
    rounding: float = 0.0,
) -> list[Case]:
    """Cases of an indicator with one period."""
    return [
        Case(
            name,
            columns,
            (period,),
            talib if period > 1 else None,
            {"timeperiod": period},
            rounding=rounding,
            class_name=class_name,
        )
        for period in periods
    ]


def _stochastics(fast_k: int, slow_k: int, slow_d: int) -> list[Case]:
    slow = {"fastk_period": fast_k, "slowk_period": slow_k, "slowd_period": slow_d}
    fast = {"fastk_period": fast_k, "fastd_period": slow_d}
    return [
        Case("stochastic", BARS, (fast_k, slow_k, slow_d), "STOCH", slow, (0, 1), 100.0, 0, "Stochastic"),
        Case("fast_stochastic", BARS, (fast_k, slow_d), "STOCHF", fast, (0, 1), 100.0, 0, "FastStochastic"),
    ]


def _macd(fast: int, slow: int, signal: int) -> Case:
    keywords = {"fastperiod": fast, "slowperiod": slow, "signalperiod": signal}
    return Case(
        "macd", ("close",), (fast, slow, signal), "MACD", keywords, (0, 1), 0.0, MEMORY * slow, "Macd"
    )


def _bollinger(period: int, width: float) -> Case:
    keywords = {"timeperiod": period, "nbdevup": width, "nbdevdn": width}
    return Case(
        "bollinger", ("close",), (period, width), "BBANDS", keywords, (0, 1, 2), class_name="Bollinger"
    )


CASES = [
    *_over("sma", "Sma", "SMA", 20, 3, 1),
    *_over("ema", "Ema", "EMA", 20, 3, 1),
    *_over("wma", "Wma", "WMA", 20, 3, 1),
    *_over("rolling_std", "RollingStd", "STDDEV", 20, 3, 1),
    *_over("zscore", "ZScore", None, 20, 3, rounding=1.0),
    *_over("rsi", "Rsi", "RSI", 14, 3, 1, rounding=100.0),
    *_over("momentum", "Momentum", "MOM", 10, 3, 1),
    *_over("roc", "Roc", "ROC", 10, 3, 1, rounding=100.0),
    *_over("atr", "Atr", "ATR", 14, 3, 1, columns=BARS),
    *_over("adx", "Adx", "ADX", 14, 3, columns=BARS, rounding=100.0),
    *_over("rolling_vwap", "RollingVwap", None, 20, 3, 1, columns=TRADES),
    Case("true_range", BARS, (), "TRANGE", class_name="TrueRange"),
    Case("obv", TRADES, (), "OBV", class_name="Obv"),
    Case("vwap", (*TRADES, "session"), (), class_name="Vwap"),
    _macd(12, 26, 9),
    _macd(3, 7, 4),
    _bollinger(20, 2.0),
    _bollinger(5, 1.5),
    *_stochastics(14, 3, 3),
    *_stochastics(5, 3, 4),
]


def rounding_floor(
    case: Case, data: Mapping[str, NDArray[Any]], of_level: bool = False
) -> NDArray[np.float64]:
    """What a few roundings of the inputs may do to a difference of them, value by value.

    With `of_level` what they may do to a difference of averages that were rounded at the level of the price,
    as those of others are.
    """
    ulps = 16 * np.finfo(np.float64).eps
    scale = np.full(len(data["close"]), case.rounding)
    if case.rounding_rows and len(scale):
        prices = np.asarray(data["close"], dtype=np.float64)
        highest = _over_rows(np.where(np.isfinite(prices), prices, -np.inf), case.rounding_rows, -np.inf).max(
            axis=1
        )
        lowest = _over_rows(np.where(np.isfinite(prices), prices, np.inf), case.rounding_rows, np.inf).min(
            axis=1
        )
        some = highest >= lowest
        spread = np.where(some, highest, 0.0) - np.where(some, lowest, 0.0)
        level = np.where(some, np.maximum(np.abs(highest), np.abs(lowest)), 0.0)
        scale = level if of_level else spread
    return np.asarray(ulps * scale, dtype=np.float64)


def _over_rows(values: NDArray[np.float64], rows: int, before: float) -> NDArray[np.float64]:
    """So many values up to each one; `before` stands for what there was before the first."""
    padded = np.concatenate([np.full(rows - 1, before), values])
    return np.lib.stride_tricks.sliding_window_view(padded, rows)
