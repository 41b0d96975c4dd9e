"""Labels look ahead by the horizon and no further; features never do."""

import numpy as np
import pandas as pd
import pytest

from console.research.dataset import BUY, HOLD, SELL, build_dataset

INTERVAL_US = 250_000


def rows(bars: int, seed: int = 3) -> pd.DataFrame:
    """One row per bar: a random walk of whole ticks, with a spread of two."""
    steps = np.random.default_rng(seed).integers(-3, 4, size=bars)
    bids = np.round(100 + np.cumsum(steps) * 0.01, 2)
    return pd.DataFrame(
        {
            "timestamp_us": 1_700_000_000_000_000 + np.arange(bars) * INTERVAL_US,
            "symbol": "ALFA",
            "volume": 1.0,
            "bid": bids,
            "ask": np.round(bids + 0.02, 2),
        }
    )


def test_a_label_compares_the_move_with_the_spread() -> None:
    data = build_dataset(rows(200), 5, INTERVAL_US)
    expected = np.where(data.forward > data.cost, BUY, np.where(data.forward < -data.cost, SELL, HOLD))
    np.testing.assert_array_equal(data.labels, expected)
    assert set(data.labels) == {HOLD, BUY, SELL}
    mids = (rows(200)["bid"] + 0.01).to_numpy()
    # The first sample is the 51st bar; the last row closes no bar of its own.
    np.testing.assert_allclose(data.forward[0], mids[55] / mids[50] - 1, rtol=1e-9)
    np.testing.assert_allclose(data.cost[0], 0.02 / mids[50], rtol=1e-6)
    assert len(data) == 199 - 50 - 5


def test_the_future_beyond_the_horizon_changes_nothing() -> None:
    whole, changed = rows(200), rows(200)
    changed.loc[150:, ["bid", "ask"]] += 7.0
    before, after = build_dataset(whole, 5, INTERVAL_US), build_dataset(changed, 5, INTERVAL_US)
    unaffected = 150 - 50 - 5
    np.testing.assert_array_equal(before.labels[:unaffected], after.labels[:unaffected])
    np.testing.assert_array_equal(before.features[: unaffected + 5], after.features[: unaffected + 5])
    assert (before.forward[unaffected:] != after.forward[unaffected:]).any()


def test_no_sample_reaches_across_a_break() -> None:
    broken = rows(200)
    broken.loc[100:, "timestamp_us"] += 3_600_000_000
    data = build_dataset(broken, 5, INTERVAL_US)
    # Each part warms up anew and keeps its own horizon: 100 and 99 bars.
    assert len(data) == (100 - 50 - 5) + (99 - 50 - 5)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="give more rows"):
        build_dataset(rows(40), 5, INTERVAL_US)
