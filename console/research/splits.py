"""Training, validation and test apart in time, so that nothing of the future leaks into the past.

A sample belongs to a part by the time its bar closed. It is left out where its label looks beyond the end
of its part, and for an embargo after each boundary, since its features look back across it (M. López de
Prado, Advances in Financial Machine Learning, 2018, section 7.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trading_rust
from numpy.typing import NDArray

from console.research.dataset import Dataset
from console.research.sources import SourceError

Indices = NDArray[np.int64]
# Of the time: to train on, to stop by, to be looked at once.
SHARES = (0.6, 0.2, 0.2)


@dataclass(frozen=True)
class Split:
    """Indices into a dataset. Nothing in `training` knows what happens in `validation`, nor that in
    `test`."""

    training: Indices
    validation: Indices
    test: Indices


def embargo_us(interval_us: int, bars: int | None = None) -> int:
    """The embargo in microseconds; by default as long as a feature looks back."""
    return (trading_rust.FEATURE_WARM_UP_BARS if bars is None else bars) * interval_us


def split_by_time(data: Dataset, embargo: int, shares: tuple[float, float, float] = SHARES) -> Split:
    """The first part to train on, the next to stop by, the last to be looked at once.

    `embargo` is in microseconds. Raises `SourceError` when a part would be empty.
    """
    if abs(sum(shares) - 1) > 1e-9 or min(shares) <= 0:
        raise ValueError(f"shares: three parts above 0 that sum to 1, not {shares}")
    first, second = (_moment(data, share) for share in (shares[0], shares[0] + shares[1]))
    parts = Split(
        training=_between(data, None, first, 0),
        validation=_between(data, first, second, embargo),
        test=_between(data, second, None, embargo),
    )
    _check(parts, data)
    return parts


def unseen_from_us(data: Dataset) -> int:
    """Before this moment, in event time, `split_by_time` lets no test begin."""
    return _moment(data, SHARES[0] + SHARES[1])


def walk_forward(data: Dataset, embargo: int, folds: int = 4) -> list[Split]:
    """Folds that walk through time: each trains on all before, stops by a part, and is tested on the next
    one.

    The time is cut into `folds` + 2 parts of equally many samples.
    """
    if folds < 1:
        raise ValueError(f"folds: must be 1 or more, not {folds}")
    edges = [_moment(data, part / (folds + 2)) for part in range(1, folds + 2)]
    splits = []
    for fold in range(folds):
        end = edges[fold + 2] if fold + 2 < len(edges) else None
        split = Split(
            training=_between(data, None, edges[fold], 0),
            validation=_between(data, edges[fold], edges[fold + 1], embargo),
            test=_between(data, edges[fold + 1], end, embargo),
        )
        _check(split, data)
        splits.append(split)
    return splits


def _moment(data: Dataset, share: float) -> int:
    # Samples are in order of time.
    return int(data.closed_us[min(len(data) - 1, int(share * len(data)))])


def _between(data: Dataset, begin: int | None, end: int | None, embargo: int) -> Indices:
    chosen = np.ones(len(data), dtype=bool)
    if begin is not None:
        chosen &= data.closed_us >= begin + embargo
    if end is not None:
        chosen &= data.until_us < end
    return np.flatnonzero(chosen)


def _check(split: Split, data: Dataset) -> None:
    for name in ("training", "validation", "test"):
        if not len(getattr(split, name)):
            raise SourceError(
                f"{len(data)} samples are too few: nothing is left for {name} once labels and embargo are "
                "kept apart; give more data or a shorter horizon"
            )
