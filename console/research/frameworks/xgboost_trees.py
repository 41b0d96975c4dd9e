"""Gradient-boosted trees by XGBoost, objective `multi:softprob`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import xgboost
from onnx import helper
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from console.research.dataset import Dataset
from console.research.entry import CLASSES as CLASS_NAMES
from console.research.frameworks.common import (
    CLASSES,
    Fitted,
    Floats,
    OnProgress,
    Progress,
    Settings,
    check_samples,
    sample_weights,
)
from console.research.model_file import FEATURES, INPUT, OUTPUT

LEARNING_RATE = 0.1
# The newest of both that onnxmltools writes and ONNX Runtime has read for long.
OPSET = 15


class Trees:
    """A booster cut at its best round."""

    def __init__(self, booster: xgboost.Booster, settings: Settings, best_round: int) -> None:
        self.booster = booster
        self._settings = settings
        self._best_round = best_round

    def probabilities(self, features: Floats) -> Floats:
        """See `Fitted.probabilities`."""
        rows = xgboost.DMatrix(features.astype(np.float32))
        return np.asarray(self.booster.predict(rows), dtype=np.float64)

    def to_onnx(self, metadata: Mapping[str, str]) -> onnx.ModelProto:
        """See `Fitted.to_onnx`."""
        shape = [(INPUT, FloatTensorType([None, FEATURES]))]
        model: onnx.ModelProto = convert_xgboost(self.booster, initial_types=shape, target_opset=OPSET)
        graph = model.graph
        # The converter gives label and probabilities; the contract knows the probabilities alone.
        _, given = (output.name for output in graph.output)
        for node in graph.node:
            node.output[:] = [OUTPUT if name == given else name for name in node.output]
        del graph.output[:]
        graph.output.append(helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, ["batch", CLASSES]))
        helper.set_model_props(model, {"classes": ",".join(CLASS_NAMES), **metadata})
        onnx.checker.check_model(model, full_check=True)
        return model

    def describe(self) -> dict[str, Any]:
        """See `Fitted.describe`."""
        return {
            "framework": "xgboost",
            "framework_version": xgboost.__version__,
            "objective": "multi:softprob",
            "rounds": self._best_round,
            "max_depth": self._settings.max_depth,
            "learning_rate": self._settings.learning_rate or LEARNING_RATE,
            "balanced": self._settings.balanced,
            "seed": self._settings.seed,
        }


def train(training: Dataset, validation: Dataset, settings: Settings, on_progress: OnProgress) -> Fitted:
    """Boosts until the validation loss has not fallen for `settings.patience` rounds.

    Raises `TrainingError`.
    """
    check_samples(training, validation)
    rows = _matrix(training, balanced=settings.balanced)
    watched = _matrix(validation, balanced=settings.balanced)
    told = _Told(settings.rounds, on_progress)
    booster = xgboost.train(
        {
            "objective": "multi:softprob",
            "num_class": CLASSES,
            "eval_metric": "mlogloss",
            "max_depth": settings.max_depth,
            "learning_rate": settings.learning_rate or LEARNING_RATE,
            "seed": settings.seed,
            "tree_method": "hist",
        },
        rows,
        num_boost_round=settings.rounds,
        evals=[(rows, "training"), (watched, "validation")],
        early_stopping_rounds=settings.patience,
        verbose_eval=False,
        callbacks=[told],
    )
    best = int(booster.best_iteration)
    return Trees(booster[: best + 1], settings, best + 1)


class _Told(xgboost.callback.TrainingCallback):
    def __init__(self, rounds: int, on_progress: OnProgress) -> None:
        super().__init__()
        self._rounds = rounds
        self._on_progress = on_progress

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002 (XGBoost's)
        """Tell of the round; never stops the training."""
        validation = evals_log["validation"]["mlogloss"]
        self._on_progress(
            Progress(
                round=epoch + 1,
                rounds=self._rounds,
                training_loss=float(evals_log["training"]["mlogloss"][-1]),
                validation_loss=float(validation[-1]),
                best_round=int(np.argmin(validation)) + 1,
            )
        )
        return False


def _matrix(data: Dataset, *, balanced: bool) -> xgboost.DMatrix:
    return xgboost.DMatrix(
        data.features.astype(np.float32),
        label=data.labels,
        weight=sample_weights(data.labels, balanced=balanced),
    )
