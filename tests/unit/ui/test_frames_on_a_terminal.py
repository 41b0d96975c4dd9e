"""What frames cost a terminal, and what a terminal that doesn't read does to them. No time is measured."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from dataclasses import replace
from functools import partial

import pytest
from textual import events
from textual.geometry import Size

from console.core.commands import CommandBoard
from console.core.dialogue import Mode
from console.core.format import clock
from console.core.pacing import ALLOWED
from console.core.records import GateRow
from console.core.theme import ThemeBook
from console.ui.app import ACKNOWLEDGE, KEY_PAINTS_AHEAD, QuarterdeckApp
from console.ui.bars import ConsoleHealth
from console.ui.ports import Ports
from tests.unit.core.wire import SECOND, T0
from tests.unit.ui.busy import BusyDesk
from tests.unit.ui.terminal import CountingDriver, on_terminal, until

# The budget of a frame: 200×60, every pane, 400 symbols of which 5 % of the cells on screen change.
BYTES_A_FRAME = 15_000
# What a key brings up, with what of the key before may come late: a tenth of a second on a line of 60 kB/s.
BYTES_A_KEY = 6_000
# Twenty-five milliseconds at 200 kB/s: the largest table, all of which may move, and what never waits. All
# tables at once are 11 kB.
BYTES_ON_A_SLOW_LINK = 5_000
# And ten: the bar and nothing else.
BYTES_OF_THE_KILL_BAR = 2_000
FRAMES = 60
PAUSED = [GateRow("OPERATOR_PAUSE", "ALFA", "me", "a look at the book", T0, "it is resumed")]


def make(tmp_path, repository, source=None, frame_rate=20.0):
    ports = Ports(source or BusyDesk(), CommandBoard(), None, lambda path: tmp_path / path, exports=tmp_path)
    return QuarterdeckApp(ports, themes=ThemeBook(repository / "themes"), frame_rate=frame_rate)


@pytest.mark.parametrize("color", ["truecolor", ""])
async def test_bytes_of_a_frame(tmp_path, repository, monkeypatch, color):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", color)
    app = make(tmp_path, repository)
    async with on_terminal(app, (200, 60)) as terminal:
        # From here on a frame goes out when the test says so, and the next one when it is drawn.
        app.pacer.may_send = lambda now: False
        await until(lambda: terminal.unanswered == 0)
        sizes = []
        for _ in range(FRAMES):
            terminal.taken()
            app._paint_frame(time.monotonic())
            sizes.append(len(terminal.taken().encode()))
    print(f"bytes a frame: mean {statistics.mean(sizes):,.0f}, most {max(sizes):,}")
    assert statistics.mean(sizes) <= BYTES_A_FRAME


async def test_the_first_paint_is_the_first_frame(tmp_path, repository, monkeypatch):
    source, painted = BusyDesk(), []
    write = CountingDriver.write

    def noting(driver, data):
        if "1 market" in data:
            painted.append(source.frames)
        write(driver, data)

    monkeypatch.setattr(CountingDriver, "write", noting)
    async with on_terminal(make(tmp_path, repository, source), (120, 40)):
        # The one without quotes: those of the second wait until arrays can be read.
        assert painted[0] == 1


async def test_another_size_is_written_once_and_with_its_own_lines(tmp_path, repository):
    app = make(tmp_path, repository)
    async with on_terminal(app, (120, 40)) as terminal:
        app.pacer.may_send = lambda now: False
        await until(lambda: terminal.unanswered == 0)
        terminal.taken()
        questions = terminal.questions
        app.post_message(events.Resize(Size(100, 30), Size(100, 30)))
        await until(lambda: terminal.questions > questions)
        # Nothing is left that would be painted later.
        for _ in range(20):
            await asyncio.sleep(0)
        rows = [int(row) for row in re.findall(r"\x1b\[(\d+);1H", terminal.taken())]
        assert sorted(set(rows)) == list(range(1, 31))
        assert len(rows) <= len(set(rows)) + 1
        drawn = app.desk.lines(app.latest, app._health(time.monotonic()), 100, 30, time.monotonic())
        assert [name for name in drawn if app._parts[name].changed(drawn[name])] in ([], ["status"])


async def slow_link(app, terminal):
    """From here on the link is slow, and a frame goes out when the test says so: the first of a desk that
    begins now, however many went out before.
    """
    app.pacer.may_send = lambda now: False
    app._ports.source.pull = BusyDesk().pull
    # How long a frame took to draw is in the status line, and takes room from a table.
    app._health = lambda now: ConsoleHealth(link_ms=100.0, rate=10.0, paint_ms=5.0)
    await until(lambda: terminal.unanswered == 0)
    app.pacer.acknowledged = lambda now: None
    app.pacer.round_trip = 0.0
    app._ask_terminal = lambda: None
    # Nothing of what went out before waits for its turn any more, however much that was.
    app._paint_frame(time.monotonic())
    app.pacer.round_trip = 0.1


async def test_a_slow_link_gets_no_frame_that_a_key_would_wait_behind(tmp_path, repository, monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    app = make(tmp_path, repository)
    async with on_terminal(app, (200, 60)) as terminal:
        await slow_link(app, terminal)
        sizes = []
        for _ in range(FRAMES):
            terminal.taken()
            app._paint_frame(time.monotonic())
            sizes.append(len(terminal.taken().encode()))
        print(f"bytes a frame on a slow link: mean {statistics.mean(sizes):,.0f}, most {max(sizes):,}")
        assert max(sizes) <= BYTES_ON_A_SLOW_LINK
        # Nobody is forgotten: with nothing new, the screen is soon what the desk is.
        app._ports.source.pull = lambda selected, interval: app.latest
        for _ in range(len(app._parts)):
            app._paint_frame(time.monotonic())
        drawn = app.desk.lines(app.latest, app._health(time.monotonic()), 200, 60, time.monotonic())
        for name in ("watch", "chart", "signals", "orders", "positions", "risk", "log"):
            assert app._parts[name].changed(drawn[name]) == [], name


async def test_a_key_on_a_slow_link_takes_no_table_along(tmp_path, repository, monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    ports = Ports(BusyDesk(), CommandBoard(), Nobody(), lambda path: tmp_path / path, exports=tmp_path)
    app = QuarterdeckApp(ports, themes=ThemeBook(repository / "themes"))
    async with on_terminal(app, (200, 60)) as terminal:
        await slow_link(app, terminal)
        app.pacer.sent = lambda now: None
        app.pacer._open.clear()
        for _ in range(FRAMES // 3):
            app._paint_frame(time.monotonic())
            terminal.taken()
            for key, shows in (("K", "ENTER fires"), ("escape", "disarmed")):
                app._press(key, key)
                painted = terminal.taken()
                assert shows in painted
                assert len(painted.encode()) <= BYTES_OF_THE_KILL_BAR


async def test_a_slow_link_is_told_of_a_gate_by_the_top_line_and_the_risk_pane_at_once(tmp_path, repository):
    app = make(tmp_path, repository)
    pull = app._ports.source.pull
    async with on_terminal(app, (200, 60)) as terminal:
        await slow_link(app, terminal)
        for gates in (PAUSED, [], PAUSED):
            app._ports.source.pull = partial(gated, pull, gates)
            now = time.monotonic()
            app._paint_frame(now)
            drawn = app.desk.lines(app.latest, app._health(now), 200, 60, now)
            assert [app._parts[name].changed(drawn[name]) for name in ("summary", "risk")] == [[], []]
            assert ("operator pause" in drawn["summary"][0].text) == bool(gates)


def gated(pull, gates, *asked):
    """A frame of `pull` with these gates closed."""
    frame = pull(*asked)
    return replace(frame, desk=replace(frame.desk, gates=gates))


class Nobody:
    """Carries out no command."""

    def execute(self, intent, tell):
        raise ValueError("this desk only moves")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_bytes_of_what_a_key_brings_up(tmp_path, repository, size):
    ports = Ports(BusyDesk(), CommandBoard(), Nobody(), lambda path: tmp_path / path, exports=tmp_path)
    app = QuarterdeckApp(ports, themes=ThemeBook(repository / "themes"))
    async with on_terminal(app, size) as terminal:
        app.pacer.may_send = lambda now: False
        await until(lambda: terminal.unanswered == 0)
        for _ in range(3):
            app._paint_frame(time.monotonic())
        for key, shows in (
            ("K", "ENTER fires"),
            ("escape", "disarmed"),
            ("r", "sends it"),
            ("escape", "was sent"),
        ):
            terminal.taken()
            questions = terminal.questions
            app.post_message(events.Key(key, key if len(key) == 1 else None))
            await until(lambda text=shows: text in "".join(terminal.written))
            await until(lambda before=questions: terminal.questions > before)
            painted = len(terminal.taken().encode())
            assert painted <= BYTES_A_KEY
        assert app.dialogue.mode is Mode.NORMAL


async def test_what_a_key_brings_up_is_written_at_once_and_in_one_piece(tmp_path, repository):
    ports = Ports(BusyDesk(), CommandBoard(), Nobody(), lambda path: tmp_path / path, exports=tmp_path)
    app = QuarterdeckApp(ports, themes=ThemeBook(repository / "themes"))
    async with on_terminal(app, (80, 24)) as terminal:
        app.pacer.may_send = lambda now: False
        await until(lambda: terminal.unanswered == 0)
        for key, shows in (("K", "ENTER fires"), ("escape", "disarmed")):
            terminal.taken()
            app._press(key, key)
            painted, question, rest = terminal.taken().rpartition(ACKNOWLEDGE)
            # Nothing ran between the key and this: no task, no timer.
            assert shows in painted
            assert (question, rest) == (ACKNOWLEDGE, "")
            # A message that shrinks leaves none of its rows behind, not even for a moment.
            assert painted.count(shows) == 1
            await asyncio.sleep(0)
            assert "\x1b[" not in terminal.taken().replace(ACKNOWLEDGE, "")


async def test_another_theme_reaches_every_row_though_a_message_moves_the_panes(tmp_path, repository):
    app = make(tmp_path, repository)
    async with on_terminal(app, (120, 40)) as terminal:
        app.pacer.may_send = lambda now: False
        await until(lambda: terminal.unanswered == 0)
        app.desk.say("a long story " * 30, time.monotonic())
        app.paint_now()
        assert app.desk.message_rows > 2
        terminal.taken()
        # A message of one row instead of three: the arrangement and the theme change in one.
        app._press("t", "t")
        written = ""

        def every_row():
            nonlocal written
            written += terminal.taken()
            return {int(row) for row in re.findall(r"\x1b\[(\d+);\d+H", written)} >= set(range(1, 41))

        await until(every_row)


@pytest.mark.parametrize("term", ["xterm-256color", "xterm"])
async def test_a_picture_of_the_screen_leaves_the_colours_as_they_are(
    tmp_path, repository, monkeypatch, term
):
    monkeypatch.setenv("TERM", term)
    app = make(tmp_path, repository)
    async with on_terminal(app, (120, 40)) as terminal:
        await until(lambda: terminal.unanswered == 0)
        terminal.taken()
        for style in app.look.palette._styles.values():
            style._ansi = None
        assert "<svg" in app.picture()()
        app.query_one("#watch").refresh()
        app.query_one("#risk").refresh()
        await until(lambda: "gross exposure" in "".join(terminal.written))
        assert "[38;2;" not in "".join(terminal.written)
        assert ";2;" not in "".join(terminal.written).replace(";2;2", "")


class Turning(BusyDesk):
    """A busy desk whose clock the test sets."""

    hours = 0

    def __init__(self):
        super().__init__()
        self.shown: list[int] = []

    def pull(self, selected, interval_s):
        frame = super().pull(selected, interval_s)
        self.shown.append(self.hours)
        return replace(frame, now_us=frame.now_us + self.hours * 3_600 * SECOND)


async def test_a_terminal_that_does_not_read_gets_the_newest_frame_and_no_backlog(tmp_path, repository):
    source = Turning()
    app = make(tmp_path, repository, source, frame_rate=200.0)
    async with on_terminal(app, (120, 40)) as terminal:
        await until(lambda: source.frames > 5)
        terminal.answers = False
        await until(lambda: app.pacer.outstanding == ALLOWED)
        await until(lambda: terminal.unanswered == ALLOWED)
        terminal.taken()
        pulled, looked = source.frames, 0
        should_ask_again = app.pacer.should_ask_again

        def count(now):
            nonlocal looked
            looked += 1
            return should_ask_again(now)

        app.pacer.should_ask_again = count
        # An hour passes at the desk, and a hundred frames would have been due.
        source.hours = 1
        await until(lambda: looked > 100)
        # From here on none is asked again, however slow the machine is.
        app.pacer.should_ask_again = lambda now: False
        assert source.frames == pulled
        assert terminal.taken().replace(ACKNOWLEDGE, "") == ""
        # Keys are obeyed, and paint no more than a few times ahead of the terminal.
        for _ in range(20):
            app.post_message(events.Key("tab", None))
        await until(lambda: app._waiting_paint)
        # Each paint is followed by a question.
        assert terminal.taken().count(ACKNOWLEDGE) <= KEY_PAINTS_AHEAD + 1
        terminal.answers = True
        terminal.answer()
        await until(lambda: source.frames > pulled)
        assert source.shown[pulled] == 1
        later = clock(T0 + 3_600 * SECOND)[:5]
        await until(lambda: later in app.query_one("#status").lines[0].text)


async def test_a_lost_answer_does_not_stop_the_frames(tmp_path, repository):
    source = BusyDesk()
    app = make(tmp_path, repository, source, frame_rate=200.0)
    async with on_terminal(app, (120, 40)) as terminal:
        terminal.answers = False
        await until(lambda: terminal.unanswered >= ALLOWED)
        # All that was asked is lost; the question is asked again by itself.
        terminal.unanswered = 0
        pulled = source.frames
        terminal.answers = True
        await until(lambda: source.frames > pulled + 3)
