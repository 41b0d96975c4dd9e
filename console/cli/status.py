"""`quarterdeck status`: services, source, gates, kill and store, with their ages."""

from __future__ import annotations

from typing import Any

import click

from console.cli.errors import REFUSED
from console.cli.output import cell, emit_json, json_option, say, table
from console.core.desk import read_status
from console.core.paths import Home

# Orders that a kill could not cancel and that are named one by one.
MOST_ORDERS = 10
SERVICE_COLUMNS = {
    "name": "service",
    "pid": "pid",
    "state": "state",
    "heartbeat_ms": "heartbeat ms",
    "restarts": "restarts",
    "detail": "detail",
}
GATE_COLUMNS = {
    "kind": "gate",
    "scope": "scope",
    "closed_by": "closed by",
    "since": "since",
    "reason": "reason",
    "opens_when": "opens when",
}


@click.command()
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show what runs, what it says, and why there is no trading if there is none."""
    read = read_status(Home.resolve())
    if as_json:
        emit_json(read)
    else:
        print_status(read)
    if not read["running"]:
        say(f"The desk in {read['home']} isn't running: quarterdeck up starts it.")
        context.exit(REFUSED)


def print_status(read: dict[str, Any]) -> None:
    """The status in words and tables."""
    source, kill, store = read["source"], read["kill"], read["store"]
    supervisor = read["supervisor"]
    watched = f"supervisor pid {supervisor['pid']}" if supervisor else "no supervisor"
    click.echo(f"Desk {read['home']}: {'running' if read['running'] else 'not running'} ({watched})")
    faults = f", faults: {cell(source['faults'])}" if source["faults"] else ""
    click.echo(f"Source {cell(source['kind'])}: {source['state']}, {cell(source['rows'])} rows{faults}")
    if source.get("reason"):
        click.echo(f"  {source['reason']}")
    click.echo(f"Store {store['state']}, {cell(store['lag_ms'])} ms behind")
    if store.get("detail"):
        click.echo(f"  {store['detail']}")
    if kill["latched"]:
        click.secho(
            f"KILLED ({kill['scope']}): {kill['stage']} {kill['detail']}".rstrip(), fg="red", bold=True
        )
        for left in kill["unresolved"][:MOST_ORDERS]:
            click.echo(f"  still open: {left['client_order_id']}: {left['reason']}")
        if len(kill["unresolved"]) > MOST_ORDERS:
            click.echo(f"  and {len(kill['unresolved']) - MOST_ORDERS} more: quarterdeck orders --venue")
    click.echo()
    click.echo(table(read["services"], SERVICE_COLUMNS))
    click.echo()
    click.echo(table(read["gates"], GATE_COLUMNS) if read["gates"] else "No gate is closed.")
