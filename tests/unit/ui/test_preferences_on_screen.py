"""Layout, mouse, themes, ASCII, alerts and what is remembered, through the real app."""

from __future__ import annotations

import asyncio
import queue
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events

from console.core.actions import PANES
from console.core.dialogue import Mode
from console.core.journal import Severity
from console.core.preferences import Memory, Preferences, PreferencesError
from console.core.theme import ThemeBook
from console.ui.arrangement import PANE_OF, Layout, arrange
from console.ui.bars import ConsoleHealth
from console.ui.herald import Herald
from console.ui.ink import Palette
from tests.unit.core.wire import gate
from tests.unit.ui.frames import NOW, desk_state, frame, make_app, screen_text
from tests.unit.ui.test_app import ready, until
from tests.unit.ui.test_panes import make_desk


@given(
    st.integers(80, 300),
    st.integers(24, 90),
    st.sampled_from(PANES),
    st.sets(st.sampled_from(PANES), max_size=5),
    st.dictionaries(st.sampled_from(PANES), st.sampled_from([0.25, 0.6, 1.5, 4.0]), max_size=3),
    st.dictionaries(st.sampled_from(PANES), st.sampled_from([0.25, 0.6, 1.5, 4.0]), max_size=3),
)
def test_no_layout_breaks_a_pane_at_any_size(width, height, focus, hidden, widths, heights):
    found = arrange(width, height, focus, layout=Layout(hidden, widths, heights))
    area = 0
    for name, rect in found.items():
        assert rect.x >= 0
        assert rect.y >= 0
        assert rect.x + rect.width <= width
        assert rect.y + rect.height <= height
        if name in PANE_OF:
            assert rect.width >= 24
            assert rect.height >= 4
        area += rect.width * rect.height
    cells = [(n, r) for n, r in found.items()]
    for at, (_, one) in enumerate(cells):
        for _, other in cells[at + 1 :]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
            assert apart
    assert area <= width * height
    shown = {PANE_OF[name] for name in found if name in PANE_OF}
    assert focus in shown
    # What is not on the screen has its tab there.
    assert shown == set(PANES) or "tabs" in found


@settings(max_examples=25, deadline=None)
@given(st.integers(80, 300), st.integers(24, 90), st.sampled_from(PANES), st.booleans())
def test_every_size_draws_lines_that_fit_and_is_plain_in_ascii(width, height, pane, details):
    desk = make_desk(focus=pane)
    shown = frame(gates=[gate("STALE_MARKET_DATA", "BRVO", reason="x" * 150)], silent=("paper-venue",))
    desk.settle(shown)
    desk.move(shown, 1, 5)
    desk.pane.view.details = details
    palette = Palette(ThemeBook().current, ascii_only=True)
    rectangles = None
    for part, lines in desk.lines(shown, ConsoleHealth(), width, height, 0.0).items():
        rectangles = rectangles or desk.rectangles(width, height)
        assert len(lines) <= rectangles[part].height, part
        for line in lines:
            strip = palette.strip(line, rectangles[part].width)
            assert strip.cell_length == rectangles[part].width
            assert "?" not in strip.text.replace("? ", "").replace("VENUE?", "") or part in ("footer", "help")
            assert strip.text.isascii()


async def test_a_chart_that_is_chosen_is_there_with_its_key(tmp_path):
    app, source, _ = make_app(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        # No frame is due any more: what is painted comes with the keys.
        app.pacer.may_send = lambda now: False
        chart = app.query_one("#chart")
        await pilot.press("j")
        await until(pilot, lambda: chart.lines[0].text.startswith(" BRVO 1s  o "))
        assert any("█" in line.text for line in chart.lines[1:])
        await pilot.press("i")
        await until(pilot, lambda: chart.lines[0].text.startswith(" BRVO 5s "))
        assert source.asked == ("BRVO", 5)
        pulls = source.pulls
        await pilot.press("o", "2")
        await until(pilot, lambda: app.desk.focus == "signals")
        assert source.pulls == pulls


@pytest.mark.parametrize("keys", [("q",), ("colon", "q", "u", "i", "t", "enter")])
async def test_a_console_keeps_how_it_was_when_it_is_left(tmp_path, keys):
    kept: queue.Queue[dict] = queue.Queue()
    app, _, _ = make_app(tmp_path, memory={}, remember=kept.put)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        # The choice of a symbol alone is kept by no key.
        await pilot.press("j")
        await until(pilot, lambda: app.desk.symbol == "BRVO")
        assert kept.empty()
        await pilot.press(*keys)
    assert app.return_code == 0
    assert kept.get(timeout=60)["symbol"] == "BRVO"


async def test_panes_hide_resize_and_are_remembered(tmp_path):
    memory = Memory(tmp_path / "state" / "console.json")
    app, _, _ = make_app(tmp_path, memory={}, remember=memory.save)
    async with app.run_test(size=(200, 60)) as pilot:
        await ready(pilot)
        before = app.desk.rectangles(200, 60)["log"]
        await pilot.press("6", "greater_than_sign", "right_curly_bracket")
        after = app.desk.rectangles(200, 60)["log"]
        assert after.width > before.width
        assert after.height > before.height
        await pilot.press("2", "x", "1", "o", "i", "s")
        assert "signals" not in app.desk.rectangles(200, 60)
        assert "2 signals" in screen_text(app)
        await until(pilot, lambda: (memory.load() or {}).get("sort") == {"market": ["symbol", True]})
    again, _, _ = make_app(tmp_path, memory=memory.load(), remember=memory.save)
    assert again.desk.layout.hidden == {"signals"}
    assert again.desk.rectangles(200, 60)["log"].width == app.desk.rectangles(200, 60)["log"].width
    assert again.desk.view.overlays == app.desk.view.overlays != ()
    assert again.desk.market.view.sort == "symbol"
    async with again.run_test(size=(200, 60)) as pilot:
        await ready(pilot)
        await pilot.press("X")
        assert "signals" in again.desk.rectangles(200, 60)


@pytest.mark.parametrize(
    "damage", [{"widths": {"log": "x"}, "chart": 7, "hidden": list(PANES)}, {"sort": {"log": 1}}, {}]
)
def test_a_damaged_memory_does_no_harm(tmp_path, damage):
    app, _, _ = make_app(tmp_path, memory=damage)
    assert app.desk.layout.hidden == set()
    assert app.desk.view.interval == 0


async def test_the_first_start_shows_three_lines_until_a_key(tmp_path):
    kept: list[dict] = []
    app, _, _ = make_app(tmp_path, memory=None, remember=kept.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        assert "K arms the kill from anywhere" in screen_text(app)
        await pilot.press("2")
        assert "K arms the kill from anywhere" not in screen_text(app)
        await until(pilot, lambda: len(kept) == 1)
    part, _, _ = make_app(tmp_path, memory=None, remember=kept.append, pane="log")
    assert not part.desk.first_start
    part.remember()
    assert len(kept) == 1


def mouse(kind, x, y):
    return kind(None, x, y, 0, 1, 1, False, False, False)


async def test_a_click_focuses_and_selects_and_the_wheel_scrolls(tmp_path):
    app, _, commander = make_app(tmp_path)
    async with app.run_test(size=(200, 60)) as pilot:
        await ready(pilot)
        place = app.desk.rectangles(200, 60)["orders"]
        await app.on_event(mouse(events.MouseDown, place.x + 4, place.y + 3))
        assert app.desk.focus == "orders"
        assert app.desk.pane.view.selected == "q1-1"
        watch = app.desk.rectangles(200, 60)["watch"]
        await app.on_event(mouse(events.MouseDown, watch.x + 4, watch.y + 3))
        assert app.desk.symbol == "BRVO"
        await app.on_event(mouse(events.MouseScrollDown, place.x + 4, place.y + 4))
        assert app.desk.panes["orders"].view.selected == "q1-4"
        await pilot.press("K")
        await app.on_event(mouse(events.MouseDown, watch.x + 4, watch.y + 2))
        assert app.desk.symbol == "BRVO"
        assert commander.intents == []


async def test_a_click_on_a_hint_is_its_key_unless_that_is_a_command(tmp_path):
    app, _, commander = make_app(tmp_path)

    async def click(hint):
        rect = app.desk.rectangles(*app.size)["footer"]
        x = app.query_one("#footer").lines[0].text.index(hint)
        for column in (x, x + len(hint) - 1):
            await app.on_event(mouse(events.MouseDown, rect.x + column, rect.y))
            yield app

    async with app.run_test(size=(200, 60)) as pilot:
        await ready(pilot)
        assert [app.desk.zoomed async for _ in click("z zoom")] == [True, False]
        assert [app.dialogue.mode async for _ in click("? help")] == [Mode.HELP, Mode.NORMAL]
        for hint, named in (
            ("K kill", "press K to kill"), ("p pause ALFA", "press p to pause"), ("q quit", "press q to quit")
        ):  # fmt: skip
            async for _ in click(hint):
                assert f"the mouse gives no command: {named}" in screen_text(app)
                assert app.dialogue.mode is Mode.NORMAL
        # While something is typed the hints are not what keys do.
        await pilot.press("colon")
        assert [app.desk.zoomed async for _ in click("z zoom")] == [False, False]
    assert commander.intents == []


async def test_a_theme_is_read_again_when_its_file_is_written(tmp_path, repository):
    good = (repository / "themes" / "dark.yaml").read_text().replace("name: dark", "name: mine")
    (tmp_path / "mine.yaml").write_text(good)
    app, _, _ = make_app(tmp_path, themes=ThemeBook(tmp_path), theme="mine")
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        (tmp_path / "mine.yaml").write_text(good.replace('accent: "#5fafff"', 'accent: "#ff00ff"'))
        await until(pilot, lambda: app.look.theme.color("accent") == "#ff00ff")
        (tmp_path / "mine.yaml").write_text(good.replace("accent", "akzent"))
        await until(pilot, lambda: "akzent" in screen_text(app) or "accent is missing" in screen_text(app))
        assert app.look.theme.color("accent") == "#ff00ff"


async def test_alerts_are_counted_until_they_are_acknowledged(tmp_path):
    state = desk_state()
    state.note(NOW, Severity.ALARM, "the venue is gone")
    state.note(NOW, Severity.ALARM, "an order is unknown")
    held = replace(frame(), desk=state.picture(100.1))
    app, _, _ = make_app(tmp_path, held=held)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        assert "‼ 2" in screen_text(app)
        await pilot.press("6", "down", "a")
        assert "‼ 1" in screen_text(app)
        await pilot.press("end", "a")
        await until(pilot, lambda: "‼" not in app.query_one("#status").lines[0].text)


def test_the_bell_rings_for_news_and_the_title_says_how_the_desk_is():
    written: list[str] = []
    herald = Herald(bell=True)
    herald.tell(frame(), [7], written.append)
    herald.tell(frame(), [7], written.append)
    assert written == ["\x1b]2;1 ALERT PAPER at a limit - quarterdeck\x07"]
    herald.tell(frame(), [9, 7], written.append)
    assert written[1:] == ["\x1b]2;2 ALERTS PAPER at a limit - quarterdeck\x07", "\x07"]


async def test_columns_and_watchlists_come_from_the_preferences(tmp_path):
    mine = Preferences(columns={"market": ("symbol", "bid", "ask")}, watchlists={"core": ("BRVO",)})
    app, _, _ = make_app(tmp_path, preferences=mine)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        heading = app.query_one("#watch").lines[1].text
        assert heading.split() == ["symbol", "bid", "ask"]
        await pilot.press("w")
        await asyncio.sleep(0)
        rows = " ".join(line.text for line in app.query_one("#watch").lines[2:])
        assert "BRVO" in rows
        assert "ALFA" not in rows
    with pytest.raises(PreferencesError, match=r"columns\.orders: the pane orders has no column 'bid'"):
        make_app(tmp_path, preferences=Preferences(columns={"orders": ("bid",)}))


async def test_sorting_puts_the_largest_first_and_the_unknown_last(tmp_path):
    app, _, _ = make_app(tmp_path)
    async with app.run_test(size=(200, 60)) as pilot:
        await ready(pilot)
        await pilot.press("colon", *"sort change", "enter")
        shown = app.desk.market.keys(app.latest)
        assert shown == ["ALFA", "BRVO", "CHRL"]
        await pilot.press("S")
        assert app.desk.market.keys(app.latest) == ["BRVO", "ALFA", "CHRL"]
        assert app.desk.symbol == "ALFA"


async def test_a_row_is_copied_and_the_palette_finds_actions(tmp_path):
    app, _, _ = make_app(tmp_path)
    copied: list[str] = []
    app.copy_to_clipboard = copied.append
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("3", "down", "Y")
        assert "BRVO" in copied[0]
        await pilot.press("ctrl+p", *"screen", "enter")
        assert app.desk.focus == "orders"
        await pilot.press("ctrl+p", *"flatten")
        assert "Flatten the selected symbol at the market" in screen_text(app)
        await pilot.press("escape")


async def test_a_terminal_of_sixteen_colours_begins_with_the_theme_made_for_it(
    tmp_path, repository, monkeypatch
):
    monkeypatch.setenv("TERM", "xterm")
    kept = []
    app, _, _ = make_app(tmp_path, themes=ThemeBook(repository / "themes"), remember=kept.append, memory={})
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.look.theme.name == "ansi"
        # That is the terminal's doing: the next one begins with the theme that was asked for.
        app.remember()
        await until(pilot, lambda: kept)
        assert kept[-1]["theme"] == "dark"
        await pilot.press("colon", *"theme light", "enter")
        await until(pilot, lambda: kept[-1]["theme"] == "light")
