"""The supervisor knows of its own stops, wherever in a turn they fall."""

from __future__ import annotations

import pytest

from console.supervisor.absence import STALL_S, Absence


def test_turns_on_time_are_no_absence() -> None:
    absence = Absence(100.0)
    assert [absence.turn(100.0 + 0.25 * number) for number in range(1, 9)] == [0.0] * 8
    assert absence.turn(102.0 + STALL_S) == 0.0


def test_a_stop_is_as_long_as_the_turn_it_fell_into_and_counts_once() -> None:
    absence = Absence(100.0)
    absence.turn(100.05)
    assert absence.turn(107.05) == pytest.approx(7.0)
    assert absence.turn(107.1) == 0.0
