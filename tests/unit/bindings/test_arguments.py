"""What the batch functions take, what they refuse by name, and where they write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import trading_rust
from numpy.typing import NDArray

from tests.golden.indicators.cases import CASES, Case
from tests.unit.bindings.series import Data, batch

FUNCTIONS = list({case.name: case for case in reversed(CASES)}.values())
# Long enough that the interpreter's lock is released.
LENGTHS = (50, 5_000)


def sample(count: int = 50) -> Data:
    generator = np.random.default_rng(5)
    close = 100.0 + np.cumsum(generator.integers(-5, 6, count)) * 0.01
    return {
        "high": close + 0.02,
        "low": close - 0.03,
        "close": close,
        "volume": generator.integers(1, 9, count).astype(np.float64),
        "session": np.arange(count) // 20,
    }


def names(case: Case) -> list[str]:
    """The function's names of its inputs."""
    bars = "high" in case.columns
    return [
        {"close": "close" if bars else "prices", "volume": "volumes", "session": "sessions"}.get(c, c)
        for c in case.columns
    ]


def call(case: Case, data: Data, **options: Any) -> Any:
    arguments = dict(zip(names(case), (data[column] for column in case.columns), strict=True))
    return getattr(trading_rust, case.function)(**arguments, **options)


def equal(actual: list[NDArray[np.float64]], expected: list[NDArray[np.float64]]) -> None:
    for ours, theirs in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def count(case: Case) -> int:
    return len(batch(case, sample()))


each = pytest.mark.parametrize("case", FUNCTIONS, ids=lambda case: case.name)


@each
def test_every_input_is_converted_alike(case: Case) -> None:
    data = sample()
    # float32 rounds, so let all start from what it can hold.
    whole = {name: np.round(column.astype(np.float64) * 64) for name, column in data.items()}
    whole["session"] = data["session"]
    expected = batch(case, whole)
    unaligned = {}
    for name, column in whole.items():
        raw = bytearray(column.nbytes + 1)
        raw[1:] = column.tobytes()
        unaligned[name] = np.frombuffer(raw, dtype=column.dtype, offset=1)
    equal(batch(case, unaligned), expected)
    equal(batch(case, {name: np.repeat(column, 3)[::3] for name, column in whole.items()}), expected)
    equal(batch(case, {name: column[::-1].copy()[::-1] for name, column in whole.items()}), expected)
    equal(
        batch(case, {name: column.astype(column.dtype.newbyteorder()) for name, column in whole.items()}),
        expected,
    )
    equal(batch(case, {name: column.astype(np.int32) for name, column in whole.items()}), expected)
    lists: Any = {name: column.tolist() for name, column in whole.items()}
    equal(batch(case, lists), expected)
    floats = {
        name: column.astype(np.float32) if name != "session" else column for name, column in whole.items()
    }
    equal(batch(case, floats), expected)


@each
def test_inputs_are_refused_by_name(case: Case) -> None:
    for name, column in zip(names(case), case.columns, strict=True):
        data = sample()
        bad: list[tuple[Any, type[Exception]]] = [
            (np.ones((25, 2)), ValueError),
            (np.float64(1.0), ValueError),
            (["1"] * 50, TypeError),
            ([None] * 50, TypeError),
            (np.ones(50, dtype=bool), TypeError),
            (np.ones(50, dtype=complex), TypeError),
            ([[1.0], [1.0, 2.0]], TypeError),
        ]
        if len(case.columns) > 1 and column != case.columns[0]:
            bad.append((data[column][:-1], ValueError))
        for value, error in bad:
            arguments: dict[str, Any] = {**data, column: value}
            with pytest.raises(error, match=name):
                call(case, arguments)


@each
def test_periods_are_refused_by_name(case: Case) -> None:
    periods = [name for name in _parameters(case) if name.endswith("period")]
    for name in periods:
        for value, error in [
            (0, ValueError),
            (-1, ValueError),
            (100_001, ValueError),
            (1.5, TypeError),
            ("3", TypeError),
        ]:
            with pytest.raises(error, match=name):
                call(case, sample(), **{name: value})


def _parameters(case: Case) -> list[str]:
    signature: str = getattr(trading_rust, case.function).__text_signature__
    return [part.split("=")[0].strip() for part in signature.strip("()").split(",")]


@each
@pytest.mark.parametrize("length", LENGTHS)
def test_out_is_written_and_given_back(case: Case, length: int) -> None:
    data = sample(length)
    expected = batch(case, data)
    handed = tuple(np.full(length, 7.0) for _ in expected)
    result = getattr(trading_rust, case.function)(
        *(data[column] for column in case.columns),
        *case.parameters,
        out=handed if len(handed) > 1 else handed[0],
    )
    for given, returned in zip(handed, result if len(handed) > 1 else [result], strict=True):
        assert returned is given
    equal(list(handed), expected)


def outs(case: Case, bad: NDArray[Any] | list[float]) -> Any:
    """An `out` whose last array is `bad`."""
    good = [np.zeros(50) for _ in range(count(case) - 1)]
    return (*good, bad) if good else bad


@each
def test_a_bad_out_is_refused_by_name(case: Case) -> None:
    data = sample()
    readonly = np.zeros(50)
    readonly.flags.writeable = False
    raw = bytearray(401)
    bad: list[tuple[Any, type[Exception]]] = [
        (outs(case, np.zeros(49)), ValueError),
        (outs(case, readonly), ValueError),
        (outs(case, np.zeros(100)[::2]), ValueError),
        (outs(case, np.frombuffer(raw, offset=1)), ValueError),
        (outs(case, np.zeros(50, dtype=np.float32)), TypeError),
        (outs(case, np.zeros((50, 1))), TypeError),
        (outs(case, [0.0] * 50), TypeError),
    ]
    if count(case) > 1:
        bad += [(np.zeros(50), TypeError), ((np.zeros(50),), TypeError)]
        same = np.zeros(50)
        bad.append(((same,) * count(case), ValueError))
    for out, error in bad:
        with pytest.raises(error, match="out"):
            call(case, data, out=out)


@each
def test_an_out_over_an_input_is_refused(case: Case) -> None:
    memory = bytearray(sample()["close"].tobytes() + bytes(80))
    close = np.frombuffer(memory, count=50)
    # The same memory through another buffer: no owner in common that NumPy knows of.
    shifted = np.frombuffer(memoryview(memory)[80:], count=50)
    data = {**sample(), "close": close}
    for out in (close, shifted):
        with pytest.raises(ValueError, match="out"):
            call(case, data, out=outs(case, out))


def test_features_take_out_and_refuse_a_wrong_one() -> None:
    data = sample(80)
    expected = trading_rust.compute_features(data["close"], data["volume"])
    out = np.zeros((80, 7))
    assert trading_rust.compute_features(data["close"], data["volume"], out=out) is out
    np.testing.assert_array_equal(out, expected)
    refused: list[tuple[Any, type[Exception]]] = [
        (np.zeros((79, 7)), ValueError),
        (np.zeros((80, 7), order="F"), ValueError),
        (np.zeros(560), TypeError),
        (np.zeros((80, 7), dtype=np.float32), TypeError),
        (data["close"][:0], TypeError),
    ]
    for bad, error in refused:
        with pytest.raises(error, match="out"):
            trading_rust.compute_features(data["close"], data["volume"], out=bad)
    whole = np.zeros((80, 7))
    with pytest.raises(ValueError, match="out"):
        trading_rust.compute_features(whole.reshape(-1)[:80], data["volume"], out=whole)


def test_the_threads_of_the_features_do_not_show() -> None:
    data = sample(50_000)
    columns = data["close"], data["volume"]
    alone = trading_rust.compute_features(*columns, threads=1)
    for threads in (None, 3, 1024):
        assert trading_rust.compute_features(*columns, threads=threads).tobytes() == alone.tobytes()
    with pytest.raises(ValueError, match="threads is 0; it must be between 1 and 1024"):
        trading_rust.compute_features(*columns, threads=0)


def test_threads_may_share_an_input() -> None:
    data = sample(200_000)
    expected = batch(CASES[0], data)
    results: list[list[NDArray[np.float64]]] = []

    def work() -> None:
        results.append(batch(CASES[0], data))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        equal(result, expected)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (lambda: trading_rust.calculate_macd([1.0], 26, 12), "fast_period"),
        (lambda: trading_rust.calculate_macd([1.0], 12, 12), "fast_period"),
        (lambda: trading_rust.calculate_bollinger([1.0], 20, float("nan")), "deviations"),
        (lambda: trading_rust.calculate_bollinger([1.0], 20, -2.0), "deviations"),
        (lambda: trading_rust.calculate_vwap([1.0], [1.0], [0.5]), "sessions"),  # floats number no session
    ],
)
def test_other_parameters_are_refused_by_name(arguments: Callable[[], object], name: str) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        arguments()


MASKED: Any = np.ma.masked_equal([1.0, 2.0, 3.0, 4.0], 2.0)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: trading_rust.calculate_sma(MASKED, 2), "prices"),
        (lambda: trading_rust.calculate_vwap(np.ones(4), MASKED), "volumes"),
        (lambda: trading_rust.calculate_vwap(np.ones(4), np.ones(4), MASKED.astype(np.int64)), "sessions"),
        (lambda: trading_rust.backtest(np.ones(4), MASKED.astype(np.int8)), "signals"),
        (lambda: trading_rust.backtest(np.ones(4), MASKED.astype(np.int64)), "signals"),
        (lambda: trading_rust.backtest(np.ones(4), np.ones(4), spread=MASKED), "spread"),
        (
            lambda: trading_rust.signals_from_probabilities(
                np.ma.masked_equal(np.eye(3), 1.0),
                0.5,
            ),
            "probabilities",
        ),
    ],
)
def test_masked_values_are_refused_by_name(make: Callable[[], object], name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} has masked values; fill or drop them"):
        make()


def test_a_masked_array_that_hides_nothing_is_an_array() -> None:
    whole: Any = np.ma.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(trading_rust.calculate_sma(whole, 2), [np.nan, 1.5, 2.5])


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_dates_as_time_stamps_are_refused_with_the_remedy(zone: str | None) -> None:
    days: Any = pd.date_range("2024-01-01", periods=3, tz=zone)
    prices, signals = np.arange(3.0) + 1, np.ones(3)
    for stamps in [days] if zone else [days, days.to_numpy()]:
        with pytest.raises(TypeError, match=r'timestamps_us .*\.as_unit\("us"\)\.asi8'):
            trading_rust.backtest(prices, signals, timestamps_us=stamps)
    remedied = trading_rust.backtest(prices, signals, timestamps_us=days.as_unit("us").asi8)
    assert remedied.periods_per_year == pytest.approx(365.25)
    array: Any = days.tz_localize(None).to_numpy().astype("datetime64[us]").astype("int64")
    assert trading_rust.backtest(prices, signals, timestamps_us=array).periods_per_year == pytest.approx(
        365.25
    )
