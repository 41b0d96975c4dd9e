"""Batch indicators over a million doubles, against the libraries others use."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import trading_rust
from numpy.typing import NDArray

from tests.bench import loops, peers
from tests.bench.table import FASTEST, Goal, Race, goals_of, race, shortest, show

ROWS = 1_000_000
SHORT_ROWS = 1_000
Run = Callable[[], object]
Array = NDArray[np.float64]


class Bars:
    """A walk at 60,000 with a tick of 0.01, as every library wants it."""

    def __init__(self, rows: int) -> None:
        generator = np.random.default_rng(1)
        self.close: Array = np.round(60_000.0 + np.cumsum(generator.integers(-5, 6, rows)) * 0.01, 2)
        self.high: Array = self.close + generator.integers(0, 5, rows) * 0.01
        self.low: Array = self.close - generator.integers(0, 5, rows) * 0.01
        self.volume: Array = generator.integers(1, 100, rows).astype(np.float64)
        self.out: tuple[Array, ...] = (np.empty(rows), np.empty(rows), np.empty(rows))


# ours (function, inputs, parameters, outputs), and each peer's name for it with its own arguments.
CLOSE, BARS, TRADES = ("close",), ("high", "low", "close"), ("close", "volume")
Work = tuple[str, tuple[str, ...], tuple[Any, ...], int, Goal, dict[str, tuple[str, tuple[Any, ...]]]]
ANY = Goal(FASTEST, 1.0)


def _plain(name: str, period: int) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """A name that all libraries know, with one period."""
    lower = name.lower()
    return {"TA-Lib": (name, (period,)), "newtulipy": (lower, (period,)), "kand": (lower, (period,))}


WORKS: list[Work] = [
    ("rsi", CLOSE, (14,), 1, Goal("TA-Lib", 0.5), _plain("RSI", 14)),
    (
        "macd",
        CLOSE,
        (12, 26, 9),
        2,
        Goal("TA-Lib", 0.8),
        {"TA-Lib": ("MACD", (12, 26, 9)), "newtulipy": ("macd", (12, 26, 9)), "kand": ("macd", (12, 26, 9))},
    ),
    (
        "bollinger",
        CLOSE,
        (20, 2.0),
        3,
        Goal("TA-Lib", 0.6),
        {
            "TA-Lib": ("BBANDS", (20, 2.0, 2.0)),
            "newtulipy": ("bbands", (20, 2.0)),
            "kand": ("bbands", (20, 2.0, 2.0)),
        },
    ),
    ("atr", BARS, (14,), 1, Goal("TA-Lib", 0.75), _plain("ATR", 14)),
    ("ema", CLOSE, (20,), 1, Goal("TA-Lib", 0.3), _plain("EMA", 20)),
    ("sma", CLOSE, (20,), 1, ANY, _plain("SMA", 20)),
    ("wma", CLOSE, (20,), 1, ANY, _plain("WMA", 20)),
    ("rolling_std", CLOSE, (20,), 1, ANY, _plain("STDDEV", 20)),
    ("zscore", CLOSE, (20,), 1, ANY, {}),
    ("momentum", CLOSE, (10,), 1, ANY, _plain("MOM", 10)),
    ("roc", CLOSE, (10,), 1, ANY, _plain("ROC", 10)),
    (
        "true_range",
        BARS,
        (),
        1,
        ANY,
        {"TA-Lib": ("TRANGE", ()), "newtulipy": ("tr", ()), "kand": ("trange", ())},
    ),
    ("adx", BARS, (14,), 1, ANY, _plain("ADX", 14)),
    (
        "stochastic",
        BARS,
        (14, 3, 3),
        2,
        ANY,
        {
            "TA-Lib": ("STOCH", (14, 3, 0, 3, 0)),
            "newtulipy": ("stoch", (14, 3, 3)),
            "kand": ("stoch", (14, 3, 3)),
        },
    ),
    ("fast_stochastic", BARS, (14, 3), 2, ANY, {"TA-Lib": ("STOCHF", (14, 3, 0))}),
    ("obv", TRADES, (), 1, ANY, {"TA-Lib": ("OBV", ()), "newtulipy": ("obv", ()), "kand": ("obv", ())}),
    ("vwap", TRADES, (), 1, ANY, {}),
    ("rolling_vwap", TRADES, (20,), 1, ANY, {}),
]

# vectorbt's names, as calls.
VECTORBT: dict[str, Callable[[Any, Bars], object]] = {
    "rsi": lambda vbt, bars: vbt.RSI.run(bars.close, 14, ewm=True).rsi,
    "macd": lambda vbt, bars: vbt.MACD.run(bars.close, 12, 26, 9, macd_ewm=True, signal_ewm=True).signal,
    "bollinger": lambda vbt, bars: vbt.BBANDS.run(bars.close, 20, alpha=2.0).upper,
    "atr": lambda vbt, bars: vbt.ATR.run(bars.high, bars.low, bars.close, 14, ewm=True).atr,
    "ema": lambda vbt, bars: vbt.MA.run(bars.close, 20, ewm=True).ma,
    "sma": lambda vbt, bars: vbt.MA.run(bars.close, 20).ma,
    "rolling_std": lambda vbt, bars: vbt.MSTD.run(bars.close, 20).mstd,
    "obv": lambda vbt, bars: vbt.OBV.run(bars.close, bars.volume).obv,
}


def _by_name(module: Any, name: str, inputs: list[Array], parameters: tuple[Any, ...]) -> Run:
    function = getattr(module, name)
    return lambda: function(*inputs, *parameters)


def _polars(bars: Bars, work: Work) -> Run | None:
    """polars-talib's expression over a frame of the same columns."""
    talib_name = work[5].get("TA-Lib", ("", ()))
    if peers.load("polars-talib") is None or not talib_name[0]:
        return None
    import polars  # type: ignore[import-not-found]  # comes with polars-talib

    plugin, frame = peers.load("polars-talib"), polars.DataFrame({name: getattr(bars, name) for name in BARS})
    if not hasattr(plugin, talib_name[0].lower()) or "volume" in work[1]:
        return None
    expression = getattr(plugin, talib_name[0].lower())(
        *(polars.col(name) for name in work[1]), *talib_name[1]
    )
    return lambda: frame.select(expression)


def _contenders(bars: Bars, work: Work) -> dict[str, Run]:
    name, columns, _, _, _, theirs = work
    inputs = [getattr(bars, column) for column in columns]
    runs: dict[str, Run] = {}
    for peer, (function, parameters) in theirs.items():
        module = peers.load(peer)
        if module is not None:
            runs[peer] = _by_name(module, function, inputs, parameters)
    if peers.load("numba") is not None and (loop := loops.compiled(name)) is not None:
        runs["numba"] = lambda: loop(*inputs, *work[2])
    if (polars := _polars(bars, work)) is not None:
        runs["polars-talib"] = polars
    vectorbt = peers.load("vectorbt")
    if vectorbt is not None and name in VECTORBT:
        runs["vectorbt"] = lambda: VECTORBT[name](vectorbt, bars)
    return runs


def _works(rows: int, goals: bool) -> list[Race]:
    bars = Bars(rows)
    races = []
    for work in WORKS:
        name, columns, parameters, outputs, goal, _ = work
        function = getattr(trading_rust, f"calculate_{name}")
        inputs = [getattr(bars, column) for column in columns]
        out = bars.out[:outputs] if outputs > 1 else bars.out[0]
        races.append(
            race(
                " ".join([name, *(f"{parameter:g}" for parameter in parameters)]),
                functools.partial(function, *inputs, *parameters),
                _contenders(bars, work),
                goal if goals else None,
                functools.partial(function, *inputs, *parameters, out=out),
            )
        )
    show(races)
    return races


def copy_floor() -> dict[str, float]:
    """Milliseconds to copy the input into one and into three outputs: what no indicator can go under."""
    bars = Bars(ROWS)
    three = np.stack(bars.out)
    return shortest(
        {
            "one output": lambda: np.copyto(bars.out[0], bars.close),
            "three outputs": lambda: np.copyto(three, bars.close),
            "one fresh output": lambda: bars.close.copy(),
        }
    )


def measure() -> dict[str, object]:
    """Both sizes, with the copy floor."""
    floor = copy_floor()
    print("Copying 8 MB: " + ", ".join(f"{name} {spent:.3f} ms" for name, spent in floor.items()))
    print(f"Indicators, {ROWS:,} float64, ours / theirs (theirs in ms)")
    million = _works(ROWS, goals=True)
    print(f"\nThe same, {SHORT_ROWS:,} float64: what a call costs")
    thousand = _works(SHORT_ROWS, goals=False)
    return {
        "copy_ms": floor,
        "million": [each.as_dict() for each in million],
        "thousand": [each.as_dict() for each in thousand],
        "goals": goals_of(million),
    }
