"""`quarterdeck backtest`: a model on a file of market data, after costs and beside the baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.cli.errors import RefusedError
from console.cli.models import refused, registry_to_read
from console.cli.output import emit_json, json_option, say, table
from console.cli.research_options import data_option, models_option, threshold_option

if TYPE_CHECKING:
    from console.research.backtest import Backtest

COLUMNS = {
    "name": "one unit of each symbol",
    "profit_bp": "profit bp",
    "max_drawdown_bp": "drawdown bp",
    "trades": "trades",
    "win_rate": "won",
}


@click.command()
@click.argument("model")
@data_option
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an HTML page that needs nothing beside itself.",
)
@threshold_option
@click.option("--stop-loss", type=click.FloatRange(0, min_open=True), help="Fraction of the entry.")
@click.option("--take-profit", type=click.FloatRange(0, min_open=True), help="Fraction of the entry.")
@click.option(
    "--horizon",
    type=click.IntRange(1),
    help="Score against forward labels over so many bars; else those of its training.",
)
@click.option(
    "--commission",
    type=click.FloatRange(0, 1),
    help="Fraction of the price paid on each side, beside the spread; else that of its training.",
)
@click.option("--unseen", is_flag=True, help="Only what came after the model's training.")
@models_option
@json_option
def backtest(model: str, **options: Any) -> None:
    """Trade FILE on what MODEL says: a version of the registry, or an .onnx file.

    Filled at the next bar's bid and ask, after the desk's own rule of decision.
    """
    from console.research.backtest import Exits, choose
    from console.research.backtest import backtest as run
    from console.research.labels import Labelling
    from console.research.registry import ModelRegistry
    from console.research.report import write_report
    from console.research.sources import SourceError, read_source

    with refused():
        registry = ModelRegistry(options["models"]) if options["models"] else registry_to_read()
        chosen = choose(model, registry)
    try:
        result = run(
            chosen,
            read_source(options["data"]),
            threshold=options["threshold"],
            labelling=Labelling(horizon=options["horizon"]) if options["horizon"] else None,
            commission=options["commission"],
            exits=Exits(options["stop_loss"], options["take_profit"]),
            unseen=options["unseen"],
        )
    except (SourceError, ValueError, OSError) as error:
        raise RefusedError(str(error)) from error
    for warning in result.warnings:
        say(f"Mind: {warning}.")
    if options["report"]:
        try:
            write_report(result, options["report"])
        except OSError as error:
            raise RefusedError(f"{options['report']} can't be written: {error.strerror}.") from error
    if options["as_json"]:
        emit_json(result.to_json())
    else:
        _show(result)
    if options["report"]:
        say(f"The report is in {options['report']}.")


def _show(result: Backtest) -> None:
    rows: list[dict[str, Any]] = [
        vars(one)
        | {
            "profit_bp": f"{one.profit_bp:+.1f}",
            "max_drawdown_bp": f"{one.max_drawdown_bp:.1f}",
            "win_rate": None if one.win_rate is None else f"{one.win_rate:.1%}",
        }
        for one in result.figures
    ]
    scores = result.scores
    click.echo(table(rows, COLUMNS))
    click.echo(
        f"accuracy {scores.accuracy:.4f} (always hold {scores.hold_accuracy:.4f}), log loss "
        f"{scores.log_loss:.4f} (class shares of these samples {scores.prior_log_loss:.4f}), "
        f"calibration error {scores.calibration_error:.4f}, {scores.samples:,} samples"
    )
