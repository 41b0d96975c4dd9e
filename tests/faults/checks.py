"""What must hold after every fault, from the witnesses that can't be talked round: files, venue, database."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

from console.core.control import ControlClient
from console.proto import messages_pb2 as pb
from tests.agreement import ENGINE, VENUE, entries, settle
from tests.desk import Desk

# The engine's word on an order that waited for its journal when the kill came.
KILLED_BEFORE_IT_LEFT = "killed before it left"
BREAKS = (pb.Break.OPEN, pb.Break.FLATTENING, pb.Break.IGNORED)


def venue_rows(desk: Desk, after: int = 0) -> list[tuple[int, str, str]]:
    """The venue's book as it lies on the disk: sequence, kind and key of each row."""
    book = sqlite3.connect(f"file:{desk.home.state / (VENUE + '.sqlite')}?mode=ro", uri=True)
    try:
        query = "SELECT sequence, kind, coalesce(key, '') FROM entries WHERE sequence > ? ORDER BY sequence"
        return book.execute(query, (after,)).fetchall()
    finally:
        book.close()


def last_row(desk: Desk) -> int:
    """The newest row of the venue's book."""
    book = sqlite3.connect(f"file:{desk.home.state / (VENUE + '.sqlite')}?mode=ro", uri=True)
    try:
        (last,) = book.execute("SELECT coalesce(max(sequence), 0) FROM entries").fetchone()
    finally:
        book.close()
    return int(last)


def accepted(desk: Desk, after: int = 0) -> list[str]:
    """The orders the venue took, by the desk's own id, in its order."""
    return [key.partition("/")[2] for _, kind, key in venue_rows(desk, after) if kind == "accepted"]


def violations(desk: Desk, wait_s: float) -> tuple[int, list[str]]:
    """The number of fills, and everything that must not be, of a desk that has come to rest."""
    compared = settle(desk.home, wait_s)
    events = [pb.ExecutionEvent.FromString(payload) for payload in entries(desk.home, ENGINE)]
    found = [*compared.differences]
    if compared.open_at_venue:
        found.append(f"{compared.open_at_venue} orders are open at the venue of a desk at rest")
    found += sent_twice(accepted(desk), doubled_at_venue(desk), events)
    found += left_after_latch(events)
    found += reached_killed_venue(events, venue_rows(desk))
    found += standing_breaks(events)
    return compared.fills, found


def doubled_at_venue(desk: Desk) -> float:
    """How many orders the venue was sent that it had already."""
    with ControlClient(desk.config().control_address(VENUE), VENUE) as venue:
        return venue.ping(5.0).counters["duplicate_orders"]


def sent_twice(orders: list[str], doubled: float, events: list[pb.ExecutionEvent]) -> Iterator[str]:
    """Orders that reached the venue more than once, or without a durable intent."""
    for order, times in Counter(orders).items():
        if times > 1:
            yield f"{order} was taken by the venue {times} times"
    if doubled:
        yield f"the venue refused {doubled:g} orders that it had already"
    intents = Counter(
        event.order.client_order_id
        for event in events
        if event.WhichOneof("event") == "order" and event.order.status == pb.Order.CREATED
    )
    for order, times in intents.items():
        if times > 1:
            yield f"the engine journalled the intent of {order} {times} times"
    for order in set(orders) - set(intents):
        yield f"{order} was taken by the venue, and no intent of it is in the engine's journal"


def left_after_latch(events: list[pb.ExecutionEvent]) -> Iterator[str]:
    """Orders of the strategy let go after a kill, or on a pause without reducing, by the journal's order."""
    killed = paused = False
    for event in events:
        kind = event.WhichOneof("event")
        if kind == "state":
            killed, paused = event.state.desk_killed, event.state.desk_paused
        elif kind == "kill" and not event.kill.symbol:
            killed = event.kill.stage != pb.KillStage.REARMED
        elif kind == "order" and event.order.status == pb.Order.CREATED:
            order = event.order
            if order.origin != pb.Order.STRATEGY:
                continue
            if killed:
                yield f"{order.client_order_id} of the strategy was let go after the kill was latched"
            elif paused and not order.reduces:
                yield f"{order.client_order_id} raises risk and was let go on a paused desk"


def reached_killed_venue(
    events: Iterable[pb.ExecutionEvent], rows: Iterable[tuple[int, str, str]]
) -> Iterator[str]:
    """Orders of the strategy that came to the venue after a kill had, or that a kill had withdrawn.

    By the venue's own order of what happened, taken or refused: orders and the kill's block travel on one
    connection, so what left before the latch is there before the block, however long both were on their way
    and whatever the clocks say; and every kill leaves a block of its own, also one that ended without a
    proof. Every block counts as one of the desk: no single symbol is killed here.
    """
    strategy = set()
    withdrawn = set()
    for event in events:
        if event.WhichOneof("event") == "order" and event.order.origin == pb.Order.STRATEGY:
            strategy.add(event.order.client_order_id)
            if event.order.rejection_reason == KILLED_BEFORE_IT_LEFT:
                withdrawn.add(event.order.client_order_id)
    blocks = 0
    for sequence, kind, key in rows:
        order = key.partition("/")[2]
        if kind in ("blocked", "unblocked"):
            blocks += 1 if kind == "blocked" else -1
        elif kind not in ("accepted", "rejected") or order not in strategy:
            continue
        elif order in withdrawn:
            yield f"{order} was withdrawn by a kill and came to the venue ({kind}, row {sequence})"
        elif blocks > 0:
            yield f"{order} of the strategy came to the venue after the kill ({kind}, row {sequence})"


def standing_breaks(events: list[pb.ExecutionEvent]) -> Iterator[str]:
    """Breaks that stand, on a desk where nobody else trades."""
    newest = {
        event.reconciliation.id: event.reconciliation
        for event in events
        if event.WhichOneof("event") == "reconciliation"
    }
    for one in newest.values():
        if one.state in BREAKS:
            yield f"the break {one.id} stands: {one.detail}"
