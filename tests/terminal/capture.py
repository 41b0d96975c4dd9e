"""One captured screen: its cells with their colours, and what is wrong with it whatever it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.ansi import AnsiDecoder
from rich.color import Color, ColorType
from rich.console import Console
from rich.segment import Segment

# Below this ratio of luminances (WCAG 2.2, 1.4.3) text can't be told from its ground by everybody.
LEAST_CONTRAST = 3.0
# How a colour that a terminal doesn't have looks on the wire.
BEYOND = {"16": r"[34]8;[25];", "256": r"[34]8;2;", "all": r"(?!)"}
_CONSOLE = Console(width=1_000, color_system="truecolor", force_terminal=True)


@dataclass(frozen=True)
class Capture:
    """What tmux has on the screen, with escape sequences, of a terminal of `width` × `height` cells that has
    `colors` (16, 256 or all).
    """

    painted: str
    width: int
    height: int
    colors: str

    def rows(self) -> list[list[Segment]]:
        """Each row as runs of one style. A style goes on into the next row."""
        decoder = AnsiDecoder()
        return [list(decoder.decode_line(row).render(_CONSOLE)) for row in self.painted.split("\n")]

    @property
    def text(self) -> str:
        """Without colours."""
        return "\n".join("".join(run.text for run in row) for row in self.rows())

    def faults(self) -> list[str]:
        """Rows that are too long, colours that the terminal doesn't have, and text that can't be read."""
        found = []
        if beyond := re.search(BEYOND[self.colors], self.painted):
            found.append(f"{beyond[0]!r} is no colour of {self.colors}")
        rows = self.rows()
        if len(rows) > self.height + 1:
            found.append(f"{len(rows)} rows")
        for number, row in enumerate(rows, 1):
            if sum(run.cell_length for run in row) > self.width:
                found.append(f"row {number} is too long")
            found += [fault for run in row if (fault := unreadable(run))]
        return found


def unreadable(run: Segment) -> str:
    """Why these characters can't be told from their ground; empty when they can."""
    style = run.style
    if style is None or not run.text.strip() or style.color is None or style.bgcolor is None:
        return ""
    colors = (style.bgcolor, style.color) if style.reverse else (style.color, style.bgcolor)
    # What the sixteen look like is the terminal's own affair, as long as they are two.
    if any(color.type in (ColorType.DEFAULT, ColorType.STANDARD) for color in colors):
        bad = colors[0] == colors[1] and not colors[0].is_default
        return f"{run.text.strip()!r} has the colour of its ground" if bad else ""
    ratio = contrast(*colors)
    return f"{run.text.strip()!r} has a contrast of {ratio:.1f}" if ratio < LEAST_CONTRAST else ""


def contrast(one: Color, other: Color) -> float:
    """The ratio of two colours' luminances, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.get_truecolor().normalized
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
