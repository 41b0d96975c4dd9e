"""The seven features of a million bars."""

from __future__ import annotations

import functools

import numpy as np
import trading_rust

from tests.bench.goals import Goal
from tests.bench.table import OURS, shortest

BARS = 1_000_000
GOAL_MS = 25.0


def measure() -> dict[str, object]:
    """Into a fresh matrix and into the caller's."""
    generator = np.random.default_rng(4)
    closes = 100.0 + np.cumsum(generator.integers(-5, 6, BARS)) * 0.01
    volumes = generator.integers(0, 50, BARS).astype(np.float64)
    out = np.empty((BARS, len(trading_rust.FEATURE_NAMES)))
    compute = functools.partial(trading_rust.compute_features, closes, volumes)
    # Several threads work at once: what counts is when the rows are there.
    times = shortest({OURS: compute, "out=": functools.partial(compute, out=out)}, seconds=2.0, elapsed=True)
    print(f"Features of {BARS:,} bars: {times[OURS]:.1f} ms, into the caller's matrix {times['out=']:.1f} ms")
    goal = Goal("features of 1 M bars, out=", times["out="], GOAL_MS, "ms")
    return {"times_ms": times, "goals": [goal.as_dict()]}
