"""How far a feature has drifted from what a model was trained on: the population stability index.

`PSI = Σ (live − training) · ln(live / training)` over the bins of the training set (N. Siddiqi, Credit Risk
Scorecards, 2006). Below 0.1 nothing to speak of, from 0.25 another population. The signal bridge computes it
live; here stands what it compares with.
"""

from __future__ import annotations

import numpy as np
import trading_rust
from numpy.typing import NDArray

from console.research.entry import FeatureBins

BINS = 10


def feature_bins(features: NDArray[np.float64]) -> tuple[FeatureBins, ...]:
    """Each feature's tenths over the training set (n, 7); values that are many make fewer, wider bins."""
    made = []
    for name, column in zip(trading_rust.FEATURE_NAMES, features.T, strict=True):
        edges = np.unique(np.quantile(column, np.arange(1, BINS) / BINS))
        counts = np.bincount(np.searchsorted(edges, column, side="left"), minlength=len(edges) + 1)
        shares = counts / len(column)
        made.append(FeatureBins(name, tuple(edges.tolist()), tuple(shares.tolist())))
    return tuple(made)
