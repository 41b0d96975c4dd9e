"""The indicators against stored references: exact arithmetic, and TA-Lib where it is right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.golden.indicators.cases import CASES, FOLDER, Case, rounding_floor
from tests.unit.bindings.peer import Peer
from tests.unit.bindings.series import (
    Data,
    assert_close,
    batch,
    stream,
    streaming,
    walks,
    with_gaps,
)

SERIES = sorted(path.stem for path in FOLDER.glob("*.npz"))
BY_KEY = {case.key: case for case in CASES}
# TA-Lib counts as right where it is nearer than this to exact arithmetic; elsewhere it is no reference.
TALIB_RIGHT = 1e-10


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    if (interpreter := Peer.interpreter()) is None:
        pytest.skip("no interpreter with TA-Lib: neither this one nor build/bench-venv (`make bench-peers`)")
    with Peer(interpreter) as process:
        yield process


def stored(name: str) -> Data:
    with np.load(FOLDER / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


def columns(data: Data, source: str, case: Case) -> list[NDArray[np.float64]]:
    found: list[NDArray[np.float64]] = []
    while (key := f"{source}:{case.key}:{len(found)}") in data:
        found.append(data[key])
    return found


def test_every_series_and_every_case_is_stored() -> None:
    assert SERIES == ["constant", "inner_nan", "jumps", "leading_nan", "level", "walk"]
    for name in SERIES:
        data = stored(name)
        for case in CASES:
            assert columns(data, "exact", case), (name, case.key)
            assert bool(columns(data, "talib", case)) == (case.talib is not None and name != "inner_nan")


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("key", BY_KEY)
def test_values_and_warm_up_are_those_of_exact_arithmetic(name: str, key: str) -> None:
    data, case = stored(name), BY_KEY[key]
    expected = columns(data, "exact", case)
    actual = batch(case, data)
    assert len(actual) == len(expected)
    for ours, exact in zip(actual, expected, strict=True):
        assert_close(case, data, ours, exact)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("key", BY_KEY)
def test_a_wrong_column_is_refused(name: str, key: str) -> None:
    """Shifted by a row, or off by a millionth in its last quarter alone, whatever came before."""
    data, case = stored(name), BY_KEY[key]
    for exact in columns(data, "exact", case):
        late = np.arange(len(exact)) >= 3 * len(exact) // 4
        scaled = np.where(late, exact * (1 + 1e-6), exact)
        before = np.concatenate([exact[:1], exact[:-1]])
        shifted = np.where(np.isfinite(exact) & np.isfinite(before), before, exact)
        for wrong in (scaled, shifted):
            # A series that stands still is its own shift, and nothing times anything is nothing.
            with np.errstate(invalid="ignore"):
                differs = np.abs(wrong - exact) > 1e-7 * np.abs(exact)
            if differs.any():
                with pytest.raises(AssertionError):
                    assert_close(case, data, wrong, exact)


@pytest.mark.parametrize("name", sorted(set(SERIES) - {"inner_nan"}))
@pytest.mark.parametrize("key", [key for key, case in BY_KEY.items() if case.talib])
def test_values_and_warm_up_are_ta_libs(name: str, key: str) -> None:
    """To 1e-9 where TA-Lib is right, and never further from the truth than TA-Lib where it isn't."""
    data, case = stored(name), BY_KEY[key]
    triples = zip(batch(case, data), columns(data, "talib", case), columns(data, "exact", case), strict=True)
    for ours, talib, exact in triples:
        floor = rounding_floor(case, data)
        with np.errstate(invalid="ignore"):
            right = np.abs(talib - exact) <= TALIB_RIGHT * np.abs(exact) + floor
        assert_close(case, data, ours, talib, where=right)
        off = np.isfinite(exact) & ~right
        assert (np.abs(ours - exact)[off] <= np.abs(talib - exact)[off]).all(), case.key


@pytest.mark.parametrize("key", ["macd-12-26-9", "macd-3-7-4"])
def test_a_macd_near_zero_keeps_the_digits_that_ta_lib_loses(key: str) -> None:
    """At 60,000 with ticks of 0.01, by arrays and by steps: a hundred times nearer to exact arithmetic."""
    data, case = stored("level"), BY_KEY[key]
    by_steps = stream(case, streaming(case), data)
    for ours, steps, talib, exact in zip(
        batch(case, data), by_steps, columns(data, "talib", case), columns(data, "exact", case), strict=True
    ):
        theirs = np.nanmax(np.abs(talib - exact))
        assert theirs > 1e-12
        assert np.nanmax(np.abs(ours - exact)) < theirs / 100
        assert np.nanmax(np.abs(steps - exact)) < theirs / 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_short_series_are_the_beginnings_of_long_ones(case: Case) -> None:
    data = stored("walk")
    expected = columns(data, "exact", case)
    longest = int(max([1, *(parameter for parameter in case.parameters if isinstance(parameter, int))]))
    for length in (0, 1, longest - 1, longest, longest + 1, 2 * longest):
        short = {column: data[column][:length] for column in (*case.columns, "close")}
        for ours, exact in zip(batch(case, short), expected, strict=True):
            assert len(ours) == length
            assert_close(case, short, ours, exact[:length])


@settings(max_examples=10, deadline=None)
@given(walks(0, 60), st.lists(st.integers(0, 59), max_size=3))
def test_random_series_with_gaps_follow_exact_arithmetic(data: Data, gaps: list[int]) -> None:
    data = with_gaps(data, gaps)
    for case in CASES:
        for ours, exact in zip(batch(case, data), case.exact(data), strict=True):
            assert_close(case, data, ours, exact)


@settings(max_examples=40, deadline=None)
@given(walks(1, 300))
def test_ta_lib_says_the_same_on_random_series(peer: Peer, data: Data) -> None:
    theirs_of = peer.values(data)
    for case in CASES:
        # It refuses series shorter than its warm-up in some functions; ours give NaN there, tested above.
        if case.talib is None or len(data["close"]) < 2:
            continue
        for ours, theirs in zip(batch(case, data), theirs_of[case.key], strict=True):
            assert_close(case, data, ours, theirs, of_level=True)


@pytest.mark.skipif("QUARTERDECK_DATA" not in os.environ, reason="QUARTERDECK_DATA names no recorded data")
@pytest.mark.parametrize("file", ["esh4_2023-12-25.csv.gz", "aapl_2012-06-21.csv"])
def test_recorded_prices_follow_exact_arithmetic(file: str) -> None:
    table = pd.read_csv(Path(os.environ["QUARTERDECK_DATA"]) / file, nrows=1_500)
    mid = ((table["bid"] + table["ask"]) / 2).to_numpy(dtype=np.float64)
    data: Data = {
        "high": table["ask"].to_numpy(dtype=np.float64),
        "low": table["bid"].to_numpy(dtype=np.float64),
        "close": mid,
        "volume": table["volume"].to_numpy(dtype=np.float64),
        "session": table["timestamp_us"].to_numpy(dtype=np.int64) // 60_000_000,
    }
    for case in CASES:
        for ours, exact in zip(batch(case, data), case.exact(data), strict=True):
            assert_close(case, data, ours, exact)
