"""A sweep is its backtests: same figures, order of itertools.product, whatever the threads."""

import itertools
import os
import pickle
import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import trading_rust
from numpy.typing import NDArray

ROWS = 3000
PRICES: NDArray[np.float64] = 100 + np.random.default_rng(3).normal(size=ROWS).cumsum() * 0.1


def direction(left: NDArray[np.float64], right: NDArray[np.float64] | float) -> NDArray[np.int8]:
    return (left > right).astype(np.int8) - (left < right).astype(np.int8)


def test_each_combination_is_a_backtest_of_its_own() -> None:
    grid = {
        "fast": [3, 8],
        "slow": [5, 21],
        "commission": [0.0, 1e-4],
        "stop_loss": [None, 0.01],
        "size": 2.0,
    }
    result = trading_rust.sweep(PRICES, "sma_cross", grid)
    combinations = itertools.product([3, 8], [5, 21], [0.0, 1e-4], [None, 0.01])
    assert len(result) == 16
    for place, (fast, slow, commission, stop_loss) in enumerate(combinations):
        assert result.parameters["fast"][place] == fast
        assert result.parameters["slow"][place] == slow
        assert result.valid[place] == (fast < slow)
        if fast >= slow:
            assert np.isnan(result.pnl[place])
            assert result.trades[place] == 0
            continue
        signals = direction(
            trading_rust.calculate_sma(PRICES, fast), trading_rust.calculate_sma(PRICES, slow)
        )
        report = trading_rust.backtest(PRICES, signals, sizes=2.0, commission=commission, stop_loss=stop_loss)
        assert result.trades[place] == report.closed_trades
        for name in (
            "pnl",
            "sharpe",
            "sortino",
            "max_drawdown",
            "win_rate",
            "profit_factor",
            "turnover",
            "exposure",
        ):
            assert getattr(result, name)[place] == pytest.approx(getattr(report, name), rel=1e-12), name


def test_every_strategy_has_its_signals() -> None:
    rsi = trading_rust.calculate_rsi(PRICES, 5)
    macd, line = trading_rust.calculate_macd(PRICES, 4, 9, 3)
    fast, slow = trading_rust.calculate_ema(PRICES, 4), trading_rust.calculate_ema(PRICES, 9)
    probabilities = np.random.default_rng(4).dirichlet([1, 1, 1], size=ROWS)
    given = np.sign(np.diff(PRICES, prepend=PRICES[0]))
    cases = [
        ("ema_cross", {"fast": 4, "slow": 9}, {}, direction(fast, slow)),
        ("macd", {"fast": 4, "slow": 9, "signal": 3}, {}, direction(macd, line)),
        ("rsi_reversion", {"period": 5}, {}, (rsi < 30).astype(int) - (rsi > 70).astype(int)),
        (
            "threshold",
            {"threshold": 0.6},
            {"probabilities": probabilities},
            trading_rust.signals_from_probabilities(probabilities, 0.6),
        ),
        ("signals", {"commission": 0.0}, {"signals": given}, given),
    ]
    for strategy, grid, inputs, signals in cases:
        result = trading_rust.sweep(PRICES, strategy, grid, **inputs)
        assert result.trades[0] > 0
        assert result.pnl.tolist() == [trading_rust.backtest_strategy(PRICES, signals)], strategy


def test_every_combination_is_filled_at_the_quotes_given() -> None:
    bids, asks = PRICES - 0.01 * (np.arange(ROWS) % 3), PRICES + 0.02
    spread = np.arange(ROWS) % 4 * 1.0
    grid = {"period": [5, 14], "stop_loss": [None, 0.01]}
    for quotes in ({"bids": bids, "asks": asks}, {"spread": spread}, {"spread": 3.0}):
        result = trading_rust.sweep(PRICES, "rsi_reversion", grid, tick_size=0.01, **quotes)
        for place, (period, stop_loss) in enumerate(itertools.product([5, 14], [None, 0.01])):
            rsi = trading_rust.calculate_rsi(PRICES, period)
            signals = (rsi < 30).astype(int) - (rsi > 70).astype(int)
            report = trading_rust.backtest(PRICES, signals, stop_loss=stop_loss, tick_size=0.01, **quotes)
            assert report.slippage > 0
            assert result.pnl[place] == pytest.approx(report.pnl, rel=1e-12)


def test_a_result_can_be_pickled() -> None:
    result = trading_rust.sweep(PRICES, "sma_cross", {"fast": [3, 8, 30], "slow": 21})
    again = pickle.loads(pickle.dumps(result))
    assert again.to_pandas().equals(result.to_pandas())
    assert (repr(again), len(again), again.periods_per_year) == (repr(result), 3, result.periods_per_year)
    assert not again.pnl.flags.writeable


def test_the_number_of_threads_does_not_show() -> None:
    grid = {"period": range(2, 30), "lower": [20, 30], "upper": [25, 70]}
    alone = trading_rust.sweep(PRICES, "rsi_reversion", grid, threads=1).to_pandas()
    for threads in (2, 5):
        assert trading_rust.sweep(PRICES, "rsi_reversion", grid, threads=threads).to_pandas().equals(alone)


def test_the_best_is_named_with_its_parameters() -> None:
    result = trading_rust.sweep(PRICES, "sma_cross", {"fast": [3, 30, 8], "slow": [21]})
    best = result.best("pnl")
    assert best["pnl"] == np.nanmax(result.pnl)
    assert best["fast"] == [3, 30, 8][int(best["index"])]
    assert result.best("max_drawdown")["max_drawdown"] == np.nanmin(result.max_drawdown)
    with pytest.raises(ValueError, match='by is "luck"'):
        result.best("luck")
    with pytest.raises(ValueError, match="none is best"):
        trading_rust.sweep(PRICES, "sma_cross", {"fast": 9, "slow": 3}).best()


def test_the_desks_rule_turns_probabilities_into_signals() -> None:
    rows = [[0.2, 0.7, 0.1], [0.2, 0.1, 0.7], [0.4, 0.6, 0.0], [0.2, 0.4, 0.4], [np.nan, 0.9, 0.05]]
    signals = trading_rust.signals_from_probabilities(rows, 0.6)
    assert signals.dtype == np.int8
    assert signals.tolist() == [1, -1, 0, 0, 0]


def test_ctrl_c_ends_a_sweep() -> None:
    grid = {"fast": range(2, 400), "slow": range(400, 800)}
    prices = np.tile(PRICES, 10)
    # The handler runs on this thread, at the sweep's next look; the timer only delivers the signal.
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        trading_rust.sweep(prices, "sma_cross", grid)
    timer.join()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: trading_rust.sweep(PRICES, "luck", {}),
            ValueError,
            'strategy is "luck"; it must be "sma_cross" or',
        ),
        (lambda: trading_rust.sweep(PRICES, "sma_cross", {"fast": 3}), ValueError, 'grid lacks "slow"'),
        (
            lambda: trading_rust.sweep(PRICES, "macd", {"luck": 3}),
            ValueError,
            'grid names "luck"; it may name fast',
        ),
        (lambda: trading_rust.sweep(PRICES, "macd", {"fast": 0}), ValueError, "fast must be between 1"),
        (
            lambda: trading_rust.sweep(PRICES, "macd", {"fast": 2.5}),
            ValueError,
            "fast is 2.5; it must be a whole",
        ),
        (
            lambda: trading_rust.sweep(PRICES, "macd", {"fast": "3"}),
            TypeError,
            "fast must be a number or a sequence",
        ),
        (lambda: trading_rust.sweep(PRICES, "macd", {"size": -1}), ValueError, "size is -1"),
        (lambda: trading_rust.sweep(PRICES, "macd", {"slippage": 1}), ValueError, "give tick_size"),
        (
            lambda: trading_rust.sweep(PRICES, "macd", {}, bids=PRICES),
            ValueError,
            "bids is given without asks",
        ),
        (
            lambda: trading_rust.sweep(PRICES, "macd", {"spread": 0}, bids=PRICES, asks=PRICES),
            ValueError,
            "give one of them",
        ),
        (
            lambda: trading_rust.sweep(PRICES, "macd", {}, bids=PRICES, asks=PRICES[1:]),
            ValueError,
            "asks has 2999 values",
        ),
        (lambda: trading_rust.sweep(PRICES, "macd", {}, spread=2), ValueError, "spread is counted in ticks"),
        (lambda: trading_rust.sweep(PRICES, "macd", {}, threads=0), ValueError, "threads is 0"),
        (lambda: trading_rust.sweep(PRICES, "signals", {}), ValueError, '"signals" needs signals'),
        (lambda: trading_rust.sweep(PRICES, "macd", {}, signals=[1]), ValueError, '"macd" takes no signals'),
        (lambda: trading_rust.sweep(PRICES, "signals", {}, signals=[1]), ValueError, "signals has 1 values"),
        (
            lambda: trading_rust.sweep(PRICES, "threshold", {"threshold": 0.5}, probabilities=PRICES),
            ValueError,
            r"probabilities has the shape \[3000\]",
        ),
        (lambda: trading_rust.sweep([1.0, np.inf], "macd", {}), ValueError, r"prices\[1\]"),
        (
            lambda: trading_rust.signals_from_probabilities([[1, 0, 0]], np.nan),
            ValueError,
            "threshold is NaN",
        ),
    ],
)
def test_nonsense_is_refused_by_name(call: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("name", ["fast", "spread"])
def test_an_axis_without_a_value_is_refused_by_name(name: str) -> None:
    grid: dict[str, Any] = {"fast": [3], "slow": [5], name: []}
    with pytest.raises(ValueError, match=f"{name} has no values in grid"):
        trading_rust.sweep(np.arange(20.0) + 1, "sma_cross", grid)
