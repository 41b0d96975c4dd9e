"""The judge of agreement: what it must not let pass."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from console.core.frame import Frame
from console.core.ledger import FILLS
from console.core.picture import DeskPicture, StreamRow
from tests.agreement import Execution, Witness, differences, from_screen, shown, synchronised


def venue(fills: int) -> Witness:
    """A book of that many buys of one."""
    one = Execution(0, "q1-1", "ESH4", Decimal(1), Decimal(4800), Decimal(0))
    executions = {f"E{number}": replace(one, venue_sequence=number) for number in range(1, fills + 1)}
    return Witness("venue", executions, {"ESH4": Decimal(fills)})


def test_an_empty_screen_does_not_agree() -> None:
    assert len(differences(shown(venue(3)), from_screen(Frame(0)))) == 4
    assert differences(shown(venue(0)), replace(from_screen(Frame(0)), positions={"ESH4": Decimal(0)})) == []


def test_a_screen_must_show_as_many_fills_as_it_keeps() -> None:
    expected = shown(venue(FILLS + 2))
    assert len(expected.executions) == FILLS
    assert "E2" not in expected.executions
    assert f"E{FILLS + 2}" in expected.executions
    fewer = dict(expected.executions)
    del fewer["E3"]
    assert len(differences(expected, replace(expected, executions=fewer))) == 1


def test_a_different_price_is_named() -> None:
    truth = venue(1)
    changed = {"E1": replace(truth.executions["E1"], price=Decimal("4800.000000001"))}
    assert len(differences(truth, replace(truth, executions=changed))) == 1


def test_a_screen_that_is_behind_is_not_synchronised() -> None:
    def frame(*, catching_up: bool) -> Frame:
        streams = (
            StreamRow("risk", 1, 0, 0, catching_up=False, age_s=0),
            StreamRow("execution", 1, 0, 0, catching_up=catching_up, age_s=0),
        )
        return Frame(0, desk=DeskPicture(streams=streams))

    assert synchronised(frame(catching_up=False))
    assert not synchronised(frame(catching_up=True))
    assert not synchronised(Frame(0))
