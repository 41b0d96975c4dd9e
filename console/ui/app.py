"""The Textual shell: pulls a frame, hands out lines, takes keys. All that thinks is in `desk` and `core`.

Frames go out only when the terminal has acknowledged the one before the last; what a key changes is painted
at once, from the frame that is there. Commands run in threads of their own and never hold up the screen.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.filter import Monochrome
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from console.core.actions import available
from console.core.commands import Intent, run_command
from console.core.dialogue import READ_ONLY, Act, Ask, Dialogue, Effect, Filter, Mode, Note, Send
from console.core.frame import Frame
from console.core.keymap import PUNCTUATION_OF, Keymap, build_keymap
from console.core.pacing import FramePacer
from console.core.preferences import Preferences
from console.core.theme import ThemeBook
from console.ui.acting import Acting
from console.ui.arrangement import Rect
from console.ui.bars import ConsoleHealth
from console.ui.completion import offer_completions
from console.ui.desk import Desk
from console.ui.escape import split_escapes
from console.ui.herald import Herald
from console.ui.ink import Line, line
from console.ui.keeping import Keeping
from console.ui.layout import DeckScreen
from console.ui.lines import Lines
from console.ui.look import Look, few_colors
from console.ui.memory import prefer, remembered, restore
from console.ui.pointing import Pointing
from console.ui.ports import Ports
from console.ui.recoloring import Recoloring
from console.ui.tidying import Tidying

ACKNOWLEDGE = "\x1b[6n"
PARTS = (
    "status", "summary", "tabs", "watch", "chart", "signals", "orders", "positions", "risk", "log", "help",
    "message", "footer",
)  # fmt: skip
# Paints caused by keys may run this far ahead of the terminal, and no further: a held key must not fill the
# link.
KEY_PAINTS_AHEAD = 4
# A key's paint that a terminal has not let out for so long is no reason any more to keep garbage for it.
SILENT_S = 1.0


class QuarterdeckApp(App[int]):
    """The console."""

    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    CSS = "Screen { background: $background; overflow: hidden; } Lines { background: $background; }"

    class Changed(Message):
        """A command took a step, or a file was written: paint it now."""

    def __init__(
        self,
        ports: Ports,
        *,
        keymap: Keymap | None = None,
        themes: ThemeBook | None = None,
        theme: str = "dark",
        red_up: bool = False,
        frame_rate: float = 20.0,
        pane: str | None = None,
        read_only: bool = False,
        preferences: Preferences = Preferences(),  # noqa: B008 - it can't be changed
        memory: dict[str, Any] | None = None,
        symbols: tuple[str, ...] = (),
    ) -> None:
        self._themes = themes if themes is not None else ThemeBook()
        plain = preferences.glyphs == "ascii"
        self.look = Look(self._themes, theme, red_up=red_up, ascii_only=plain, few=few_colors(os.environ))
        super().__init__()
        # Textual makes grey of NO_COLOR, and black of a terminal's own colours; the theme has none to begin
        # with.
        self._filters = [kept for kept in self._filters if not isinstance(kept, Monochrome)]
        split_escapes()
        self._ports = ports
        self._read_only = read_only or ports.commander is None
        keymap = keymap or build_keymap(None, available(read_only=self._read_only))
        self.dialogue = Dialogue(keymap, read_only=self._read_only)
        self.desk = Desk(
            self.dialogue,
            alone=pane,
            solid_candles=self.look.theme.monochrome,
            first_start=memory is None and ports.remember is not None and pane is None,
            session=ports.session,
        )
        prefer(self.desk, preferences)
        restore(self.desk, memory or {}, symbols)
        self._herald = Herald(bell=preferences.bell)
        self.pacer = FramePacer(frame_rate)
        self.latest = Frame(0)
        # The symbol and the interval, in seconds, whose bars are in it.
        self._pulled_for = ("", 0)
        self._parts: dict[str, Lines] = {}
        self._layout_of: tuple[object, ...] = ()
        self._first_paint = asyncio.Event()
        self._paint_s = 0.0
        self._waiting_paint = False
        self._tidying = Tidying()
        self._keeping = Keeping(ports.remember, self._not_kept) if ports.remember is not None else None
        self._recoloring = Recoloring(self.look, self.desk, self._recolor)
        self._pointing = Pointing(self, self._press)
        self._acting = Acting(self, ports.export, ports.exports)
        self.register_theme(self.look.textual())
        self.theme = self.look.textual().name

    # ------------------------------------------------------------------ Textual's side

    def get_default_screen(self) -> Screen[object]:
        """A screen on which the arrangement decides."""
        return DeckScreen(self)

    def compose(self) -> ComposeResult:
        """One widget of lines per part; those without a rectangle are not shown."""
        for name in PARTS:
            blank = line(background="panel" if name in ("status", "summary", "footer") else "surface")
            self._parts[name] = Lines(self.look.palette, id=name, blank=blank)
            yield self._parts[name]

    def on_mount(self) -> None:
        """Starts the frames. What lives from here on is left out of every later garbage collection."""
        offer_completions(
            self.dialogue, lambda: self.latest, self._ports.limit_names, self._themes.names,
            read_only=self._read_only,
        )  # fmt: skip
        if self.look.error:
            self.desk.say(f"theme: {self.look.error}", time.monotonic(), wrong=True)
        self.run_worker(self._frames(), name="frames", exit_on_error=True)

    def on_unmount(self) -> None:
        """The process may go on without a console."""
        self._tidying.end()

    async def _frames(self) -> None:
        # Nothing is pulled for a screen whose size nobody knows, and its first paint waits for no collection.
        await self._first_paint.wait()
        self._tidying.begin(time.monotonic())
        while True:
            now = time.monotonic()
            if self._tell(self.dialogue.tick(now), now):
                self.paint_now()
            self._recoloring.reload(now)
            if self.pacer.may_send(now):
                self._paint_frame(now)
            elif self.pacer.should_ask_again(now):
                self.pacer.asked_again(now)
                self._ask_terminal()
            if not self._waiting_paint or self.pacer.stalled_for(now) > SILENT_S:
                # Whether or not a frame went out: the other threads go on while a terminal is silent.
                self._tidying.between_frames(now)
            # What painting took is part of the interval, not added to it.
            spent = time.monotonic() - now
            await asyncio.sleep(max(0.002, min(0.05, self.pacer.interval) - spent))

    async def on_event(self, event: events.Event) -> None:
        """Takes keys, pasted text and the terminal's acknowledgements before any widget sees them."""
        if isinstance(event, events.CursorPosition):
            self.pacer.acknowledged(time.monotonic())
            if self._waiting_paint:
                self.paint_now()
            return
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._press(event.key, event.character)
            return
        if isinstance(event, events.Paste) and not event.is_forwarded:
            now = time.monotonic()
            self._tell(self.dialogue.paste(event.text), now)
            self.paint_now()
            return
        if isinstance(event, events.MouseEvent):
            # Moves and releases mean nothing here, and must cost nothing.
            if isinstance(event, events.MouseDown | events.MouseScrollDown | events.MouseScrollUp):
                self._pointing.take(event)
                self.paint_now()
            return
        await super().on_event(event)

    def on_quarterdeck_app_changed(self) -> None:
        """What other threads did: beside a command's newest step stands the desk as it is by then."""
        self._pull()
        self.paint_now()

    # ------------------------------------------------------------------ painting

    def rectangles(self, size: Size) -> dict[str, Rect]:
        """Where each part stands now in a screen of that size."""
        return self.desk.rectangles(size.width, size.height)

    def lines_for(self, size: Size) -> dict[str, list[Line]]:
        """The newest frame's on a screen of another size; the first one's on the first."""
        now = time.monotonic()
        if not self._first_paint.is_set():
            self._pull()
        drawn = self.desk.lines(self.latest, self._health(now), *size, now)
        self._layout_of = self._arranged(size)
        return drawn

    def written(self) -> None:
        """A screen of another size has been written."""
        self.pacer.sent(time.monotonic())
        self._ask_terminal()
        self._first_paint.set()

    def _arranged(self, size: Size) -> tuple[object, ...]:
        return (*size, *self.rectangles(size).items())

    def _pull(self) -> None:
        self._pulled_for = self.desk.symbol, self.desk.interval_s
        self.latest = self._ports.source.pull(*self._pulled_for)
        self.desk.settle(self.latest)

    def _paint_frame(self, now: float) -> None:
        """A frame in cadence: everything that changed, and the question behind it."""
        started = time.perf_counter()
        self._pull()
        if self._driver is not None and not self.is_headless:
            self._herald.tell(self.latest, self.desk.alerts(self.latest), self._driver.write)
        dirty = self._draw(now)
        self._paint_s = 0.9 * self._paint_s + 0.1 * (time.perf_counter() - started)
        if dirty:
            self.pacer.sent(now)
            self._ask_terminal()
        else:
            self.pacer.nothing_to_send(now)

    def paint_now(self) -> None:
        """A paint out of cadence: what a key or a command changed, over the newest frame's figures; a chart
        that was chosen comes with it.
        """
        if not self.is_running:
            return
        self._waiting_paint = self.pacer.outstanding >= KEY_PAINTS_AHEAD
        if self._waiting_paint:
            return
        now = time.monotonic()
        commands = self._ports.board.views()
        if self._pulled_for != (self.desk.symbol, self.desk.interval_s):
            self._pull()
        elif commands != self.latest.commands:
            self.latest = replace(self.latest, commands=commands)
        if self._draw(now, key=True):
            self.pacer.sent(now)
            self._ask_terminal()

    def _draw(self, now: float, *, key: bool = False) -> int:
        """Writes what changed; returns how many rows those are, 0 when nothing was written."""
        screen = self.screen_stack[-1] if self.screen_stack else None
        if not isinstance(screen, DeckScreen) or not self.size or screen.outer_size != self.size:
            # Another size is under way to the screen, and everything is drawn when it is there.
            return 0
        drawn = self.desk.lines(self.latest, self._health(now), *self.size, now)
        of = self._arranged(self.size)
        moved, self._layout_of = of != self._layout_of, of
        return screen.draw(drawn, moved=moved, focus=self.desk.focus, slow=self.pacer.slow, key=key)

    def _health(self, now: float) -> ConsoleHealth:
        pacer = self.pacer
        link = pacer.round_trip * 1_000 if pacer.round_trip is not None else None
        return ConsoleHealth(link, pacer.stalled_for(now), pacer.rate, self._paint_s * 1_000, self._read_only)

    def _ask_terminal(self) -> None:
        self.pacer.asked(time.monotonic())
        if self.is_headless or self._driver is None:
            self.pacer.acknowledged(time.monotonic())
        else:
            self._driver.write(ACKNOWLEDGE)

    # ------------------------------------------------------------------ keys

    def _press(self, key: str, character: str | None) -> None:
        now = time.monotonic()
        first, self.desk.first_start = self.desk.first_start, False
        if character is None:
            # A key that came right behind an escape is told by its name alone.
            character = key if len(key) == 1 else PUNCTUATION_OF.get(key)
        self._tell(self.dialogue.key(key, character, now, self.desk.context(self.latest)), now)
        self.paint_now()
        if first:
            self.remember()

    def _tell(self, effects: list[Effect], now: float) -> bool:
        for effect in effects:
            if isinstance(effect, Send):
                self._send(effect.intent, now)
            elif isinstance(effect, Act):
                self._acting.act(effect.action, now)
            elif isinstance(effect, Ask):
                self._acting.request(effect.request, now)
            elif isinstance(effect, Filter):
                self.desk.pane.view.filter = effect.text
            elif isinstance(effect, Note):
                self.desk.say(effect.text, now, wrong=effect.wrong)
        return bool(effects)

    def _send(self, intent: Intent, now: float) -> None:
        commander = self._ports.commander
        if commander is None or self._read_only:
            self.desk.say(READ_ONLY, now, wrong=True)
            return
        if self._ports.board.in_flight(intent):
            self.desk.say(f"{intent.title} is under way already", now)
            return
        self.desk.note = ("", False, float("-inf"))
        threading.Thread(
            target=run_command,
            args=(commander, self._ports.board, intent, self.changed),
            name=f"command {intent.title}",
            daemon=True,
        ).start()

    def changed(self) -> None:
        """Paints soon what another thread changed."""
        if self.is_running:
            self.post_message(self.Changed())

    # ------------------------------------------------------------------ what acting asks of the terminal

    def leave(self) -> None:
        """Ends the console, and keeps how it was; the desk goes on."""
        self.remember()
        self.exit(0)

    def copy(self, text: str) -> None:
        """Into the terminal's clipboard (OSC 52), as far as the terminal lets us."""
        self.copy_to_clipboard(text)

    def page(self) -> int:
        """Rows of the pane in focus."""
        part = "watch" if self.desk.focus == "market" else self.desk.focus
        if self.dialogue.mode is Mode.HELP:
            part = "help"
        return self.rectangles(self.size).get(part, Rect(0, 0, 0, 10)).height

    def picture(self) -> Callable[[], str]:
        """The screen as it is now; calling it, in whichever thread, makes an SVG of it."""
        screen = self.screen
        assert isinstance(screen, DeckScreen)
        return screen.picture()

    def remember(self) -> None:
        """Keeps the layout for the next start. A console of one pane is a part of another's layout."""
        if self._keeping is not None and self.desk.alone is None:
            self._keeping.keep(remembered(self.desk, self.look.chosen))

    def _not_kept(self, error: Exception) -> None:
        self.desk.say(f"the layout can't be kept: {error}", time.monotonic(), wrong=True)
        self.changed()

    def change_theme(self, name: str, now: float) -> None:
        """Other colours; an empty name takes the next theme."""
        if self._recoloring.change(name, now):
            self.remember()

    def _recolor(self) -> None:
        self.desk.solid_candles = self.look.theme.monochrome
        self.register_theme(self.look.textual())
        self.theme = self.look.textual().name
        for part in self._parts.values():
            part.set_palette(self.look.palette)
