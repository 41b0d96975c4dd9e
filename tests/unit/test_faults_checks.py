"""The checks after a fault see what they are there for."""

from __future__ import annotations

from console.proto import messages_pb2 as pb
from tests.faults.checks import (
    KILLED_BEFORE_IT_LEFT,
    left_after_latch,
    reached_killed_venue,
    sent_twice,
    standing_breaks,
)


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


def rows(*told: str) -> list[tuple[int, str, str]]:
    """The venue's rows, each from its kind and, where there is one, its order."""
    split = [one.split() for one in told]
    return [(at, kind, f"desk/{order[0]}" if order else "") for at, (kind, *order) in enumerate(split, 1)]


def test_an_order_that_comes_to_the_venue_after_the_kill_is_seen_however_old_its_intent_is() -> None:
    # The intents are all older than the latch, and the kill may have ended without a proof.
    events = [
        created("on-its-way"),
        created("late"),
        created("refused"),
        created("flatten", origin=pb.Order.OPERATOR),
        kill(pb.KillStage.LATCHED),
        kill(pb.KillStage.REARMED),
        created("after"),
    ]
    assert list(left_after_latch(events)) == []
    taken = ["accepted on-its-way", "blocked", "cancelled on-its-way", "accepted late", "rejected refused"]
    found = list(
        reached_killed_venue(events, rows(*taken, "accepted flatten", "unblocked", "accepted after"))
    )
    assert [one.split()[0] for one in found] == ["late", "refused"]
    # One kill's block is lifted, a newer one's stands.
    [found_on] = reached_killed_venue(events, rows("blocked", "blocked", "unblocked", "accepted after"))
    assert found_on.startswith("after ")


def test_an_order_that_the_kill_withdrew_may_not_come_to_the_venue_at_all() -> None:
    withdrawn = pb.Order(
        client_order_id="held",
        status=pb.Order.REJECTED,
        origin=pb.Order.STRATEGY,
        rejection_reason=KILLED_BEFORE_IT_LEFT,
    )
    events = [created("held"), kill(pb.KillStage.LATCHED), pb.ExecutionEvent(order=withdrawn)]
    [found] = reached_killed_venue(events, rows("accepted held", "blocked"))
    assert found.startswith("held ")
    assert list(reached_killed_venue(events, rows("blocked", "unblocked"))) == []


def test_an_order_that_is_sent_twice_or_without_an_intent_is_seen() -> None:
    events = [created("once"), created("twice"), created("again"), created("again")]
    assert list(sent_twice(["once"], 0, events[:2])) == []
    found = list(sent_twice(["once", "twice", "twice", "unknown"], 3, events))
    assert found == [
        "twice was taken by the venue 2 times",
        "the venue refused 3 orders that it had already",
        "the engine journalled the intent of again 2 times",
        "unknown was taken by the venue, and no intent of it is in the engine's journal",
    ]


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
