"""What must outlive the engine's process: breaks, flattens and cancels, with the real paper venue."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.proto import messages_pb2 as pb
from tests.integration.engine_desk import SYMBOL, Desk, now_us, position, rest, running_desk, until


@pytest.fixture
def desk(binaries: Path, desk_home: Path, repository: Path) -> Iterator[Desk]:
    with running_desk(binaries, desk_home, repository) as running:
        yield running


def stranger(desk: Desk, name: str, price: float) -> None:
    """An order of the session's that the desk never placed."""
    order = pb.Order(
        client_order_id=name,
        symbol=SYMBOL,
        side=pb.Order.BUY,
        quantity=2,
        price=price,
        type=pb.Order.LIMIT,
        status=pb.Order.CREATED,
        origin=pb.Order.OPERATOR,
        intent_us=now_us(),
    )
    reply = desk.venue_asked(pb.VenueRequest(submit=order))
    assert reply.ok, reply.reason


def listed(desk: Desk) -> dict[str, pb.Break]:
    return {found.id: found for found in desk.pong().trading.breaks}


def decide(desk: Desk, break_id: str, action: pb.Break.Action) -> pb.CommandResult:
    return desk.command(pb.StrategyCommand.RESOLVE_BREAK, break_id=break_id, break_action=action)


def restart(desk: Desk, *, ready: bool = True) -> None:
    desk.start("execution-engine")
    if ready:
        desk.show(4800.00, 4800.25)
        desk.await_pong(lambda pong: pong.state == pb.Pong.READY)


def test_what_was_done_behind_the_desks_back_lasts_over_a_crash_until_it_is_decided(desk: Desk) -> None:
    desk.kill("execution-engine")
    stranger(desk, "gone", 4790.00)
    assert desk.venue_asked(pb.VenueRequest(cancel="gone")).ok
    stranger(desk, "resting", 4789.00)
    stranger(desk, "filled", 4800.25)
    until(lambda: len(desk.executions()) == 1, desk.log)
    restart(desk)
    desk.await_pong(lambda pong: len(pong.trading.breaks) == 4)
    before = listed(desk)
    [execution] = desk.executions()
    assert set(before) == {"order:gone", "order:resting", "order:filled", f"fill:{execution.execution_id}"}
    gates = [gate for gate in desk.pong().gates if gate.kind == pb.Gate.RECONCILIATION_BREAK]
    assert [gate.symbol for gate in gates] == [SYMBOL]
    assert not desk.risk.submit("q1-1", pb.Order.BUY, 1, 4790.00).accepted

    desk.kill("execution-engine")
    restart(desk, ready=False)
    after = listed(desk)
    assert {key: found.since_us for key, found in after.items()} == {
        key: found.since_us for key, found in before.items()
    }
    desk.show(4800.00, 4800.25)
    desk.await_pong(lambda pong: pong.state == pb.Pong.READY)

    refused = desk.command(pb.StrategyCommand.RESOLVE_BREAK, break_id="order:nothing")
    assert refused.outcome == pb.CommandResult.REFUSED
    assert decide(desk, "order:resting", pb.Break.FLATTEN).outcome == pb.CommandResult.ACCEPTED
    until(lambda: desk.open_at_venue() == [], desk.log)
    for name in ("order:gone", "order:filled", f"fill:{execution.execution_id}"):
        answer = decide(desk, name, pb.Break.ADOPT)
        assert (answer.outcome, answer.before, answer.after) == (pb.CommandResult.DONE, "OPEN", "ADOPTED")
    desk.await_pong(lambda pong: not pong.trading.breaks)
    assert position(desk) == 2
    decided = [event.reconciliation for event in desk.journal() if event.HasField("reconciliation")]
    assert {found.decided_by for found in decided if found.state == pb.Break.ADOPTED} == {"ann@test"}


def test_a_flatten_and_a_cancel_that_were_accepted_are_carried_out_by_the_next_process(desk: Desk) -> None:
    assert desk.risk.submit("q1-1", pb.Order.BUY, 3, 4800.25).accepted
    desk.await_order("q1-1", pb.Order.FILLED)
    rest(desk, "q1-2")
    desk.kill("paper-venue")
    desk.await_pong(lambda pong: any(gate.kind == pb.Gate.VENUE_LOST for gate in pong.gates))
    answer = desk.command(pb.StrategyCommand.CANCEL, SYMBOL)
    assert answer.outcome == pb.CommandResult.ACCEPTED
    desk.kill("execution-engine")
    desk.start("paper-venue")
    restart(desk)
    desk.await_order("q1-2", pb.Order.CANCELLED)

    flatten = str(uuid.uuid4())
    assert desk.command(pb.StrategyCommand.FLATTEN, SYMBOL, flatten).outcome == pb.CommandResult.ACCEPTED
    desk.kill("execution-engine")
    restart(desk)
    # The venue knows no touch until it sees one: the order waits for it.

    def flat() -> bool:
        desk.show(4800.00, 4800.25)
        return position(desk) == 0

    until(flat, desk.log)

    def ended() -> list[pb.CommandProgress]:
        progress = [event.progress for event in desk.journal() if event.HasField("progress")]
        return [one for one in progress if one.command_id == flatten and one.state != one.WORKING]

    [end] = until(lambda: ended() or None, desk.log)
    assert (end.state, end.type) == (pb.CommandProgress.DONE, pb.StrategyCommand.FLATTEN)
