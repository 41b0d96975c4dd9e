"""The theme in force, as this package draws with it and as Textual wants it."""

from __future__ import annotations

import os

from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme

from console.core.theme import ROLES, Theme, ThemeBook
from console.ui.ink import Palette


class Look:
    """Chooses themes by name; a bad one leaves the last good one in force, and `error` says why."""

    def __init__(self, book: ThemeBook, name: str, *, red_up: bool, ascii_only: bool) -> None:
        self._book = book
        self._red_up = red_up
        self._ascii_only = ascii_only
        # Without colour means without grey too, so only the theme made for it will do.
        self._take(book.select("mono" if os.environ.get("NO_COLOR") else name))

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
        self._take(self._book.select("mono" if os.environ.get("NO_COLOR") else name))
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
