"""What a model's decisions would have earned, by the Rust backtester and the desk's own rule of decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import trading_rust
from numpy.typing import NDArray

from console.research.dataset import SymbolBars
from console.research.scores import rounded

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TradingResult:
    """One unit of each symbol traded on its decisions, filled at the next bar's touch.

    `profit_bp` is the sum over symbols of the profit in basis points of the symbol's first price, after half
    the spread at each trade; `always_long_bp` that of holding one unit all the time, bought at the ask as the
    model buys.
    `trades` counts closed trades: a position still open at the end is none.
    """

    profit_bp: float
    before_costs_bp: float
    always_long_bp: float
    trades: int
    bars: int

    def to_json(self) -> dict[str, Any]:
        """For the registry and for scripts."""
        values: dict[str, Any] = rounded(asdict(self))
        return values


def trade(
    probabilities_of: Callable[[Floats], Floats], bars: Sequence[SymbolBars], threshold: float
) -> TradingResult:
    """Trade every symbol of `bars` on what the model says."""
    profit = before = long = 0.0
    trades = 0
    for one in bars:
        warm = np.isfinite(one.features).all(axis=1)
        probabilities = np.full((len(one), 3), np.nan)
        if warm.any():
            probabilities[warm] = probabilities_of(one.features[warm])
        signals = trading_rust.signals_from_probabilities(probabilities, threshold)
        bids, asks = paid_prices(one)
        paid = trading_rust.backtest(one.close, signals, bids=bids, asks=asks, latency=1)
        free = trading_rust.backtest(one.close, signals, latency=1)
        unit = 1e4 / one.close[0]
        profit += paid.pnl * unit
        before += free.pnl * unit
        held = np.ones(len(one), dtype=np.int8)
        long += trading_rust.backtest(one.close, held, bids=bids, asks=asks, latency=1).pnl * unit
        trades += paid.closed_trades
    return TradingResult(profit, before, long, trades, sum(len(one) for one in bars))


def paid_prices(bars: SymbolBars) -> tuple[Floats, Floats]:
    """The bid and the ask at each bar's close.

    A spread that is missing or crossed is none that could be paid: then the last one holds.
    """
    half = _carried(bars.spread) * bars.close / 2
    return bars.close - half, bars.close + half


def _carried(values: Floats) -> Floats:
    usable = np.isfinite(values) & (values >= 0)
    last = np.maximum.accumulate(np.where(usable, np.arange(len(values)), -1))
    return np.where(last >= 0, values[np.maximum(last, 0)], 0.0)
