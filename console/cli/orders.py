"""`quarterdeck orders`: what works, and the newest that are finished."""

from __future__ import annotations

import click

from console.cli.asking import ask_venue, snapshot
from console.cli.history import emit_past, history_option, past_rows
from console.cli.output import csv_option, emit_rows, json_option, symbol_option
from console.cli.rows import ORDER_COLUMNS, chosen, order_row
from console.cli.since import since_option
from console.core.controller import ENGINE


@click.command()
@click.option("--venue", is_flag=True, help="Ask the venue itself: the open orders it holds for the desk.")
@click.option("--working", is_flag=True, help="Only orders that may still be filled.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=100, show_default=True, help="Finished orders at most."
)
@history_option
@symbol_option
@since_option
@csv_option
@json_option
def orders(
    venue: bool,
    working: bool,
    limit: int,
    history: bool,
    symbol: str | None,
    since: int | None,
    csv_file: str | None,
    as_json: bool,
) -> None:
    """Show the orders of the desk, from the engine's own book."""
    if history:
        rows = past_rows(lambda database: database.get_order_history(symbol, max(1, limit)), since_us=since)
        emit_past(rows, as_json=as_json, csv_file=csv_file)
        return
    if venue:
        found = ask_venue(lambda client: client.open_orders(symbol or ""))
        empty = "The venue holds no open order."
    else:
        found = list(snapshot(ENGINE, finished_orders=0 if working else limit).orders)
        empty = "There are no orders."
    rows = chosen(found, order_row, symbol=symbol, since_us=since, at="timestamp_us")
    emit_rows(rows, ORDER_COLUMNS, as_json=as_json, csv_file=csv_file, empty=empty)
