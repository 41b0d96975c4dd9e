"""Rows of market data to features and labels, by the code the desk runs.

A label looks into the future of one bar; a feature never does. What separates training from test is made by
the caller, by time or by seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import trading_rust
from numpy.typing import NDArray

HOLD, BUY, SELL = 0, 1, 2


@dataclass(frozen=True)
class Dataset:
    """Samples of one or more symbols: one per warmed-up bar with enough future.

    `features` is (n, 7). `labels` are classes. `forward` is the return of the mid over the horizon, `cost`
    the spread as a fraction of the mid, which a round trip by market orders pays.
    """

    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    forward: NDArray[np.float64]
    cost: NDArray[np.float64]
    symbols: NDArray[np.str_]

    def __len__(self) -> int:
        """How many samples."""
        return len(self.labels)


def read_rows(path: Path) -> pd.DataFrame:
    """A CSV file of market data, plain or gzipped, with the columns of the replay source."""
    columns = ["timestamp_us", "symbol", "volume", "bid", "ask"]
    return pd.read_csv(path, usecols=columns, dtype={"timestamp_us": np.int64, "symbol": str})


def build_dataset(rows: pd.DataFrame, horizon: int, interval_us: int) -> Dataset:
    """Samples of every symbol in `rows`.

    A bar is labelled BUY (SELL) when the mid rises (falls) over the next `horizon` bars by more than the
    spread at that bar, else HOLD. Samples whose horizon crosses a break are left out.
    """
    parts = [_of_symbol(str(name), group, horizon, interval_us) for name, group in rows.groupby("symbol")]
    parts = [part for part in parts if len(part)]
    if not parts:
        raise ValueError("no symbol has enough bars for one sample; give more rows")
    return Dataset(
        features=np.concatenate([part.features for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        forward=np.concatenate([part.forward for part in parts]),
        cost=np.concatenate([part.cost for part in parts]),
        symbols=np.concatenate([part.symbols for part in parts]),
    )


def _of_symbol(name: str, rows: pd.DataFrame, horizon: int, interval_us: int) -> Dataset:
    times = rows["timestamp_us"].to_numpy()
    bids = rows["bid"].to_numpy(np.float64)
    asks = rows["ask"].to_numpy(np.float64)
    bars = trading_rust.build_bars(times, bids, asks, rows["volume"].to_numpy(np.float64), interval_us)
    closes = bars["close"]
    features = trading_rust.compute_features(closes, bars["volume"], bars["after_break"])
    # The touch in force when the bar closed: that of the last row before its end.
    last = np.searchsorted(times, bars["start_us"] + interval_us, side="left") - 1
    count = max(0, len(closes) - horizon)
    forward = closes[horizon:] / closes[:count] - 1.0
    cost = ((asks[last] - bids[last]) / closes)[:count]
    breaks = np.cumsum(bars["after_break"])
    usable = np.isfinite(features[:count]).all(axis=1) & np.isfinite(cost) & (cost >= 0)
    usable &= breaks[horizon:] == breaks[:count]
    labels = np.where(forward > cost, BUY, np.where(forward < -cost, SELL, HOLD))
    return Dataset(
        features=features[:count][usable],
        labels=labels[usable].astype(np.int64),
        forward=forward[usable],
        cost=cost[usable],
        symbols=np.full(int(usable.sum()), name),
    )
