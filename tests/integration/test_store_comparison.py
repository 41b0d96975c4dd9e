"""The database held against the journals: what it lost or changed is found, told and mended."""

from __future__ import annotations

import time

from console.proto import messages_pb2 as pb
from tests.integration.database import ask, held
from tests.integration.engine_desk import SYMBOL
from tests.integration.filled_desk import SNAPSHOTS, WAITING, Filled, until


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
    # What comes later is other rows.
    entries = f"SELECT * FROM risk_state WHERE sequence <= {filled.projected()} ORDER BY sequence"
    before = ask(filled.urls.service, entries)
    assert before
    ask(filled.urls.owner, "DELETE FROM risk_state; UPDATE commands SET reason = 'quite another one'")
    until(lambda: ask(filled.urls.service, entries) == before, lambda: "the risk state stays away")

    def told() -> bool:
        store = filled.store()
        words = ("other commands" in store.detail, "risk state" in store.detail)
        return store.state == pb.StoreStatus.DIFFERS and words == (True, False)

    until(told, lambda: f"{filled.store()}\n{filled.desk.log()}")
    # It is a matter of the record, and no reason to stop trading.
    filled.desk.await_pong(lambda pong: {gate.kind for gate in pong.gates} == {pb.Gate.OPERATOR_PAUSE})


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
    pong = filled.desk.await_pong(lambda pong: not pong.gates)
    assert not pong.trading.breaks
