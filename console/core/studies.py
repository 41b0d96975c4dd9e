"""Curves over a chart's bars, computed by `trading_rust`: the formulas that train and trade are those on
screen.

A curve has one value per bar, NaN while it warms up. Periods are those a trader expects, in bars of the
chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from console.core.bars import Bar

Curve = Sequence[float]

DAY_US = 86_400_000_000
# Drawn over the candles, in the order in which the legend names them.
OVERLAYS: dict[str, str] = {"sma": "SMA 20", "ema": "EMA 20", "bollinger": "BB 20·2", "vwap": "VWAP"}
# Drawn below them, with a scale of their own.
LOWER: dict[str, str] = {"rsi": "RSI 14", "macd": "MACD 12·26·9"}


def available() -> tuple[str, ...]:
    """The studies that the installed extension computes."""
    import trading_rust

    needs = {"vwap": "calculate_vwap"}
    return tuple(
        name for name in (*OVERLAYS, *LOWER) if hasattr(trading_rust, needs.get(name, f"calculate_{name}"))
    )


def compute(names: Sequence[str], bars: Sequence[Bar]) -> dict[str, tuple[Curve, ...]]:
    """The curves of each study; a study that the extension doesn't have is left out."""
    if not names or not bars:
        return {}
    import trading_rust

    functions: dict[str, Any] = vars(trading_rust)
    closes = [bar.close for bar in bars]
    found: dict[str, tuple[Curve, ...]] = {}
    for name in names:
        function = functions.get(f"calculate_{name}")
        if function is None:
            continue
        if name == "vwap":
            sessions = [bar.start_us // DAY_US for bar in bars]
            made = (function(closes, [bar.volume for bar in bars], sessions),)
        elif name == "bollinger":
            made = function(closes, 20, 2.0)
        elif name == "macd":
            made = function(closes, 12, 26, 9)
        else:
            made = (function(closes, 14 if name == "rsi" else 20),)
        found[name] = tuple(curve.tolist() for curve in made)
    return found


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
