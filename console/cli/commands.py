"""`quarterdeck commands`: who told the desk what, and what it answered."""

from __future__ import annotations

import click

from console.cli.asking import snapshot
from console.cli.history import emit_past, history_option, past_rows
from console.cli.output import csv_option, emit_rows, json_option
from console.cli.rows import COMMAND_COLUMNS, command_row
from console.cli.since import since_option
from console.core.controller import ENGINE, RISK_MANAGER

# Commands shown of the past.
HISTORY = 1000


@click.command()
@click.option("--symbol", metavar="S", help="Only commands for this symbol.")
@history_option
@since_option
@csv_option
@json_option
def commands(
    history: bool, symbol: str | None, since: int | None, csv_file: str | None, as_json: bool
) -> None:
    """Show the commands the engine and the risk manager have on record."""
    if history:
        rows = past_rows(lambda database: database.get_commands(HISTORY), since_us=since, symbol=symbol)
        emit_past(rows, as_json=as_json, csv_file=csv_file)
        return
    records = [record for service in (ENGINE, RISK_MANAGER) for record in snapshot(service).commands]
    rows = [command_row(record) for record in records]
    rows = [row for row in rows if symbol is None or row["scope"] == symbol]
    rows = sorted(
        (row for row in rows if since is None or row["issued_us"] >= since),
        key=lambda row: (row["issued_us"], row["service"]),
    )
    emit_rows(rows, COMMAND_COLUMNS, as_json=as_json, csv_file=csv_file, empty="No command was given yet.")
