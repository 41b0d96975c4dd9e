"""`quarterdeck positions`: what the desk holds, at the engine's marks."""

from __future__ import annotations

import click

from console.cli.asking import ask_venue, snapshot
from console.cli.output import csv_option, emit_rows, json_option, symbol_option
from console.cli.rows import POSITION_COLUMNS, chosen, position_row
from console.cli.since import since_option
from console.core.controller import ENGINE


@click.command()
@click.option("--venue", is_flag=True, help="Ask the venue itself.")
@symbol_option
@since_option
@csv_option
@json_option
def positions(
    venue: bool, symbol: str | None, since: int | None, csv_file: str | None, as_json: bool
) -> None:
    """Show the positions, flat ones with their realised P&L too."""
    found = ask_venue(lambda client: client.positions()) if venue else snapshot(ENGINE).positions
    rows = chosen(found, position_row, symbol=symbol, since_us=since, at="last_updated_us")
    rows.sort(key=lambda row: row["symbol"])
    emit_rows(rows, POSITION_COLUMNS, as_json=as_json, csv_file=csv_file, empty="There are no positions.")
