"""Flows through the real app, driven by Textual's pilot."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from console.core.commands import Intent, Kind, Report
from console.core.controller import Outcome
from console.core.dialogue import Mode
from console.core.keymap import build_keymap
from console.core.theme import ThemeBook
from console.ui.app import SILENT_S
from console.ui.message import NOTE_SHOWN_S
from tests.unit.core.wire import kill
from tests.unit.ui.frames import NOW, PAUSED, frame, make_app, screen_text

SIZES = [(80, 24), (120, 40), (200, 60)]


async def until(pilot, condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not reached"
        await pilot.pause(0.01)


async def ready(pilot):
    await until(pilot, lambda: "PAPER" in screen_text(pilot.app))


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_fills_at_every_size(tmp_path, size):
    app, _, _ = make_app(tmp_path)
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        for key, word in zip(
            "123456", ("ALFA", "SELL", "working", "CHRL", "gross exposure", "opened"), strict=True
        ):
            await pilot.press(key)
            assert word in screen_text(app)


async def test_a_pause_is_acknowledged_on_the_screen(tmp_path):
    app, _, commander = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        commander.let.clear()
        await pilot.press("p")
        await until(pilot, lambda: "pause ALFA: sent" in screen_text(app))
        assert "acknowledged" not in screen_text(app)
        commander.let.set()
        await until(pilot, lambda: "execution-engine acknowledged in 2.5 ms" in screen_text(app))
        assert commander.intents == [Intent(Kind.PAUSE, "ALFA")]


async def test_kill_arm_disarm_and_fire(tmp_path):
    app, _, commander = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("K")
        assert "KILL THE WHOLE DESK: cancels 2 open orders" in screen_text(app)
        await pilot.press("p", "y", "escape")
        assert "KILL THE WHOLE DESK" not in screen_text(app)
        assert commander.intents == []
        await pilot.press("K", "enter")
        await until(pilot, lambda: commander.intents == [Intent(Kind.KILL)])


@pytest.mark.parametrize("opening", ["colon", "slash", "g"])
async def test_the_kill_key_works_in_text_fields(tmp_path, opening):
    app, _, commander = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press(opening, "a", "K")
        assert app.dialogue.mode is Mode.ARMED
        await pilot.press("enter")
        await until(pilot, lambda: commander.intents == [Intent(Kind.KILL)])


async def test_read_only_has_no_dangerous_action_at_all(tmp_path):
    app, _, commander = make_app(tmp_path, read_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        assert "READ-ONLY" in screen_text(app)
        await pilot.press(
            "K", "enter", "p", "P", "r", "y", "R", "y", "3", "down", "c", "colon", *"pause", "enter"
        )
        assert "read-only" in screen_text(app)
        assert app.dialogue.mode is Mode.NORMAL
    assert commander.intents == []


async def test_resume_asks_first(tmp_path):
    app, _, commander = make_app(tmp_path, held=frame(gates=PAUSED))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("r")
        assert "resume ALFA? y sends it" in screen_text(app)
        await pilot.press("y")
        await until(pilot, lambda: commander.intents == [Intent(Kind.RESUME, "ALFA")])


async def test_cancel_takes_the_selected_working_order(tmp_path):
    app, _, commander = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("3", "down", "c")
        await until(pilot, lambda: commander.intents == [Intent(Kind.CANCEL, order="q1-2")])
        await pilot.press("end", "c")
        assert "select a working order first" in screen_text(app)


async def test_the_command_line_completes_explains_and_sends(tmp_path):
    app, _, commander = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("colon", *"pau", "tab")
        assert "no new risk in the symbol" in screen_text(app)
        await pilot.press(*"br", "tab", "enter")
        await until(pilot, lambda: commander.intents == [Intent(Kind.PAUSE, "BRVO")])
        await pilot.press("colon", *"fly", "enter")
        assert "there is no command 'fly'" in screen_text(app)


async def test_the_same_command_is_not_sent_while_it_is_under_way(tmp_path):
    app, _, commander = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        commander.let.clear()
        await pilot.press("colon", *"pause ALFA", "enter")
        await until(pilot, lambda: len(commander.intents) == 1)
        await pilot.press("colon", *"pause ALFA", "enter")
        await pilot.pause(0.8)
        await pilot.press("p")
        assert len(commander.intents) == 1
        commander.let.set()


async def test_zoom_tabs_help_filter_and_goto(tmp_path):
    app, _, _ = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("tab", "z")
        assert app.desk.focus == "signals"
        assert "6 log" in screen_text(app)
        await pilot.press("z", "question_mark")
        assert "Three lines are enough" in screen_text(app)
        await pilot.press("escape", "3", "slash", *"brvo", "enter")
        assert "/brvo" in screen_text(app)
        await pilot.press("escape", "g", *"chrl", "enter")
        assert app.desk.symbol == "CHRL"
        assert "no operator" not in screen_text(app)


async def test_quit_leaves_the_console_with_zero(tmp_path):
    app, _, commander = make_app(tmp_path)
    async with app.run_test() as pilot:
        await ready(pilot)
        await pilot.press("q")
    assert app.return_value == 0
    assert commander.intents == []


async def test_keys_that_terminals_swallow_do_nothing(tmp_path):
    app, _, _commander = make_app(tmp_path)
    async with app.run_test() as pilot:
        await ready(pilot)
        await pilot.press("ctrl+q", "ctrl+c", "ctrl+z", "ctrl+p")
        assert app.is_running
        assert app.return_value is None


async def test_one_pane_alone(tmp_path):
    app, _, _ = make_app(tmp_path, pane="orders")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("tab", "1")
        text = screen_text(app)
        assert "3 orders" in text
        assert "2 signals" not in text


async def test_resizing_arranges_anew(tmp_path):
    app, _, _ = make_app(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        assert "2 signals" in screen_text(app)
        assert not app.query_one("#risk").region
        await pilot.resize_terminal(200, 60)
        await until(pilot, lambda: app.query_one("#risk").region.height > 5)
        await until(pilot, lambda: "gross exposure" in screen_text(app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not app.query_one("#risk").region)


async def test_themes_change_live_and_a_bad_one_is_named(tmp_path, repository):
    (tmp_path / "bad.yaml").write_text("name: bad")
    app, _, _ = make_app(tmp_path, themes=ThemeBook(repository / "themes", tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        before = next(iter(app.query_one("#status").render_line(0))).style
        await pilot.press("colon", *"theme light", "enter")
        assert next(iter(app.query_one("#status").render_line(0))).style != before
        await pilot.press("colon", *"theme bad", "enter")
        assert "bad.yaml" in screen_text(app)
        assert "light stays in force" in screen_text(app)
        for name in app._themes.names():
            await pilot.press("t")
            assert app.is_running, name


async def test_export_writes_where_it_is_told(tmp_path):
    app, _, _ = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("E")
        await until(pilot, lambda: f"order history written to {tmp_path}" in screen_text(app))
        await pilot.press("3", "e")
        await until(pilot, lambda: "4 rows of orders written to" in screen_text(app))
        written = next(tmp_path.glob("orders-*.csv")).read_text().splitlines()
        assert written[0].startswith("status,symbol,side")
        assert any("400/1,200" in row for row in written)
        await pilot.press("W")
        await until(pilot, lambda: "the screen was written to" in screen_text(app))
        drawn = next(tmp_path.glob("screen-*.svg")).read_text()
        assert drawn.startswith("<svg")
        for shown in ("PAPER", "CHRL", "48.50", "rejected"):
            assert shown in drawn, shown


async def test_no_key_waits_for_a_file(tmp_path):
    app, _, commander = make_app(tmp_path)
    let, began = threading.Event(), threading.Event()

    def slow(path):
        began.set()
        assert let.wait(30)
        return tmp_path / "slow.csv"

    app._acting._export_orders = slow
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("E", "K")
        await until(pilot, began.is_set)
        assert "KILL THE WHOLE DESK" in screen_text(app)
        await pilot.press("escape", "E")
        # However long it takes, that it is under way stays on the screen.
        text, _, at = app.desk.note
        assert text == "the file is being written"
        assert time.monotonic() + 3_600 - at < NOTE_SHOWN_S
        await pilot.press("K", "enter")
        await until(pilot, lambda: commander.intents == [Intent(Kind.KILL)])
        let.set()
        await until(pilot, lambda: "slow.csv" in app.desk.note[0])


async def test_no_key_waits_for_what_is_remembered_and_the_newest_wins(tmp_path):
    let, written = threading.Event(), []

    def remember(content):
        written.append(content)
        assert let.wait(30)

    app, _, commander = make_app(tmp_path, memory=None, remember=remember)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        # The very first key of the very first start, and then some that change the layout.
        await pilot.press("K")
        assert "KILL THE WHOLE DESK" in screen_text(app)
        await until(pilot, lambda: len(written) == 1)
        await pilot.press("escape", "o", "s", "2", "x", "1", "K", "enter")
        await until(pilot, lambda: commander.intents == [Intent(Kind.KILL)])
        assert len(written) == 1
        let.set()
        await until(pilot, lambda: len(written) == 2)
        assert written[0]["hidden"] == []
        assert written[1]["hidden"] == ["signals"]
        assert written[1]["sort"]["market"] == ["symbol", True]


async def test_a_layout_that_cannot_be_kept_is_told(tmp_path):
    def remember(content):
        raise OSError("no space left")

    app, _, _ = make_app(tmp_path, memory={}, remember=remember)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "the layout can't be kept: no space left" in screen_text(app))


async def test_beside_a_proved_kill_stands_the_desk_as_it_is_by_then(tmp_path):
    app, source, commander = make_app(tmp_path)
    stages = [
        kill(name, at=NOW - 9_000 + 3_000 * place, operator="ann")
        for place, name in enumerate(("LATCHED", "CANCELLING", "VERIFIED"))
    ]

    killed, asked = frame(killed=True, kills=stages), threading.Event()

    def execute(intent, tell):
        assert asked.wait(60)
        source.held = killed
        return Report("c1", Outcome.DONE, (), "VERIFIED: the venue holds no open order")

    commander.execute = execute
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        # No frame is due any more: what is painted comes with the command's own step.
        app.pacer.may_send = lambda now: False
        await pilot.press("K", "enter")
        await until(pilot, lambda: "sent" in screen_text(app))
        asked.set()
        await until(pilot, lambda: "VERIFIED: the venue holds no open order" in screen_text(app))
        assert "■ NOT TRADING killed desk by ann" in app.query_one("#summary").lines[0].text


async def test_garbage_is_collected_while_the_terminal_is_silent_and_never_under_a_waiting_key(tmp_path):
    app, _, _ = make_app(tmp_path)
    collected = []
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        app.pacer.may_send = lambda now: False
        app._tidying.between_frames = collected.append
        await until(pilot, lambda: len(collected) > 2)
        # A key's paint waits for the terminal, which answered a moment ago; then it falls silent.
        looked, silent_for = 0, 0.0

        def stalled_for(now):
            nonlocal looked
            looked += 1
            return silent_for

        app.pacer.stalled_for, app._waiting_paint = stalled_for, True
        await until(pilot, lambda: looked > 1)
        collected.clear()
        seen = looked
        await until(pilot, lambda: looked > seen + 2)
        assert collected == []
        silent_for = SILENT_S + 1
        await until(pilot, lambda: len(collected) > 2)


@pytest.mark.parametrize("line", ["screenshot /dev/null/a", "export ~nobody-of-that-name/a.csv"])
async def test_a_file_that_cannot_be_written_is_told_and_nothing_more(tmp_path, line):
    app, _, _ = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("colon", *line, "enter")
        await until(pilot, lambda: "the file can't be written" in screen_text(app))
        assert app.is_running


async def test_what_nobody_foresaw_about_a_file_is_told_too(tmp_path):
    app, _, _ = make_app(tmp_path)
    app._acting._export_orders = lambda wanted: {}["wanted"]
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("E")
        await until(pilot, lambda: "the file can't be written: 'wanted'" in screen_text(app))


async def test_details_of_no_row_are_asked_for_in_vain_and_it_is_said(tmp_path):
    app, _, _ = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("3", "enter")
        await until(pilot, lambda: "select a row first" in screen_text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "esc goes back" in screen_text(app))


async def test_only_changed_rows_are_drawn_again(tmp_path):
    app, source, _ = make_app(tmp_path)
    async with app.run_test(size=(200, 60)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "◂" in screen_text(app))
        drawn = []
        for part in app._parts.values():
            part.refresh = lambda *regions, part=part, **more: drawn.append((part.id, len(regions)))
        pulls = source.pulls
        await until(pilot, lambda: source.pulls > pulls + 5)
        assert {name for name, _ in drawn} <= {"status"}


async def test_a_user_keymap_reaches_the_app(tmp_path):
    app, _, commander = make_app(tmp_path, keymap=build_keymap({"pause-symbol": "f5"}))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("p")
        await asyncio.sleep(0)
        assert commander.intents == []
        await pilot.press("f5")
        await until(pilot, lambda: commander.intents == [Intent(Kind.PAUSE, "ALFA")])
