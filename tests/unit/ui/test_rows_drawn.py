"""A pane of lines that is made smaller and larger shows what it holds, and nothing it held before."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.geometry import Region

from console.core.theme import FALLBACK
from console.ui.ink import Palette, line
from console.ui.lines import Lines


class Shown(App[None]):
    """Nothing but the lines."""

    def compose(self) -> ComposeResult:
        """As they are."""
        yield Lines(Palette(FALLBACK), id="lines")


def texts(lines: Lines) -> list[str]:
    """What is drawn."""
    size = lines.size
    return [strip.text.strip() for strip in lines.render_lines(Region(0, 0, size.width, size.height))]


async def test_a_row_that_ended_while_the_pane_was_small_is_gone_when_it_is_large_again() -> None:
    rows = [line((f"order {number}", "text")) for number in range(15)]
    app = Shown()
    async with app.run_test(size=(40, 20)) as pilot:
        lines = app.query_one(Lines)
        lines.show(rows)
        assert texts(lines)[:15] == [f"order {number}" for number in range(15)]
        await pilot.resize_terminal(40, 10)
        lines.show(rows[:10])
        lines.show(rows[:3])
        await pilot.resize_terminal(40, 20)
        lines.show(rows[:3])
        assert [text for text in texts(lines) if text] == ["order 0", "order 1", "order 2"]
