"""Curves of profit, moments of returns and gaps in streams, through the extension."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trading_rust
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

FINITE = st.floats(-1e6, 1e6)


def test_a_drawdown_is_measured_from_the_highest_so_far() -> None:
    curve = np.array([-1.0, 2.0, 1.0, 3.0, 0.0])
    np.testing.assert_array_equal(trading_rust.drawdown(curve), [1, 0, 1, 0, 3])
    np.testing.assert_array_equal(trading_rust.drawdown(curve, cash=2.5), [3.5, 0.5, 1.5, 0, 3])
    out = np.empty(5)
    assert trading_rust.drawdown(curve, out=out) is out
    np.testing.assert_array_equal(out, [1, 0, 1, 0, 3])


@given(arrays(np.float64, st.integers(0, 100), elements=FINITE), FINITE)
def test_it_is_the_report_s(curve: np.ndarray, cash: float) -> None:
    highest = np.maximum(np.maximum.accumulate(curve), cash) if len(curve) else curve
    np.testing.assert_array_equal(trading_rust.drawdown(curve, cash), highest - curve)


def test_a_drawdown_of_a_backtest_is_that_of_its_report() -> None:
    prices = np.sin(np.arange(200) / 9) + 5
    report = trading_rust.backtest(
        prices, np.resize([1, 0, 0, -1, 0], 200), spread=0.1, tick_size=1.0, cash=2.0
    )
    np.testing.assert_array_equal(trading_rust.drawdown(report.equity, cash=2.0), report.drawdown)
    returns = np.diff(report.equity, prepend=2.0)
    sharpe, _, _ = trading_rust.return_moments(returns)
    assert sharpe * math.sqrt(report.periods_per_year) == pytest.approx(report.sharpe, rel=1e-12)


@given(arrays(np.float64, st.integers(2, 60), elements=st.integers(-50, 50)))
def test_moments_follow_their_definitions(returns: np.ndarray) -> None:
    made = trading_rust.return_moments(returns)
    if returns.std() == 0:
        assert np.isnan(made).all()
        return
    standard = (returns - returns.mean()) / returns.std()
    wanted = (returns.mean() / returns.std(ddof=1), (standard**3).mean(), (standard**4).mean())
    np.testing.assert_allclose(made, wanted, rtol=1e-9, atol=1e-9)


def test_gaps_are_what_every_reader_counts() -> None:
    gaps = trading_rust.GapCounter()
    assert gaps.observe("ALFA", 1, 5) == 0
    assert gaps.observe("ALFA", 1, 8) == 2
    assert gaps.observe("ALFA", 1, 8) == 0
    assert gaps.observe("BRVO", 1, 100) == 0
    # A new start of the publisher counts from 1.
    assert gaps.observe("ALFA", 2, 4) == 3
    assert (gaps.missing, gaps.duplicates) == (5, 1)
    assert repr(gaps) == "<GapCounter missing=5 duplicates=1>"
    for wrong in (-1, 1.5, "1"):
        with pytest.raises((TypeError, OverflowError)):
            gaps.observe("ALFA", 1, wrong)  # type: ignore[arg-type]


def test_nonsense_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="equity must have one dimension"):
        trading_rust.drawdown(np.ones((2, 2)))
    with pytest.raises(ValueError, match="out has 2 values, the input has 3"):
        trading_rust.drawdown([1, 2, 3], out=np.empty(2))
    with pytest.raises(TypeError, match="returns must be numbers"):
        trading_rust.return_moments(["a"])
