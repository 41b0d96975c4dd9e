"""From a market to a registered candidate through both runtimes, and every way that must end well."""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from console.cli.train import train as command
from console.research import export as exporting
from console.research import trainer
from console.research.export import TOLERANCE, run_in_bridge, run_in_python
from console.research.frameworks.common import Settings
from console.research.labels import Labelling
from console.research.registry import ModelRegistry
from console.research.trainer import Plan
from tests.unit.research.markets import market
from tests.unit.research.test_registry_changes import files_no_larger_than

FRAMEWORKS = [
    "xgboost",
    pytest.param(
        "pytorch",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("torch") is None,
            reason="PyTorch is not installed here: pip install '.[torch]'",
        ),
    ),
]


@pytest.fixture(autouse=True)
def _bridge(binaries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDECK_BIN", str(binaries))


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "models")


def write(folder: Path, frame: pd.DataFrame) -> Path:
    path = folder / "market.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("data"), market(6_000, 5, trend=1.5))


def run(data: Path | str, registry: ModelRegistry, *more: str) -> Result:
    return CliRunner().invoke(
        command,
        [
            "--data",
            str(data),
            "--version",
            "made",
            "--models",
            str(registry.directory),
            "--rounds",
            "15",
            *more,
        ],
    )


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_registered_is_what_was_trained(framework: str, data: Path, registry: ModelRegistry) -> None:
    plan = Plan(str(data), framework, "made", Labelling(horizon=20), Settings(rounds=15))  # type: ignore[arg-type]
    seen: list[int] = []
    trained = trainer.train(plan, lambda progress: seen.append(progress.round))
    entry, proof = trainer.register(plan, trained, registry, "a test")
    assert seen[0] == 1
    assert seen == sorted(seen)
    assert proof.rows == 5_000
    file = registry.model_path(entry)
    rows = trained.data.features[:500]
    expected = trained.fitted.probabilities(rows)
    for given in (run_in_python(file, rows), run_in_bridge(file, rows)):
        assert np.abs(given - expected).max() <= TOLERANCE
    for row in entry.golden:
        once = run_in_python(file, np.asarray([row.features]))[0]
        np.testing.assert_allclose(once, row.probabilities, atol=TOLERANCE)
    assert registry.verify() == {}
    assert entry.stage == "candidate"
    assert entry.metrics["accuracy"] == pytest.approx(trained.scores.accuracy, abs=1e-6)
    assert entry.metrics["majority_accuracy"] == pytest.approx(trained.scores.majority_accuracy, abs=1e-6)
    # This market can be foretold: a model that learned nothing would not beat the class shares.
    assert trained.scores.beats_baselines


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_same_seed_gives_the_same_model(framework: str, data: Path) -> None:
    plan = Plan(str(data), framework, "made", Labelling(horizon=20), Settings(rounds=4))  # type: ignore[arg-type]
    first, second = (trainer.train(plan, lambda _: None) for _ in range(2))
    rows = first.data.features
    np.testing.assert_array_equal(first.fitted.probabilities(rows), second.fitted.probabilities(rows))


@pytest.mark.parametrize("framework", FRAMEWORKS[1:])
def test_a_network_whose_losses_are_no_numbers_is_not_exported(
    framework: str, data: Path, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(trainer.MODULES[framework])
    honest = module._loss
    monkeypatch.setattr(module, "_loss", lambda *given: honest(*given) * float("nan"))
    done = run(data, registry, "--framework", framework, "--rounds", "3")
    assert_refused(done, "smaller --learning-rate", registry)


def test_a_market_that_cannot_be_foretold_is_said_to_give_nothing(
    tmp_path: Path, registry: ModelRegistry
) -> None:
    done = run(write(tmp_path, market(4_000, 3, trend=0)), registry)
    assert done.exit_code == 0, done.output
    assert "It beats nothing" in done.output
    assert "always hold" in done.output


def no_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:0]


def few_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:60]


def wide_spread(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(ask=frame["bid"] * 2)


def nan_volume(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(volume=frame["volume"].where(frame.index != 9))


def wrong_column(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"ask": "offer"})


def words(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(bid="dear")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_rows, "there is no row in it"),
        (few_rows, "give more rows"),
        (wide_spread, "every training label is hold"),
        (nan_volume, "row 10: volume must be a number"),
        (wrong_column, "the column ask is missing"),
        (words, "the column bid holds what is no number"),
    ],
)
def test_data_that_cannot_be_trained_on_is_refused_in_one_sentence(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], told: str, tmp_path: Path, registry: ModelRegistry
) -> None:
    done = run(write(tmp_path, spoil(market(1_500, 1, trend=1))), registry)
    assert_refused(done, told, registry)


def assert_refused(done: Result, told: str, registry: ModelRegistry) -> None:
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit)
    assert "Nothing was registered" in done.output or "nothing was registered" in done.output
    assert told in done.output
    assert "Traceback" not in done.output
    assert registry.load_registry() == []
    assert not list(registry.directory.glob("*.onnx"))


def test_no_file_is_refused(tmp_path: Path, registry: ModelRegistry) -> None:
    assert_refused(run(tmp_path / "none.csv", registry), "there is no such file", registry)


def test_a_feature_that_never_changes_is_warned_of_and_trained_without(
    tmp_path: Path, registry: ModelRegistry
) -> None:
    done = run(write(tmp_path, market(3_000, 2, trend=1).assign(volume=0.0)), registry)
    assert done.exit_code == 0, done.output
    assert "never changes in the training set" in done.output


def test_a_file_unlike_the_trained_model_is_not_registered(
    data: Path, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "run_in_bridge", lambda path, rows: run_in_python(path, rows) + 2e-5)
    assert_refused(run(data, registry), "run in the signal bridge it differs", registry)


def test_a_missing_framework_is_named_with_its_remedy(
    data: Path, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the import system does when there is no torch, also where there is one.
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "console.research.frameworks.torch_network", raising=False)
    assert_refused(run(data, registry, "--framework", "pytorch"), "pip install '.[torch]'", registry)


def test_a_full_disk_leaves_the_registry_whole(
    tmp_path: Path, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bridge writes nothing; under such a limit it can't even be loaded.
    monkeypatch.setattr(exporting, "run_in_bridge", run_in_python)
    # It is in both files, and who edits the tree between two trainings changes its length.
    monkeypatch.setattr(trainer, "git_revision", lambda folder: None)
    small = write(tmp_path, market(1_500, 1, trend=1.5))
    least = ("--rounds", "1", "--max-depth", "1")
    first = ModelRegistry(tmp_path / "first")
    assert run(small, first, *least).exit_code == 0
    model = first.model_path(first.get_model("made")).stat().st_size
    document = first.path.stat().st_size
    assert model < document
    registry.directory.mkdir()
    # The disk ends in the model's file, before and in the middle, and then in the registry's.
    for room, file in ((0, "made.onnx"), (model - 1, "made.onnx"), (document - 1, "registry.json")):
        with files_no_larger_than(room):
            done = run(small, registry, *least)
        assert_refused(done, f"{file}: File too large", registry)
        assert list(registry.directory.iterdir()) == []
    # Once there is room again nothing stands in the way.
    assert run(small, registry, *least).exit_code == 0


@pytest.mark.parametrize(
    "option", ["--rounds=0", "--epochs=0", "--patience=0", "--horizon=0", "--threshold=2", "--dropout=1"]
)
def test_a_senseless_option_is_wrong_usage(option: str, data: Path, registry: ModelRegistry) -> None:
    done = run(data, registry, option)
    assert done.exit_code == 2
    assert option.split("=")[0] in done.output or "--rounds" in done.output
    assert registry.load_registry() == []


def test_a_version_that_is_taken_is_refused_before_it_is_trained(data: Path, registry: ModelRegistry) -> None:
    assert run(data, registry).exit_code == 0
    held = registry.path.read_bytes()
    done = run(data, registry)
    assert done.exit_code == 1
    assert "registered already" in done.output
    assert "training" not in done.output
    assert registry.path.read_bytes() == held


def test_an_interrupted_training_registers_nothing(
    data: Path, registry: ModelRegistry, repository: Path
) -> None:
    arguments = ["--data", str(data), "--version", "made", "--models", str(registry.directory)]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "console.cli", "train", *arguments,
            "--rounds", "1000000", "--patience", "1000000",
        ],
        cwd=repository,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    try:
        # The first rounds are told: it is in the middle of the training.
        assert b"/" in process.stderr.read(40)
        process.send_signal(signal.SIGINT)
        told = process.stderr.read().decode()
        assert process.wait(60) == 1
    finally:
        process.kill()
        process.wait()
    assert "Interrupted: nothing was registered." in told
    assert "Traceback" not in told
    assert registry.load_registry() == []
