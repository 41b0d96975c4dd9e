"""When the database has everything a snapshot tells of."""

from __future__ import annotations

import pytest

from console.cli.settle import unprojected
from console.proto import messages_pb2 as pb


def pong(last_sequence: int, backlog: int = 0, state: str = "OK") -> pb.Pong:
    store = pb.StoreStatus(state=pb.StoreStatus.State.Value(state), backlog=backlog)
    return pb.Pong(last_sequence=last_sequence, store=store)


@pytest.mark.parametrize(
    ("answer", "settled"),
    [
        (pong(10), True),
        (pong(11), True),
        # Without a backlog, but of a time before the snapshot.
        (pong(9), False),
        (pong(10, backlog=1), False),
        (pong(10, state="BEHIND"), False),
        (pong(10, state="AWAY"), False),
        # Whatever is wrong with the record, it is complete.
        (pong(10, state="DIFFERS"), True),
        (pong(10, backlog=1, state="DIFFERS"), False),
        (pong(0, state="OFF"), True),
    ],
)
def test_it_has_everything_once_a_later_answer_has_no_backlog(answer: pb.Pong, settled: bool) -> None:
    assert (unprojected("execution-engine", pb.Snapshot(sequence=10), answer) == "") is settled
