"""From the engine's journal into PostgreSQL, with the real engine and the real venue: everything arrives,
once, whatever is killed or away meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal

from console.proto import messages_pb2 as pb
from console.store.database import TradingDatabase
from console.supervisor.migrate import DatabaseUrls
from console.supervisor.postgres import EmbeddedPostgres
from tests.integration.database import ask, held
from tests.integration.engine_desk import SYMBOL
from tests.integration.filled_desk import (
    ASK,
    BID,
    SNAPSHOTS,
    TABLES,
    WAITING,
    Filled,
    exact,
    restart,
    until,
)


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
    until(
        lambda: (
            (store := filled.store()).state in (pb.StoreStatus.AWAY, pb.StoreStatus.BEHIND)
            and store.backlog > 0
        ),
        lambda: f"{filled.store()}\n{filled.desk.log()}",
    )

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
    filled.desk.connected()
    filled.trade(pb.Order.SELL)
    filled.trade(pb.Order.SELL)
    assert len(filled.desk.journal()) > projected
    filled.desk.kill("execution-engine")
    restart(filled)
    filled.desk.await_pong(lambda pong: "has another entry there" in pong.store.detail)
    assert filled.rows(10**9) == before
