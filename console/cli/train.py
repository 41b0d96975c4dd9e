"""`quarterdeck train`: from data to a candidate in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.errors import INTERRUPTED, RefusedError, of_system
from console.cli.models import operator, registry_to_change
from console.cli.output import emit_json, json_option, say
from console.cli.research_options import (
    commission_option,
    data_option,
    interval_option,
    models_option,
    threshold_option,
)

if TYPE_CHECKING:
    from console.research.export import Proof
    from console.research.frameworks.common import Progress
    from console.research.registry import ModelEntry, ModelRegistry
    from console.research.trainer import Trained


@click.command()
@click.option(
    "--framework",
    type=click.Choice(["xgboost", "pytorch"]),
    default="xgboost",
    show_default=True,
    help="What to train with.",
)
@data_option
@click.option("--version", required=True, metavar="NAME", help="The name of the new version.")
@click.option(
    "--horizon", type=click.IntRange(1), default=40, show_default=True, help="Bars a label looks ahead."
)
@click.option(
    "--labels",
    type=click.Choice(["forward", "barrier"]),
    default="forward",
    show_default=True,
    help="Forward return against its cost, or the first of three barriers.",
)
@click.option("--width", default=1.0, show_default=True, help="Of a barrier, in deviations over the horizon.")
@interval_option
@threshold_option
@click.option(
    "--rounds",
    "--epochs",
    "rounds",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Boosting rounds, or epochs, at most.",
)
@click.option(
    "--patience",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Rounds without a better one before it stops.",
)
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same model.")
@click.option(
    "--class-weights",
    type=click.Choice(["none", "balanced"]),
    default="none",
    show_default=True,
    help="Balanced: each class by the inverse of its share.",
)
@click.option(
    "--learning-rate", type=click.FloatRange(0, min_open=True), help="Else 0.1 (xgboost) or 0.001 (pytorch)."
)
@click.option(
    "--max-depth", type=click.IntRange(1, 30), default=5, show_default=True, help="Of a tree (xgboost)."
)
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of units left out (pytorch).",
)
@commission_option
@click.option(
    "--walk-forward",
    "folds",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Folds of a walk-forward besides.",
)
@models_option
@json_option
def train(**options: Any) -> None:
    """Train a model, show what it is worth beside the baselines, and register it as a candidate.

    The first three fifths of the time are trained on, the next fifth decides when to stop, the last is looked
    at once, for the figures. quarterdeck models promote makes a candidate live.
    """
    from console.research.export import ExportError
    from console.research.frameworks.common import Settings, TrainingError
    from console.research.labels import Labelling
    from console.research.registry import ModelRegistry, RegistryError
    from console.research.sources import SourceError
    from console.research.trainer import Plan, register
    from console.research.trainer import train as train_model

    registry = ModelRegistry(options["models"]) if options["models"] else registry_to_change()
    checked = False
    try:
        registry.check_new(options["version"])
        checked = True
        plan = Plan(
            data=options["data"],
            framework=options["framework"],
            version=options["version"],
            labelling=Labelling(options["labels"], options["horizon"], options["width"]),
            settings=Settings(
                seed=options["seed"],
                rounds=options["rounds"],
                patience=options["patience"],
                balanced=options["class_weights"] == "balanced",
                learning_rate=options["learning_rate"],
                max_depth=options["max_depth"],
                dropout=options["dropout"],
            ),
            interval_us=options["interval_ms"] * 1000,
            threshold=options["threshold"],
            folds=options["folds"],
            commission=options["commission"],
        )
        trained = train_model(plan, _show_progress)
        say("")
        for warning in trained.warnings:
            say(f"Mind: {warning}.")
        entry, proof = register(plan, trained, registry, operator())
    except KeyboardInterrupt as error:
        raise RefusedError(_interrupted(registry, options["version"], checked=checked)) from error
    except (SourceError, TrainingError, RegistryError, ExportError, ValueError) as error:
        raise RefusedError(f"Nothing was registered: {error}") from error
    except OSError as error:
        raise RefusedError(f"Nothing was registered: {of_system(error)}.") from error
    try:
        _tell(trained, entry, proof, as_json=options["as_json"])
    except KeyboardInterrupt as error:
        raise RefusedError(_interrupted(registry, entry.version, checked=True)) from error
    except OSError as error:
        told = of_system(error, "its figures can't be told")
        raise RefusedError(f"{entry.version} is registered as a candidate; {told}.") from error


def _tell(trained: Trained, entry: ModelEntry, proof: Proof, *, as_json: bool) -> None:
    if as_json:
        emit_json(entry.to_json())
        return
    _show(trained, entry)
    click.echo(
        f"Proven on {proof.rows:,} rows: Python differs by {proof.python:.1e}, the signal bridge by "
        f"{proof.bridge:.1e}.\nRegistered as candidate {entry.version}: quarterdeck models promote "
        f"{entry.version} makes it live."
    )


def _interrupted(registry: ModelRegistry, version: str, *, checked: bool) -> str:
    """The interrupt may have come after the registry was written; never before the name was `checked`."""
    from console.research.registry import RegistryError

    try:
        if checked and any(entry.version == version for entry in registry.load_registry()):
            return f"Interrupted, when {version} was registered as a candidate already."
    except RegistryError as error:
        return f"Interrupted; whether {version} was registered is not known: {error}"
    return INTERRUPTED["train"]


def _show_progress(progress: Progress) -> None:
    click.echo(
        f"\r{progress.round:>4}/{progress.rounds}  training {progress.training_loss:.5f}  validation "
        f"{progress.validation_loss:.5f}  best at {progress.best_round}\x1b[K",
        err=True,
        nl=False,
    )


def _show(trained: Trained, entry: ModelEntry) -> None:
    scores, trading = trained.scores, trained.trading
    click.echo(f"{entry.version} on {scores.samples:,} samples it never saw")
    click.echo(f"  {'':<22}{'model':>10}{'class shares':>14}{'always hold':>13}")
    baselines = f"{scores.majority_accuracy:>14.4f}{scores.hold_accuracy:>13.4f}"
    click.echo(f"  {'accuracy':<22}{scores.accuracy:>10.4f}{baselines}")
    click.echo(f"  {'log loss':<22}{scores.log_loss:>10.4f}{scores.prior_log_loss:>14.4f}{'':>13}")
    click.echo(f"  {'calibration error':<22}{scores.calibration_error:>10.4f}")
    click.echo(f"  {'class':<8}{'share':>8}{'said':>8}{'precision':>11}{'recall':>8}{'f1':>8}")
    for one in scores.classes:
        measures = f"{one.precision:>11.3f}{one.recall:>8.3f}{one.f1:>8.3f}"
        click.echo(f"  {one.name:<8}{one.share:>8.3f}{one.said:>8.3f}{measures}")
    click.echo(
        f"  one unit traded: {trading.profit_bp:+.1f} bp after costs, {trading.before_costs_bp:+.1f} before, "
        f"in {trading.trades} trades; always long {trading.always_long_bp:+.1f} bp"
    )
    for number, fold in enumerate(trained.folds, 1):
        click.echo(
            f"  fold {number}: accuracy {fold.accuracy:.4f} ({fold.majority_accuracy:.4f}), log loss "
            f"{fold.log_loss:.4f} ({fold.prior_log_loss:.4f})"
        )
    click.echo(trained.verdict)
