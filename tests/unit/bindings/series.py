"""What the tests of the indicators share: calling a case, comparing columns, drawing random bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import trading_rust
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.golden.indicators.cases import Case, rounding_floor

Column = NDArray[np.float64]
Data = dict[str, NDArray[Any]]


def batch(case: Case, data: Mapping[str, NDArray[Any]], **options: Any) -> list[Column]:
    """The batch function's outputs, always as a list."""
    function = getattr(trading_rust, case.function)
    result = function(*(data[column] for column in case.columns), *case.parameters, **options)
    return list(result) if isinstance(result, tuple) else [result]


def streaming(case: Case) -> Any:
    """A fresh object of the case's class."""
    return getattr(trading_rust, case.class_name)(*case.parameters)


def rows(case: Case, data: Mapping[str, NDArray[Any]]) -> list[tuple[Any, ...]]:
    """The inputs of one update after the other, as Python numbers."""
    return list(zip(*(data[column].tolist() for column in case.columns), strict=True))


def outputs(value: float | tuple[float, ...]) -> tuple[float, ...]:
    """One result as a tuple."""
    return value if isinstance(value, tuple) else (value,)


def stream(case: Case, indicator: Any, data: Mapping[str, NDArray[Any]]) -> list[Column]:
    """The outputs of the updates, as columns."""
    results = [outputs(indicator.update(*row)) for row in rows(case, data)]
    count = len(outputs(indicator.value))
    return [np.array([result[index] for result in results], dtype=np.float64) for index in range(count)]


def assert_close(
    case: Case,
    data: Mapping[str, NDArray[Any]],
    actual: Column,
    expected: Column,
    relative: float = 1e-9,
    where: NDArray[np.bool_] | None = None,
    of_level: bool = False,
) -> None:
    """Equal but for `relative` and a few roundings of the inputs; NaN where expected and only there."""
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected), err_msg=f"{case.key}: NaN elsewhere")
    with np.errstate(invalid="ignore"):
        error = np.abs(actual - expected)
        allowed = relative * np.abs(expected) + rounding_floor(case, data, of_level)
    wrong = error > allowed if where is None else (error > allowed) & where
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise AssertionError(
            f"{case.key}: {wrong.sum()} values differ, first in row {row}: "
            f"{actual[row]!r} instead of {expected[row]!r}"
        )


def walks(low: int = 0, high: int = 120) -> st.SearchStrategy[Data]:
    """Bars and trades at a drawn level and tick, with flat stretches and a rare jump."""
    row = st.tuples(
        st.one_of(st.just(0), st.integers(-20, 20), st.integers(-20_000, 20_000)),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(0, 9),
        st.booleans(),
    )
    level = st.sampled_from([100.0, 60_000.0])
    return st.builds(_bars, level, st.lists(row, min_size=low, max_size=high))


def _bars(level: float, drawn: list[tuple[int, int, int, int, bool]]) -> Data:
    steps = np.array([row[0] for row in drawn], dtype=np.float64)
    # Never below a tick: the walk is reflected at the level's tenth.
    close = np.abs(np.cumsum(steps) * 0.01 + 0.9 * level) + 0.1 * level
    before = np.concatenate([close[:1], close[:-1]])
    return {
        "high": np.maximum(before, close) + np.array([row[1] for row in drawn]) * 0.01,
        "low": np.minimum(before, close) - np.array([row[2] for row in drawn]) * 0.01,
        "close": close,
        "volume": np.array([row[3] for row in drawn], dtype=np.float64),
        "session": np.cumsum(np.array([row[4] for row in drawn], dtype=np.int64)),
    }


def with_gaps(data: Data, gaps: list[int]) -> Data:
    """A copy with NaN in every float column at each of `gaps` that lies inside."""
    copied = {name: column.copy() for name, column in data.items()}
    for name in ("high", "low", "close", "volume"):
        copied[name][[gap for gap in gaps if gap < len(copied[name])]] = np.nan
    return copied
