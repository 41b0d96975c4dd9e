"""Writes the reference vectors: `python -m tests.golden.indicators.generate`, with TA-Lib 0.8.2 installed.

One file for each series. It holds the input columns, what exact arithmetic says (`exact:<case>:<output>`)
and what TA-Lib says (`talib:…`, where it has the indicator and can take the series). All indicators are
causal, so the beginnings of a series are the references of short lengths, too.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.golden.indicators.cases import CASES, FOLDER

Data = dict[str, NDArray[Any]]
ROWS = 240
TICK = 0.01


def columns_of(close: NDArray[np.float64], seed: int, tick: float = TICK) -> Data:
    """Bars around closes, with whole volumes (some zero) and a session of 50 rows."""
    generator = np.random.default_rng(seed)
    rows = len(close)
    before = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(before, close) + generator.integers(0, 4, rows) * tick
    low = np.minimum(before, close) - generator.integers(0, 4, rows) * tick
    volume = generator.integers(0, 9, rows).astype(np.float64)
    return {
        "high": np.round(high, 6),
        "low": np.round(low, 6),
        "close": close,
        "volume": volume,
        "session": np.arange(rows, dtype=np.int64) // 50,
    }


def walk(level: float, steps: int, seed: int) -> NDArray[np.float64]:
    """A walk on the tick."""
    changes = np.random.default_rng(seed).integers(-steps, steps + 1, ROWS)
    return np.round(level + np.cumsum(changes) * TICK, 6)


def at_a_level() -> Data:
    """Price 60,000 with steps of one tick: what differences of large sums lose shows here."""
    return columns_of(walk(60_000.0, 1, 2), 3)


def with_a_constant() -> Data:
    """A walk that stands still for 90 rows, bars without range included."""
    close = walk(60_000.0, 5, 4)
    close[80:170] = close[79]
    data = columns_of(close, 5)
    for name in ("high", "low"):
        data[name][81:170] = close[79]
    return data


def with_jumps() -> Data:
    """Wrong prints of a billion and of a hundredth between prices of a hundred."""
    close = walk(100.0, 5, 6)
    close[70], close[71], close[150] = 1e9, 5.0, 0.01
    return columns_of(close, 7)


def with_leading_nan() -> Data:
    """Seventeen rows without a value before the first."""
    data = columns_of(walk(100.0, 5, 8), 9)
    for name in ("high", "low", "close", "volume"):
        data[name][:17] = np.nan
    return data


def with_inner_nan() -> Data:
    """A missing value and an infinite one in the middle; TA-Lib is not asked, it never recovers."""
    data = columns_of(walk(100.0, 5, 10), 11)
    data["close"][100] = np.nan
    data["close"][103] = np.inf
    data["high"][180] = np.nan
    data["volume"][181] = -np.inf
    return data


SERIES: dict[str, Callable[[], Data]] = {
    "walk": lambda: columns_of(walk(100.0, 5, 1), 1),
    "level": at_a_level,
    "constant": with_a_constant,
    "jumps": with_jumps,
    "leading_nan": with_leading_nan,
    "inner_nan": with_inner_nan,
}


def main() -> int:
    """Compute and write all of them."""
    talib = importlib.import_module("talib")

    for name, make in SERIES.items():
        data = make()
        stored = dict(data)
        for case in CASES:
            for index, output in enumerate(case.exact(data)):
                stored[f"exact:{case.key}:{index}"] = output
            outputs = None if name == "inner_nan" else case.from_talib(talib, data)
            for index, output in enumerate(outputs or []):
                stored[f"talib:{case.key}:{index}"] = output
        np.savez_compressed(FOLDER / f"{name}.npz", **stored)  # type: ignore[arg-type]
        print(f"{name}: {len(stored)} columns")
    return 0


if __name__ == "__main__":
    sys.exit(main())
