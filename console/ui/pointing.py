"""The mouse: it selects, scrolls, and takes the footer's hints. A command it doesn't give, for a click may be
meant for the window alone; and while a kill is armed it does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from textual import events
from textual.geometry import Size

from console.core.actions import Action
from console.core.dialogue import Dialogue, Mode
from console.core.frame import Frame
from console.core.keymap import shown
from console.ui.desk import Desk


class Surface(Protocol):
    """What lies under the mouse."""

    desk: Desk
    dialogue: Dialogue
    latest: Frame

    @property
    def size(self) -> Size:
        """Of the terminal."""
        ...


class Pointing:
    """Carries out clicks and turns of the wheel; `press` is told the key of a hint, by its name alone."""

    def __init__(self, surface: Surface, press: Callable[[str, str | None], None]) -> None:
        self._surface = surface
        self._press = press

    def take(self, event: events.MouseEvent) -> None:
        """A button was pressed, or the wheel turned."""
        desk, size = self._surface.desk, self._surface.size
        found = desk.part_at(int(event.x), int(event.y), *size)
        if found is None or self._surface.dialogue.mode is Mode.ARMED:
            return
        part, x, y = found
        if not isinstance(event, events.MouseDown):
            down = isinstance(event, events.MouseScrollDown)
            desk.wheel(part, 1 if down else -1, self._surface.latest)
        elif part == "footer":
            hint = desk.hint_at(x, self._surface.latest, size.width)
            if hint is not None and self._surface.dialogue.mode in (Mode.NORMAL, Mode.HELP):
                self._take(hint)
        else:
            desk.click(part, x, y, self._surface.latest)

    def _take(self, action: Action) -> None:
        key = self._surface.dialogue.keymap.keys[action.id][0]
        if action.dangerous or action.id == "quit":
            told = f"the mouse gives no command: press {shown(key)} to {action.hint}"
            self._surface.desk.say(told, time.monotonic())
        else:
            self._press(key, None)
