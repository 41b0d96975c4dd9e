"""The execution engine as a process, with the real paper venue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from console.proto import messages_pb2 as pb
from tests.integration.engine_desk import SYMBOL, Desk, now_us, position, rest, running_desk, until


@pytest.fixture
def desk(binaries: Path, desk_home: Path, repository: Path) -> Iterator[Desk]:
    with running_desk(binaries, desk_home, repository) as running:
        yield running


def test_an_order_is_filled_into_a_position(desk: Desk) -> None:
    assert desk.risk.submit("q1-1", pb.Order.BUY, 3, 4800.25).accepted
    order = desk.await_order("q1-1", pb.Order.FILLED)
    assert order.filled_quantity == 3
    assert order.avg_fill_price == 4800.25
    assert order.order_id
    assert order.accepted_us
    snapshot = desk.snapshot()
    (held,) = snapshot.positions
    assert (held.quantity, held.avg_cost, held.multiplier) == (3, 4800.25, 50)
    assert held.marked
    assert held.unrealized_pnl == pytest.approx(3 * 50 * (4800.125 - 4800.25))
    assert held.realized_pnl == pytest.approx(-held.fees)
    assert held.fees > 0
    assert [fill.execution_id for fill in snapshot.fills] == [fill.execution_id for fill in desk.executions()]


def test_the_stream_is_the_journal_without_a_gap(desk: Desk) -> None:
    assert desk.risk.submit("q1-1", pb.Order.BUY, 3, 4800.25).accepted
    desk.await_order("q1-1", pb.Order.FILLED)
    journal = desk.journal()
    assert [event.sequence for event in journal] == list(range(1, len(journal) + 1))
    statuses = [event.order.status for event in journal if event.WhichOneof("event") == "order"]
    assert statuses[0] == pb.Order.CREATED
    assert statuses[-1] == pb.Order.FILLED
    fill = next(event.sequence for event in journal if event.WhichOneof("event") == "fill")
    assert [event.WhichOneof("event") for event in journal[fill - 1 : fill + 2]] == [
        "fill",
        "order",
        "position",
    ]
    published: dict[int, pb.ExecutionEvent] = {}
    while True:
        try:
            event = pb.ExecutionEvent.FromString(desk.events.recv())
        except zmq.Again:
            break
        if event.sequence:
            published[event.sequence] = event
    assert fill in published
    assert published[fill].fill == journal[fill - 1].fill
    assert published[fill].epoch
    assert published[fill].published_us


def test_an_engine_killed_with_working_orders_comes_back_reconciled(desk: Desk) -> None:
    rest(desk, "q1-1", "q1-2")
    desk.kill("execution-engine")
    # Traded through while nobody was there to hear it.
    desk.show(4780.00, 4780.25)
    until(lambda: len(desk.executions()) >= 2, desk.log)
    desk.start("execution-engine")
    desk.await_order("q1-1", pb.Order.FILLED)
    desk.await_order("q1-2", pb.Order.FILLED)
    desk.await_pong(lambda pong: pong.state == pb.Pong.READY)
    executions = [fill.execution_id for fill in desk.executions()]
    booked = [event.fill.execution_id for event in desk.journal() if event.WhichOneof("event") == "fill"]
    assert booked == executions, "every execution once, in the venue's order"
    assert position(desk) == 4
    again = desk.risk.submit("q1-1", pb.Order.BUY, 2, 4790.00)
    assert not again.accepted, "another order under a used id"
    assert not [gate for gate in desk.pong().gates if gate.kind == pb.Gate.RECONCILIATION_BREAK]


def test_a_venue_killed_and_back_is_reconciled_before_it_opens(desk: Desk) -> None:
    rest(desk, "q1-1")
    desk.kill("paper-venue")
    desk.await_pong(lambda pong: any(gate.kind == pb.Gate.VENUE_LOST for gate in pong.gates))
    refused = desk.risk.submit("q1-2", pb.Order.BUY, 2, 4790.00)
    assert not refused.accepted
    assert "venue" in refused.reason
    desk.start("paper-venue")
    desk.await_pong(lambda pong: pong.state == pb.Pong.READY)
    assert desk.open_at_venue() == ["q1-1"]


def test_pause_is_durable_and_counts_what_works(desk: Desk) -> None:
    rest(desk, "q1-1")
    result = desk.command(pb.StrategyCommand.PAUSE_TRADING, command_id="pause-1")
    assert (result.outcome, result.working_orders) == (pb.CommandResult.DONE, 1)
    assert not desk.risk.submit("q1-2", pb.Order.BUY, 2, 4790.00).accepted
    desk.kill("execution-engine")
    desk.start("execution-engine")
    assert desk.await_pong(lambda pong: pong.state == pb.Pong.READY).trading.desk_paused
    stored = desk.command(pb.StrategyCommand.PAUSE_TRADING, command_id="pause-1")
    assert stored == result, "the same command gets its first answer, after a restart as well"
    assert desk.command(pb.StrategyCommand.RESUME_TRADING).outcome == pb.CommandResult.DONE
    desk.connected()
    assert desk.risk.submit("q1-3", pb.Order.BUY, 2, 4790.00).accepted


def stages(desk: Desk) -> list[pb.KillStage.Stage]:
    return [event.kill.stage for event in desk.journal() if event.WhichOneof("event") == "kill"]


def test_a_kill_is_proved_by_the_venue_and_survives_a_restart(desk: Desk) -> None:
    assert desk.risk.submit("q1-0", pb.Order.BUY, 3, 4800.25).accepted
    desk.await_order("q1-0", pb.Order.FILLED)
    names = [f"q1-{number}" for number in range(1, 21)]
    rest(desk, *names)
    result = desk.command(pb.StrategyCommand.KILL_SWITCH)
    assert result.outcome == pb.CommandResult.ACCEPTED
    assert result.kill.stage == pb.KillStage.LATCHED
    latch = json.loads((desk.home / "state" / "execution-engine.latch").read_text())
    assert latch["state"] == "killed"
    assert latch["desk"]["operator"] == "ann@test"
    pong = desk.await_pong(
        lambda pong: any(kill.stage == pb.KillStage.RESIDUAL for kill in pong.trading.kills)
    )
    (kill,) = pong.trading.kills
    assert (kill.open_before, kill.open_after) == (20, 0)
    assert [held.quantity for held in kill.residual] == [3]
    assert desk.open_at_venue() == []
    assert stages(desk) == [
        pb.KillStage.LATCHED,
        pb.KillStage.CANCELLING,
        pb.KillStage.VERIFIED,
        pb.KillStage.RESIDUAL,
    ]
    assert not desk.risk.submit("q1-30", pb.Order.BUY, 2, 4790.00).accepted
    desk.kill("execution-engine")
    desk.start("execution-engine")
    assert desk.await_pong(lambda pong: pong.state == pb.Pong.READY).trading.desk_killed
    refused = desk.command(pb.StrategyCommand.RESUME_TRADING)
    assert refused.outcome == pb.CommandResult.REFUSED
    assert "rearm" in refused.reason

    # Behind everybody's back the session stays blocked for strategies.
    smuggled = pb.Order(
        client_order_id="x1",
        symbol=SYMBOL,
        side=pb.Order.BUY,
        quantity=1,
        price=4790,
        type=pb.Order.LIMIT,
        status=pb.Order.CREATED,
        origin=pb.Order.STRATEGY,
    )
    assert not desk.venue_asked(pb.VenueRequest(submit=smuggled)).ok

    # Flatten is what may leave now, and nothing else.
    desk.show(4800.00, 4800.25)
    assert desk.command(pb.StrategyCommand.FLATTEN, SYMBOL).outcome == pb.CommandResult.ACCEPTED
    until(lambda: position(desk) == 0, desk.log)
    assert desk.open_at_venue() == []


def test_rearm_names_what_is_missing_and_leaves_the_desk_paused(desk: Desk) -> None:
    rest(desk, "q1-1")
    (desk.run / "KILL").write_text("smoke in the rack")
    pong = desk.await_pong(
        lambda pong: any(kill.stage == pb.KillStage.RESIDUAL for kill in pong.trading.kills)
    )
    assert pong.trading.kills[0].reason == "smoke in the rack"
    desk.risk.killed = True
    desk.show(4800.00, 4800.25)

    def missing() -> str | None:
        result = desk.command(pb.StrategyCommand.REARM)
        assert result.outcome == pb.CommandResult.REFUSED
        told = "\n".join(result.missing)
        return told if "KILL" in told and "risk manager" in told else None

    until(missing, desk.log)
    (desk.run / "KILL").unlink()
    desk.risk.killed = False

    def rearmed() -> pb.CommandResult | None:
        result = desk.command(pb.StrategyCommand.REARM)
        return result if result.outcome == pb.CommandResult.DONE else None

    until(rearmed, desk.log)
    trading = desk.pong().trading
    assert trading.desk_paused
    assert not trading.desk_killed
    assert json.loads((desk.home / "state" / "execution-engine.latch").read_text()) == {"state": "armed"}
    assert desk.command(pb.StrategyCommand.RESUME_TRADING).outcome == pb.CommandResult.DONE
    rest(desk, "q1-2")
    assert desk.open_at_venue() == ["q1-2"]


def test_a_late_order_and_rubbish_are_refused(desk: Desk) -> None:
    late = pb.Order(
        client_order_id="late",
        symbol=SYMBOL,
        side=pb.Order.BUY,
        quantity=1,
        price=4790,
        type=pb.Order.LIMIT,
        status=pb.Order.CREATED,
        origin=pb.Order.STRATEGY,
        limits_version=1,
        valid_until_us=now_us() - 1,
    )
    assert not desk.risk.ask(pb.OrderRequest(request_id="late", submit=late)).accepted
    late.side = pb.Order.SIDE_UNSPECIFIED
    late.client_order_id = "blank"
    reply = desk.risk.ask(pb.OrderRequest(request_id="blank", submit=late))
    assert not reply.accepted
    assert "side" in reply.reason
    desk.risk.orders.send(b"\xff\xff\xff")
    desk.control.send(b"\xff\xff\xff")
    assert desk.await_pong(lambda pong: pong.counters["malformed"] >= 3)
    assert desk.executions() == []
    assert desk.open_at_venue() == []
    assert desk.order("late") is not None, "a refusal is on the record"
