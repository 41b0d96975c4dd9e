"""Commands to the desk whose answer is one acknowledgement per service."""

from __future__ import annotations

from typing import Any

import click

from console.cli.errors import REFUSED, UNKNOWN
from console.cli.output import emit_json, json_option, say
from console.core.controller import CommandAnswer, Outcome, StrategyController
from console.core.desk import service_runs
from console.core.paths import Home

reason_option = click.option("--reason", metavar="TEXT", default="", help="Why, for the record.")


@click.command()
@click.argument("symbol", required=False)
@reason_option
@json_option
def pause(symbol: str | None, reason: str, as_json: bool) -> None:
    """Stop new risk in SYMBOL, or on the whole desk; working orders stay."""
    with StrategyController() as controller:
        answer = controller.pause_trading(symbol, reason=reason)
    working = sum(a.working_orders for a in answer.acknowledgements)
    finish(answer, f"{symbol or 'The desk'} is paused; working orders left: {working}.", as_json)


@click.command()
@click.argument("symbol", required=False)
@reason_option
@json_option
def resume(symbol: str | None, reason: str, as_json: bool) -> None:
    """Lift the pause of SYMBOL, or of the desk."""
    with StrategyController() as controller:
        answer = controller.resume_trading(symbol, reason=reason)
    finish(answer, f"The pause of {symbol or 'the desk'} is lifted.", as_json)


@click.command()
@click.argument("symbol", required=False)
@click.option("--reason", metavar="TEXT", required=True, help="Why, for the record.")
@json_option
def rearm(symbol: str | None, reason: str, as_json: bool) -> None:
    """Lift the kill of SYMBOL, or of the desk; it comes back paused."""
    with StrategyController() as controller:
        answer = controller.rearm(reason, symbol)
    finish(
        answer, f"{symbol or 'The desk'} is re-armed, and paused: quarterdeck resume lets it trade.", as_json
    )


@click.command()
@click.argument("order", required=False)
@click.option("--symbol", metavar="S", help="All working orders of this symbol.")
@click.option("--all", "everything", is_flag=True, help="All working orders.")
@reason_option
@json_option
def cancel(order: str | None, symbol: str | None, everything: bool, reason: str, as_json: bool) -> None:
    """Cancel ORDER (a client order id), those of a symbol, or all."""
    if (order is not None) + (symbol is not None) + everything != 1:
        raise click.UsageError("Name one: ORDER, --symbol S, or --all.")
    with StrategyController() as controller:
        answer = controller.cancel(order_id=order or "", symbol=symbol, reason=reason)
    asked = sum(a.working_orders for a in answer.acknowledgements)
    finish(answer, f"Asked to cancel: {asked} working orders.", as_json)


@click.command()
@click.argument("symbol")
@reason_option
@json_option
def flatten(symbol: str, reason: str, as_json: bool) -> None:
    """Close the position in SYMBOL by the operator's own order."""
    with StrategyController() as controller:
        answer = controller.flatten(symbol, reason=reason)
    finish(answer, f"{symbol} is being flattened.", as_json)


def answer_json(answer: CommandAnswer) -> dict[str, Any]:
    """A command's answer as `--json` prints it."""
    return {
        "command_id": answer.command_id,
        "scope": answer.command.symbol or "desk",
        "outcome": answer.outcome.name,
        "acks": [
            {
                "service": a.service,
                "outcome": a.outcome.name,
                "ms": a.milliseconds,
                "reason": a.reason,
                "missing": list(a.missing),
                "working_orders": a.working_orders,
            }
            for a in answer.acknowledgements
        ],
    }


def finish(answer: CommandAnswer, done: str, as_json: bool, extra: dict[str, Any] | None = None) -> None:
    """Print what the services answered and leave with the exit code that says it."""
    if as_json:
        emit_json({**answer_json(answer), **(extra or {})})
    outcome = answer.outcome
    if outcome.obeyed:
        if not as_json:
            click.echo(done)
            for a in answer.acknowledgements:
                said = f" ({a.reason})" if a.reason else ""
                say(f"  {a.service}: {a.outcome.value} after {a.milliseconds:.1f} ms{said}")
        return
    for a in answer.acknowledgements:
        if not a.outcome.obeyed:
            say(f"{a.service}: {a.outcome.value.replace('_', ' ')}: {a.reason}".rstrip(": "))
            for missing in a.missing:
                say(f"  missing: {missing}")
    click.get_current_context().exit(exit_code(answer))


def exit_code(answer: CommandAnswer) -> int:
    """1 when a service refused or isn't there, 3 when it stays unknown what became of the command."""
    home = Home.resolve()
    unknown = {Outcome.UNKNOWN, Outcome.NOT_KNOWN}
    for a in answer.acknowledgements:
        # A service that runs but took nothing may hang with the command before its nose.
        if a.outcome in unknown or (a.outcome is Outcome.NOT_SENT and service_runs(home, a.service)):
            return UNKNOWN
    return REFUSED
