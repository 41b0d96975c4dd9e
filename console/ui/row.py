"""A row of cells as a terminal is sent it: from run to run only what differs in their styles.

Rich writes every run's style in full and takes it back behind it, some 45 bytes; most runs of a row differ
from the one before in nothing but the colour of their text.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

RESET = "\x1b[0m"
# Select Graphic Rendition (ECMA-48): on, off. Off is one code for bold and dim.
_ATTRIBUTES = {"bold": ("1", "22"), "dim": ("2", "22"), "italic": ("3", "23"), "underline": ("4", "24")}
_ATTRIBUTES |= {"reverse": ("7", "27")}
_DEFAULT = Color.default()


class Row(Strip):
    """A strip that begins and ends with the terminal's own style."""

    __slots__ = ()

    def render(self, console: Console) -> str:
        """The terminal's sequences of the row."""
        if self._render_cache is None:
            depth = console._color_system or ColorSystem.TRUECOLOR
            written: list[str] = []
            before = Style.null()
            for text, style, _ in self._segments:
                after = style or Style.null()
                if text.isspace() and _ground(after) == _ground(before):
                    after = before
                written += (_change(before, after, depth), text)
                before = after
            written.append(_change(before, Style.null(), depth) and RESET)
            self._render_cache = "".join(written)
        return self._render_cache


def _ground(style: Style) -> tuple[object, ...]:
    """What can be seen of a style where there is no character."""
    return style.bgcolor, style.underline, style.reverse, style.reverse and style.color


@lru_cache(maxsize=4_096)
def _change(before: Style, after: Style, depth: ColorSystem) -> str:
    """What turns one style into the other."""
    codes: list[str] = []
    worn = {name for name in _ATTRIBUTES if getattr(before, name)}
    wanted = {name for name in _ATTRIBUTES if getattr(after, name)}
    off = {_ATTRIBUTES[name][1] for name in worn - wanted}
    codes += sorted(off)
    codes += [
        on for name, (on, gone) in _ATTRIBUTES.items() if name in wanted and (name not in worn or gone in off)
    ]
    for was, now, foreground in ((before.color, after.color, True), (before.bgcolor, after.bgcolor, False)):
        shown = _codes(now, depth, foreground=foreground)
        if shown != _codes(was, depth, foreground=foreground):
            codes += shown
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _codes(color: Color | None, depth: ColorSystem, *, foreground: bool) -> tuple[str, ...]:
    return (color or _DEFAULT).downgrade(depth).get_ansi_codes(foreground=foreground)
