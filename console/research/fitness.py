"""What a version must show before a desk trades on it, as the signal bridge will demand it again.

Its features and bars must be those of the desk, and its file must give the probabilities that were written
down as golden rows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.research.entry import FeatureSchema, GoldenRow, ModelEntry, RegistryError
from console.research.model_file import FEATURES, ModelFile, read_model_file

Floats = NDArray[np.float64]
# How far a probability may be from its golden row; the signal bridge has the same.
GOLDEN_TOLERANCE = 1e-5
# Rows of which the desk demands the trained model's probabilities before it trades on the file.
GOLDEN_ROWS = 16


def golden_of(probabilities_of: Callable[[Floats], Floats], features: Floats) -> tuple[GoldenRow, ...]:
    """Rows from all over `features` (n, 7), with the trained model's own probabilities."""
    rows = features[np.linspace(0, len(features) - 1, GOLDEN_ROWS).astype(np.int64)]
    return _rows(rows, probabilities_of(rows))


def golden_rows(model: ModelFile) -> tuple[GoldenRow, ...]:
    """What the file itself gives for rows all over the range of the features, the first of them all 0.

    They say no more than that another runtime must agree; a training writes down its framework's own. Raises
    `RegistryError` when it gives no probabilities.
    """
    rows = np.random.default_rng(7).normal(size=(GOLDEN_ROWS, FEATURES)).astype(np.float32)
    rows[0] = 0
    given = model.run(rows, one_by_one=True)
    if not np.isfinite(given).all() or np.abs(given.sum(axis=1) - 1).max() > 1e-3 or given.min() < 0:
        raise RegistryError(f"{model.path}: what it gives are no probabilities: each row must sum to 1")
    return _rows(rows, given)


def check_features(model: ModelFile) -> FeatureSchema:
    """The features it was trained on; raises `RegistryError` when the desk computes others."""
    import trading_rust

    trained = model.feature_schema
    own = (trading_rust.FEATURE_SCHEMA_VERSION, trading_rust.FEATURE_SCHEMA_HASH)
    if trained is None or (trained.version, trained.hash) != own:
        named = "none" if trained is None else f"{trained.version} ({trained.hash})"
        raise RegistryError(
            f"{model.path}: it was trained on the features of version {named}, the desk computes those of "
            f"version {own[0]} ({own[1]}); train it again"
        )
    return trained


def check_file(entry: ModelEntry, path: Path) -> ModelFile:
    """The file of `entry` at `path`, once it has shown that it is the one that was registered.

    Raises `RegistryError` when it is missing, changed, or gives other probabilities than its golden rows say.
    """
    model = read_model_file(path)
    if model.sha256 != entry.sha256:
        raise RegistryError(
            f"{path}: its SHA-256 is {model.sha256}, the registry says {entry.sha256}; the file of a version "
            "never changes: restore it, or register it as another version"
        )
    model.check_tradable()
    said = (entry.feature_schema, entry.bar_interval_us)
    if said != (model.feature_schema, model.bar_interval_us):
        raise RegistryError(
            f"{path}: its features and bars are {model.feature_schema} and {model.bar_interval_us}, the "
            f"registry says {said[0]} and {said[1]}; register it as another version"
        )
    check_golden(entry, model)
    return model


def check_fit(entry: ModelEntry, path: Path, bar_interval_us: int | None) -> None:
    """Raises `RegistryError` with the first reason for which the signal bridge would refuse `entry`.

    `path` is its file; `bar_interval_us` the desk's bars, None where they are not known.
    """
    check_features(check_file(entry, path))
    if bar_interval_us is not None and entry.bar_interval_us not in (None, bar_interval_us):
        raise RegistryError(
            f"{entry.version}: it was trained on bars of {entry.bar_interval_us} µs, signal.bar_interval_ms "
            f"makes bars of {bar_interval_us} µs; train it on these"
        )


def check_golden(entry: ModelEntry, model: ModelFile) -> None:
    """Raises `RegistryError` when `model` gives other probabilities than the golden rows of `entry` say."""
    if not entry.golden:
        return
    given = model.run(np.asarray([row.features for row in entry.golden]), one_by_one=True)
    for index, (row, probabilities) in enumerate(zip(entry.golden, given, strict=True)):
        # Not within anything: NaN.
        if not np.abs(probabilities - row.probabilities).max() <= GOLDEN_TOLERANCE:
            raise RegistryError(
                f"{model.path}: it gives {[round(float(one), 6) for one in probabilities]} for golden row "
                f"{index}, the trained model gave {[round(one, 6) for one in row.probabilities]}; train it "
                "again"
            )


def _rows(features: NDArray[np.floating], probabilities: Floats) -> tuple[GoldenRow, ...]:
    return tuple(
        GoldenRow(tuple(row), tuple(given))
        for row, given in zip(features.tolist(), probabilities.tolist(), strict=True)
    )
