"""Backtests of a million ticks beside numba's hand loop and vectorbt, and a sweep on one core and on all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import trading_rust
from numpy.typing import NDArray

from tests.bench import goals, peers
from tests.bench.table import Goal, Race, goals_of, race, show

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


def _full_hand_loop(numba: Any) -> Callable[..., Any]:
    """The same with what a report holds: equity, drawdown, and a column for each field of a trade."""

    def loop(prices: Any, signals: Any, commission: float) -> Any:
        rows = len(prices)
        equity, drawdown = np.empty(rows), np.empty(rows)
        # As many as there can be; only the pages that are written to exist.
        entries, exits = np.empty(rows, np.int64), np.empty(rows, np.int64)
        sides, paid, got = np.empty(rows), np.empty(rows), np.empty(rows)
        profits, fees = np.empty(rows), np.empty(rows)
        count = 0
        profit = position = last = peak = entry_price = entry_fee = 0.0
        entry = 0
        for row in range(rows):
            price = prices[row]
            profit += position * (price - last)
            signal = float(signals[row])
            if signal != 0.0 and signal != position:
                fee = abs(price) * commission
                profit -= abs(signal - position) * fee
                if position != 0.0:
                    entries[count], exits[count], sides[count] = entry, row, position
                    paid[count], got[count] = entry_price, price
                    fees[count] = entry_fee + fee
                    profits[count] = (price - entry_price) * position - fees[count]
                    count += 1
                entry, entry_price, entry_fee, position = row, price, fee, signal
            last = price
            peak = max(peak, profit)
            equity[row] = profit
            drawdown[row] = peak - profit
        trades = (entries[:count], exits[:count], sides[:count], paid[:count], got[:count])
        return equity, drawdown, trades, profits[:count], fees[:count]

    return numba.njit(loop)  # type: ignore[no-any-return]


def _vectorbt(prices: Any, signals: Any) -> tuple[Callable[[], object], Callable[[], object]]:
    """Its profit, and its value, drawdown and trades."""
    vectorbt = peers.load(VECTORBT)

    def portfolio() -> Any:
        return vectorbt.Portfolio.from_signals(
            prices, entries=signals > 0, short_entries=signals < 0, size=1.0, fees=COMMISSION, init_cash=1e9
        )

    def profit() -> object:
        return portfolio().total_profit()

    def report() -> object:
        made = portfolio()
        return made.value(), made.drawdown(), made.trades.records

    return profit, report


def _assert_same_work(ours: trading_rust.BacktestReport, theirs: Any) -> None:
    equity, drawdown, (entries, exits, *_), profits, _ = theirs
    closed = ours.trades[ours.trades["reason"] > 0]
    same = (
        np.allclose(ours.equity, equity, atol=1e-6)
        and np.allclose(ours.drawdown, drawdown, atol=1e-6)
        and np.array_equal(closed["entry_index"], entries)
        and np.array_equal(closed["exit_index"], exits)
        and np.allclose(closed["pnl"], profits, atol=1e-6)
    )
    if not same:
        raise AssertionError("numba's report and ours differ: they don't do the same work")


def _races() -> list[Race]:
    prices, signals = _market(ROWS)

    def report() -> object:
        made = trading_rust.backtest(prices, signals, commission=COMMISSION)
        return made.equity, made.drawdown, made.trades

    loops: dict[str, Callable[[], object]] = {}
    whole_loops: dict[str, Callable[[], object]] = {}
    if peers.load(NUMBA) is not None:
        loop = _hand_loop(peers.load(NUMBA))
        ours = trading_rust.backtest_strategy(prices, signals, COMMISSION)
        if abs(loop(prices, signals, COMMISSION) - ours) > 1e-6 * abs(ours):
            raise AssertionError("numba's loop and ours differ: they don't do the same work")
        loops[NUMBA] = lambda: loop(prices, signals, COMMISSION)
        full = _full_hand_loop(peers.load(NUMBA))
        _assert_same_work(
            trading_rust.backtest(prices, signals, commission=COMMISSION), full(prices, signals, COMMISSION)
        )
        whole_loops[NUMBA] = lambda: full(prices, signals, COMMISSION)
    profits: dict[str, Callable[[], object]] = {}
    reports: dict[str, Callable[[], object]] = {}
    if peers.load(VECTORBT) is not None:
        profits[VECTORBT], reports[VECTORBT] = _vectorbt(prices, signals)
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
        race("equity, drawdown, trades (numba: P&L alone)", report, loops, Goal(NUMBA, REPORT)),
        race("equity, drawdown, trades (numba: the same)", report, whole_loops, Goal(NUMBA, REPORT)),
        race("P&L, 1 M ticks", profit, profits, Goal(VECTORBT, AGAINST_VECTORBT)),
        race(
            "equity, drawdown, trades (vectorbt: the same)", report, reports, Goal(VECTORBT, AGAINST_VECTORBT)
        ),
    ]


def _sweep() -> dict[str, Any]:
    """A thousand combinations on one thread and on every core: wall and processor time, seconds."""
    prices, _ = _market(SWEPT_ROWS)
    grid = {"fast": range(2, 27), "slow": range(30, 110, 4), "commission": [0.0, COMMISSION]}
    figures: dict[str, Any] = {}
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
    print(f"  scaling {walls[0] / walls[1]:.2f}, goal {SCALING} on 2 cores; only on a quiet machine it tells")
    return figures


def measure() -> dict[str, object]:
    """Run all, print them, and give the figures."""
    races = _races()
    show(races)
    sweep = _sweep()
    scaling = goals.Goal("sweep of 1,000 sets, all cores against one", sweep["scaling"], SCALING, "×", True)
    return {
        "races": [each.as_dict() for each in races],
        "sweep": sweep,
        "goals": [*goals_of(races), scaling.as_dict()],
    }
