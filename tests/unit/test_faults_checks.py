"""The checks after a fault see what they are there for."""

from __future__ import annotations

from console.proto import messages_pb2 as pb
from tests.faults.checks import left_after_latch, standing_breaks


def created(
    order: str, *, reduces: bool = False, origin: pb.Order.Origin = pb.Order.STRATEGY
) -> pb.ExecutionEvent:
    intent = pb.Order(client_order_id=order, status=pb.Order.CREATED, origin=origin, reduces=reduces)
    return pb.ExecutionEvent(order=intent)


def state(*, killed: bool = False, paused: bool = False) -> pb.ExecutionEvent:
    return pb.ExecutionEvent(state=pb.TradingState(desk_killed=killed, desk_paused=paused))


def kill(stage: pb.KillStage.Stage) -> pb.ExecutionEvent:
    return pb.ExecutionEvent(kill=pb.KillStage(stage=stage))


def test_an_order_after_the_latch_is_seen_and_its_neighbours_are_not() -> None:
    events = [
        created("before"),
        kill(pb.KillStage.LATCHED),
        created("late", reduces=True),
        created("flatten", origin=pb.Order.OPERATOR),
        kill(pb.KillStage.REARMED),
        created("after"),
    ]
    [found] = left_after_latch(events)
    assert found.startswith("late ")


def test_a_paused_desk_may_reduce_and_nothing_else() -> None:
    events = [state(paused=True), created("reduction", reduces=True), created("risk"), state(), created("on")]
    [found] = left_after_latch(events)
    assert found.startswith("risk ")


def test_only_the_newest_word_on_a_break_counts() -> None:
    def told(name: str, where: pb.Break.State) -> pb.ExecutionEvent:
        return pb.ExecutionEvent(reconciliation=pb.Break(id=name, state=where))

    events = [
        told("order:gone", pb.Break.OPEN),
        told("order:gone", pb.Break.RESOLVED),
        told("fill:stands", pb.Break.OPEN),
    ]
    [found] = standing_breaks(events)
    assert "fill:stands" in found
