"""The classes that take a value at a time: the batch functions' numbers, and a state that can travel."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import trading_rust
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden.indicators.cases import CASES
from tests.unit.bindings.series import Data, batch, outputs, rows, stream, streaming, walks, with_gaps

CLASSES = {case.class_name: case for case in reversed(CASES)}
NAMES = sorted(CLASSES)


def sample(count: int = 90, seed: int = 3) -> Data:
    generator = np.random.default_rng(seed)
    close = 60_000.0 + np.cumsum(generator.integers(-5, 6, count)) * 0.01
    return {
        "high": close + generator.integers(0, 4, count) * 0.01,
        "low": close - generator.integers(0, 4, count) * 0.01,
        "close": close,
        "volume": generator.integers(0, 9, count).astype(np.float64),
        "session": np.arange(count) // 40,
    }


def bits(value: float | tuple[float, ...]) -> bytes:
    """A result so that NaN equals NaN."""
    return np.array(outputs(value)).tobytes()


@settings(max_examples=25, deadline=None)
@given(walks(), st.lists(st.integers(0, 119), max_size=3))
def test_updates_give_what_the_batch_function_gives(data: Data, gaps: list[int]) -> None:
    data = with_gaps(data, gaps)
    for case in CASES:
        columns = stream(case, streaming(case), data)
        for one_by_one, at_once in zip(columns, batch(case, data), strict=True):
            scale = 1e-12 * max(1.0, float(np.nanmax(np.abs(at_once), initial=0.0)))
            np.testing.assert_allclose(one_by_one, at_once, rtol=1e-12, atol=scale, err_msg=case.key)


@pytest.mark.parametrize("name", NAMES)
def test_the_value_is_that_of_the_last_update(name: str) -> None:
    case = CLASSES[name]
    indicator = streaming(case)
    assert np.isnan(outputs(indicator.value)).all()
    for row in rows(case, sample()):
        assert bits(indicator.update(*row)) == bits(indicator.value)
    assert np.isfinite(outputs(indicator.value)).all()


@pytest.mark.parametrize("name", NAMES)
def test_reset_is_a_new_beginning(name: str) -> None:
    case = CLASSES[name]
    used, fresh = streaming(case), streaming(case)
    stream(case, used, sample(seed=4))
    used.reset()
    assert np.isnan(outputs(used.value)).all()
    for row in rows(case, sample()):
        assert bits(used.update(*row)) == bits(fresh.update(*row))


CARRIERS: dict[str, Callable[[Any], Any]] = {
    "restore": lambda indicator: type(indicator).restore(indicator.snapshot()),
    "pickle": lambda indicator: pickle.loads(pickle.dumps(indicator)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_carried_state_goes_on_with_the_same_bits(name: str, carrier: str) -> None:
    case = CLASSES[name]
    data = sample()
    for cut in (0, 1, 25, 60):
        here = streaming(case)
        for row in rows(case, data)[:cut]:
            here.update(*row)
        there = CARRIERS[carrier](here)
        assert there is not here
        assert type(there) is type(here)
        assert repr(there) == repr(here)
        assert bits(there.value) == bits(here.value)
        for row in rows(case, data)[cut:]:
            assert bits(there.update(*row)) == bits(here.update(*row))


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_or_foreign_snapshot_is_refused(name: str) -> None:
    case = CLASSES[name]
    indicator = streaming(case)
    stream(case, indicator, sample())
    whole = indicator.snapshot()
    other = next(CLASSES[candidate] for candidate in NAMES if candidate != name)
    damaged = [b"", whole[:3], whole[:-1], whole + b"\0", streaming(other).snapshot()]
    damaged += [
        whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :] for index in range(0, len(whole), 7)
    ]
    for attempt in damaged:
        with pytest.raises(ValueError, match=r"."):
            type(indicator).restore(attempt)


@pytest.mark.parametrize("name", [*NAMES, "Features"])
def test_a_snapshot_of_another_class_is_refused_with_both_names(name: str) -> None:
    target = getattr(trading_rust, name)
    for other in {*NAMES, "Features"} - {name}:
        snapshot = getattr(trading_rust, other)().snapshot()
        with pytest.raises(ValueError, match=f"snapshot of {other}, not of {name};"):
            target.restore(snapshot)


@pytest.mark.parametrize("name", NAMES)
def test_it_shows_its_parameters(name: str) -> None:
    case = CLASSES[name]
    indicator = streaming(case)
    assert repr(indicator).startswith(f"{name}(")
    again = eval(repr(indicator), {name: getattr(trading_rust, name)})
    assert again.snapshot() == indicator.snapshot()


def test_parameters_have_names_and_can_be_read() -> None:
    assert trading_rust.Rsi(period=5).period == 5
    macd = trading_rust.Macd(fast_period=3, slow_period=7, signal_period=4)
    assert (macd.fast_period, macd.slow_period, macd.signal_period) == (3, 7, 4)
    assert trading_rust.Bollinger(deviations=1.5).deviations == 1.5
    assert repr(trading_rust.Bollinger()) == "Bollinger(period=20, deviations=2.0)"


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: trading_rust.Rsi(0), ValueError, "period"),
        (lambda: trading_rust.Sma(-3), ValueError, "period"),
        (lambda: trading_rust.Atr(100_001), ValueError, "period"),
        (lambda: trading_rust.Ema(2.5), TypeError, "period"),  # type: ignore[arg-type]
        (lambda: trading_rust.Macd(26, 12), ValueError, "fast_period"),
        (lambda: trading_rust.Bollinger(20, -1.0), ValueError, "deviations"),
        (lambda: trading_rust.Stochastic(14, 0, 3), ValueError, "slow_k_period"),
        (lambda: trading_rust.Rsi().update("1"), TypeError, "value"),  # type: ignore[arg-type]
        (lambda: trading_rust.Atr().update(1.0, 2.0), TypeError, "close"),  # type: ignore[call-arg]
        (lambda: trading_rust.Obv().update(1.0, None), TypeError, "volume"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_argument_is_refused_by_name(
    make: Callable[[], object], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        make()


def test_an_update_takes_any_number() -> None:
    float32: Any = np.float32(2.0)
    int64: Any = np.int64(4)
    average = trading_rust.Sma(2)
    average.update(1)
    assert average.update(float32) == 1.5
    assert average.update(int64) == 3.0


def test_a_session_begins_anew() -> None:
    vwap = trading_rust.Vwap()
    assert vwap.update(10.0, 1.0, 7) == 10.0
    assert vwap.update(13.0, 2.0, 7) == 12.0
    assert vwap.update(20.0, 1.0, 8) == 20.0
    assert np.isnan(vwap.update(20.0, 0.0, 9))


def test_features_one_by_one_are_those_of_the_batch_bit_for_bit() -> None:
    data = sample(200)
    breaks = np.zeros(200, dtype=bool)
    breaks[120] = True
    matrix = trading_rust.compute_features(data["close"], data["volume"], breaks)
    features = trading_rust.Features()
    for index, (close, volume, after_break) in enumerate(
        zip(data["close"].tolist(), data["volume"].tolist(), breaks.tolist(), strict=True)
    ):
        if index in (30, 90, 150):
            features = pickle.loads(pickle.dumps(features))
        row = features.update(close, volume, after_break)
        assert features.value == row
        if row is None:
            assert np.isnan(matrix[index]).all()
        else:
            assert np.array(row).tobytes() == matrix[index].tobytes()
    assert np.isfinite(matrix[119]).all()
    features.reset()
    assert features.value is None
    assert features.update(1.0, 1.0) is None
    with pytest.raises(ValueError, match=r"."):
        trading_rust.Features.restore(b"nothing")
