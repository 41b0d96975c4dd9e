"""`quarterdeck breaks`: where the desk, its database and the venue disagree, asked of all three now."""

from __future__ import annotations

import time
from typing import Any

import click

from console.cli.asking import ALL, FILLS_KEPT, ask, ask_venue, snapshot
from console.cli.history import HistoryError, store_book
from console.cli.output import csv_option, emit_rows, json_option, say, symbol_option
from console.cli.since import parse_since, since_option
from console.core.breaks import Book, find_breaks
from console.core.controller import ENGINE
from console.core.identity import now_us

COLUMNS = {
    "id": "break",
    "symbol": "symbol",
    "kind": "kind",
    "desk": "desk",
    "store": "store",
    "venue": "venue",
    "since": "since",
    "state": "state",
    "allowed": "allowed",
}
# What is under way between the three when they are asked one after the other is gone at the second look.
SECOND_LOOK_S = 0.5


@click.command()
@symbol_option
@since_option
@csv_option
@json_option
def breaks(symbol: str | None, since: int | None, csv_file: str | None, as_json: bool) -> None:
    """Compare orders, fills and positions of desk, database and venue; what differs twice is shown."""
    found = compare()
    if found:
        time.sleep(SECOND_LOOK_S)
        again = {row["id"]: row for row in compare()}
        found = [again[row["id"]] for row in found if row["id"] in again]
    rows = [row for row in found if symbol is None or row["symbol"] == symbol]
    rows = [row for row in rows if since is None or parse_since(row["since"]) >= since]
    emit_rows(rows, COLUMNS, as_json=as_json, csv_file=csv_file, empty="Desk, database and venue agree.")


def compare() -> list[dict[str, Any]]:
    """One look at all three."""
    venue = ask_venue(lambda v: Book.of(v.open_orders(), v.executions(), v.positions()))
    held = snapshot(ENGINE, fills=ALL)
    desk = Book.of(held.orders, held.fills, held.positions)
    store: Book | None = None
    try:
        store = store_book()
    except HistoryError as error:
        say(f"The database is left out: {error}")
    if len(held.fills) >= FILLS_KEPT:
        # The engine holds only its newest fills in memory: older ones are no break, they aren't compared.
        oldest = min(fill.venue_sequence for fill in held.fills)
        venue = venue.fills_from(oldest)
        store = store.fills_from(oldest) if store is not None else None
    gates = ask(ENGINE, lambda client: client.ping()).trading.gates
    return find_breaks(desk, store, venue, gates, now_us())
