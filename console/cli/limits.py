"""`quarterdeck limits`: the limits in force and how much of each is used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from console.cli.asking import ask
from console.cli.output import emit_json, emit_rows, json_option, table
from console.cli.trading import finish
from console.core.controller import RISK_MANAGER, StrategyController
from console.proto import messages_pb2 as pb

COLUMNS = {
    "name": "limit",
    "limit": "at",
    "value": "used",
    "used_percent": "%",
    "unit": "unit",
    "symbol": "largest in",
}


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def limits(context: click.Context, as_json: bool) -> None:
    """Show the limits and their use; `limits set NAME=VALUE …` changes them."""
    if context.invoked_subcommand is not None:
        return
    risk = ask(RISK_MANAGER, lambda client: client.ping()).risk
    rows = limit_rows(risk.use)
    if as_json:
        emit_json({"limits_version": risk.limits_version, "limits": rows})
    else:
        emit_rows(rows, COLUMNS, as_json=False, empty="The risk manager names no limit.")


@limits.command("set")
@click.argument("assignments", metavar="NAME=VALUE …", nargs=-1, required=True)
@json_option
def set_limits(assignments: tuple[str, ...], as_json: bool) -> None:
    """Change limits, all of them or none."""
    wanted = dict(parse_assignment(text) for text in assignments)
    with StrategyController() as controller:
        answer = controller.update_risk_limits(**wanted)
    rows = limit_rows(use for a in answer.acknowledgements for use in a.result.limits)
    finish(answer, table(rows, COLUMNS) if rows else "The limits are changed.", as_json, {"limits": rows})


def parse_assignment(text: str) -> tuple[str, float]:
    """`max_daily_loss=5000` as a name and a number."""
    name, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    # Not a number and infinity would both switch a limit off.
    if not name or not equals or not abs(number) < float("inf"):
        raise click.BadParameter(f"{text!r} isn't NAME=VALUE with a finite number.")
    return name, number


def limit_rows(use: Iterable[pb.LimitUse]) -> list[dict[str, Any]]:
    """Limits as rows."""
    return [
        {
            "name": held.name,
            "limit": held.limit,
            "value": held.value,
            "used_percent": round(100 * held.value / held.limit, 1) if held.limit else None,
            "unit": held.unit,
            "symbol": held.symbol,
        }
        for held in use
    ]
