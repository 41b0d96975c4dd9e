"""The indicators by their definitions, in decimals of 60 digits: slow, plain and independent of Rust.

Each function takes columns of one finite stretch as `Decimal` and gives one list per output, None where there
is no value yet. `evaluate` cuts a series with gaps into such stretches: a value that is not finite starts a
new warm-up.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

Column = list[Decimal]
Result = list[Decimal | None]
Definition = Callable[..., tuple[Result, ...]]

DIGITS = 60
HUNDRED = Decimal(100)


def evaluate(
    definition: Definition, columns: Sequence[NDArray[np.float64]], parameters: Sequence[float]
) -> list[NDArray[np.float64]]:
    """The outputs over whole columns, as the doubles nearest to the exact values."""
    length = len(columns[0])
    finite = [all(math.isfinite(column[row]) for column in columns) for row in range(length)]
    outputs: list[NDArray[np.float64]] = []
    start = 0
    with localcontext() as context:
        context.prec = DIGITS
        while True:
            while start < length and not finite[start]:
                start += 1
            end = start
            while end < length and finite[end]:
                end += 1
            stretch = [[Decimal(float(value)) for value in column[start:end]] for column in columns]
            results = definition(*stretch, *parameters)
            while len(outputs) < len(results):
                outputs.append(np.full(length, np.nan))
            for output, result in zip(outputs, results, strict=True):
                output[start:end] = [math.nan if value is None else float(value) for value in result]
            if end >= length:
                return outputs
            start = end


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def _deviation(values: Sequence[Decimal]) -> Decimal:
    mean = _mean(values)
    return _mean([(value - mean) ** 2 for value in values]).sqrt()


def _over_windows(values: Column, period: int, of: Callable[[Column], Decimal | None]) -> Result:
    return [
        of(values[row + 1 - period : row + 1]) if row + 1 >= period else None for row in range(len(values))
    ]


def _known(values: Result) -> Column:
    return [value for value in values if value is not None]


def _after(values: Result, then: Callable[[Column], Result]) -> Result:
    """`then` over the known end of `values`, in its place."""
    known = _known(values)
    return [None] * (len(values) - len(known)) + then(known)


def _smoothed(values: Column, period: int, weight: Decimal) -> Result:
    """Exponential smoothing, seeded with the mean of the first `period` values."""
    result: Result = [None] * min(period - 1, len(values))
    for row in range(period - 1, len(values)):
        before = result[-1] if result else None
        seed = _mean(values[:period]) if before is None else before + weight * (values[row] - before)
        result.append(seed)
    return result


def sma(prices: Column, period: int) -> tuple[Result]:
    """Mean of the window."""
    return (_over_windows(prices, period, _mean),)


def ema(prices: Column, period: int) -> tuple[Result]:
    """Smoothing 2 / (period + 1)."""
    return (_smoothed(prices, period, Decimal(2) / (period + 1)),)


def wma(prices: Column, period: int) -> tuple[Result]:
    """Weights 1 … period."""

    def weighted(window: Column) -> Decimal:
        total = sum(((row + 1) * value for row, value in enumerate(window)), Decimal(0))
        return total / (period * (period + 1) // 2)

    return (_over_windows(prices, period, weighted),)


def macd(prices: Column, fast: int, slow: int, signal: int) -> tuple[Result, Result]:
    """The fast average is seeded with the values just before the slow one's first."""
    slow_average = ema(prices, slow)[0]
    lead = min(slow - fast, len(prices))
    none: Result = [None] * lead
    fast_average = none + ema(prices[lead:], fast)[0]
    line: Result = [
        None if quick is None or late is None else quick - late
        for quick, late in zip(fast_average, slow_average, strict=True)
    ]
    signals = _after(line, lambda known: ema(known, signal)[0])
    return [None if s is None else m for m, s in zip(line, signals, strict=True)], signals


def rolling_std(prices: Column, period: int) -> tuple[Result]:
    """Population standard deviation of the window."""
    return (_over_windows(prices, period, _deviation),)


def zscore(prices: Column, period: int) -> tuple[Result]:
    """Deviations from the mean; 0 in a window without width."""

    def score(window: Column) -> Decimal:
        deviation = _deviation(window)
        return (window[-1] - _mean(window)) / deviation if min(window) < max(window) else Decimal(0)

    return (_over_windows(prices, period, score),)


def bollinger(prices: Column, period: int, deviations: float) -> tuple[Result, Result, Result]:
    """Mean and deviations on both sides."""
    width = Decimal(deviations)
    return (
        _over_windows(prices, period, lambda window: _mean(window) + width * _deviation(window)),
        _over_windows(prices, period, _mean),
        _over_windows(prices, period, lambda window: _mean(window) - width * _deviation(window)),
    )


def rsi(prices: Column, period: int) -> tuple[Result]:
    """Wilder's averages of gains and losses."""
    changes = [after - before for before, after in itertools.pairwise(prices)]
    weight = Decimal(1) / period
    gains = _smoothed([max(change, Decimal(0)) for change in changes], period, weight)
    losses = _smoothed([max(-change, Decimal(0)) for change in changes], period, weight)
    result: Result = [None] * min(1, len(prices))
    for gain, loss in zip(gains, losses, strict=True):
        if gain is None or loss is None:
            result.append(None)
        else:
            total = gain + loss
            result.append(HUNDRED * gain / total if total else Decimal(0))
    return (result,)


def momentum(prices: Column, period: int) -> tuple[Result]:
    """Difference to the value before."""
    return (_over_windows(prices, period + 1, lambda window: window[-1] - window[0]),)


def roc(prices: Column, period: int) -> tuple[Result]:
    """Percent of the value before; 0 from a base of 0."""

    def change(window: Column) -> Decimal:
        return (window[-1] / window[0] - 1) * HUNDRED if window[0] else Decimal(0)

    return (_over_windows(prices, period + 1, change),)


def true_range(high: Column, low: Column, close: Column) -> tuple[Result]:
    """Range of the bar and the gap before it."""
    return (
        [
            max(high[row], close[row - 1]) - min(low[row], close[row - 1]) if row else None
            for row in range(len(close))
        ],
    )


def atr(high: Column, low: Column, close: Column, period: int) -> tuple[Result]:
    """Wilder's average of the true range."""
    ranges = true_range(high, low, close)[0]
    return (_after(ranges, lambda known: _smoothed(known, period, Decimal(1) / period)),)


def adx(high: Column, low: Column, close: Column, period: int) -> tuple[Result]:
    """Wilder's average of the directional index; a bar without movement or range keeps the average."""
    ranges = _known(true_range(high, low, close)[0])
    result: Result = [None] * len(close)
    plus = minus = spread = seeds = Decimal(0)
    average: Decimal | None = None
    for row in range(1, len(close)):
        rise, fall = high[row] - high[row - 1], low[row - 1] - low[row]
        keep = Decimal(0) if row < period else Decimal(1) / period
        plus += (rise if rise > max(fall, Decimal(0)) else 0) - plus * keep
        minus += (fall if fall > max(rise, Decimal(0)) else 0) - minus * keep
        spread += ranges[row - 1] - spread * keep
        if row < period:
            continue
        index: Decimal | None = None
        if spread and plus + minus:
            index = HUNDRED * abs(minus - plus) / (minus + plus)
        if row < 2 * period:
            seeds += index or Decimal(0)
            average = seeds / period if row == 2 * period - 1 else None
        elif average is not None and index is not None:
            average += (index - average) / period
        result[row] = average
    return (result,)


def fast_stochastic(
    high: Column, low: Column, close: Column, fast_k: int, fast_d: int
) -> tuple[Result, Result]:
    """Place of the close in the window's range, and its average."""
    raw: Result = [None] * len(close)
    for row in range(fast_k - 1, len(close)):
        lowest = min(low[row + 1 - fast_k : row + 1])
        span = max(high[row + 1 - fast_k : row + 1]) - lowest
        raw[row] = HUNDRED * (close[row] - lowest) / span if span else Decimal(0)
    slow = _after(raw, lambda known: sma(known, fast_d)[0])
    return [None if d is None else k for k, d in zip(raw, slow, strict=True)], slow


def stochastic(
    high: Column, low: Column, close: Column, fast_k: int, slow_k: int, slow_d: int
) -> tuple[Result, Result]:
    """The fast one's average, and its average."""
    k = fast_stochastic(high, low, close, fast_k, slow_k)[1]
    d = _after(k, lambda known: sma(known, slow_d)[0])
    return [None if late is None else quick for quick, late in zip(k, d, strict=True)], d


def obv(prices: Column, volumes: Column) -> tuple[Result]:
    """Volume with the sign of the change."""
    result: Result = []
    total = Decimal(0)
    for row, volume in enumerate(volumes):
        change = prices[row] - prices[row - 1] if row else Decimal(1)
        total += volume if change > 0 else -volume if change < 0 else 0
        result.append(total)
    return (result,)


def _weighted(prices: Column, volumes: Column) -> Decimal | None:
    traded = sum(volumes, Decimal(0))
    value = sum((price * volume for price, volume in zip(prices, volumes, strict=True)), Decimal(0))
    return value / traded if traded else None


def rolling_vwap(prices: Column, volumes: Column, period: int) -> tuple[Result]:
    """Mean price of the window by volume."""
    result: Result = [None] * min(period - 1, len(prices))
    for row in range(period - 1, len(prices)):
        window = slice(row + 1 - period, row + 1)
        result.append(_weighted(prices[window], volumes[window]))
    return (result,)


def vwap(prices: Column, volumes: Column, sessions: Column) -> tuple[Result]:
    """Mean price of the session by volume."""
    result: Result = []
    start = 0
    for row in range(len(prices)):
        if sessions[row] != sessions[start]:
            start = row
        result.append(_weighted(prices[start : row + 1], volumes[start : row + 1]))
    return (result,)
