"""What can't be known must not be learnt: shuffled labels score like chance, a future column is caught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trading_rust

from console.research.dataset import Dataset, build_bars, build_dataset
from console.research.frameworks.common import Progress, Settings
from console.research.frameworks.xgboost_trees import train
from console.research.labels import Labelling
from console.research.leakage import LeakageError, check_causal, columns_that_know_the_future
from console.research.scores import Scores, score
from console.research.sources import Source
from console.research.splits import embargo_us, split_by_time
from console.research.trainer import Plan
from console.research.trainer import train as train_model
from tests.unit.research.markets import INTERVAL_US, market

BARS = 12_000


def dataset(trend: float) -> Dataset:
    return build_dataset(market(BARS, 3, trend=trend), Labelling(horizon=20), INTERVAL_US)


def trained(data: Dataset) -> Scores:
    split = split_by_time(data, embargo_us(INTERVAL_US))
    training, test = data.take(split.training), data.take(split.test)
    seen: list[Progress] = []
    settings = Settings(rounds=30, patience=5, max_depth=3)
    fitted = train(training, data.take(split.validation), settings, seen.append)
    assert seen
    return score(fitted.probabilities(test.features), test.labels, training.class_shares())


def shuffled(data: Dataset, seed: int) -> Dataset:
    order = np.random.default_rng(seed).permutation(len(data))
    return Dataset(
        **{**{n: getattr(data, n) for n in data.__dataclass_fields__}, "labels": data.labels[order]}
    )


def test_a_market_with_a_drift_is_learnt_and_shuffled_labels_score_like_chance() -> None:
    data = dataset(2.0)
    real = trained(data)
    assert real.beats_baselines
    assert real.log_loss < real.prior_log_loss - 0.05
    for seed in (1, 2):
        chance = trained(shuffled(data, seed))
        # Four standard errors of a share among so many samples.
        error = 4 * 0.5 / np.sqrt(chance.samples)
        assert chance.accuracy < chance.majority_accuracy + error
        assert chance.log_loss > chance.prior_log_loss - 0.01


def test_a_random_walk_is_not_foretold() -> None:
    scores = trained(dataset(0.0))
    assert scores.log_loss > scores.prior_log_loss - 0.01


def test_the_features_of_the_desk_know_no_future() -> None:
    frame = market(BARS, 3, trend=1.0)
    check_causal(build_bars(Source("m", "rows", frame, ""), INTERVAL_US))


@pytest.mark.parametrize("look", [1, 5])
def test_a_column_from_the_future_is_caught(look: int) -> None:
    [bars] = build_bars(Source("m", "rows", market(2_000, 3, trend=1.0), ""), INTERVAL_US)

    def with_a_future_column(count: int) -> np.ndarray:
        features = trading_rust.compute_features(bars.close[:count], bars.volume[:count])
        ahead = np.full(count, np.nan)
        ahead[: count - look] = bars.close[look:count] / bars.close[: count - look] - 1
        # Nor does it help to fill in what is missing at the end.
        centred = np.nan_to_num(ahead)
        return np.column_stack([features, ahead, centred])

    assert columns_that_know_the_future(with_a_future_column, len(bars)) == [7, 8]


def test_a_training_on_a_feature_that_knows_the_future_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = trading_rust.compute_features
    column = trading_rust.FEATURE_NAMES.index("rsi")

    def leaking(close: np.ndarray, *more: np.ndarray) -> np.ndarray:
        features = honest(close, *more)
        # Scaled by all there is, as a scaler fitted on the whole file would.
        features[:, column] -= np.nanmean(features[:, column])
        return features

    data = tmp_path / "market.csv"
    market(1_500, 3, trend=1.0).to_csv(data, index=False)
    monkeypatch.setattr(trading_rust, "compute_features", leaking)
    with pytest.raises(LeakageError, match="ALFA: rsi of a bar changes with what comes after it"):
        train_model(Plan(str(data), "xgboost", "made"), lambda _: None)
