"""From lines of named styles to strips of a theme's colours, with runs of one style merged.

A pane is written as `Line`s: spans of text, each with a role of the theme and, behind a space, attributes
(`"up"`, `"text bold"`, `"muted italic"`). Nothing about a line depends on the theme, so lines can be compared
to find what changed, and read as text in tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.core.format import ELLIPSIS
from console.core.plain import plain
from console.core.theme import Theme
from console.ui.row import Row

Span = tuple[str, str]

# Stands for a character that a terminal would obey, or show nothing of: a reason given in another seat must
# not be able to move this one's cursor.
UNPRINTABLE = "\ufffd"
# Characters that may take no cell, or two: all but these. Said the other way round it takes ten times as long
# to be compiled, while a trader waits for the first screen.
_UNEVEN = re.compile(
    "[^\x00-\u02ff\u0370-\u0482\u2000-\u20cf\u2100-\u22ff\u2400-\u25ff\u2713\u2715\u2717\u27c0-\u2aff]"
)

# What tells roles apart when the terminal shows no colour.
_WITHOUT_COLOR: dict[str, str] = {
    "accent": "bold",
    "up": "bold",
    "warning": "bold",
    "danger": "bold reverse",
    "faint": "dim",
    "on_alarm": "bold",
    "on_accent": "bold",
}
_BRIGHTER = frozenset({"panel", "selection"})
_REVERSED_WITHOUT_COLOR = frozenset({"selection", "alarm", "accent"})


# The line above a pane: on the ground of panels, and told apart from them where there are no grounds.
TITLE = "title"
GROUND_OF = {TITLE: "panel"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a pane. It is cut, with a mark, or padded to the width it is drawn at. `background` is a
    role of the theme, or `TITLE`.
    """

    spans: tuple[Span, ...] = ()
    background: str = "surface"

    @property
    def text(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.spans)


def line(*spans: Span, background: str = "surface") -> Line:
    """A line of spans; empty ones are left out."""
    return Line(tuple(span for span in spans if span[0]), background)


def justified(
    left: Iterable[Span],
    right: Iterable[Span],
    width: int,
    background: str = "surface",
    *,
    least: int | None = None,
) -> Line:
    """A line with spans at both ends. Where there is no room for both, the right ones give way as a whole;
    with `least` they stay, and the left are cut with a mark, as long as so many cells of them are left.
    """
    first = [span for span in left if span[0]]
    last = [span for span in right if span[0]]
    used = length(first)
    room = width - length(last) - 1
    if used > room and least is not None and room >= least:
        first = cut(first, room)
        used = length(first)
    if used > room:
        return Line(tuple(first), background)
    return Line((*first, (" " * (room + 1 - used), "text"), *last), background)


def length(spans: Iterable[Span]) -> int:
    """Characters of spans."""
    return sum(len(text) for text, _ in spans)


def cut(spans: Iterable[Span], width: int) -> list[Span]:
    """As much of the spans as has room in `width` cells, the last of them the mark that some is missing."""
    kept: list[Span] = []
    room = width - 1
    for text, style in spans:
        if room <= 0:
            break
        kept.append((text[:room], style))
        room -= len(text)
    return [*kept, (ELLIPSIS, "muted")] if width > 0 else []


class Palette:
    """The styles of one theme, made once each."""

    def __init__(self, theme: Theme, *, ascii_only: bool = False) -> None:
        self.theme = theme
        self.ascii_only = ascii_only
        self._styles: dict[tuple[str, str], Style] = {}

    def style(self, foreground: str, background: str) -> Style:
        """The style of a role (with attributes) on a background's role."""
        key = (foreground, background)
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = self._make(foreground, background)
        return found

    def _make(self, foreground: str, background: str) -> Style:
        role, _, given = foreground.partition(" ")
        attributes = set(given.split())
        title, background = background == TITLE, GROUND_OF.get(background, background)
        if self.theme.ansi and title:
            # Without surfaces of its own a terminal's sixteen colours show by a rule where a pane begins.
            attributes.add("underline")
        if self.theme.ansi and background == "selection" and not self.theme.monochrome:
            # Whatever the terminal's colours are: these two are far apart, and green on blue may not be.
            role = "on_accent"
        if role == "faint" and background in _BRIGHTER:
            # What is faint on the darkest ground can't be read on these.
            role = "muted"
        if self.theme.monochrome:
            attributes |= set(_WITHOUT_COLOR.get(role, "").split())
            if background in _REVERSED_WITHOUT_COLOR:
                attributes ^= {"reverse"}
        return Style(
            color=self.theme.color(role),
            bgcolor=self.theme.color(background),
            bold="bold" in attributes or None,
            italic="italic" in attributes or None,
            dim="dim" in attributes or None,
            underline="underline" in attributes or None,
            reverse="reverse" in attributes or None,
        )

    def strip(self, drawn: Line, width: int) -> Strip:
        """The line in exactly `width` cells."""
        whole = drawn.text
        if not whole.isprintable():
            drawn = Line(tuple((printable(text), style) for text, style in drawn.spans), drawn.background)
        if not self.ascii_only and _UNEVEN.search(whole):
            return self._by_cells(drawn, width)
        segments: list[Segment] = []
        left = width
        total = len(whole)
        room = width if total <= width else width - 1
        for text, foreground in drawn.spans:
            if room <= 0:
                break
            part = text[:room]
            room -= len(part)
            left -= len(part)
            _append(segments, part, self.style(foreground, drawn.background))
        if total > width > 0:
            _append(segments, ELLIPSIS, self._mark(drawn.background))
            left -= 1
        if self.ascii_only:
            segments = [Segment(plain(segment.text), segment.style) for segment in segments]
        if left > 0:
            _append(segments, " " * left, self.style("text", drawn.background))
        return Row(segments, width)

    def _mark(self, background: str) -> Style:
        """That of the mark of what was cut: what is muted can't be read on red."""
        return self.style("on_alarm" if background == "alarm" else "muted", background)

    def _by_cells(self, drawn: Line, width: int) -> Strip:
        """The line where a character may take two cells: what follows it moves, nothing leaves the pane."""
        strip = Strip([Segment(text, self.style(style, drawn.background)) for text, style in drawn.spans])
        if strip.cell_length > width > 0:
            mark = Strip([Segment(ELLIPSIS, self._mark(drawn.background))], 1)
            strip = Strip.join([strip.crop(0, width - 1), mark])
        return Row(strip.adjust_cell_length(width, self.style("text", drawn.background)), width)


def printable(text: str) -> str:
    """The text without what a terminal would obey."""
    return text if text.isprintable() else "".join(c if c.isprintable() else UNPRINTABLE for c in text)


def _append(segments: list[Segment], text: str, style: Style) -> None:
    """Adds a run, joined to the one before when their styles are equal: fewer runs, fewer bytes."""
    if segments and segments[-1].style is style:
        segments[-1] = Segment(segments[-1].text + text, style)
    else:
        segments.append(Segment(text, style))
