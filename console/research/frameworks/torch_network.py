"""A network in PyTorch: 7 inputs, 64 and 32 hidden units with ReLU and dropout, 3 outputs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from console.research.dataset import Dataset
from console.research.frameworks.common import (
    CLASSES,
    Fitted,
    Floats,
    OnProgress,
    Progress,
    Settings,
    TrainingError,
    check_samples,
    constant_features,
    sample_weights,
)
from console.research.model_file import FEATURES
from console.research.network import build_classifier

LEARNING_RATE = 1e-3
HIDDEN = (64, 32)


class Network:
    """The trained network with the scaler it was trained under."""

    def __init__(
        self, module: nn.Sequential, mean: Floats, scale: Floats, settings: Settings, best_epoch: int
    ) -> None:
        self.module = module.eval()
        self._mean = mean
        self._scale = scale
        self._settings = settings
        self._best_epoch = best_epoch

    def probabilities(self, features: Floats) -> Floats:
        """See `Fitted.probabilities`."""
        with torch.no_grad():
            logits = self.module(_tensor((features - self._mean) / self._scale))
            return np.asarray(torch.softmax(logits.double(), dim=1).numpy(), dtype=np.float64)

    def to_onnx(self, metadata: Mapping[str, str]) -> onnx.ModelProto:
        """See `Fitted.to_onnx`. The scaler is folded into the first layer, the softmax is in the graph."""
        dense = [layer for layer in self.module if isinstance(layer, nn.Linear)]
        layers = [(_array(layer.weight).T, _array(layer.bias)) for layer in dense]
        return build_classifier(layers, self._mean, self._scale, metadata)

    def describe(self) -> dict[str, Any]:
        """See `Fitted.describe`."""
        return {
            "framework": "pytorch",
            "framework_version": torch.__version__,
            "layers": [FEATURES, *HIDDEN, CLASSES],
            "dropout": self._settings.dropout,
            "epochs": self._best_epoch,
            "batch_size": self._settings.batch_size,
            "learning_rate": self._settings.learning_rate or LEARNING_RATE,
            "balanced": self._settings.balanced,
            "seed": self._settings.seed,
        }


def train(training: Dataset, validation: Dataset, settings: Settings, on_progress: OnProgress) -> Fitted:
    """Adam on the cross entropy until the validation loss has not fallen for `settings.patience` epochs.

    A feature that never changes is given no weight of its own scale: it is divided by 1. Raises
    `TrainingError`.
    """
    check_samples(training, validation)
    torch.manual_seed(settings.seed)
    order = np.random.default_rng(settings.seed)
    mean, scale = training.features.mean(axis=0), training.features.std(axis=0)
    scale[constant_features(training)] = 1.0
    module = _network(settings.dropout)
    rows = _tensor((training.features - mean) / scale)
    labels = torch.from_numpy(training.labels)
    weights = _tensor(sample_weights(training.labels, balanced=settings.balanced))
    watched = _tensor((validation.features - mean) / scale)
    watched_labels = torch.from_numpy(validation.labels)
    watched_weights = _tensor(sample_weights(validation.labels, balanced=settings.balanced))
    optimizer = torch.optim.Adam(
        module.parameters(), lr=settings.learning_rate or LEARNING_RATE, weight_decay=1e-4
    )
    best, kept, best_epoch = float("inf"), copy.deepcopy(module.state_dict()), 0
    for epoch in range(1, settings.rounds + 1):
        module.train()
        total = 0.0
        shuffled = torch.from_numpy(order.permutation(len(training)))
        for batch in torch.split(shuffled, settings.batch_size):
            optimizer.zero_grad()
            loss = _loss(module(rows[batch]), labels[batch], weights[batch])
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        module.eval()
        with torch.no_grad():
            validation_loss = float(_loss(module(watched), watched_labels, watched_weights))
        if validation_loss < best:
            best, kept, best_epoch = validation_loss, copy.deepcopy(module.state_dict()), epoch
        on_progress(Progress(epoch, settings.rounds, total / len(training), validation_loss, best_epoch))
        if epoch - best_epoch >= settings.patience:
            break
    if not best_epoch:
        raise TrainingError(
            f"the validation loss was no number in any of {epoch} epochs: the network learnt nothing; choose "
            "a smaller --learning-rate"
        )
    module.load_state_dict(kept)
    return Network(module, mean, scale, settings, best_epoch)


def _network(dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    width = FEATURES
    for hidden in HIDDEN:
        layers += [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout)]
        width = hidden
    return nn.Sequential(*layers, nn.Linear(width, CLASSES))


def _loss(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    losses = nn.functional.cross_entropy(logits, labels, reduction="none")
    return (losses * weights).sum() / weights.sum()


def _tensor(values: Floats) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def _array(parameter: torch.Tensor) -> Floats:
    return np.asarray(parameter.detach().numpy(), dtype=np.float64)
