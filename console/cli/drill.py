"""`quarterdeck drill`: rehearse the kill and time its stages."""

from __future__ import annotations

import click

from console.cli.errors import RefusedError, not_running
from console.cli.kill import conclude
from console.cli.output import emit_json, json_option, say
from console.core.desk import is_running
from console.core.drill import DrillError
from console.core.drill import drill as hold_drill
from console.core.kill import Stage
from console.core.paths import Home


@click.command()
@click.option(
    "--orders", type=click.IntRange(1, 10_000), default=40, show_default=True, help="How many come to rest."
)
@click.option("--reason", metavar="TEXT", default="drill", show_default=True, help="Why, for the record.")
@click.option("--yes", is_flag=True, help="Don't ask: the desk is killed and stays so until it is re-armed.")
@json_option
def drill(orders: int, reason: str, yes: bool, as_json: bool) -> None:
    """Put orders to rest at the paper venue, kill the desk for real, and show the time of each stage.

    The times are counted from the moment the kill was sent, and kept in state/drills.jsonl. The exit code is
    that of the kill. Afterwards: quarterdeck rearm, then resume.
    """
    home = Home.resolve()
    if not is_running(home):
        raise not_running("The desk")
    if not yes:
        click.confirm(
            f"{orders} orders will rest at the paper venue, then the whole desk is killed. Go on?",
            abort=True,
            err=True,
        )

    def show(stage: Stage) -> None:
        say(f"{stage.name:<10}  {stage.text}  ({stage.by})")

    try:
        held = hold_drill(home, orders, reason, show)
    except DrillError as error:
        raise RefusedError(str(error)) from error
    if as_json:
        emit_json(held.to_json())
    else:
        click.echo(f"{held.resting} orders rested at the venue after {held.placing_ms:,.0f} ms.")
        for name, milliseconds in held.times_ms().items():
            click.echo(f"  {name:<10} {milliseconds:>10,.1f} ms after the kill was sent")
    click.get_current_context().exit(conclude(home, held.report))
