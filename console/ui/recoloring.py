"""The theme that the screen wears: changed by somebody, or by its file."""

from __future__ import annotations

from collections.abc import Callable

from console.ui.desk import Desk
from console.ui.look import Look

LOOK_EVERY_S = 1.0


class Recoloring:
    """Changes the look and says so on the desk; `show` puts it on the screen."""

    def __init__(self, look: Look, desk: Desk, show: Callable[[], None]) -> None:
        self._look = look
        self._desk = desk
        self._show = show
        self._looked_at = float("-inf")

    def change(self, name: str, now: float) -> bool:
        """Other colours, the next theme's without a name; False when they can't be had, and why is said."""
        if not self._look.change(name):
            self._desk.say(f"theme: {self._look.error}", now, wrong=True)
            return False
        self._show()
        self._desk.say(f"theme {self._look.theme.name}: {self._look.theme.title}", now)
        return True

    def reload(self, now: float) -> None:
        """A theme's file was written: a good one shows at once, a bad one is named and changes nothing."""
        if now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        if not self._look.changed():
            return
        if self._look.reload():
            self._show()
            self._desk.say(f"theme {self._look.theme.name} was read again", now)
        else:
            self._desk.say(f"theme: {self._look.error}", now, wrong=True)
