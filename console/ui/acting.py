"""What actions and typed requests do to the screen: moving, layout, chart, files, colours. Nothing here
reaches the desk.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from console.core.actions import Action
from console.core.atomic import replace_file, write_csv
from console.core.commandline import ConsoleRequest
from console.core.dialogue import Dialogue, Mode
from console.core.frame import Frame
from console.ui.desk import Desk
from console.ui.panes.log import LogPane

NOTHING_SELECTED = "select a row first"


class Surface(Protocol):
    """What the app has to do itself, because only it knows the terminal."""

    desk: Desk
    dialogue: Dialogue
    latest: Frame

    def change_theme(self, name: str, now: float) -> None:
        """Other colours; an empty name takes the next theme."""
        ...

    def leave(self) -> None:
        """Ends the console."""
        ...

    def copy(self, text: str) -> None:
        """Into the terminal's clipboard."""
        ...

    def page(self) -> int:
        """Rows of the pane in focus."""
        ...

    def picture(self) -> Callable[[], str]:
        """The screen as it is now; calling it, in whichever thread, makes an SVG of it."""
        ...

    def changed(self) -> None:
        """Paints soon what another thread changed."""
        ...

    def remember(self) -> None:
        """Keeps the layout for the next start."""
        ...


_MOVES = {"down": 1, "up": -1, "page-down": 2, "page-up": -2, "first": -3, "last": 3}
_SIZES = {"wider": (1, 0), "narrower": (-1, 0), "taller": (0, 1), "shorter": (0, -1)}


class Acting:
    """Carries out what only concerns the console."""

    def __init__(self, surface: Surface, export_orders: Callable[[str], Path], exports: Path) -> None:
        self._surface = surface
        self._export_orders = export_orders
        self._exports = exports
        self._plain: dict[str, Callable[[float], None]] = {
            "zoom": self._zoom,
            "hide": self._hide,
            "show-all": self._show_all,
            "details": self._details,
            "sort": self._sort,
            "reverse": self._reverse,
            "watchlist": self._watchlist,
            "acknowledge": self._acknowledge,
            "copy": self._copy,
            "glyphs": self._glyphs,
            "export": lambda now: self.request(ConsoleRequest("export"), now),
            "export-orders": lambda now: self.request(ConsoleRequest("orders", "export"), now),
            "screenshot": lambda now: self.request(ConsoleRequest("screenshot"), now),
            "theme": lambda now: self._surface.change_theme("", now),
        }

    # ------------------------------------------------------------------ actions

    def act(self, action: Action, now: float) -> None:
        """An action of a key."""
        desk, frame, view = self._surface.desk, self._surface.latest, self._surface.desk.view
        name = action.id
        if name in _MOVES:
            desk.move(frame, _MOVES[name], max(1, self._surface.page() - 2))
        elif name in _SIZES:
            wider, taller = _SIZES[name]
            desk.layout.resize(desk.focus, wider=wider, taller=taller)
            self._surface.remember()
        elif name.startswith("pane-"):
            desk.look(name.removeprefix("pane-"), frame)
        elif name in ("next-pane", "previous-pane"):
            desk.next_pane(frame, 1 if name == "next-pane" else -1)
        elif name in ("interval", "interval-back"):
            view.change_interval(1 if name == "interval" else -1)
        elif name in ("overlay", "lower"):
            (view.next_overlay if name == "overlay" else view.next_lower)(desk.studies())
            self._surface.remember()
        elif name in ("cursor-left", "cursor-right"):
            view.move_cursor(frame.bars, 1 if name == "cursor-right" else -1)
        elif name in ("scroll-back", "scroll-on"):
            if name == "scroll-back" and not desk.chart.window.older:
                desk.say("the chart shows the oldest bar there is of this interval", now)
            view.scroll(frame.bars, 0.5 if name == "scroll-on" else -0.5)
        elif name == "escape":
            desk.back()
        elif name == "quit":
            self._surface.leave()
        elif name in ("zoom-in", "zoom-out"):
            view.change_zoom(1 if name == "zoom-in" else -1)
        else:
            self._plain[name](now)

    def _zoom(self, now: float) -> None:
        del now
        self._surface.desk.zoomed = not self._surface.desk.zoomed

    def _hide(self, now: float) -> None:
        desk = self._surface.desk
        pane = desk.focus
        if not desk.layout.hide(pane):
            desk.say("one pane must stay on the screen", now, wrong=True)
            return
        desk.next_pane(self._surface.latest, 1)
        desk.say(f"{pane} is hidden: its number shows it alone, X brings every pane back", now)
        self._surface.remember()

    def _show_all(self, now: float) -> None:
        self._surface.desk.layout.reset()
        self._surface.desk.say("every pane is back, in its own size", now)
        self._surface.remember()

    def _details(self, now: float) -> None:
        pane = self._surface.desk.pane
        if not pane.view.details and pane.selected(self._surface.latest) is None:
            self._surface.desk.say(NOTHING_SELECTED, now, wrong=True)
            return
        pane.view.details = not pane.view.details
        pane.view.detail_top = 0

    def _sort(self, now: float) -> None:
        pane = self._surface.desk.pane
        if not pane.sorts:
            self._surface.desk.say(f"{pane.name} has an order of its own", now)
            return
        name = pane.next_sort()
        self._surface.desk.say(f"{pane.name} by {name}" if name else f"{pane.name} in its own order", now)
        self._surface.remember()

    def _reverse(self, now: float) -> None:
        view = self._surface.desk.pane.view
        if not view.sort:
            self._surface.desk.say("the pane is in its own order: s sorts it", now)
            return
        view.sort_by(view.sort)
        self._surface.remember()

    def _watchlist(self, now: float) -> None:
        market = self._surface.desk.market
        if not market.watchlists:
            self._surface.desk.say("no watchlist is configured: watchlists in console.yaml names them", now)
            return
        self._surface.desk.say(f"watchlist {market.next_watchlist() or 'of every symbol'}", now)
        self._surface.remember()

    def _acknowledge(self, now: float) -> None:
        log = self._surface.desk.panes["log"]
        assert isinstance(log, LogPane)
        count = log.acknowledge(self._surface.latest)
        self._surface.desk.say(
            f"{count} alert{'s' * (count != 1)} acknowledged" if count else "no alert is open", now
        )

    def _copy(self, now: float) -> None:
        pane, frame = self._surface.desk.pane, self._surface.latest
        record = pane.selected(frame)
        if record is None:
            self._surface.desk.say(NOTHING_SELECTED, now, wrong=True)
            return
        text = "\t".join(" ".join(cell.split()) for cell, _ in pane.row(record, frame).cells.values())
        self._surface.copy(text)
        self._surface.desk.say("the row was given to the terminal's clipboard", now)

    def _glyphs(self, now: float) -> None:
        from console.ui.chart.view import GLYPHS

        view = self._surface.desk.view
        view.glyphs = GLYPHS[(GLYPHS.index(view.glyphs) + 1) % len(GLYPHS)]
        self._surface.desk.say(f"the chart is drawn in {view.glyphs}", now)
        self._surface.remember()

    # ------------------------------------------------------------------ requests

    def request(self, request: ConsoleRequest, now: float) -> None:
        """A line that was typed after `:`."""
        desk, frame = self._surface.desk, self._surface.latest
        word, argument = request.word, request.argument
        if word == "go":
            desk.go(argument)
        elif word == "pane":
            desk.look(argument, frame)
        elif word == "limits":
            desk.look("risk", frame)
        elif word == "theme":
            self._surface.change_theme(argument, now)
        elif word == "sort":
            self._sort_by(argument, now)
        elif word == "layout":
            self._layout(argument, now)
        elif word == "help":
            self._surface.dialogue.mode = Mode.HELP
        elif word == "quit":
            self._surface.leave()
        else:
            self._write(word, argument)

    def _sort_by(self, column: str, now: float) -> None:
        pane = self._surface.desk.pane
        if column not in pane.sorts:
            names = ", ".join(pane.sorts) or "no column"
            self._surface.desk.say(f"{pane.name} can be sorted by {names}", now, wrong=True)
            return
        pane.view.sort_by(column)
        self._surface.remember()

    def _layout(self, argument: str, now: float) -> None:
        verb, _, pane = argument.partition(" ")
        layout = self._surface.desk.layout
        if verb == "reset":
            layout.reset()
        elif verb == "show":
            layout.hidden.discard(pane)
        elif not layout.hide(pane):
            self._surface.desk.say("one pane must stay on the screen", now, wrong=True)
            return
        if self._surface.desk.focus in layout.hidden:
            self._surface.desk.next_pane(self._surface.latest, 1)
        self._surface.remember()

    def _write(self, word: str, argument: str) -> None:
        """What is on the screen is taken now; it becomes a file beside the screen."""
        desk = self._surface.desk
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        # Until its end is told, or something else: on a busy machine that is longer than a note stays.
        desk.say("the file is being written", float("inf"))
        if word == "orders":
            wanted = argument.partition(" ")[2]
            self._beside(lambda: f"order history written to {self._export_orders(wanted)}")
        elif word == "screenshot":
            place = self._place(argument, f"screen-{stamp}.svg")
            self._beside(partial(_write_picture, place, self._surface.picture()))
        else:
            rows = desk.pane.exported(self._surface.latest)
            place = self._place(argument, f"{desk.focus}-{stamp}.csv")
            self._beside(partial(_write_rows, place, rows, desk.focus))

    def _beside(self, work: Callable[[], str]) -> None:
        """In a thread, for no key waits for a disk; the console doesn't end before the file is there."""
        threading.Thread(target=_told, args=(self._surface, work), name="file").start()

    def _place(self, argument: str, name: str) -> Path:
        return Path(argument) if argument else self._exports / name


def _told(surface: Surface, work: Callable[[], str]) -> None:
    try:
        text, wrong = work(), False
    except Exception as error:  # noqa: BLE001 (a thread has nobody else to tell)
        text, wrong = f"the file can't be written: {str(error) or type(error).__name__}", True
    surface.desk.say(text, time.monotonic(), wrong=wrong)
    surface.changed()


def _write_picture(path: Path, picture: Callable[[], str]) -> str:
    path = path.expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, picture())
    return f"the screen was written to {path}"


def _write_rows(path: Path, rows: list[list[str]], pane: str) -> str:
    path = path.expanduser()
    write_csv(path, rows)
    return f"{len(rows) - 1} rows of {pane} written to {path}"
