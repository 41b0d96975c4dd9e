"""The theme in force, as this package draws with it and as Textual wants it."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme

from console.core.theme import ROLES, Theme, ThemeBook
from console.ui.ink import Palette

# The theme for terminals of sixteen colours, and the one for those without any.
SIXTEEN, NONE = "ansi", "mono"


def few_colors(environment: Mapping[str, str]) -> bool:
    """True for a terminal that says of itself that it has no more than sixteen colours."""
    told: Any = environment.get("TEXTUAL_COLOR_SYSTEM", "auto")
    console = Console(color_system=told, file=io.StringIO(), force_terminal=True, _environ=environment)
    return console.color_system not in ("256", "truecolor")


class Look:
    """Chooses themes by name; a bad one leaves the last good one in force, and `error` says why.

    `chosen` is the theme that was asked for. A terminal of sixteen colours begins with the theme made for it:
    the nearest of sixteen to a quiet grey is loud, or invisible.
    """

    def __init__(
        self, book: ThemeBook, name: str, *, red_up: bool, ascii_only: bool, few: bool = False
    ) -> None:
        self._book = book
        self._red_up = red_up
        self._ascii_only = ascii_only
        self.chosen = name
        if few and name != NONE and SIXTEEN in book.names():
            name = SIXTEEN
        # Without colour means without grey too, so only the theme made for it will do.
        self._take(book.select(NONE if os.environ.get("NO_COLOR") else name))

    @property
    def error(self) -> str:
        """Why the theme that was asked for last isn't in force; empty when it is."""
        return self._book.error

    def change(self, name: str) -> bool:
        """Takes another theme, the next one without a name; False when it can't be used."""
        names = self._book.names()
        if not name and names:
            at = names.index(self.theme.name) if self.theme.name in names else -1
            name = names[(at + 1) % len(names)]
        self._take(self._book.select(NONE if os.environ.get("NO_COLOR") else name))
        if not self._book.error:
            self.chosen = self.theme.name
        return not self._book.error

    def changed(self) -> bool:
        """True when the file of the theme was written since it was read."""
        return self._book.changed()

    def reload(self) -> bool:
        """Reads the theme's file again; False when it can't be used any more."""
        self._take(self._book.reload())
        return not self._book.error

    def _take(self, theme: Theme) -> None:
        self.theme = theme.with_red_up() if self._red_up else theme
        self.palette = Palette(self.theme, ascii_only=self._ascii_only)

    def textual(self) -> TextualTheme:
        """The same colours by Textual's names."""
        theme = self.theme
        colors = {role: f"ansi_{theme.color(role)}" if theme.ansi else theme.color(role) for role in ROLES}
        return TextualTheme(
            name=f"deck-{theme.name}",
            primary=colors["accent"],
            foreground=colors["text"],
            background=colors["background"],
            surface=colors["surface"],
            panel=colors["panel"],
            dark=theme.dark,
            ansi=theme.ansi,
            # Textual's own styles refer to variables that only its terminal themes define.
            variables=dict(BUILTIN_THEMES["ansi-dark"].variables) if theme.ansi else {},
        )
