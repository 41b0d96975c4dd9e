"""What every framework is given and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray

from console.research.dataset import Dataset

Floats = NDArray[np.float64]
CLASSES = 3


class TrainingError(ValueError):
    """The data or the settings can't be trained with; the sentence says why and what to change."""


@dataclass(frozen=True)
class Settings:
    """How to train. `rounds` are boosting rounds or epochs; it stops `patience` after the best one.

    `balanced` weighs each class by the inverse of its share in the training set.
    """

    seed: int = 7
    rounds: int = 100
    patience: int = 10
    balanced: bool = False
    learning_rate: float | None = None
    max_depth: int = 5
    dropout: float = 0.2
    batch_size: int = 512


@dataclass(frozen=True)
class Progress:
    """One round is done: its losses, and which round was the best so far."""

    round: int
    rounds: int
    training_loss: float
    validation_loss: float
    best_round: int


OnProgress = Callable[[Progress], None]


class Fitted(Protocol):
    """A trained model, still in its framework."""

    def probabilities(self, features: Floats) -> Floats:
        """The framework's own probabilities of hold, buy and sell, for raw features (n, 7), as (n, 3)."""
        ...

    def to_onnx(self, metadata: Mapping[str, str]) -> onnx.ModelProto:
        """The model under the desk's contract, taking raw features."""
        ...

    def describe(self) -> dict[str, Any]:
        """Framework, version and the settings that made it, for the registry."""
        ...


def check_samples(training: Dataset, validation: Dataset) -> None:
    """Raises `TrainingError` for what no framework should be asked to learn from."""
    for name, data in (("training", training), ("validation", validation)):
        if not len(data):
            raise TrainingError(f"there is no {name} sample; give more data")
        if not np.isfinite(data.features).all():
            raise TrainingError(f"the {name} features hold NaN or infinity")
    present = np.flatnonzero(np.bincount(training.labels, minlength=CLASSES))
    if len(present) < 2:
        from console.research.labels import CLASS_NAMES

        raise TrainingError(
            f"every training label is {CLASS_NAMES[int(present[0])]}: there is nothing to tell apart; choose "
            "another horizon, or data that moves more than its spread"
        )


def constant_features(data: Dataset) -> list[int]:
    """The columns whose value never changes."""
    return [index for index in range(data.features.shape[1]) if np.ptp(data.features[:, index]) == 0]


def sample_weights(labels: NDArray[np.int64], *, balanced: bool) -> Floats:
    """One weight a sample; all 1 unless balanced. Their mean is 1."""
    if not balanced:
        return np.ones(len(labels))
    counts = np.bincount(labels, minlength=CLASSES)
    share = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.asarray(share[labels], dtype=np.float64)
