"""A message lies over the panes above it, and never over the row that it asks about."""

from __future__ import annotations

import pytest

from console.core.actions import PANES
from tests.unit.core.wire import gate
from tests.unit.ui.frames import PAUSED, frame
from tests.unit.ui.screens import Hand

SHOWN = frame(gates=[*PAUSED, *(gate("STALE_MARKET_DATA", f"S{number}") for number in range(12))])
QUESTIONS = {"resume": ("r",), "palette": ("ctrl+p",)}


def selected_rows(hand):
    """The lines with the selection's ground that no message covers."""
    drawn, rectangles = hand.lines(), hand.desk.rectangles(*hand.size)
    part = "watch" if hand.desk.focus == "market" else hand.desk.focus
    rect, message = rectangles[part], rectangles["message"]
    return [
        shown.text
        for y, shown in enumerate(drawn[part], rect.y)
        if shown.background == "selection" and y < message.y
    ]


@pytest.mark.parametrize(("width", "height"), [(80, 12), (80, 24), (200, 60)])
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("pane", PANES)
def test_the_selected_row_is_seen_beside_what_is_asked_about_it(width, height, pane, question):
    hand = Hand(SHOWN, width, height)
    hand.press(str(PANES.index(pane) + 1))
    hand.press("home")
    hand.press("end")
    (row,) = selected_rows(hand)[:1]
    for key in QUESTIONS[question]:
        hand.press(key)
    rows = hand.desk.rectangles(width, height)["message"].height
    assert rows > 1
    assert selected_rows(hand)[:1] == [row]
    hand.press("escape")
    assert selected_rows(hand)[:1] == [row]


def test_a_kill_bar_moves_no_row():
    hand = Hand(SHOWN, 200, 60)
    hand.press("2")
    hand.press("home")
    hand.press("end")
    before = hand.lines()["signals"]
    hand.press("K")
    assert hand.lines()["signals"] == before
