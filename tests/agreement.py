"""Do venue, journal, PostgreSQL, the screen and the risk manager tell the same story, to the last unit?

    python -m tests.agreement [--home DIR] [--wait SECONDS]

Reads the venue's book on its own endpoint and in its file, the engine's journal from its file, the tables of
the projection, and the frame that the console's panes draw, read by the console's own stream thread; compares
executions one by one, positions by symbol and what is open by order. Every order that was filled must be one
the risk manager's journal approved, for that symbol and side and at least that much, or an operator's. Prints
what it compared and every difference; exits 0 only when there is none. With `--wait` it asks again until they
agree (the projection may lag while the desk trades) or the time is over.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import psycopg2

from console.core.commands import CommandBoard
from console.core.config import CONTROL_OF_SERVICE, SystemConfig
from console.core.feed import read_instruments
from console.core.frame import DeskFrameSource, Frame
from console.core.ledger import FILLS
from console.core.paths import Home
from console.core.state import DeskState
from console.core.streams import DeskStreams, StreamAddresses
from console.core.venue import VenueClient
from console.proto import messages_pb2 as pb
from console.supervisor.migrate import read_url

ENGINE = "execution-engine"
RISK = "risk-manager"
VENUE = "paper-venue"
EXACT = Decimal("1e-9")
# Until the console's thread has read both streams without loss.
SYNCHRONISED_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Execution:
    """What every witness has to know of one fill; the panes don't show `venue_sequence`: 0 there."""

    venue_sequence: int
    client_order_id: str
    symbol: str
    signed_quantity: Decimal
    price: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Witness:
    """One account of what happened."""

    name: str
    executions: dict[str, Execution]
    positions: dict[str, Decimal]


def exact(value: float) -> Decimal:
    """A double of the wire as the decimal it stands for."""
    return Decimal(repr(value)).quantize(EXACT)


def execution(fill: pb.Fill) -> Execution:
    """A fill of the wire."""
    sign = 1 if fill.side == pb.Order.BUY else -1
    return Execution(
        fill.venue_sequence,
        fill.client_order_id,
        fill.symbol,
        sign * exact(fill.quantity),
        exact(fill.price),
        exact(fill.fee),
    )


def open_positions(positions: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Flat ones left out: a witness may or may not list them."""
    return {symbol: quantity for symbol, quantity in positions if quantity != 0}


def from_venue(config: SystemConfig) -> tuple[Witness, list[pb.Order]]:
    """The venue's own book, and what it holds open."""
    with VenueClient.of(config) as venue:
        fills = venue.executions()
        positions = venue.positions()
        open_orders = venue.open_orders()
    return Witness(
        "venue",
        {fill.execution_id: execution(fill) for fill in fills},
        open_positions((one.symbol, exact(one.quantity)) for one in positions),
    ), open_orders


def from_journal(home: Home) -> Witness:
    """The engine's journal, as it lies on the disk."""
    executions: dict[str, Execution] = {}
    positions: dict[str, Decimal] = {}
    for payload in entries(home, ENGINE):
        event = pb.ExecutionEvent.FromString(payload)
        match event.WhichOneof("event"):
            case "fill":
                if event.fill.execution_id in executions:
                    raise AssertionError(f"the journal holds {event.fill.execution_id} twice")
                executions[event.fill.execution_id] = execution(event.fill)
            case "position":
                positions[event.position.symbol] = exact(event.position.quantity)
    return Witness("journal", executions, open_positions(positions.items()))


def from_database(url: str) -> Witness:
    """The projection's tables."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT execution_id, venue_sequence, client_order_id, symbol, "
            "CASE side WHEN 'BUY' THEN quantity ELSE -quantity END, price, fee FROM fills"
        )
        executions = {row[0]: Execution(*row[1:]) for row in cursor.fetchall()}
        cursor.execute("SELECT symbol, quantity FROM positions")
        positions = open_positions(cursor.fetchall())
    connection.close()
    return Witness("PostgreSQL", executions, positions)


@contextmanager
def console(config: SystemConfig) -> Iterator[DeskFrameSource]:
    """The frames of a console that starts now, once it has caught up with the desk."""
    state = DeskState()
    streams = DeskStreams(
        StreamAddresses(
            config.address("signals"),
            config.address("risk"),
            config.address("execution_updates"),
            {service: config.control_address(service) for service in CONTROL_OF_SERVICE},
        ),
        state,
    )
    instruments = read_instruments(config.get_market_data_config())
    source = DeskFrameSource(state, None, instruments, CommandBoard())
    streams.start()
    try:
        deadline = time.monotonic() + SYNCHRONISED_WITHIN_S
        while not synchronised(source.pull("", 1)) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield source
    finally:
        streams.stop()


def synchronised(frame: Frame) -> bool:
    """True when no event of either stream is missing in this frame."""
    streams = frame.desk.streams
    return len(streams) == 2 and not any(
        stream.catching_up or stream.last_sequence is None for stream in streams
    )


def from_screen(frame: Frame) -> Witness:
    """What the panes of orders, fills and positions draw."""
    return Witness(
        "screen",
        {
            row.execution_id: Execution(
                0, row.client_order_id, row.symbol, row.side * exact(row.quantity), exact(row.price),
                exact(row.fee),
            )
            for row in frame.desk.fills
        },
        open_positions((row.symbol, exact(row.quantity)) for row in frame.desk.positions),
    )  # fmt: skip


def shown(truth: Witness) -> Witness:
    """What a screen must show of `truth`: all positions, and as many of the newest fills as it keeps."""
    newest = sorted(truth.executions.items(), key=lambda item: item[1].venue_sequence)[-FILLS:]
    return Witness(
        truth.name,
        {key: replace(one, venue_sequence=0) for key, one in newest},
        truth.positions,
    )


def open_differences(open_orders: list[pb.Order], frame: Frame) -> list[str]:
    """What the screen shows as working, against what the venue holds open: signed rest by order."""
    venue = {
        order.client_order_id: (1 if order.side == pb.Order.BUY else -1)
        * (exact(order.quantity) - exact(order.filled_quantity))
        for order in open_orders
    }
    screen = {
        row.client_order_id: row.side * (exact(row.quantity) - exact(row.filled))
        for row in frame.desk.orders
        if row.working
    }
    return [] if venue == screen else [f"open orders: venue {venue}, screen {screen}"]


def entries(home: Home, service: str) -> list[bytes]:
    """What a service has in its journal, in order."""
    journal = sqlite3.connect(f"file:{home.state / (service + '.sqlite')}?mode=ro", uri=True)
    try:
        return [payload for (payload,) in journal.execute("SELECT payload FROM entries ORDER BY sequence")]
    finally:
        journal.close()


def unbooked(truth: Witness, home: Home) -> list[str]:
    """Whether the venue's file holds exactly the executions that the venue reports, in their order."""
    book = sqlite3.connect(f"file:{home.state / (VENUE + '.sqlite')}?mode=ro", uri=True)
    try:
        rows = book.execute("SELECT key FROM entries WHERE kind = 'filled' ORDER BY sequence").fetchall()
    finally:
        book.close()
    written = [key for (key,) in rows]
    told = sorted(truth.executions, key=lambda key: truth.executions[key].venue_sequence)
    if written == told:
        return []
    different = sorted(set(written) ^ set(told))
    return [f"the venue's file holds {len(written)} executions, it reports {len(told)}: {different}"]


def unapproved(truth: Witness, home: Home) -> list[str]:
    """Every order the venue filled that neither the risk manager approved so nor an operator asked for."""
    approved: dict[str, pb.Order] = {}
    for payload in entries(home, RISK):
        event = pb.RiskEvent.FromString(payload)
        if event.WhichOneof("event") == "decision" and event.decision.outcome == pb.RiskDecision.APPROVED:
            approved[event.decision.order.client_order_id] = event.decision.order
    operators = {
        event.order.client_order_id
        for event in map(pb.ExecutionEvent.FromString, entries(home, ENGINE))
        if event.WhichOneof("event") == "order" and event.order.origin == pb.Order.OPERATOR
    }
    filled: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in truth.executions.values():
        filled[one.client_order_id, one.symbol] += one.signed_quantity
    found = []
    for (client_order_id, symbol), quantity in sorted(filled.items()):
        order = approved.get(client_order_id)
        if order is None:
            if client_order_id not in operators:
                found.append(f"{client_order_id} was filled, but the risk manager never approved it")
            continue
        sign = 1 if order.side == pb.Order.BUY else -1
        if order.symbol != symbol or not 0 < sign * quantity <= exact(order.quantity):
            allowed = f"{sign * exact(order.quantity)} {order.symbol}"
            found.append(f"{client_order_id} filled {quantity} {symbol}, but approved were {allowed}")
    return found


def differences(truth: Witness, other: Witness) -> list[str]:
    """Every difference of `other` from `truth`, in words."""
    found: list[str] = []
    missing = truth.executions.keys() - other.executions.keys()
    found.extend(f"{other.name} lacks {truth.executions[key]}" for key in sorted(missing))
    extra = other.executions.keys() - truth.executions.keys()
    found.extend(f"{other.name} has beyond the {truth.name} {other.executions[key]}" for key in sorted(extra))
    for key in sorted(truth.executions.keys() & other.executions.keys()):
        if truth.executions[key] != other.executions[key]:
            found.append(f"{key}: {truth.name} {truth.executions[key]}, {other.name} {other.executions[key]}")
    if truth.positions != other.positions:
        found.append(f"positions: {truth.name} {truth.positions}, {other.name} {other.positions}")
    return found


def summed(witness: Witness) -> dict[str, Decimal]:
    """Positions as the sum of the fills."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in witness.executions.values():
        sums[one.symbol] += one.signed_quantity
    return open_positions(sums.items())


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, and what did not agree."""

    fills: int
    positions: dict[str, Decimal]
    open_at_venue: int
    differences: list[str]


def compare(home: Home, config: SystemConfig, source: DeskFrameSource) -> Comparison:
    """All witnesses against the venue."""
    venue, open_orders = from_venue(config)
    frame = source.pull("", 1)
    found = []
    if summed(venue) != venue.positions:
        found.append(f"the venue's fills sum up to {summed(venue)}, its positions are {venue.positions}")
    sequences = sorted(one.venue_sequence for one in venue.executions.values())
    if sequences != list(range(1, len(sequences) + 1)):
        found.append("the venue's executions have a gap")
    if not synchronised(frame):
        found.append(f"the screen has not caught up with the desk: {frame.desk.streams}")
    found += differences(shown(venue), from_screen(frame))
    found += open_differences(open_orders, frame)
    found += differences(venue, from_journal(home))
    found += unbooked(venue, home)
    found += unapproved(venue, home)
    url = read_url(home) or os.environ.get("DATABASE_URL")
    if url is None:
        found.append("the desk has no database to compare with")
    else:
        found += differences(venue, from_database(url))
    return Comparison(len(venue.executions), venue.positions, len(open_orders), found)


def settle(home: Home, wait_s: float) -> Comparison:
    """Compare again until everything agrees or the time is over."""
    config = SystemConfig.in_force(home)
    with console(config) as source:
        deadline = time.monotonic() + wait_s
        while True:
            result = compare(home, config, source)
            if not result.differences or time.monotonic() >= deadline:
                return result


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, help="the desk's home; default as for every command")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for agreement")
    arguments = parser.parse_args()
    home = Home(arguments.home) if arguments.home else Home.resolve()
    result = settle(home, arguments.wait)
    positions = ", ".join(
        f"{symbol} {quantity.normalize():f}" for symbol, quantity in result.positions.items()
    )
    working = f"{result.open_at_venue} orders open at the venue"
    print(f"{result.fills} fills, {working}, positions: {positions or 'flat'}")
    for difference in result.differences:
        print(f"DIFFERENCE {difference}")
    agreed = "venue, journal, screen, PostgreSQL and the risk manager's approvals agree"
    print(agreed if not result.differences else "they do not agree")
    return 1 if result.differences else 0


if __name__ == "__main__":
    sys.exit(main())
