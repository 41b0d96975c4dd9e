"""Whole screens of one fixed moment: `python -m tests.unit.ui.screens` writes them to tests/golden/screens.

A screen is its text; one of a theme has below each line a letter for the colours of each cell, and what the
letters stand for at its end.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

from rich.style import Style

from console.core.dialogue import Act, Ask, Dialogue, Filter, Note
from console.core.keymap import PUNCTUATION_OF, build_keymap
from console.core.theme import load_theme
from console.ui.acting import Acting
from console.ui.bars import ConsoleHealth
from console.ui.desk import Desk
from console.ui.ink import Palette, line
from tests.unit.core.wire import T0, gate, kill
from tests.unit.ui.frames import PAUSED, frame

REPOSITORY = Path(__file__).resolve().parents[3]
GOLDEN = REPOSITORY / "tests" / "golden" / "screens"
HEALTH = ConsoleHealth(link_ms=8.0, rate=20.0, paint_ms=4.0)
THEMES = ("dark", "light", "high-contrast", "colour-blind", "ansi", "mono")
OPEN = frame()
CLOSED = frame(gates=[*PAUSED, gate("VENUE_LOST", reason="the session ended")])
KILLED = frame(
    killed=True,
    kills=[
        kill(name, at=T0 + 1_000 * place, operator="ann@deck", reason="a rehearsal", open_before=2)
        for place, name in enumerate(("LATCHED", "CANCELLING"))
    ],
)
# Name: size, moment and the keys that were pressed.
SCREENS = {
    "80x24-market": (80, 24, OPEN, ()),
    "80x24-risk": (80, 24, CLOSED, ("5",)),
    "80x24-order": (80, 24, OPEN, ("3", "down", "enter")),
    "80x24-help": (80, 24, OPEN, ("question_mark",)),
    "80x24-palette": (80, 24, OPEN, ("ctrl+p", *"pane")),
    "80x24-kill": (80, 24, OPEN, ("K",)),
    "120x40-paused": (120, 40, CLOSED, ("r",)),
    "120x40-chart": (120, 40, OPEN, ("z", "o", "o", "o", "b", "left", "left")),
    "200x60-killed": (200, 60, KILLED, ()),
    "300x90-open": (300, 90, OPEN, ()),
}


class Hand:
    """Presses keys on a desk without an app; time stands still."""

    def __init__(self, shown, width, height):
        self.dialogue = Dialogue(build_keymap(), read_only=False)
        self.desk = Desk(self.dialogue)
        self.latest = shown
        self.size = (width, height)
        self._acting = Acting(self, lambda path: Path(path), Path())
        self.desk.settle(shown)
        self.lines()

    def change_theme(self, name, now): ...
    def leave(self): ...
    def copy(self, text): ...
    def remember(self): ...

    def changed(self): ...

    def picture(self):
        return str

    def page(self):
        return 10

    def lines(self):
        return self.desk.lines(self.latest, HEALTH, *self.size, 0.0)

    def press(self, key):
        character = key if len(key) == 1 else PUNCTUATION_OF.get(key)
        for effect in self.dialogue.key(key, character, 0.0, self.desk.context(self.latest)):
            if isinstance(effect, Act):
                self._acting.act(effect.action, 0.0)
            elif isinstance(effect, Ask):
                self._acting.request(effect.request, 0.0)
            elif isinstance(effect, Filter):
                self.desk.pane.view.filter = effect.text
            elif isinstance(effect, Note):
                self.desk.say(effect.text, 0.0, wrong=effect.wrong)
        self.lines()

    def cells(self, palette: Palette) -> list[list[tuple[str, Style]]]:
        """Every cell of the screen, as the app puts its parts together."""
        width, height = self.size
        drawn = self.lines()
        grid = [[(" ", palette.style("text", "background"))] * width for _ in range(height)]
        rectangles = self.desk.rectangles(width, height)
        for name, rect in sorted(rectangles.items(), key=lambda part: part[0] == "message"):
            ground = "panel" if name in ("status", "summary", "footer") else "surface"
            for row in range(rect.height):
                shown = drawn[name][row] if row < len(drawn[name]) else line(background=ground)
                strip = palette.strip(shown, rect.width)
                each = [(character, segment.style) for segment in strip for character in segment.text]
                assert len(each) == rect.width, (name, shown.text)
                grid[rect.y + row][rect.x : rect.x + rect.width] = each
        return grid


def screen(name: str, theme: str = "dark", *, ascii_only: bool = False) -> list[list[tuple[str, Style]]]:
    width, height, shown, keys = SCREENS[name]
    hand = Hand(shown, width, height)
    for key in keys:
        hand.press(key)
    return hand.cells(Palette(load_theme(REPOSITORY / "themes" / f"{theme}.yaml"), ascii_only=ascii_only))


def text_of(grid: list[list[tuple[str, Style]]]) -> str:
    return "".join("".join(character for character, _ in row).rstrip() + "\n" for row in grid)


def with_colors(grid: list[list[tuple[str, Style]]]) -> str:
    """Each line, and below it the letters of its colours."""
    letters: dict[str, str] = {}
    out = []
    for row in grid:
        out.append("".join(character for character, _ in row).rstrip())
        marks = "".join(
            letters.setdefault(str(style), string.ascii_letters[len(letters)]) for _, style in row
        )
        out.append(marks.rstrip(marks[-1]) + marks[-1])
    return "\n".join([*out, *(f"{letter}: {style}" for style, letter in letters.items())]) + "\n"


def every() -> Iterator[tuple[str, str]]:
    """Each golden file and what belongs into it."""
    for name in SCREENS:
        yield f"{name}.txt", text_of(screen(name))
    for theme in THEMES:
        yield f"theme-{theme}.txt", with_colors(screen("80x24-kill", theme))
    yield "ascii.txt", text_of(screen("120x40-chart", ascii_only=True))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for file, text in every():
        (GOLDEN / file).write_text(text, encoding="utf-8")
