"""Labels say what came within the horizon, and nothing beyond it changes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.research.labels import BUY, HOLD, SELL, Labelling, label

# Bars over which a barrier's unit is taken.
VOLATILITY_BARS = 50


def walk(seed: int, bars: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(scale=1e-3, size=bars)))
    reach = np.abs(random.normal(scale=5e-4, size=(2, bars)))
    return close, close * (1 + reach[0]), close * (1 - reach[1]), np.full(bars, 1e-4)


def by_hand(
    labelling: Labelling, close: np.ndarray, high: np.ndarray, low: np.ndarray, cost: float
) -> list[int]:
    """The three barriers as a person would go through them."""
    returns = np.diff(close) / close[:-1]
    labels = []
    for at in range(len(close) - labelling.horizon):
        if at < VOLATILITY_BARS:
            labels.append(HOLD)
            continue
        deviation = returns[at - VOLATILITY_BARS : at].std()
        distance = max(labelling.width * deviation * labelling.horizon**0.5, cost)
        found = HOLD
        for later in range(at + 1, at + labelling.horizon + 1):
            up = high[later] >= close[at] * (1 + distance)
            down = low[later] <= close[at] * (1 - distance)
            if up or down:
                found = HOLD if up and down else BUY if up else SELL
                break
        labels.append(found)
    return labels


@pytest.mark.parametrize("seed", range(5))
def test_the_first_barrier_touched_is_the_label(seed: int) -> None:
    close, high, low, cost = walk(seed)
    labelling = Labelling("barrier", horizon=15, width=0.7)
    labels, result = label(labelling, close, high, low, cost)
    assert labels.tolist() == by_hand(labelling, close, high, low, 1e-4)
    assert len(result) == len(labels)
    held = labels == HOLD
    np.testing.assert_array_equal(result[held], (close[15:] / close[:-15] - 1)[held])
    assert set(labels) == {HOLD, BUY, SELL}
    assert (result[labels == BUY] >= 1e-4).all()
    assert (result[labels == SELL] <= -1e-4).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_forward_label_beats_its_cost(seed: int) -> None:
    close, high, low, _ = walk(seed)
    cost = np.full(len(close), 2e-3)
    cost[7] = np.nan
    labels, result = label(Labelling("forward", horizon=9), close, high, low, cost)
    np.testing.assert_array_equal(result, close[9:] / close[:-9] - 1)
    expected = [BUY if r > c else SELL if r < -c else HOLD for r, c in zip(result, cost[:-9], strict=True)]
    assert labels.tolist() == expected
    assert set(labels) == {HOLD, BUY, SELL}
    # Fewer bars than the horizon have no label at all.
    few = [values[:9] for values in (close, high, low, cost)]
    assert [len(one) for one in label(Labelling("forward", horizon=9), *few)] == [0, 0]


def test_a_barrier_is_never_nearer_than_the_cost() -> None:
    close, high, low, _ = walk(1)
    labels, _ = label(Labelling("barrier", horizon=15), close, high, low, np.full(len(close), 0.5))
    assert (labels == HOLD).all()


@given(kind=st.sampled_from(["forward", "barrier"]), horizon=st.integers(1, 30), cut=st.integers(80, 250))
def test_what_comes_after_the_horizon_changes_nothing(kind: str, horizon: int, cut: int) -> None:
    close, high, low, cost = walk(9)
    labelling = Labelling(kind, horizon)  # type: ignore[arg-type]
    before, _ = label(labelling, close, high, low, cost)
    changed = [values.copy() for values in (close, high, low, cost)]
    for values in changed:
        values[cut:] *= 3
    after, _ = label(labelling, *changed)
    known = max(0, cut - horizon)
    np.testing.assert_array_equal(before[:known], after[:known])


def test_senseless_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="horizon"):
        Labelling(horizon=0)
    with pytest.raises(ValueError, match="width"):
        Labelling(width=float("nan"))
