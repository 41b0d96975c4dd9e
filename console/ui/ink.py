"""From lines of named styles to strips of a theme's colours, with runs of one style merged.

A pane is written as `Line`s: spans of text, each with a role of the theme and, behind a space, attributes
(`"up"`, `"text bold"`, `"muted italic"`). Nothing about a line depends on the theme, so lines can be compared
to find what changed, and read as text in tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.core.format import ELLIPSIS
from console.core.plain import plain
from console.core.theme import Theme

Span = tuple[str, str]

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
_REVERSED_WITHOUT_COLOR = frozenset({"selection", "alarm", "accent"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a pane. It is cut, with a mark, or padded to the width it is drawn at."""

    spans: tuple[Span, ...] = ()
    background: str = "surface"

    @property
    def text(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.spans)


def line(*spans: Span, background: str = "surface") -> Line:
    """A line of spans; empty ones are left out."""
    return Line(tuple(span for span in spans if span[0]), background)


def justified(left: Iterable[Span], right: Iterable[Span], width: int, background: str = "surface") -> Line:
    """A line with spans at both ends. The right ones give way as a whole, the left are cut with a mark."""
    first = [span for span in left if span[0]]
    last = [span for span in right if span[0]]
    used = sum(len(text) for text, _ in first)
    wanted = sum(len(text) for text, _ in last)
    if used + wanted + 1 > width:
        return Line(tuple(first), background)
    return Line((*first, (" " * (width - used - wanted), "text"), *last), background)


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
        segments: list[Segment] = []
        left = width
        total = sum(len(text) for text, _ in drawn.spans)
        room = width if total <= width else width - 1
        for text, foreground in drawn.spans:
            if room <= 0:
                break
            part = text[:room]
            room -= len(part)
            left -= len(part)
            _append(segments, part, self.style(foreground, drawn.background))
        if total > width > 0:
            _append(segments, ELLIPSIS, self.style("muted", drawn.background))
            left -= 1
        if self.ascii_only:
            segments = [Segment(plain(segment.text), segment.style) for segment in segments]
        if left > 0:
            _append(segments, " " * left, self.style("text", drawn.background))
        return Strip(segments, width)


def _append(segments: list[Segment], text: str, style: Style) -> None:
    """Adds a run, joined to the one before when their styles are equal: fewer runs, fewer bytes."""
    if segments and segments[-1].style is style:
        segments[-1] = Segment(segments[-1].text + text, style)
    else:
        segments.append(Segment(text, style))
