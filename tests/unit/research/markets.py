"""Markets of our own making: one that can be foretold a little, one that can't."""

from __future__ import annotations

import numpy as np
import pandas as pd

INTERVAL_US = 250_000


def market(bars: int, seed: int, *, trend: float) -> pd.DataFrame:
    """One row a bar. `trend`: how much of a slow, hidden drift shows in the steps; 0 is a random walk."""
    random = np.random.default_rng(seed)
    drift = np.repeat(random.choice([-1.0, 0.0, 1.0], size=bars // 200 + 1), 200)[:bars]
    steps = random.normal(scale=3.0, size=bars) + trend * drift
    bids = 100 + np.cumsum(np.round(steps)) * 0.01
    bids = np.round(bids + max(0.0, 20 - bids.min()), 2)
    return pd.DataFrame(
        {
            "timestamp_us": 1_700_000_000_000_000 + np.arange(bars) * INTERVAL_US,
            "symbol": "ALFA",
            "volume": random.integers(0, 20, size=bars).astype(float),
            "bid": bids,
            "ask": np.round(bids + 0.02, 2),
        }
    )
