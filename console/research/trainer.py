"""From data to a registered candidate: dataset, split, training, scores, backtest, export with proof."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import trading_rust

from console.research.dataset import Dataset, SymbolBars, build_bars, build_dataset, cost_warnings
from console.research.drift import feature_bins
from console.research.export import Proof, export, git_revision, metadata_of
from console.research.fitness import golden_of
from console.research.frameworks.common import Fitted, OnProgress, Settings, TrainingError, constant_features
from console.research.labels import Labelling
from console.research.leakage import check_causal
from console.research.registry import ModelEntry, ModelRegistry
from console.research.scores import Scores, score
from console.research.sources import Source, read_source
from console.research.splits import Split, embargo_us, split_by_time, walk_forward
from console.research.trading import TradingResult, trade

Framework = Literal["xgboost", "pytorch"]
MODULES = {
    "xgboost": "console.research.frameworks.xgboost_trees",
    "pytorch": "console.research.frameworks.torch_network",
}
DEFAULT_THRESHOLD = 0.6


@dataclass(frozen=True)
class Plan:
    """What to train, on what, and how it is judged. `folds` adds a walk-forward of so many folds.

    `commission` is a fraction of the price, paid on each side.
    """

    data: str
    framework: Framework
    version: str
    labelling: Labelling = field(default_factory=Labelling)
    settings: Settings = field(default_factory=Settings)
    interval_us: int = trading_rust.DEFAULT_BAR_INTERVAL_US
    threshold: float = DEFAULT_THRESHOLD
    folds: int = 0
    commission: float = 0.0


@dataclass(frozen=True)
class Trained:
    """A model, not yet exported, and what it is worth on the part of the data it never saw."""

    fitted: Fitted
    source: Source
    data: Dataset
    split: Split
    scores: Scores
    trading: TradingResult
    folds: tuple[Scores, ...]
    warnings: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """Whether it beats anything, in a sentence."""
        scores, trading = self.scores, self.trading
        knows = scores.beats_baselines
        earns = trading.profit_bp > 0
        best_known = max(scores.majority_accuracy, scores.hold_accuracy)
        facts = (
            f"log loss {scores.log_loss:.4f} against {scores.prior_log_loss:.4f} of the class shares, "
            f"accuracy {scores.accuracy:.1%} against {best_known:.1%}, "
            f"{trading.profit_bp:+.1f} bp after costs in {trading.trades} trades"
        )
        if knows and earns:
            return f"It beats the baselines and earns after costs: {facts}."
        if knows:
            return f"It beats the baselines, and does not pay its costs: {facts}."
        return f"It beats nothing: {facts}."


def train(plan: Plan, on_progress: OnProgress) -> Trained:
    """Read, label, split, fit and judge. Raises `SourceError`, `LeakageError`, `TrainingError`."""
    fit = load_framework(plan.framework)
    source = read_source(plan.data)
    bars = build_bars(source, plan.interval_us, plan.commission)
    check_causal(bars)
    data = build_dataset(bars, plan.labelling, plan.interval_us)
    embargo = embargo_us(plan.interval_us)
    split = split_by_time(data, embargo)
    training, validation, test = (data.take(part) for part in (split.training, split.validation, split.test))
    constant = tuple(
        f"the feature {trading_rust.FEATURE_NAMES[column]} never changes in the training set"
        for column in constant_features(training)
    )
    fitted = fit(training, validation, plan.settings, on_progress)
    folds = tuple(
        _judge(fit(data.take(fold.training), data.take(fold.validation), plan.settings, _silent), data, fold)
        for fold in (walk_forward(data, embargo, plan.folds) if plan.folds else ())
    )
    return Trained(
        fitted=fitted,
        source=source,
        data=data,
        split=split,
        scores=score(fitted.probabilities(test.features), test.labels, training.class_shares()),
        trading=trade(fitted.probabilities, _since(bars, int(test.closed_us[0])), plan.threshold),
        folds=folds,
        warnings=(*cost_warnings(source), *constant),
    )


def register(
    plan: Plan, trained: Trained, registry: ModelRegistry, created_by: str
) -> tuple[ModelEntry, Proof]:
    """Export, prove equal, and take into the registry as a candidate.

    Raises `ExportError`, `RegistryError`, `OSError`; the registry is then as it was.
    """
    training = trained.data.take(trained.split.training)
    test = trained.data.take(trained.split.test)
    described = trained.fitted.describe()
    description = f"{described['framework']} on {Path(plan.data).name}: {plan.labelling.describe()}"
    metadata = metadata_of(
        interval_us=plan.interval_us,
        description=description,
        first_us=int(training.closed_us[0]),
        last_us=int(training.closed_us[-1]),
        revision=(revision := git_revision(Path(__file__).parent)),
    )
    with tempfile.TemporaryDirectory(prefix="quarterdeck-") as folder:
        path = Path(folder) / f"{plan.version}.onnx"
        proof = export(trained.fitted, path, metadata, trained.data.features)
        entry = registry.register_model(
            path,
            plan.version,
            created_by=created_by,
            description=description,
            feature_bins=feature_bins(training.features),
            golden=golden_of(trained.fitted.probabilities, trained.data.features),
            metrics={
                "measured_on": "test",
                "verdict": trained.verdict,
                **trained.scores.to_json(),
                "trading": trained.trading.to_json(),
                "walk_forward": [fold.to_json() for fold in trained.folds],
                "largest_difference_python": proof.python,
                "largest_difference_bridge": proof.bridge,
            },
            data={
                "source": Path(plan.data).name,
                "sha256": trained.source.sha256,
                "symbols": trained.source.symbols,
                "label": plan.labelling.describe(),
                "labelling": asdict(plan.labelling),
                "commission": plan.commission,
                "samples": {
                    "training": len(training),
                    "validation": len(trained.split.validation),
                    "test": len(test),
                },
                "first_us": {"training": int(training.closed_us[0]), "test": int(test.closed_us[0])},
                "last_us": {"training": int(training.closed_us[-1]), "test": int(test.closed_us[-1])},
                "class_shares": [round(float(share), 6) for share in training.class_shares()],
                "training": described,
                "git_revision": revision,
            },
        )
    return entry, proof


def load_framework(name: str) -> Callable[[Dataset, Dataset, Settings, OnProgress], Fitted]:
    """The training function of a framework; `TrainingError` when it isn't installed."""
    try:
        module = importlib.import_module(MODULES[name])
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise TrainingError(
                "PyTorch is not installed: pip install '.[torch]' brings it, or train with xgboost"
            ) from error
        raise
    fit: Callable[[Dataset, Dataset, Settings, OnProgress], Fitted] = module.train
    return fit


def _judge(fitted: Fitted, data: Dataset, split: Split) -> Scores:
    test = data.take(split.test)
    return score(fitted.probabilities(test.features), test.labels, data.take(split.training).class_shares())


def _silent(_: Any) -> None:
    """Folds say nothing of their rounds."""


def _since(bars: list[SymbolBars], begin_us: int) -> list[SymbolBars]:
    """The bars that closed at `begin_us` or later."""
    parts = [one.take(one.closed_us >= begin_us) for one in bars]
    return [part for part in parts if len(part)]
