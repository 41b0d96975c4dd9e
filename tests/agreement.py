"""Do venue, journal, PostgreSQL and the engine's own snapshot tell the same story, to the last unit?

    python -m tests.agreement [--home DIR] [--wait SECONDS]

Reads the venue's book on its own endpoint, the engine's journal from its file, the tables of the projection,
and the snapshot the screens are drawn from; compares executions one by one and positions by symbol. Prints
what it compared and every difference; exits 0 only when there is none. With `--wait` it asks again until they
agree (the projection may lag while the desk trades) or the time is over.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import psycopg2

from console.core.config import SystemConfig
from console.core.control import ControlClient
from console.core.paths import Home
from console.core.venue import VenueClient
from console.proto import messages_pb2 as pb
from console.supervisor.migrate import read_url

ENGINE = "execution-engine"
EXACT = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Execution:
    """What every witness has to know of one fill."""

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
    journal = sqlite3.connect(f"file:{home.state / (ENGINE + '.sqlite')}?mode=ro", uri=True)
    try:
        for (payload,) in journal.execute("SELECT payload FROM entries ORDER BY sequence"):
            event = pb.ExecutionEvent.FromString(payload)
            match event.WhichOneof("event"):
                case "fill":
                    if event.fill.execution_id in executions:
                        raise AssertionError(f"the journal holds {event.fill.execution_id} twice")
                    executions[event.fill.execution_id] = execution(event.fill)
                case "position":
                    positions[event.position.symbol] = exact(event.position.quantity)
    finally:
        journal.close()
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


def from_snapshot(config: SystemConfig) -> Witness:
    """What the engine answers to a console that starts now."""
    client = ControlClient(config.control_address(ENGINE), ENGINE)
    try:
        snapshot = client.snapshot(finished_orders=0, fills=1_000_000, timeout_s=5.0)
    finally:
        client.close()
    return Witness(
        "screen",
        {fill.execution_id: execution(fill) for fill in snapshot.fills},
        open_positions((one.symbol, exact(one.quantity)) for one in snapshot.positions),
    )


def differences(truth: Witness, other: Witness, *, newest_only: bool = False) -> list[str]:
    """Every difference of `other` from `truth`, in words. A snapshot holds only the newest executions."""
    found: list[str] = []
    missing = truth.executions.keys() - other.executions.keys()
    if newest_only:
        oldest = min((one.venue_sequence for one in other.executions.values()), default=sys.maxsize)
        missing = {key for key in missing if truth.executions[key].venue_sequence >= oldest}
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


def compare(home: Home) -> Comparison:
    """All witnesses against the venue."""
    config = SystemConfig.in_force(home)
    venue, open_orders = from_venue(config)
    found = []
    if summed(venue) != venue.positions:
        found.append(f"the venue's fills sum up to {summed(venue)}, its positions are {venue.positions}")
    sequences = sorted(one.venue_sequence for one in venue.executions.values())
    if sequences != list(range(1, len(sequences) + 1)):
        found.append("the venue's executions have a gap")
    found += differences(venue, from_journal(home))
    found += differences(venue, from_snapshot(config), newest_only=True)
    url = read_url(home)
    if url is None:
        found.append("the desk has no database to compare with")
    else:
        found += differences(venue, from_database(url))
    return Comparison(len(venue.executions), venue.positions, len(open_orders), found)


def settle(home: Home, wait_s: float) -> Comparison:
    """Compare again until everything agrees or the time is over."""
    deadline = time.monotonic() + wait_s
    while True:
        result = compare(home)
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
    print("venue, journal, screen and PostgreSQL agree" if not result.differences else "they do not agree")
    return 1 if result.differences else 0


if __name__ == "__main__":
    sys.exit(main())
