"""Curves over a chart's bars, computed by `trading_rust`: the formulas that train and trade are those on
screen.

A curve has one value per bar, NaN while it warms up. Periods are those a trader expects, in bars of the
chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from console.core.bars import Bar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Curve = Sequence[float]

DAY_US = 86_400_000_000
# Drawn over the candles, in the order in which the legend names them.
OVERLAYS: dict[str, str] = {"sma": "SMA 20", "ema": "EMA 20", "bollinger": "BB 20·2", "vwap": "VWAP"}
# Drawn below them, with a scale of their own.
LOWER: dict[str, str] = {"rsi": "RSI 14", "macd": "MACD 12·26·9"}


def available() -> tuple[str, ...]:
    """The studies there are."""
    return (*OVERLAYS, *LOWER)


def compute(names: Sequence[str], bars: Sequence[Bar]) -> dict[str, tuple[Curve, ...]]:
    """The curves of each study by its name; `ValueError` for a name that is no study."""
    if not names or not bars:
        return {}
    closes = [bar.close for bar in bars]
    return {name: tuple(curve.tolist() for curve in _curves(name, closes, bars)) for name in names}


def _curves(name: str, closes: Sequence[float], bars: Sequence[Bar]) -> tuple[NDArray[np.float64], ...]:
    import trading_rust

    match name:
        case "sma":
            return (trading_rust.calculate_sma(closes, 20),)
        case "ema":
            return (trading_rust.calculate_ema(closes, 20),)
        case "bollinger":
            return trading_rust.calculate_bollinger(closes, 20, 2.0)
        case "vwap":
            sessions = [bar.start_us // DAY_US for bar in bars]
            return (trading_rust.calculate_vwap(closes, [bar.volume for bar in bars], sessions),)
        case "rsi":
            return (trading_rust.calculate_rsi(closes, 14),)
        case "macd":
            return trading_rust.calculate_macd(closes, 12, 26, 9)
    raise ValueError(f"{name} is no study; there are {', '.join(available())}")


class StudyBook:
    """Computes when the bars changed and not with every frame."""

    def __init__(self) -> None:
        self._of: tuple[Any, ...] = ()
        self._found: dict[str, tuple[Curve, ...]] = {}

    def of(self, names: Sequence[str], bars: Sequence[Bar]) -> dict[str, tuple[Curve, ...]]:
        """As `compute`."""
        key = (tuple(names), len(bars), bars[0] if bars else None, bars[-1] if bars else None)
        if key != self._of:
            self._of, self._found = key, compute(names, bars)
        return self._found
