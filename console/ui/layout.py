"""Puts the parts where the arrangement says, in one pass over rectangles whatever the styles, and paints them
when it is told to.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from rich.console import Console, RenderableType
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.screen import Screen
from textual.widget import Widget

from console.ui.arrangement import PARTS, Rect
from console.ui.ink import Line
from console.ui.lines import Lines
from console.ui.turns import Turns

# What lies over other parts.
ON_TOP = "message"
# What never waits for its turn on a slow link: what says whether the desk trades says it everywhere at once.
AT_ONCE = ("status", "summary", "tabs", "risk", "message", "footer", "help")


class Painter(Protocol):
    """Who knows what stands on the screen."""

    def rectangles(self, size: Size) -> Mapping[str, Rect]:
        """Where each part stands now in a screen of that size."""
        ...

    def lines_for(self, size: Size) -> Mapping[str, Sequence[Line]]:
        """The lines of each part of a screen of another size, and of the first one."""
        ...

    def written(self) -> None:
        """That screen has been written."""
        ...


class DeckLayout(Layout):
    """Children without a rectangle are not shown."""

    name = "deck"

    def __init__(self, rectangles: Callable[[Size], Mapping[str, Rect]]) -> None:
        self._rectangles = rectangles

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """The placement of each child that has a rectangle."""
        del parent, greedy
        rectangles = self._rectangles(size)
        return [
            WidgetPlacement(
                Region(*rectangles[child.id]), NULL_OFFSET, NULL_SPACING, child, order=int(child.id == ON_TOP)
            )
            for child in children
            if child.id is not None and child.id in rectangles
        ]


class DeckScreen(Screen[object]):
    """A screen that writes at once.

    By itself Textual paints three tasks and a tick of a timer after something changed, up to 17 ms later,
    and a part that moved in a second step: for a moment its new lines stand in its old place. So would those
    of the old size in a screen of another one, and nothing at all in the first.
    """

    def __init__(self, painter: Painter) -> None:
        super().__init__(id="_default")
        self._painter = painter
        self._drawn_of = Size()
        self._turns = Turns()
        self._waiting: dict[str, Sequence[Line]] = {}
        self.styles.set_rule("layout", DeckLayout(painter.rectangles))

    def _screen_resized(self, size: Size) -> None:
        # The terminal tells its size once more than it changes.
        if size != self._drawn_of:
            super()._screen_resized(size)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        of, parts = size or self.outer_size, self._lines_by_name()
        if not of or of == self._drawn_of or not parts:
            super()._refresh_layout(size, scroll)
            return
        self._drawn_of = of
        for name, lines in self._painter.lines_for(of).items():
            parts[name].take(lines)
        super()._refresh_layout(size, scroll)
        for part in (self, *parts.values()):
            part._exchange_repaint_regions()
        # Behind the screen itself, which waits as well while the app is being built.
        self.call_later(self._written)

    def _written(self) -> None:
        # Textual asks for the whole of it once more.
        self._exchange_repaint_regions()
        self._painter.written()

    def draw(
        self, drawn: Mapping[str, Sequence[Line]], *, moved: bool, focus: str, slow: bool, key: bool
    ) -> int:
        """Gives these parts their lines and writes what changed; returns how many rows those are, and one
        more for another arrangement (`moved`). On a slow link tables take turns, in frames that no `key`
        asked for.
        """
        parts = self._lines_by_name()
        if not drawn.keys() <= parts.keys():
            # The console is being closed, and a last frame comes after its parts are gone.
            return 0
        cells = {
            # What waits for its turn is nothing that a key brings up.
            name: 0
            if key and self._waiting.get(name) == lines
            else len(parts[name].changed(lines)) * parts[name].size.width
            for name, lines in drawn.items()
        }
        turn = self._turns.choose(cells, AT_ONCE, PARTS[focus], slow=slow, key=key)
        if moved:
            # What stands elsewhere is drawn anyway; under a message everything stays where it is.
            places = self._painter.rectangles(self.outer_size)
            turn |= {name for name in drawn if parts[name].region != Region(*places[name])}
        self._waiting = {name: lines for name, lines in drawn.items() if name not in turn}
        drawn = {name: drawn[name] for name in turn}
        changed = sum(parts[name].show(lines) for name, lines in drawn.items()) + moved
        if changed and self.is_current:
            self._paint(moved=moved)
        return changed

    def _lines_by_name(self) -> dict[str, Lines]:
        return {part.id: part for part in self.children if isinstance(part, Lines) and part.id is not None}

    def _paint(self, *, moved: bool) -> None:
        everything: set[Widget] = {self, *self.children}
        self._compositor.update_widgets(everything)
        if not moved:
            self._compositor_refresh()
            return
        self._clear_arrangement_cache()
        self._refresh_layout()
        # What got another size has been drawn, where it is now.
        for part in everything:
            part._exchange_repaint_regions()

    def picture(self) -> Callable[[], str]:
        """The screen as it is now; calling it, in whichever thread, makes an SVG of it."""
        # A style remembers how it was written first: in no other colours than the terminal's, then.
        colors = self.app.console.color_system or "truecolor"
        return partial(_svg, self._compositor.render_update(full=True), self.size, colors)


def _svg(shown: RenderableType | None, size: Size, colors: Any) -> str:
    console = Console(
        width=size.width, height=size.height, file=io.StringIO(), force_terminal=True, record=True,
        color_system=colors, legacy_windows=False, safe_box=False,
    )  # fmt: skip
    console.print(shown)
    return console.export_svg(title="Quarterdeck")
