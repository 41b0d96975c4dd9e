"""`quarterdeck kill`: stop everything, with proof."""

from __future__ import annotations

import click

from console.cli.errors import REFUSED, UNKNOWN
from console.cli.output import cell, emit_json, json_option, say
from console.core.desk import service_runs
from console.core.kill import Kill, KillReport, Stage
from console.core.paths import Home
from console.core.venue import VENUE


@click.command()
@click.argument("symbol", required=False)
@click.option("--reason", metavar="TEXT", required=True, help="Why, for the record.")
@json_option
def kill(symbol: str | None, reason: str, as_json: bool) -> None:
    """Kill SYMBOL, or the whole desk: latch, cancel every order, and ask the venue again.

    Done (0) only when the venue holds no open order; 1 when it is refused or orders are left, 3 when nobody
    could tell.
    """
    home = Home.resolve()

    def show(stage: Stage) -> None:
        line = f"{stage.name:<10}  {stage.text}  ({stage.by})"
        if as_json:
            say(line)
        else:
            click.echo(line)

    report = Kill(home, reason, symbol or "", show).run()
    for acknowledgement in report.acknowledgements:
        if acknowledgement.outcome.obeyed and acknowledgement.reason:
            say(f"{acknowledgement.service}: {acknowledgement.reason}")
    if as_json:
        emit_json(report.to_json())
    else:
        for position in report.positions:
            click.echo(f"  {position['symbol']} {cell(position['quantity'])} left")
    click.get_current_context().exit(conclude(home, report))


def conclude(home: Home, report: KillReport) -> int:
    """The exit code, and what is missing on stderr."""
    if report.refused:
        say(f"Refused: {report.refused}")
        if not report.stages:
            return REFUSED
    if report.verified and report.refused:
        say("The venue holds no open order, but not every service is latched.")
        return REFUSED
    if report.verified:
        return 0
    for left in report.unresolved:
        say(f"Still open: {left['client_order_id']}: {left['reason']}")
    if report.unresolved or report.open_after:
        say(f"{report.open_after} orders are still open at the venue; kill again, or call the venue.")
        return REFUSED
    if not service_runs(home, VENUE):
        say(
            f"The latches are set, but the {VENUE} isn't running, so what it holds open can't be asked. "
            "It comes back with the desk, which stays killed: quarterdeck up, then kill again."
        )
        return REFUSED
    say(f"Latched, but not verified: {report.unknown or 'the engine did not finish'}")
    return UNKNOWN
