"""From the engine's journal into PostgreSQL, with the real engine and the real venue: everything arrives,
once, whatever is killed or away meanwhile."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import psycopg2
import pytest

from console.proto import messages_pb2 as pb
from console.store.database import TradingDatabase
from console.supervisor.migrate import DatabaseUrls
from console.supervisor.postgres import EmbeddedPostgres
from tests.integration.engine_desk import SYMBOL, Desk

T = TypeVar("T")
PATIENCE_S = 30.0
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


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def held(urls: DatabaseUrls, statement: str) -> Iterator[None]:
    """What `statement` locks, locked by somebody else's transaction."""
    connection = psycopg2.connect(urls.owner)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        yield
    finally:
        connection.rollback()
        connection.close()


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


@pytest.fixture
def filled(
    binaries: Path,
    desk_home: Path,
    repository: Path,
    database: DatabaseUrls,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Filled]:
    configuration = json.loads((repository / "config" / "system.json").read_text())
    configuration["database"]["kind"] = "external"
    file = desk_home / "system.json"
    file.write_text(json.dumps(configuration))
    monkeypatch.setenv("DATABASE_URL", database.service)
    desk = Desk(binaries, desk_home, file)
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
        yield Filled(desk, database)
    finally:
        desk.close()


@pytest.fixture
def server(postgres: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The server of all tests, running again afterwards."""
    yield postgres
    postgres.start()


def restart(filled: Filled) -> None:
    filled.desk.start("execution-engine")
    filled.desk.ready()


def test_fills_arrive_with_their_orders_and_positions(filled: Filled) -> None:
    filled.trade(pb.Order.BUY, 2)
    filled.trade(pb.Order.SELL)
    filled.agrees()
    store = filled.await_store(pb.StoreStatus.OK)
    assert (store.backlog, store.lag_ms) == (0, 0)
    history = TradingDatabase(filled.urls.service).get_order_history(SYMBOL)
    assert list(history["status"]) == ["FILLED", "FILLED"]


def test_the_days_profit_is_the_engines_own(filled: Filled) -> None:
    filled.trade(pb.Order.BUY, 2)
    filled.trade(pb.Order.SELL, 3)
    filled.trade(pb.Order.BUY)
    filled.await_all()
    trading = TradingDatabase(filled.urls.service)
    day = trading.get_fills()["booked_utc"].min().date()
    [row] = trading.calculate_daily_pnl(day).to_dict("records")
    [position] = filled.desk.snapshot().positions
    assert row["position_end"] == exact(position.quantity) == 0
    # Two bought and sold a tick lower, one sold and bought back a tick higher, at 50 a point, less fees.
    assert row["pnl"] == exact(position.realized_pnl) == Decimal("-37.5") - row["fees"]


def test_a_database_that_stops_is_noticed_by_a_quiet_desk(filled: Filled, server: EmbeddedPostgres) -> None:
    filled.await_store(pb.StoreStatus.OK)
    filled.await_all()
    server.stop()
    assert filled.await_store(pb.StoreStatus.AWAY).detail
    server.start()
    filled.await_store(pb.StoreStatus.OK)


def test_what_fills_while_the_database_is_away_follows_once(filled: Filled, server: EmbeddedPostgres) -> None:
    filled.trade(pb.Order.BUY, 3)
    filled.await_all()
    server.stop()
    filled.trade(pb.Order.SELL)
    store = filled.store()
    assert store.state in (pb.StoreStatus.AWAY, pb.StoreStatus.BEHIND)
    assert store.backlog > 0

    def closed(pong: pb.Pong) -> bool:
        return any(gate.kind == pb.Gate.STORE_BEHIND for gate in pong.gates)

    filled.desk.await_pong(closed)
    # New risk is refused, a reduction goes on.
    refused = filled.desk.risk.submit("t1-refused", pb.Order.BUY, 1, BID)
    assert not refused.accepted
    filled.trade(pb.Order.SELL)
    server.start()
    filled.desk.await_pong(lambda pong: not closed(pong))
    filled.trade(pb.Order.BUY)
    filled.agrees()


def test_an_engine_killed_within_a_batch_loses_and_doubles_nothing(filled: Filled) -> None:
    filled.trade(pb.Order.BUY)
    filled.await_all()
    # It can be caught half done.
    with held(filled.urls, SNAPSHOTS):
        filled.trade(pb.Order.BUY)
        until(lambda: ask(filled.urls.service, WAITING), filled.desk.log)
        filled.desk.kill("execution-engine")
    restart(filled)
    filled.trade(pb.Order.SELL)
    filled.agrees()


def test_an_engine_killed_while_the_database_is_away_catches_up(
    filled: Filled, server: EmbeddedPostgres
) -> None:
    filled.trade(pb.Order.BUY, 2)
    server.stop()
    filled.trade(pb.Order.SELL)
    filled.desk.kill("execution-engine")
    server.start()
    restart(filled)
    filled.agrees()


def test_projecting_everything_again_changes_nothing(filled: Filled) -> None:
    filled.trade(pb.Order.BUY, 2)
    filled.trade(pb.Order.SELL)
    filled.await_all()
    filled.desk.kill("execution-engine")
    last = filled.projected()
    before = filled.rows(last)
    assert all(before[table] for table in ("order_audit_trail", "fills", "position_snapshots", "positions"))
    ask(filled.urls.owner, "DELETE FROM projection_progress")
    restart(filled)
    filled.await_all()
    after = filled.rows(last)
    for table in TABLES:
        assert after[table] == before[table], table
    filled.agrees()


def test_the_database_of_another_desk_is_left_alone(
    filled: Filled, empty_database: Callable[[], DatabaseUrls]
) -> None:
    filled.trade(pb.Order.BUY)
    filled.await_all()
    filled.desk.kill("execution-engine")
    ask(filled.urls.owner, "UPDATE projection_progress SET journal = 'another'")
    before = filled.rows(10**9)
    restart(filled)
    store = filled.await_store(pb.StoreStatus.AWAY)
    assert "a database of its own" in store.detail
    assert filled.rows(10**9) == before


def test_a_database_ahead_of_its_journal_is_told_and_stops_new_risk(filled: Filled) -> None:
    filled.trade(pb.Order.BUY, 2)
    [file] = filled.desk.home.glob("**/execution-engine.sqlite")
    with sqlite3.connect(file) as journal, sqlite3.connect(filled.desk.home / "copy") as copy:
        journal.backup(copy)
    journal.close()
    copy.close()
    filled.trade(pb.Order.BUY)
    filled.await_all()
    projected = filled.projected()
    filled.desk.kill("execution-engine")
    for part in file.parent.glob(file.name + "-*"):
        part.unlink()
    (filled.desk.home / "copy").rename(file)
    before = filled.rows(10**9)
    filled.desk.start("execution-engine")
    filled.desk.show(BID, ASK)
    store = filled.await_store(pb.StoreStatus.AWAY)
    assert "ahead of the journal" in store.detail
    assert "restore the newest one" in store.detail
    pong = filled.desk.await_pong(lambda pong: any(gate.kind == pb.Gate.STORE_BEHIND for gate in pong.gates))
    assert "the database is ahead of the journal" in [gate.reason for gate in pong.gates]
    # The desk goes on reducing until its journal is as long again; that makes it no other one.
    assert filled.desk.risk.limits().accepted
    filled.trade(pb.Order.SELL)
    filled.trade(pb.Order.SELL)
    assert len(filled.desk.journal()) > projected
    filled.desk.kill("execution-engine")
    restart(filled)
    filled.desk.await_pong(lambda pong: "has another entry there" in pong.store.detail)
    assert filled.rows(10**9) == before


def test_what_the_database_lost_or_changed_is_a_break_until_it_is_stored_again(filled: Filled) -> None:
    filled.trade(pb.Order.BUY, 2)
    filled.trade(pb.Order.SELL)
    filled.await_all()
    ask(filled.urls.owner, "DELETE FROM fills WHERE side = 'BUY'")
    ask(filled.urls.owner, "UPDATE positions SET quantity = 7")
    expected = {f"store:fill:{SYMBOL}", f"store:position:{SYMBOL}"}
    pong = filled.desk.await_pong(lambda pong: {one.id for one in pong.trading.breaks} == expected)
    fill, position = sorted(pong.trading.breaks, key=lambda one: one.id)
    assert (fill.desk, fill.store, fill.venue) == (1.0, -1.0, 1.0)
    assert (position.desk, position.store, position.venue) == (1.0, 7.0, 1.0)
    assert "lacks 1 fills" in fill.detail
    closed = [gate for gate in pong.gates if gate.kind == pb.Gate.RECONCILIATION_BREAK]
    assert [gate.symbol for gate in closed] == [SYMBOL]
    filled.await_all()
    decided, asked = len(filled.desk.journal()), time.time()
    with held(filled.urls, SNAPSHOTS):
        for found in expected:
            result = filled.desk.command(
                pb.StrategyCommand.RESOLVE_BREAK,
                break_id=found,
                break_action=pb.Break.ADOPT,
            )
            assert result.outcome == pb.CommandResult.DONE, result
        until(lambda: ask(filled.urls.service, WAITING), filled.desk.log)
        # What is stored again is no backlog and no lag: only what was journalled since may wait.
        store = filled.store()
        assert store.backlog <= len(filled.desk.journal()) - decided, store
        assert store.lag_ms <= (time.time() - asked) * 1000, store
        assert filled.projected() >= decided
    until(lambda: len(ask(filled.urls.service, "SELECT 1 FROM fills")) == 2, lambda: "the fill stays away")
    filled.agrees()
    filled.desk.await_pong(lambda pong: not pong.trading.breaks and not pong.gates)


def test_the_record_of_decisions_mends_itself_and_what_was_changed_is_told(filled: Filled) -> None:
    filled.desk.command(pb.StrategyCommand.PAUSE_TRADING)
    filled.await_all()
    count = "SELECT count(*) FROM risk_state"
    before = ask(filled.urls.service, count)
    assert before != [(0,)]
    ask(filled.urls.owner, "DELETE FROM risk_state; UPDATE commands SET reason = 'quite another one'")
    until(lambda: ask(filled.urls.service, count) == before, lambda: "the risk state stays away")
    store = filled.await_store(pb.StoreStatus.BEHIND)
    assert ("other commands" in store.detail, "risk state" in store.detail) == (True, False), store.detail
    # It is a matter of the record, and no reason to stop trading.
    assert {gate.kind for gate in filled.desk.pong().gates} == {pb.Gate.OPERATOR_PAUSE}


def test_a_comparison_that_takes_long_holds_nothing_up(filled: Filled) -> None:
    filled.trade(pb.Order.BUY)
    filled.await_all()
    # Whoever reads the trail waits for this lock, as for the sum over a very long table.
    with held(filled.urls, "SELECT pg_advisory_xact_lock(7)"):
        ask(
            filled.urls.owner,
            """ALTER TABLE order_audit_trail ENABLE ROW LEVEL SECURITY;
            CREATE POLICY added ON order_audit_trail FOR INSERT WITH CHECK (true);
            CREATE POLICY slow ON order_audit_trail FOR SELECT
                USING (pg_advisory_xact_lock_shared(7)::text IS NOT NULL)""",
        )
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory'"
        [comparing] = until(lambda: ask(filled.urls.service, waiting), filled.desk.log)
        filled.trade(pb.Order.SELL)
        filled.await_all()
        filled.await_store(pb.StoreStatus.OK)
        assert ask(filled.urls.service, waiting) == [comparing], "the same one, all the time"
    # What was stored meanwhile is no difference.
    gone = f"SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {comparing[0]})"
    until(lambda: ask(filled.urls.service, gone), filled.desk.log)
    pong = filled.desk.pong()
    assert not pong.trading.breaks
    assert not pong.gates
