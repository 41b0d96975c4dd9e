"""The loops one would write by hand and compile with numba: the plainest code that gives the numbers."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench import peers

Array = NDArray[np.float64]


def ema(prices: Array, period: int) -> Array:
    """Seeded with the mean."""
    out = np.full(len(prices), np.nan)
    total = 0.0
    for row in range(period):
        total += prices[row]
    value, weight = total / period, 2.0 / (period + 1)
    out[period - 1] = value
    for row in range(period, len(prices)):
        value += weight * (prices[row] - value)
        out[row] = value
    return out


def sma(prices: Array, period: int) -> Array:
    """A running sum."""
    out = np.full(len(prices), np.nan)
    total = 0.0
    for row in range(len(prices)):
        total += prices[row]
        if row >= period:
            total -= prices[row - period]
        if row >= period - 1:
            out[row] = total / period
    return out


def rolling_std(prices: Array, period: int) -> Array:
    """Running sums of values and squares."""
    out = np.full(len(prices), np.nan)
    total = squares = 0.0
    for row in range(len(prices)):
        total += prices[row]
        squares += prices[row] * prices[row]
        if row >= period:
            total -= prices[row - period]
            squares -= prices[row - period] * prices[row - period]
        if row >= period - 1:
            mean = total / period
            out[row] = math.sqrt(max(squares / period - mean * mean, 0.0))
    return out


def bollinger(prices: Array, period: int, width: float) -> tuple[Array, Array, Array]:
    """Running sums of values and squares."""
    upper = np.full(len(prices), np.nan)
    middle, lower = upper.copy(), upper.copy()
    total = squares = 0.0
    for row in range(len(prices)):
        total += prices[row]
        squares += prices[row] * prices[row]
        if row >= period:
            total -= prices[row - period]
            squares -= prices[row - period] * prices[row - period]
        if row >= period - 1:
            mean = total / period
            half = width * math.sqrt(max(squares / period - mean * mean, 0.0))
            upper[row], middle[row], lower[row] = mean + half, mean, mean - half
    return upper, middle, lower


def rsi(prices: Array, period: int) -> Array:
    """Wilder's averages."""
    out = np.full(len(prices), np.nan)
    gain = loss = 0.0
    for row in range(1, len(prices)):
        change = prices[row] - prices[row - 1]
        up, down = max(change, 0.0), max(-change, 0.0)
        if row <= period:
            gain += up / period
            loss += down / period
        else:
            gain += (up - gain) / period
            loss += (down - loss) / period
        if row >= period:
            out[row] = 100.0 * gain / (gain + loss) if gain + loss > 0.0 else 0.0
    return out


def macd(prices: Array, fast: int, slow: int, signal: int) -> tuple[Array, Array]:
    """Three averages in one pass."""
    line, signals = np.full(len(prices), np.nan), np.full(len(prices), np.nan)
    quick = late = smooth = seed = 0.0
    a, b, c = 2.0 / (fast + 1), 2.0 / (slow + 1), 2.0 / (signal + 1)
    for row in range(slow):
        late += prices[row] / slow
        if row >= slow - fast:
            quick += prices[row] / fast
    for row in range(slow - 1, len(prices)):
        if row >= slow:
            quick += a * (prices[row] - quick)
            late += b * (prices[row] - late)
        value = quick - late
        if row < slow + signal - 1:
            seed += value / signal
            smooth = seed
        else:
            smooth += c * (value - smooth)
        if row >= slow + signal - 2:
            line[row], signals[row] = value, smooth
    return line, signals


def atr(high: Array, low: Array, close: Array, period: int) -> Array:
    """Wilder's average of the true range."""
    out = np.full(len(close), np.nan)
    value = 0.0
    for row in range(1, len(close)):
        spread = max(high[row], close[row - 1]) - min(low[row], close[row - 1])
        value += spread / period if row <= period else (spread - value) / period
        if row >= period:
            out[row] = value
    return out


def obv(prices: Array, volumes: Array) -> Array:
    """Volume with the sign of the change."""
    out = np.empty(len(prices))
    total = volumes[0]
    out[0] = total
    for row in range(1, len(prices)):
        change = prices[row] - prices[row - 1]
        total += volumes[row] if change > 0.0 else -volumes[row] if change < 0.0 else 0.0
        out[row] = total
    return out


def momentum(prices: Array, period: int) -> Array:
    """Difference to the value before."""
    out = np.full(len(prices), np.nan)
    for row in range(period, len(prices)):
        out[row] = prices[row] - prices[row - period]
    return out


def roc(prices: Array, period: int) -> Array:
    """Percent of the value before."""
    out = np.full(len(prices), np.nan)
    for row in range(period, len(prices)):
        out[row] = (prices[row] / prices[row - period] - 1.0) * 100.0
    return out


def vwap(prices: Array, volumes: Array) -> Array:
    """Two running sums."""
    out = np.empty(len(prices))
    value = traded = 0.0
    for row in range(len(prices)):
        value += prices[row] * volumes[row]
        traded += volumes[row]
        out[row] = value / traded
    return out


def rolling_vwap(prices: Array, volumes: Array, period: int) -> Array:
    """Two running sums over a window."""
    out = np.full(len(prices), np.nan)
    value = traded = 0.0
    for row in range(len(prices)):
        value += prices[row] * volumes[row]
        traded += volumes[row]
        if row >= period:
            value -= prices[row - period] * volumes[row - period]
            traded -= volumes[row - period]
        if row >= period - 1:
            out[row] = value / traded
    return out


def zscore(prices: Array, period: int) -> Array:
    """Running sums of values and squares."""
    out = np.full(len(prices), np.nan)
    total = squares = 0.0
    for row in range(len(prices)):
        total += prices[row]
        squares += prices[row] * prices[row]
        if row >= period:
            total -= prices[row - period]
            squares -= prices[row - period] * prices[row - period]
        if row >= period - 1:
            mean = total / period
            deviation = math.sqrt(max(squares / period - mean * mean, 0.0))
            out[row] = (prices[row] - mean) / deviation if deviation > 0.0 else 0.0
    return out


LOOPS: dict[str, Callable[..., Any]] = {
    loop.__name__: loop
    for loop in (
        atr, bollinger, ema, macd, momentum, obv, roc, rolling_std, rolling_vwap, rsi, sma, vwap, zscore,
    )
}  # fmt: skip


@functools.cache
def compiled(name: str) -> Callable[..., Any] | None:
    """The loop, compiled; None where nobody wrote one or numba is missing."""
    numba = peers.load("numba")
    if numba is None or name not in LOOPS:
        return None
    compile_: Callable[..., Callable[..., Any]] = numba.njit(nogil=True)
    return compile_(LOOPS[name])
