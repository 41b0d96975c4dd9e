"""Backtests of a million ticks beside numba's hand loop and vectorbt, and a sweep on one core and on all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import trading_rust
from numpy.typing import NDArray

from tests.bench import peers
from tests.bench.table import Goal, Race, race, show

ROWS = 1_000_000
SWEPT_ROWS = 100_000
COMMISSION = 1e-4
PNL, REPORT, AGAINST_VECTORBT = 1.0, 1.8, 0.01
SCALING = 1.9
NUMBA, VECTORBT = "numba", "vectorbt"


def _market(rows: int) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """A walk on a tick of 0.01, traded when two averages cross: about 25,000 trades in a million rows."""
    prices = 100 + np.cumsum(np.random.default_rng(1).integers(-5, 6, rows) * 0.01)
    fast, slow = trading_rust.calculate_sma(prices, 10), trading_rust.calculate_sma(prices, 60)
    return prices, (fast > slow).astype(np.int8) - (fast < slow).astype(np.int8)


def _hand_loop(numba: Any) -> Callable[..., float]:
    """What one writes in numba: mark, trade, sum."""

    def loop(prices: Any, signals: Any, commission: float) -> float:
        profit = turnover = position = last = 0.0
        for row in range(len(prices)):
            profit += position * (prices[row] - last)
            signal = float(signals[row])
            if signal != 0.0 and signal != position:
                turnover += abs(signal - position) * abs(prices[row])
                position = signal
            last = prices[row]
        return profit - commission * turnover

    return numba.njit(loop)  # type: ignore[no-any-return]


def _vectorbt(prices: Any, signals: Any) -> Callable[[], object]:
    vectorbt = peers.load(VECTORBT)

    def run() -> object:
        return vectorbt.Portfolio.from_signals(
            prices, entries=signals > 0, short_entries=signals < 0, size=1.0, fees=COMMISSION, init_cash=1e9
        ).total_profit()

    return run


def _races() -> list[Race]:
    prices, signals = _market(ROWS)

    def report() -> object:
        made = trading_rust.backtest(prices, signals, commission=COMMISSION)
        return made.equity, made.drawdown, made.trades

    loops: dict[str, Callable[[], object]] = {}
    if peers.load(NUMBA) is not None:
        loop = _hand_loop(peers.load(NUMBA))
        ours = trading_rust.backtest_strategy(prices, signals, COMMISSION)
        if abs(loop(prices, signals, COMMISSION) - ours) > 1e-6 * abs(ours):
            raise AssertionError("numba's loop and ours differ: they don't do the same work")
        loops[NUMBA] = lambda: loop(prices, signals, COMMISSION)
    whole = {VECTORBT: _vectorbt(prices, signals)} if peers.load(VECTORBT) is not None else {}
    as_floats = signals.astype(np.float64)

    def profit() -> float:
        return trading_rust.backtest_strategy(prices, signals, COMMISSION)

    return [
        race("P&L, 1 M ticks, signals int8", profit, loops, Goal(NUMBA, PNL)),
        race(
            "P&L, 1 M ticks, signals float64 (numba: int8)",
            lambda: trading_rust.backtest_strategy(prices, as_floats, COMMISSION),
            loops,
        ),
        race("equity, drawdown, trades (numba: P&L)", report, loops, Goal(NUMBA, REPORT)),
        race("equity, drawdown, trades", report, whole, Goal(VECTORBT, AGAINST_VECTORBT)),
    ]


def _sweep() -> dict[str, object]:
    """A thousand combinations on one thread and on every core: wall and processor time, seconds."""
    prices, _ = _market(SWEPT_ROWS)
    grid = {"fast": range(2, 27), "slow": range(30, 110, 4), "commission": [0.0, COMMISSION]}
    figures: dict[str, object] = {}
    walls = []
    for threads in (1, os.cpu_count() or 1):
        best = (float("inf"), 0.0)
        for _ in range(5):
            wall, processor = time.perf_counter(), time.process_time()
            result = trading_rust.sweep(prices, "sma_cross", grid, threads=threads)
            best = min(best, (time.perf_counter() - wall, time.process_time() - processor))
        walls.append(best[0])
        figures[f"{threads} threads"] = {"wall_s": best[0], "processor_s": best[1]}
        print(
            f"  sweep, {len(result):,} sets × {SWEPT_ROWS:,} rows, {threads} threads: {best[0]:.3f} s", end=""
        )
        print(f" ({best[1]:.3f} s of processor)")
    figures["scaling"] = walls[0] / walls[1]
    print(f"  scaling {walls[0] / walls[1]:.2f}, goal {SCALING} on 2 cores")
    return figures


def measure() -> dict[str, object]:
    """Run all, print them, and give the figures."""
    races = _races()
    show(races)
    return {"races": [each.as_dict() for each in races], "sweep": _sweep()}
