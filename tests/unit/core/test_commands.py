"""A command is never a hope: what the board says of it."""

from __future__ import annotations

import pytest

from console.core.commands import CommandBoard, Intent, Kind, Report, run_command
from console.core.controller import Acknowledgement, Outcome
from console.proto import messages_pb2 as pb


def answered(service, outcome, *, reason="", ms=2.4, missing=(), working=0):
    return Acknowledgement(service, outcome, reason, ms, missing, working, pb.CommandResult())


class Scripted:
    """Answers as it was told."""

    def __init__(self, report=None, error=None, stages=()):
        self.report, self.error, self.stages = report, error, stages

    def execute(self, intent, tell):
        for stage in self.stages:
            tell(stage)
        if self.error:
            raise self.error
        return self.report


def carry(commander, intent=None):
    board, seen = CommandBoard(), []
    run_command(
        commander,
        board,
        intent or Intent(Kind.PAUSE, "ALFA"),
        lambda: seen.append(board.views()[-1]),
        lambda: 1,
    )
    return board.views()[-1], seen


def test_the_story_names_who_acknowledged_and_when():
    report = Report("c1", Outcome.DONE, (answered("execution-engine", Outcome.DONE, working=3),))
    view, seen = carry(Scripted(report))
    assert (
        view.sentence
        == "pause ALFA: sent → execution-engine acknowledged in 2.4 ms, 3 working orders stay → done"
    )
    assert seen[0].open
    assert seen[0].sentence == "pause ALFA: sent → waiting"
    assert not view.open


@pytest.mark.parametrize("kind", [Kind.KILL, Kind.PAUSE])
def test_what_stops_trading_says_what_it_lacks_and_what_it_ends(kind):
    said = answered("execution-engine", Outcome.ACCEPTED, reason="it ends the flatten of ALFA", working=1)
    view, _ = carry(Scripted(Report("c1", Outcome.DONE, (said,))), Intent(kind, "ALFA"))
    assert "1 working order" in view.sentence
    assert view.sentence.endswith(": it ends the flatten of ALFA → done")


def test_a_refusal_tells_why_and_what_is_missing():
    answer = answered("execution-engine", Outcome.REFUSED, reason="not reconciled", missing=("a fresh tick",))
    view, _ = carry(Scripted(Report("c1", Outcome.REFUSED, (answer,))), Intent(Kind.REARM, reason="ok"))
    assert view.sentence.endswith("REFUSED in 2.4 ms: not reconciled (missing: a fresh tick)")


def test_silence_is_unknown_and_says_so():
    answer = answered(
        "execution-engine", Outcome.UNKNOWN, reason="execution-engine did not answer within 2 s"
    )
    view, _ = carry(Scripted(Report("c1", Outcome.UNKNOWN, (answer,))))
    assert "UNKNOWN: it may or may not have happened" in view.sentence


@pytest.mark.parametrize(
    ("error", "outcome"), [(ValueError("no limit"), Outcome.REFUSED), (OSError("no socket"), Outcome.UNKNOWN)]
)
def test_a_failure_closes_the_command_with_its_reason(error, outcome):
    view, _ = carry(Scripted(error=error))
    assert view.outcome is outcome
    assert str(error) in view.sentence


def test_even_an_unexpected_failure_never_leaves_a_command_open():
    board = CommandBoard()
    with pytest.raises(ZeroDivisionError):
        run_command(Scripted(error=ZeroDivisionError()), board, Intent(Kind.PAUSE), lambda: None, lambda: 1)
    assert board.views()[-1].outcome is Outcome.UNKNOWN
    assert not board.in_flight(Intent(Kind.PAUSE))


def test_stages_are_seen_as_they_come():
    report = Report("c1", Outcome.DONE, conclusion="VERIFIED: the venue holds no open order")
    view, seen = carry(Scripted(report, stages=("LATCHED", "CANCELLING")), Intent(Kind.KILL))
    assert [len(step.stages) for step in seen] == [0, 1, 2, 2]
    assert view.sentence == "kill desk: sent → LATCHED → CANCELLING → VERIFIED: the venue holds no open order"


def test_a_command_under_way_is_known_and_the_board_is_bounded():
    board = CommandBoard(capacity=3)
    numbers = [board.open(Intent(Kind.PAUSE, f"S{n}"), n) for n in range(5)]
    assert [view.intent.symbol for view in board.views()] == ["S2", "S3", "S4"]
    assert board.in_flight(Intent(Kind.PAUSE, "S4"))
    board.close(numbers[-1], Report("c", Outcome.DONE), 9)
    assert not board.in_flight(Intent(Kind.PAUSE, "S4"))
