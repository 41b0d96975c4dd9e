"""`quarterdeck breaks`: where the desk, its database and the venue disagree, and what is decided about it."""

from __future__ import annotations

import time
from typing import Any

import click

from console.cli.asking import ALL, FILLS_KEPT, ask, ask_venue, snapshot
from console.cli.history import HistoryError, store_book
from console.cli.output import csv_option, emit_rows, json_option, say, symbol_option
from console.cli.since import parse_since, since_option
from console.cli.trading import finish
from console.core.breaks import Book, find_breaks, listed_breaks
from console.core.controller import ENGINE, StrategyController
from console.core.identity import now_us
from console.proto import messages_pb2 as pb

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
    "actions": "actions",
    "detail": "what differs",
}
# What is under way between the three when they are asked one after the other is gone at a later look. The
# database of a busy machine may need a moment.
LOOKS_AGAIN_S = 3.0
BETWEEN_LOOKS_S = 0.5


@click.group(invoke_without_command=True)
@symbol_option
@since_option
@csv_option
@json_option
@click.pass_context
def breaks(
    context: click.Context, symbol: str | None, since: int | None, csv_file: str | None, as_json: bool
) -> None:
    """Show where desk, database and venue differ; adopt, flatten or ignore decides about one.

    The engine's own breaks come first, with what can be done about each. What follows is what all three say
    when they are asked now, again and again for a few seconds, and the engine does not list.
    """
    if context.invoked_subcommand is not None:
        return
    found, more = compare()
    deadline = time.monotonic() + LOOKS_AGAIN_S
    while _is_unlisted(found) and time.monotonic() < deadline:
        time.sleep(BETWEEN_LOOKS_S)
        rows, more = compare()
        again = {row["id"]: row for row in rows}
        found = [again[row["id"]] for row in found if row["id"] in again]
    if more:
        say(f"The engine holds {more} more than are listed: decide about these, and the rest follows.")
    rows = [row for row in found if symbol is None or row["symbol"] == symbol]
    rows = [row for row in rows if since is None or parse_since(row["since"]) >= since]
    if not as_json:
        rows = [{**row, "actions": " ".join(row["actions"])} for row in rows]
    emit_rows(rows, COLUMNS, as_json=as_json, csv_file=csv_file, empty="Desk, database and venue agree.")


def _is_unlisted(found: list[dict[str, Any]]) -> bool:
    """True when one of them is a difference that the engine doesn't list."""
    return any(not row["actions"] and row["state"] in ("seen", "open") for row in found)


def _decision(name: str, action: pb.Break.Action, done: str, what: str) -> None:
    @breaks.command(name, help=what)
    @click.argument("break_id", metavar="ID")
    @click.option("--reason", metavar="TEXT", required=True, help="Why, for the record.")
    @json_option
    def decide(break_id: str, reason: str, as_json: bool) -> None:
        with StrategyController() as controller:
            answer = controller.resolve_break(break_id, action, reason=reason)
        results = [a.result for a in answer.acknowledgements]
        finish(
            answer,
            f"{break_id} {done}.",
            as_json,
            {"break": break_id, "before": [r.before for r in results], "after": [r.after for r in results]},
        )


_decision(
    "adopt",
    pb.Break.ADOPT,
    "is adopted",
    "Book the venue's word: its execution, its order, or its position as an adjustment at the mid.",
)
_decision(
    "flatten",
    pb.Break.FLATTEN,
    "is being flattened",
    "Close the difference: cancel the order, or close what the position differs by with an order of yours.",
)
_decision(
    "ignore",
    pb.Break.IGNORE,
    "is ignored until it changes",
    "Open the gate; the worse of both sides counts, and a difference that changes is open again.",
)


def compare() -> tuple[list[dict[str, Any]], int]:
    """One look at all three, and how many breaks the engine holds beyond those it lists."""
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
    trading = ask(ENGINE, lambda client: client.ping()).trading
    listed = listed_breaks(trading.breaks, store, trading.gates)
    known = {row["id"] for row in listed}
    seen = find_breaks(desk, store, venue, trading.gates, now_us())
    return listed + [row for row in seen if row["id"] not in known], trading.more_breaks
