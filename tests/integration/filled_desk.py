"""The execution engine with its venue and its database, and orders that fill at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from console.proto import messages_pb2 as pb
from console.supervisor.migrate import DatabaseUrls
from tests.integration.database import ask
from tests.integration.engine_desk import SYMBOL, Desk, configured

T = TypeVar("T")
PATIENCE_S = 60.0
EXACT = Decimal("1e-9")
BID, ASK = 4800.00, 4800.25
TABLES = ("order_audit_trail", "fills", "position_snapshots", "commands", "risk_state", "positions")
# The batch fills the trail and then waits at the snapshots.
SNAPSHOTS = "LOCK TABLE position_snapshots IN SHARE ROW EXCLUSIVE MODE"
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%snapshots%'"


def until(what: Callable[[], T | None], failing: Callable[[], str]) -> T:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < deadline, failing()
        time.sleep(0.01)
    return found


def exact(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(EXACT)


class Filled:
    """The desk, its database, and orders that fill at once."""

    def __init__(self, desk: Desk, urls: DatabaseUrls) -> None:
        self.desk, self.urls = desk, urls
        self.orders = 0

    def trade(self, side: pb.Order.Side, quantity: float = 1) -> None:
        """One order at the other side's price, and its fill."""
        self.orders += 1
        name = f"t1-{self.orders}"
        self.desk.show(BID, ASK)
        reply = self.desk.risk.submit(name, side, quantity, ASK if side == pb.Order.BUY else BID)
        assert reply.accepted, reply.reason
        self.desk.await_order(name, pb.Order.FILLED)

    def store(self) -> pb.StoreStatus:
        return self.desk.pong().store

    def await_store(self, state: pb.StoreStatus.State) -> pb.StoreStatus:
        def reached() -> pb.StoreStatus | None:
            store = self.store()
            return store if store.state == state else None

        return until(reached, lambda: f"{self.store()}\n{self.desk.log()}")

    def projected(self) -> int:
        """The last sequence that is stored."""
        rows = ask(self.urls.service, "SELECT sequence FROM projection_progress")
        return int(str(rows[0][0])) if rows else 0

    def await_all(self) -> None:
        """Until everything in the journal is stored."""
        until(
            lambda: self.projected() >= len(self.desk.journal()),
            lambda: (
                f"{self.projected()} of {len(self.desk.journal())} stored: {self.store()}\n{self.desk.log()}"
            ),
        )

    def rows(self, up_to: int) -> dict[str, list[tuple[object, ...]]]:
        """Everything stored of the journal's entries up to one."""
        return {
            table: ask(
                self.urls.service, f"SELECT * FROM {table} WHERE sequence <= {up_to} ORDER BY sequence"
            )
            for table in TABLES
        }

    def agrees(self) -> None:
        """Table by table, the database holds what the journal holds: nothing missing, nothing twice."""
        self.await_all()
        by_kind: dict[str, list[pb.ExecutionEvent]] = {}
        for event in self.desk.journal():
            by_kind.setdefault(str(event.WhichOneof("event")), []).append(event)
        stored = ask(
            self.urls.service,
            "SELECT execution_id, side, quantity, price, fee, multiplier FROM fills ORDER BY venue_sequence",
        )
        executions = self.desk.executions()
        assert stored == [
            (
                fill.execution_id,
                pb.Order.Side.Name(fill.side),
                exact(fill.quantity),
                exact(fill.price),
                exact(fill.fee),
                Decimal(50),
            )
            for fill in executions
        ]
        assert len(by_kind["fill"]) == len(executions) == self.orders
        for kind, table in (("order", "order_audit_trail"), ("position", "position_snapshots")):
            sequences = ask(self.urls.service, f"SELECT sequence FROM {table} ORDER BY sequence")
            assert [row[0] for row in sequences] == [event.sequence for event in by_kind[kind]], table
        last = by_kind["position"][-1].position
        held = ask(self.urls.service, "SELECT symbol, quantity, realized_pnl FROM positions")
        assert held == [(SYMBOL, exact(last.quantity), exact(last.realized_pnl))]


@contextmanager
def filled_desk(binaries: Path, home: Path, repository: Path, urls: DatabaseUrls) -> Iterator[Filled]:
    """The desk, ready. Its services find the database by the environment."""
    desk = Desk(binaries, home, configured(home, repository, "external", {}))
    try:
        desk.start("paper-venue")
        desk.start("execution-engine")
        desk.market.rcvtimeo = int(PATIENCE_S * 1000)
        subscriptions: set[bytes] = set()
        while len(subscriptions) < 2:
            topic = desk.market.recv()
            if topic == b"\x01" or SYMBOL.encode() in topic:
                subscriptions.add(topic)
        desk.ready()
        yield Filled(desk, urls)
    finally:
        desk.close()


def restart(filled: Filled) -> None:
    filled.desk.start("execution-engine")
    filled.desk.ready()
