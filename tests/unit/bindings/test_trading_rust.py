"""The extension as Python sees it: values against plain NumPy, warm-up, conversions and refusals."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
import trading_rust
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[np.float64]


def prices(count: int = 500, seed: int = 1) -> Array:
    """A random walk on a tick of 0.01 around 100."""
    steps = np.random.default_rng(seed).integers(-5, 6, size=count)
    return np.asarray(100.0 + np.cumsum(steps) * 0.01, dtype=np.float64)


def plain_ema(values: Array, period: int) -> Array:
    out = np.full(len(values), np.nan)
    if len(values) >= period:
        out[period - 1] = values[:period].mean()
        for index in range(period, len(values)):
            out[index] = out[index - 1] + 2.0 / (period + 1) * (values[index] - out[index - 1])
    return out


def plain_rsi(values: Array, period: int) -> Array:
    out = np.full(len(values), np.nan)
    changes = np.diff(values)
    gain = np.maximum(changes[:period], 0).mean()
    loss = np.maximum(-changes[:period], 0).mean()
    out[period] = 100 * gain / (gain + loss)
    for index in range(period, len(changes)):
        gain = (gain * (period - 1) + max(changes[index], 0)) / period
        loss = (loss * (period - 1) + max(-changes[index], 0)) / period
        out[index + 1] = 100 * gain / (gain + loss)
    return out


def test_rsi_follows_wilder() -> None:
    np.testing.assert_allclose(trading_rust.calculate_rsi(prices()), plain_rsi(prices(), 14), rtol=1e-9)


def test_macd_is_aligned_as_in_ta_lib() -> None:
    values = prices()
    macd, signal = trading_rust.calculate_macd(values)
    fast = np.full(len(values), np.nan)
    fast[14:] = plain_ema(values[14:], 12)
    line = fast - plain_ema(values, 26)
    expected = np.full(len(values), np.nan)
    expected[25:] = plain_ema(line[25:], 9)
    assert np.isnan(macd[:33]).all()
    assert np.isfinite(macd[33:]).all()
    np.testing.assert_allclose(macd[33:], line[33:], atol=1e-12)
    np.testing.assert_allclose(signal, expected, atol=1e-12)


def test_averages_and_bands_follow_their_formulas() -> None:
    values = prices()
    windows = np.lib.stride_tricks.sliding_window_view(values, 20)
    upper, middle, lower = trading_rust.calculate_bollinger(values, 20, 2.0)
    np.testing.assert_allclose(middle[19:], windows.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(upper[19:], windows.mean(axis=1) + 2 * windows.std(axis=1), rtol=1e-12)
    np.testing.assert_allclose(lower[19:], windows.mean(axis=1) - 2 * windows.std(axis=1), rtol=1e-12)
    np.testing.assert_allclose(trading_rust.calculate_sma(values, 20), middle, rtol=1e-13)
    np.testing.assert_allclose(
        trading_rust.calculate_rolling_std(values, 20)[19:], windows.std(axis=1), rtol=1e-9
    )
    np.testing.assert_allclose(trading_rust.calculate_ema(values, 20), plain_ema(values, 20), rtol=1e-13)
    np.testing.assert_array_equal(
        trading_rust.calculate_momentum(values, 10)[10:], values[10:] - values[:-10]
    )


@pytest.mark.parametrize("length", [0, 1, 13, 14, 15])
def test_short_series_give_as_many_values_as_they_have(length: int) -> None:
    rsi = trading_rust.calculate_rsi(prices(length))
    assert len(rsi) == length
    assert np.isfinite(rsi).sum() == max(0, length - 14)


def test_lists_other_dtypes_and_strides_are_converted() -> None:
    values = prices(60)
    expected = trading_rust.calculate_sma(values, 3)
    np.testing.assert_array_equal(trading_rust.calculate_sma(values.tolist(), 3), expected)
    np.testing.assert_array_equal(trading_rust.calculate_sma(np.repeat(values, 2)[::2], 3), expected)
    np.testing.assert_array_equal(
        trading_rust.calculate_sma(np.arange(5, dtype=np.int32), 2)[1:], [0.5, 1.5, 2.5, 3.5]
    )


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        (lambda: trading_rust.calculate_rsi(["1", "2"]), TypeError, "prices"),
        (lambda: trading_rust.calculate_rsi(np.ones((2, 2))), ValueError, "prices"),
        (lambda: trading_rust.calculate_rsi([1.0, 2.0], -1), ValueError, "period"),
        (lambda: trading_rust.calculate_rsi([1.0, 2.0], 2.5), TypeError, "period"),  # type: ignore[arg-type]
        (lambda: trading_rust.calculate_macd([1.0], 26, 12), ValueError, "fast_period"),
        (lambda: trading_rust.calculate_bollinger([1.0], 20, 0.0), ValueError, "deviations"),
        (lambda: trading_rust.compute_features([1.0, 2.0], [1.0]), ValueError, "volumes"),
        (lambda: trading_rust.build_bars([1.5], [1.0], [2.0], [0.0]), TypeError, "timestamps_us"),
        (lambda: trading_rust.build_bars([1, 2], [1.0], [2.0], [0.0]), ValueError, "bids"),
        (lambda: trading_rust.build_bars([1], [1.0], [2.0], [0.0], 0), ValueError, "interval_us"),
        (lambda: trading_rust.backtest_strategy([1.0, 2.0], [1]), ValueError, "signals"),
        (lambda: trading_rust.backtest_strategy([1.0, 2.0], [1, 3]), ValueError, r"signals\[1\]"),
        (lambda: trading_rust.backtest_strategy([1.0, np.nan], [1, 0]), ValueError, r"prices\[1\]"),
        (lambda: trading_rust.backtest_strategy([1.0], [1], -0.1), ValueError, "commission"),
    ],
)
def test_a_bad_argument_is_refused_by_name(
    arguments: Callable[[], object], error: type[Exception], name: str
) -> None:
    with pytest.raises(error, match=name):
        arguments()


def test_the_backtest_trades_one_unit() -> None:
    profit = trading_rust.backtest_strategy([10.0, 12.0, 13.0, 11.0], np.array([1, 0, -1, 0]), 0.01)
    assert profit == pytest.approx(5.0 - 0.36)


def test_bars_are_those_of_a_plain_group_by() -> None:
    generator = np.random.default_rng(7)
    times = np.cumsum(generator.integers(0, 60_000, size=3000)) + 1_700_000_000_000_000
    bids = 100.0 + np.cumsum(generator.integers(-1, 2, size=3000)) * 0.01
    volumes = generator.integers(0, 3, size=3000).astype(float)
    bars = trading_rust.build_bars(times, bids, bids + 0.02, volumes)
    mids = (bids + bids + 0.02) / 2
    for index, start in enumerate(bars["start_us"]):
        inside = (times >= start) & (times < start + 250_000)
        assert start % 250_000 == 0
        assert bars["rows"][index] == inside.sum()
        assert bars["volume"][index] == volumes[inside].sum()
        if inside.any():
            row = mids[inside]
            expected = [row[0], row.max(), row.min(), row[-1]]
            actual = [bars["open"][index], bars["high"][index], bars["low"][index], bars["close"][index]]
            np.testing.assert_allclose(actual, expected, rtol=1e-15)
        else:
            assert bars["close"][index] == bars["close"][index - 1]
    assert (np.diff(bars["start_us"]) == 250_000).all()


def test_features_have_seven_named_columns_and_a_warm_up() -> None:
    closes = prices(200)
    features = trading_rust.compute_features(closes, np.ones(200))
    assert features.shape == (200, 7) == (200, len(trading_rust.FEATURE_NAMES))
    warm = trading_rust.FEATURE_WARM_UP_BARS
    assert np.isnan(features[: warm - 1]).all()
    assert np.isfinite(features[warm - 1 :]).all()
    rsi = trading_rust.calculate_rsi(closes)[warm - 1 :]
    np.testing.assert_allclose(features[warm - 1 :, 0], rsi / 50 - 1, atol=1e-9)


def test_features_do_not_know_the_price_level() -> None:
    closes = prices(200)
    np.testing.assert_array_equal(
        trading_rust.compute_features(closes, np.ones(200)),
        trading_rust.compute_features(closes * 1024, np.ones(200)),
    )


def test_a_break_starts_a_new_warm_up() -> None:
    breaks = np.zeros(200, dtype=bool)
    breaks[100] = True
    features = trading_rust.compute_features(prices(200), np.ones(200), breaks)
    assert np.isfinite(features[99]).all()
    assert np.isnan(features[100:150]).all()
    assert np.isfinite(features[150]).all()


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=200), st.integers(1, 30))
def test_the_future_changes_nothing(values: list[float], period: int) -> None:
    cut = len(values) // 2
    whole = trading_rust.calculate_rsi(values, period)[:cut]
    np.testing.assert_array_equal(whole, trading_rust.calculate_rsi(values[:cut], period))


def longest_silence_of_the_interpreter() -> tuple[float, float]:
    """How long this thread stood still while another one was in Rust, and how long that one was there."""
    values = np.random.default_rng(0).normal(size=5_000_000)
    done = threading.Event()
    spent: list[float] = []

    def work() -> None:
        began = time.perf_counter()
        trading_rust.calculate_rsi(values)
        spent.append(time.perf_counter() - began)
        done.set()

    worker = threading.Thread(target=work)
    longest, last = 0.0, time.perf_counter()
    worker.start()
    while not done.is_set():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    worker.join()
    return longest, spent[0]


def test_the_interpreter_runs_on_while_rust_works() -> None:
    # A busy machine may stop this thread now and then; holding the lock would stop it every time.
    attempts = (longest_silence_of_the_interpreter() for _ in range(50))
    assert any(silence < 0.5 * spent for silence, spent in attempts)
