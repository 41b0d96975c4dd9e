"""What probabilities are worth, beside what needs no model: the majority class, class frequencies, always
hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.research.labels import CLASS_NAMES, HOLD

Floats = NDArray[np.float64]
# Bins of the calibration, by the probability of the class that was chosen.
CALIBRATION_BINS = 10
# Probabilities nearer to 0 than this count as this: a logarithm of 0 would hide everything else.
SMALLEST = 1e-15


@dataclass(frozen=True)
class ClassScore:
    """One class: how often it is, how often it was said, and how often rightly."""

    name: str
    share: float
    said: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class CalibrationBin:
    """Samples whose chosen class had a probability in one tenth: the mean of it, and how often it was
    right."""

    low: float
    high: float
    samples: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Scores:
    """A model on data it never saw, and the baselines on the same data.

    `log_loss` is the mean of −ln of the probability of what came. The baselines know only the class shares
    of the training set: `majority_accuracy` always says its largest class, `prior_log_loss` gives its
    shares as probabilities, `hold_accuracy` always holds. `calibration_error` is the expected calibration
    error over ten bins (C. Guo et al., On Calibration of Modern Neural Networks, 2017).
    """

    samples: int
    accuracy: float
    log_loss: float
    calibration_error: float
    majority_accuracy: float
    hold_accuracy: float
    prior_log_loss: float
    classes: tuple[ClassScore, ...]
    calibration: tuple[CalibrationBin, ...]

    @property
    def beats_baselines(self) -> bool:
        """It says more than the class shares do: a lower log loss, and no lower accuracy."""
        return self.log_loss < self.prior_log_loss and self.accuracy > max(
            self.majority_accuracy, self.hold_accuracy
        )

    def to_json(self) -> dict[str, Any]:
        """For the registry and for scripts, rounded to what such figures are good for."""
        values = asdict(self) | {"beats_baselines": self.beats_baselines}
        return {name: rounded(value) for name, value in values.items()}


def score(probabilities: Floats, labels: NDArray[np.int64], prior: Floats) -> Scores:
    """Scores of `probabilities` (n, 3) against `labels`; `prior` are the class shares of the training set."""
    chosen = probabilities.argmax(axis=1)
    right = chosen == labels
    of_label = probabilities[np.arange(len(labels)), labels]
    bins = _calibration(probabilities.max(axis=1), right)
    return Scores(
        samples=len(labels),
        accuracy=float(right.mean()),
        log_loss=_log_loss(of_label),
        calibration_error=sum(b.samples * abs(b.confidence - b.accuracy) for b in bins) / len(labels),
        majority_accuracy=float((labels == prior.argmax()).mean()),
        hold_accuracy=float((labels == HOLD).mean()),
        prior_log_loss=_log_loss(prior[labels]),
        classes=tuple(_of_class(index, chosen, labels) for index in range(len(CLASS_NAMES))),
        calibration=bins,
    )


def _log_loss(probabilities: Floats) -> float:
    return float(-np.log(np.maximum(probabilities, SMALLEST)).mean())


def _of_class(index: int, chosen: NDArray[np.int64], labels: NDArray[np.int64]) -> ClassScore:
    is_class, said = labels == index, chosen == index
    hits = int((is_class & said).sum())
    precision = hits / int(said.sum()) if said.any() else 0.0
    recall = hits / int(is_class.sum()) if is_class.any() else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return ClassScore(CLASS_NAMES[index], float(is_class.mean()), float(said.mean()), precision, recall, f1)


def _calibration(confidence: Floats, right: NDArray[np.bool_]) -> tuple[CalibrationBin, ...]:
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, CALIBRATION_BINS - 1)
    bins = []
    for index in np.unique(place):
        inside = place == index
        bins.append(
            CalibrationBin(
                float(edges[index]),
                float(edges[index + 1]),
                int(inside.sum()),
                float(confidence[inside].mean()),
                float(right[inside].mean()),
            )
        )
    return tuple(bins)


def rounded(value: Any) -> Any:
    """Every float in `value` to six decimals."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(inner) for inner in value]
    return value
