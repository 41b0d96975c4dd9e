"""No part of a split knows of a later one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.research.dataset import Dataset, build_dataset
from console.research.sources import SourceError
from console.research.splits import Split, embargo_us, split_by_time, walk_forward
from tests.unit.research.markets import INTERVAL_US, market

DATA = build_dataset(market(3_000, 5, trend=1), 20, INTERVAL_US)


def apart(data: Dataset, split: Split, embargo: int) -> None:
    training, validation, test = (data.take(part) for part in (split.training, split.validation, split.test))
    for earlier, later in ((training, validation), (validation, test)):
        # The last bar a label looked at closed before the next part begins, and features look back so far.
        assert earlier.until_us.max() < later.closed_us.min()
        assert later.closed_us.min() - earlier.until_us.max() >= embargo - INTERVAL_US
    assert not set(split.training) & set(split.validation)
    assert not set(split.validation) & set(split.test)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100), st.floats(0.2, 0.7))
def test_parts_are_apart_in_time(bars: int, first: float) -> None:
    embargo = embargo_us(INTERVAL_US, bars)
    rest = (1 - first) / 2
    split = split_by_time(DATA, embargo, (first, rest, 1 - first - rest))
    apart(DATA, split, embargo)


def test_a_walk_forward_trains_on_all_before_and_tests_everything_once() -> None:
    embargo = embargo_us(INTERVAL_US)
    splits = walk_forward(DATA, embargo, 4)
    tested = np.concatenate([split.test for split in splits])
    assert len(set(tested)) == len(tested)
    for earlier, later in itertools.pairwise(splits):
        assert set(earlier.training) < set(later.training)
    for split in splits:
        apart(DATA, split, embargo)


def test_too_little_is_said() -> None:
    few = DATA.take(np.arange(60))
    with pytest.raises(SourceError, match="too few"):
        split_by_time(few, embargo_us(INTERVAL_US))
    with pytest.raises(ValueError, match="shares"):
        split_by_time(DATA, 0, (0.5, 0.5, 0.5))
    with pytest.raises(ValueError, match="folds"):
        walk_forward(DATA, 0, 0)
