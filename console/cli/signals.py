"""`quarterdeck signals`: what the model said, newest last."""

from __future__ import annotations

import click

from console.cli.asking import snapshot
from console.cli.history import emit_past, history_option, past_rows
from console.cli.output import csv_option, emit_rows, json_option, symbol_option
from console.cli.rows import SIGNAL_COLUMNS, chosen, signal_row
from console.cli.since import since_option
from console.core.config import BRIDGE

# Decisions shown of the past.
HISTORY = 1000


@click.command()
@history_option
@symbol_option
@since_option
@csv_option
@json_option
def signals(
    history: bool, symbol: str | None, since: int | None, csv_file: str | None, as_json: bool
) -> None:
    """Show the newest signals the bridge holds."""
    if history:
        rows = past_rows(lambda database: database.get_signals(symbol, HISTORY), since_us=since)
        emit_past(rows, as_json=as_json, csv_file=csv_file)
        return
    rows = chosen(snapshot(BRIDGE).signals, signal_row, symbol=symbol, since_us=since, at="timestamp_us")
    emit_rows(rows, SIGNAL_COLUMNS, as_json=as_json, csv_file=csv_file, empty="There are no signals yet.")
