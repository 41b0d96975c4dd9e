"""What the options of a training do to the model: seed, weights, early stopping, folds; and its file."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from console.research import trainer
from console.research.dataset import Dataset, build_dataset
from console.research.drift import feature_bins
from console.research.export import git_revision, run_in_python
from console.research.frameworks import xgboost_trees
from console.research.frameworks.common import Fitted, Progress, Settings
from console.research.labels import BUY, Labelling
from console.research.registry import ModelRegistry
from console.research.splits import Split, embargo_us, split_by_time
from console.research.trainer import Plan
from tests.unit.research.markets import INTERVAL_US, market

SETTINGS = Settings(rounds=8, max_depth=3)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return build_dataset(market(2_500, 5, trend=1.5), Labelling(horizon=20), INTERVAL_US)


@pytest.fixture(scope="module")
def split(data: Dataset) -> Split:
    return split_by_time(data, embargo_us(INTERVAL_US))


def fit(data: Dataset, split: Split, settings: Settings) -> tuple[Fitted, list[Progress]]:
    seen: list[Progress] = []
    fitted = xgboost_trees.train(
        data.take(split.training), data.take(split.validation), settings, seen.append
    )
    return fitted, seen


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is not installed here: pip install '.[torch]'",
)
def test_another_seed_gives_another_network(data: Dataset, split: Split) -> None:
    train = importlib.import_module(trainer.MODULES["pytorch"]).train
    parts = data.take(split.training), data.take(split.validation)
    one, same, other = (
        train(*parts, replace(SETTINGS, rounds=1, seed=seed), lambda _: None).probabilities(data.features)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


def test_balanced_weights_lift_the_rare_class(data: Dataset, split: Split) -> None:
    # Of every ten that rose, nine are taken out.
    risen = np.flatnonzero(data.labels == BUY)
    rare = data.take(np.setdiff1d(np.arange(len(data)), np.delete(risen, slice(None, None, 10))))
    parts = split_by_time(rare, embargo_us(INTERVAL_US))
    plain, balanced = (fit(rare, parts, replace(SETTINGS, balanced=one))[0] for one in (False, True))
    rows = rare.features
    assert balanced.probabilities(rows)[:, BUY].mean() > 2 * plain.probabilities(rows)[:, BUY].mean()
    assert (balanced.describe()["balanced"], plain.describe()["balanced"]) == (True, False)


def test_it_stops_after_the_best_round_and_is_cut_there(data: Dataset, split: Split) -> None:
    eager = replace(SETTINGS, rounds=200, patience=4, learning_rate=0.9)
    fitted, seen = fit(data, split, eager)
    losses = [one.validation_loss for one in seen]
    best = int(np.argmin(losses)) + 1
    assert len(seen) == best + eager.patience < eager.rounds
    assert fitted.describe()["rounds"] == best == seen[-1].best_round
    # The model is the one of that round: its loss is the lowest that was told.
    validation = data.take(split.validation)
    given = fitted.probabilities(validation.features)[np.arange(len(validation)), validation.labels]
    assert -np.log(given).mean() == pytest.approx(min(losses), rel=1e-5)
    until_there, _ = fit(data, split, replace(eager, rounds=best))
    np.testing.assert_array_equal(
        fitted.probabilities(data.features), until_there.probabilities(data.features)
    )


def test_the_folds_and_the_file_tell_of_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "market.csv"
    market(2_500, 5, trend=1.5).to_csv(path, index=False)
    plan = Plan(str(path), "xgboost", "made", Labelling(horizon=20), replace(SETTINGS, rounds=3), folds=3)
    trained = trainer.train(plan, lambda _: None)
    assert len(trained.folds) == 3
    # Each fold is tested on a part of its own, after a training of its own.
    assert len({fold.log_loss for fold in trained.folds}) == 3
    assert sum(fold.samples for fold in trained.folds) < len(trained.data)

    # The proof by the bridge is shown elsewhere.
    monkeypatch.setattr("console.research.export.run_in_bridge", run_in_python)
    registry = ModelRegistry(tmp_path / "models")
    entry, _ = trainer.register(plan, trained, registry, "a test")
    told = {one.key: one.value for one in onnx.load(str(registry.model_path(entry))).metadata_props}
    training = trained.data.take(trained.split.training)
    assert told["training_first_us"] == str(training.closed_us[0])
    assert told["training_last_us"] == str(training.closed_us[-1])
    assert int(told["training_last_us"]) < trained.data.take(trained.split.validation).closed_us[0]
    assert told["git_revision"] == (git_revision(Path(trainer.__file__).parent) or "unknown")
    assert len(entry.metrics["walk_forward"]) == 3
    # Live drift is measured against what it was trained on, and not against what it was judged on.
    assert entry.feature_bins == feature_bins(training.features)
