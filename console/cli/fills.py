"""`quarterdeck fills`: the executions the engine has booked, the newest last."""

from __future__ import annotations

import click

from console.cli.asking import ALL, FILLS_KEPT, ask_venue, snapshot
from console.cli.history import emit_past, history_option, past_rows
from console.cli.output import csv_option, emit_rows, json_option, say, symbol_option
from console.cli.rows import FILL_COLUMNS, chosen, fill_row
from console.cli.since import since_option
from console.core.controller import ENGINE


@click.command()
@click.option("--venue", is_flag=True, help="Ask the venue itself.")
@click.option("--limit", type=click.IntRange(min=1), default=ALL, help="The newest so many.")
@history_option
@symbol_option
@since_option
@csv_option
@json_option
def fills(
    venue: bool,
    limit: int,
    history: bool,
    symbol: str | None,
    since: int | None,
    csv_file: str | None,
    as_json: bool,
) -> None:
    """Show the fills."""
    if history:
        rows = past_rows(lambda database: database.get_fills(symbol, limit), since_us=since)
        emit_past(rows, as_json=as_json, csv_file=csv_file)
        return
    found = ask_venue(lambda client: client.executions()) if venue else snapshot(ENGINE, fills=limit).fills
    if not venue and FILLS_KEPT <= len(found) < limit:
        say(
            f"The engine keeps its newest {len(found):,} fills, and older ones are not shown: "
            "--venue and --history have them all."
        )
    rows = chosen(found, fill_row, symbol=symbol, since_us=since, at="timestamp_us")
    emit_rows(rows[-limit:], FILL_COLUMNS, as_json=as_json, csv_file=csv_file, empty="There are no fills.")
