"""Does a feature know the future? Cut the future off and see whether the past changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import trading_rust
from numpy.typing import NDArray

from console.research.dataset import SymbolBars

Floats = NDArray[np.float64]
# Where a series is cut, as shares of its length.
CUTS = (0.35, 0.6, 0.85)


class LeakageError(ValueError):
    """A feature is made from what was not yet known; whatever a model scores on it is worth nothing."""


def columns_that_know_the_future(
    make: Callable[[int], Floats], length: int, cuts: Sequence[float] = CUTS
) -> list[int]:
    """The columns of `make(length)` that change in their past when only the first part is known.

    `make(n)` gives the features (n, columns) of the first n bars alone. A column is caught at the first cut
    at which any earlier value differs by a single bit.
    """
    whole = make(length)
    caught: set[int] = set()
    for cut in cuts:
        known = int(cut * length)
        past = make(known)
        same = (past == whole[:known]) | (np.isnan(past) & np.isnan(whole[:known]))
        caught.update(np.flatnonzero(~same.all(axis=0)).tolist())
    return sorted(caught)


def check_causal(bars: Sequence[SymbolBars]) -> None:
    """Raises `LeakageError` when a feature of any symbol knows its future."""
    for one in bars:

        def make(count: int, bars: SymbolBars = one) -> Floats:
            return trading_rust.compute_features(
                bars.close[:count], bars.volume[:count], bars.after_break[:count]
            )

        caught = columns_that_know_the_future(make, len(one))
        if caught:
            names = ", ".join(trading_rust.FEATURE_NAMES[column] for column in caught)
            raise LeakageError(f"{one.symbol}: {names} of a bar changes with what comes after it")
