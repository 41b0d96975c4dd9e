"""Rows of market data to bars, features and labels, by the code the desk runs.

A label looks into the future by its horizon; a feature never does. What separates training from test is
made by time (`console.research.splits`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import trading_rust
from numpy.typing import NDArray

from console.research.labels import BUY, HOLD, SELL, Labelling, label
from console.research.sources import Source, SourceError, read_source

# Labels and returns of close, high, low and cost.
Labeller = Callable[..., tuple[NDArray[np.int64], NDArray[np.float64]]]

__all__ = ["BUY", "HOLD", "SELL", "Dataset", "SymbolBars", "build_bars", "build_dataset", "read_rows"]


@dataclass(frozen=True)
class SymbolBars:
    """The bars of one symbol, carried forward over empty intervals as the desk does.

    Prices are mids; `spread` is a fraction of the mid, what a round trip by market orders pays: with the
    commission of both sides where one was named. `closed_us`
    is the end of each bar's interval, in event time. `features` is (n, 7), NaN during warm-up.
    """

    symbol: str
    closed_us: NDArray[np.int64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    after_break: NDArray[np.bool_]
    spread: NDArray[np.float64]
    features: NDArray[np.float64]

    def __len__(self) -> int:
        """How many bars."""
        return len(self.close)

    def take(self, chosen: NDArray[np.bool_]) -> Self:
        """The bars that `chosen` picks."""
        columns: dict[str, Any] = {
            name: getattr(self, name)[chosen] for name in self.__dataclass_fields__ if name != "symbol"
        }
        return type(self)(symbol=self.symbol, **columns)


@dataclass(frozen=True)
class Dataset:
    """Samples of one or more symbols: one per warmed-up bar with enough future, in order of time.

    `features` is (n, 7). `labels` are classes. `forward` is the return that the label stands for, `cost` the
    spread as a fraction of the mid, which a round trip by market orders pays. `closed_us` is when the bar of
    the sample closed, and `until_us` when the last bar closed that its label looked at.
    """

    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    forward: NDArray[np.float64]
    cost: NDArray[np.float64]
    close: NDArray[np.float64]
    symbols: NDArray[np.str_]
    closed_us: NDArray[np.int64]
    until_us: NDArray[np.int64]

    def __len__(self) -> int:
        """How many samples."""
        return len(self.labels)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Self:
        """The samples that `chosen` picks; of a slice without a copy."""
        return type(self)(**{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__})

    def class_shares(self) -> NDArray[np.float64]:
        """The share of hold, buy and sell."""
        return np.bincount(self.labels, minlength=3) / max(1, len(self))


def read_rows(path: Path) -> pd.DataFrame:
    """The rows of a file of market data. Raises `SourceError`."""
    source = read_source(path)
    if source.kind != "rows":
        raise SourceError(f"{path}: it holds bars; rows with bid and ask are needed here.")
    return source.frame


def build_bars(source: Source, interval_us: int, commission: float = 0.0) -> list[SymbolBars]:
    """Bars and features of every symbol, by `trading_rust` and nothing else.

    Bars given as such are taken at their close, one row each, so that gaps are carried forward and breaks are
    found by the same rule as live. Symbols without a single closed bar are left out. `commission` is a
    fraction of the price, paid on each side: it widens the spread, so that labels and fills both know of it.
    """
    make = _from_rows if source.kind == "rows" else _from_bars
    groups = source.frame.groupby("symbol", sort=True)
    made = [make(str(name), group, interval_us) for name, group in groups]
    return [_with_commission(bars, commission) for bars in made if len(bars)]


def cost_warnings(source: Source) -> list[str]:
    """What `source` doesn't tell of the costs."""
    if source.kind == "bars" and "spread" not in source.frame:
        return [
            "these bars have no spread: labels and profits are without its cost; give a column spread in "
            "units of the price, or --commission with half of it as a fraction of the price"
        ]
    return []


def build_dataset(
    rows: pd.DataFrame | list[SymbolBars],
    labelling: Labelling | int,
    interval_us: int,
    labeller: Labeller = label,
) -> Dataset:
    """Labelled samples of every symbol in `rows` (rows of market data, or bars made of them).

    A number as `labelling` is the horizon of a forward label. Samples whose horizon crosses a break are left
    out. `labeller` stands in for `label` where somebody wants to time it. Raises `SourceError` when nothing
    is left.
    """
    labelling = Labelling(horizon=labelling) if isinstance(labelling, int) else labelling
    if isinstance(rows, pd.DataFrame):
        rows = build_bars(Source("rows", "rows", rows, ""), interval_us)
    parts = [part for bars in rows if len(part := _label(bars, labelling, interval_us, labeller))]
    if not parts:
        needed = trading_rust.FEATURE_WARM_UP_BARS + labelling.horizon
        raise SourceError(
            f"no symbol has enough bars for one sample ({needed} of {interval_us / 1e6:g} s in a row are "
            "needed); give more rows"
        )
    names = Dataset.__dataclass_fields__
    if len(parts) == 1:
        return parts[0]
    whole = Dataset(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    return whole.take(np.argsort(whole.closed_us, kind="stable"))


def whole_rows(features: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The rows (n, 7) without NaN or infinity: a sum of all has either when one of them does."""
    return np.isfinite(features @ np.ones(features.shape[1]))


def _from_rows(name: str, rows: pd.DataFrame, interval_us: int) -> SymbolBars:
    times = rows["timestamp_us"].to_numpy(np.int64)
    bids, asks = rows["bid"].to_numpy(np.float64), rows["ask"].to_numpy(np.float64)
    bars = trading_rust.build_bars(times, bids, asks, rows["volume"].to_numpy(np.float64), interval_us)
    # The touch in force when the bar closed: that of the last row before its end.
    last = np.searchsorted(times, bars["start_us"] + interval_us, side="left") - 1
    return _with_features(name, bars, (asks[last] - bids[last]) / bars["close"], interval_us)


def _from_bars(name: str, frame: pd.DataFrame, interval_us: int) -> SymbolBars:
    starts, close = frame["start_us"].to_numpy(np.int64), frame["close"].to_numpy(np.float64)
    bars = trading_rust.build_bars(starts, close, close, frame["volume"].to_numpy(np.float64), interval_us)
    at = np.searchsorted(starts, bars["start_us"] + interval_us, side="left") - 1
    given = starts[at] >= bars["start_us"]
    # A bar carried forward has the price it carries, and no range of its own.
    bars["high"] = np.where(given, frame["high"].to_numpy(np.float64)[at], bars["close"])
    bars["low"] = np.where(given, frame["low"].to_numpy(np.float64)[at], bars["close"])
    spread = frame["spread"].to_numpy(np.float64)[at] if "spread" in frame else np.zeros(len(at))
    return _with_features(name, bars, spread / bars["close"], interval_us)


def _with_commission(bars: SymbolBars, commission: float) -> SymbolBars:
    # A spread that is missing or crossed stays what it is.
    spread = np.where(bars.spread >= 0, bars.spread + 2 * commission, bars.spread)
    return replace(bars, spread=spread) if commission else bars


def _with_features(
    name: str, bars: trading_rust.Bars, spread: NDArray[np.float64], interval_us: int
) -> SymbolBars:
    return SymbolBars(
        symbol=name,
        closed_us=bars["start_us"] + interval_us,
        high=bars["high"],
        low=bars["low"],
        close=bars["close"],
        volume=bars["volume"],
        after_break=bars["after_break"],
        spread=spread,
        features=trading_rust.compute_features(bars["close"], bars["volume"], bars["after_break"]),
    )


def _label(bars: SymbolBars, labelling: Labelling, interval_us: int, labeller: Labeller) -> Dataset:
    labels, forward = labeller(labelling, bars.close, bars.high, bars.low, bars.spread)
    count = len(labels)
    breaks = np.cumsum(bars.after_break)
    cost = bars.spread[:count]
    usable = whole_rows(bars.features[:count]) & np.isfinite(cost) & (cost >= 0)
    usable &= breaks[labelling.horizon :] == breaks[:count]
    chosen = _as_run(usable)
    closed = bars.closed_us[:count][chosen]
    return Dataset(
        features=bars.features[:count][chosen],
        labels=labels[chosen],
        forward=forward[chosen],
        cost=cost[chosen],
        close=bars.close[:count][chosen],
        symbols=np.full(len(closed), bars.symbol),
        closed_us=closed,
        until_us=closed + labelling.horizon * interval_us,
    )


def _as_run(chosen: NDArray[np.bool_]) -> NDArray[np.bool_] | slice:
    """`chosen` as a slice, which copies nothing, where it is one run."""
    first = int(chosen.argmax()) if len(chosen) else 0
    last = len(chosen) - int(chosen[::-1].argmax()) if len(chosen) else 0
    return slice(first, last) if chosen[first:last].all() and chosen.any() else chosen
