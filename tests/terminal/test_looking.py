"""What a trader sees: panes that fill and move at every size, and a console that leaves the desk alone."""

from __future__ import annotations

import os
import re
import signal

import psutil
import pytest

from console.core.services import SHORT_NAMES
from console.core.venue import VenueClient
from tests.desk import Desk, wait_for
from tests.terminal.tmux import Terminal

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_pane_fills_and_moves(shared_desk: Desk, width: int, height: int) -> None:
    with Terminal(shared_desk.home.root, width=width, height=height) as terminal:
        before = terminal.shows(r"PAPER[\s\S]*ALFA .*\d")
        for key, pattern in zip(
            "23456",
            ("▲ BUY|▼ SELL|▬ HOLD", r"filled|working|part", r"[▲▼] -?\d", "gross exposure", "who"),
            strict=True,
        ):
            terminal.press(key)
            terminal.shows(pattern)
        terminal.press("1")
        wait_for(lambda: terminal.screen() != before, "a change on the screen")
        lines = terminal.screen().splitlines()
        assert all(len(line) <= width for line in lines)
        for name in SHORT_NAMES.values() if width < 150 else SHORT_NAMES:
            assert name in lines[0]
        assert "? help" in lines[height - 1]


def test_resizing_keeps_every_pane_whole(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root, width=200, height=60) as terminal:
        terminal.shows("6 log[\\s\\S]*K kill")
        terminal.resize(80, 24)
        terminal.shows(r"1 market.*2 signals.*3 orders.*6 log")
        terminal.resize(130, 45)
        terminal.shows(r"3 orders[\s\S]*5 risk[\s\S]*6 log")


def test_one_pane_alone_and_read_only(shared_desk: Desk) -> None:
    arguments = ("--pane", "risk", "--read-only")
    with Terminal(shared_desk.home.root, *arguments, width=90, height=30) as terminal:
        terminal.shows("READ-ONLY[\\s\\S]*gross exposure")
        terminal.press("K", "Enter", "p", "P", "R", "y")
        screen = terminal.shows("5 risk")
        assert "1 market" not in screen
        assert "K kill" not in screen.splitlines()[-1]
        assert "quarterdeck kill in a shell stops the desk" in screen.splitlines()[-1]
    assert not shared_desk.status()["kill"]["latched"]
    assert "operator_pause" not in shared_desk.gates()


def test_help_details_filter_and_goto(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        terminal.press("?")
        terminal.shows("Three lines are enough")
        terminal.press("Escape")
        terminal.gone("Three lines are enough")
        terminal.press("2", "z", "Down", "Enter")
        terminal.shows("rsi +[+-]")
        terminal.press("Escape", "z", "g")
        terminal.type("echo")
        terminal.press("Enter")
        terminal.shows("ECHO 1s")
        terminal.press("3", "/")
        terminal.type("brvo")
        terminal.shows("/brvo")


def test_the_chart_layout_and_palette_answer_to_keys(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root, width=200, height=60) as terminal:
        terminal.shows("ALFA .*now")
        terminal.press("1", "o", "b", "Left")
        terminal.shows(r"ALFA 1s +\d\d:\d\d:\d\d +o [\s\S]*SMA 20[\s\S]*RSI")
        terminal.press("Escape", "2", "x")
        terminal.gone(r"conf\.")
        terminal.press("C-p")
        terminal.type("every pane again")
        terminal.shows("action: every pane again")
        terminal.press("Enter")
        terminal.shows(r"conf\.")
        terminal.press("1", "F")
        terminal.shows(r"flatten: type [A-Z]{4} and enter")
        terminal.press("Escape")
        terminal.shows("nothing was sent")


def test_no_colour_and_sixteen_colours(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root, NO_COLOR="1") as terminal:
        terminal.shows("ALFA .*now")
        assert "\x1b[38" not in terminal.colors()
        assert "\x1b[48" not in terminal.colors()
    with Terminal(shared_desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        terminal.press(":")
        terminal.type("theme ansi")
        terminal.press("Enter")
        terminal.shows("Sixteen colours")
        assert "38;5;" not in terminal.colors()


def test_quitting_leaves_the_desk_running(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        terminal.press("q")
        terminal.shows("console ended with 0")
    assert shared_desk.status()["running"]


@pytest.mark.parametrize("ending", [signal.SIGHUP, None])
def test_a_lost_terminal_ends_the_console_and_not_the_desk(
    shared_desk: Desk, ending: signal.Signals | None
) -> None:
    with Terminal(shared_desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        process = psutil.Process(terminal.console_pid())
        if ending is None:
            terminal.close()
        else:
            os.kill(process.pid, ending)
        wait_for(
            lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE,
            "the console's end",
        )
    assert shared_desk.status()["running"]


def test_the_positions_pane_shows_what_the_venue_reports(desk: Desk) -> None:
    desk.must("pause")
    wait_for(lambda: not desk.venue_open(), "the last orders' end", 60)
    with VenueClient.of(desk.config()) as venue:
        held = {one.symbol: one.quantity for one in venue.positions() if one.quantity}
    assert held, "the desk holds nothing to compare"
    with Terminal(desk.home.root, "--pane", "positions", width=140, height=30) as terminal:
        shown: dict[str, float] = {}

        def agrees() -> bool:
            rows = re.findall(r"([A-Z]{4}) +([▲▼]) (-?[\d,.]+)", terminal.screen())
            shown.clear()
            shown.update({symbol: float(number.replace(",", "")) for symbol, _, number in rows})
            arrows = all((arrow == "▲") == (shown[symbol] > 0) for symbol, arrow, _ in rows)
            return arrows and shown == held

        try:
            wait_for(agrees, "the venue's quantities on the screen", 20)
        except AssertionError as error:
            raise AssertionError(f"venue {held}, screen {shown}\n{terminal.screen()}") from error
        assert not desk.venue_open()
