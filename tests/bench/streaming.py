"""One update from Python beside the classes of others that take a value at a time, and one in Rust."""

from __future__ import annotations

import json
import math
import subprocess
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import trading_rust

from tests.bench import peers
from tests.bench.goals import Goal
from tests.bench.programs import example

VALUES = 10_000
ROUNDS = 60
GOAL_NS, RUST_GOAL_NS, FEATURES_GOAL_NS = 60.0, 5.0, 150.0
PACE = example("pace")
# Class, and how many values an update takes.
CLASSES = {
    "Rsi": 1, "Macd": 1, "Sma": 1, "Ema": 1, "Wma": 1, "Bollinger": 1, "RollingStd": 1, "ZScore": 1,
    "Momentum": 1, "Roc": 1, "TrueRange": 3, "Atr": 3, "Adx": 3, "Stochastic": 3, "FastStochastic": 3,
    "Obv": 2, "Vwap": 2, "RollingVwap": 2, "Features": 2,
}  # fmt: skip
NAUTILUS = {
    "Rsi": ("RelativeStrengthIndex", (14,)),
    "Sma": ("SimpleMovingAverage", (20,)),
    "Ema": ("ExponentialMovingAverage", (20,)),
    "Macd": ("MovingAverageConvergenceDivergence", (12, 26)),
}
TALIPP = {
    "Rsi": ("RSI", (14,)), "Sma": ("SMA", (20,)), "Ema": ("EMA", (20,)), "Macd": ("MACD", (12, 26, 9)),
    "Bollinger": ("BB", (20, 2.0)),
}  # fmt: skip


def _times(calls: dict[str, Callable[..., object]], rows: list[tuple[float, ...]]) -> dict[str, float]:
    """Nanoseconds of one call of each, the loop around it taken off; all take turns."""
    count = len(rows[0])
    if count == 1:
        values = [row[0] for row in rows]

        def loop(call: Callable[..., object]) -> None:
            for value in values:
                call(value)

        def empty() -> None:
            for _ in values:
                pass

    elif count == 2:

        def loop(call: Callable[..., object]) -> None:
            for one, two in rows:
                call(one, two)

        def empty() -> None:
            for _one, _two in rows:
                pass

    else:

        def loop(call: Callable[..., object]) -> None:
            for one, two, three in rows:
                call(one, two, three)

        def empty() -> None:
            for _one, _two, _three in rows:
                pass

    best = dict.fromkeys([*calls, "loop"], float("inf"))
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        empty()
        best["loop"] = min(best["loop"], (time.process_time_ns() - start) / len(rows))
        for name, call in calls.items():
            start = time.process_time_ns()
            loop(call)
            best[name] = min(best[name], (time.process_time_ns() - start) / len(rows))
    return {name: best[name] - best["loop"] for name in calls}


def _peers(name: str, window: Any) -> dict[str, Callable[..., object]]:
    calls: dict[str, Callable[..., object]] = {}
    nautilus, talib = peers.load("nautilus-trader"), peers.load("TA-Lib")
    if nautilus is not None and name in NAUTILUS:
        class_name, parameters = NAUTILUS[name]
        calls["nautilus-trader"] = getattr(nautilus, class_name)(*parameters).update_raw
    if talib is not None and name in ("Rsi", "Sma", "Ema", "Macd", "Bollinger"):
        stream = getattr(talib.stream, {"Bollinger": "BBANDS"}.get(name, name.upper()))
        # It keeps no state: it takes a window anew each time.
        calls["TA-Lib stream"] = lambda _value: stream(window)
    return calls


def _talipp(name: str, rows: list[tuple[float, ...]]) -> float | None:
    """talipp keeps all values, so it gets few."""
    talipp = peers.load("talipp")
    if talipp is None or name not in TALIPP:
        return None
    class_name, parameters = TALIPP[name]
    few, best = [row[0] for row in rows[:2_000]], float("inf")
    for _ in range(5):
        indicator = getattr(talipp, class_name)(*parameters)
        start = time.process_time_ns()
        for value in few:
            indicator.add(value)
        best = min(best, (time.process_time_ns() - start) / len(few))
    return best


def _in_rust() -> list[dict[str, Any]]:
    """Name and nanoseconds of each step in Rust, where the program that measures them has been built."""
    if not PACE.exists():
        print("No steps in Rust: cargo build --release -p indicators --example pace")
        return []
    told = subprocess.run([str(PACE), "--json"], capture_output=True, text=True, check=True, timeout=120)
    rows: list[dict[str, Any]] = [json.loads(line) for line in told.stdout.splitlines()]
    floor = rows.pop(0)
    print(f"One step in Rust, ns (a state of {floor['name']}: {floor['ns']:.1f})")
    for row in rows:
        print(f"  {row['name']:<24}{row['ns']:>8.1f}   ≤ {_rust_goal(row['name']):g}")
    return rows


def _rust_goal(name: str) -> float:
    return FEATURES_GOAL_NS if "feature" in name.lower() else RUST_GOAL_NS


def measure() -> dict[str, object]:
    """Each class, with what a call that does nothing costs."""
    generator = np.random.default_rng(2)
    close = 100.0 + np.cumsum(generator.integers(-5, 6, VALUES)) * 0.01
    columns = {
        1: [close],
        2: [close, generator.integers(1, 9, VALUES).astype(np.float64)],
        3: [close + 0.03, close - 0.02, close],
    }
    rows = {count: list(zip(*(c.tolist() for c in parts), strict=True)) for count, parts in columns.items()}
    nothing = _times({"float()": float, "lambda": lambda value: value}, rows[1])
    print("One update from Python, ns (the loop taken off; a call that does nothing: ", end="")
    print(", ".join(f"{name} {spent:.1f}" for name, spent in nothing.items()) + ")")
    floors = _times({"math.sqrt": math.sqrt, "math.modf (a pair)": math.modf}, rows[1])
    floors |= _times({"math.hypot of three": math.hypot}, rows[3])
    print(
        "  Python's own functions in C: " + ", ".join(f"{name} {spent:.1f}" for name, spent in floors.items())
    )
    figures: list[dict[str, Any]] = []
    for name, count in CLASSES.items():
        window = np.ascontiguousarray(close[:100])
        calls: dict[str, Callable[..., object]] = {
            trading_rust.__name__: getattr(trading_rust, name)().update
        }
        times = _times({**calls, **_peers(name, window)}, rows[count])
        if (talipp := _talipp(name, rows[count])) is not None:
            times["talipp"] = talipp
        ours = times[trading_rust.__name__]
        theirs = ", ".join(f"{peer} {spent:.0f}" for peer, spent in times.items() if peer != "trading_rust")
        verdict = "reached" if ours <= GOAL_NS else "MISSED"
        print(f"  {name:<16}{ours:>8.1f}   ≤ {GOAL_NS:g}: {verdict:<9} {theirs}")
        figures.append({"name": name, "times_ns": times, "goal_ns": GOAL_NS, "met": ours <= GOAL_NS})
    in_rust = _in_rust()
    goals = [
        Goal(f"{each['name']} from Python", each["times_ns"][trading_rust.__name__], GOAL_NS, "ns").as_dict()
        for each in figures
    ]
    goals += [
        Goal(f"{row['name']} in Rust", row["ns"], _rust_goal(row["name"]), "ns").as_dict() for row in in_rust
    ]
    return {
        "nothing_ns": nothing,
        "own_functions_ns": floors,
        "updates": figures,
        "rust": in_rust,
        "goals": goals,
    }
