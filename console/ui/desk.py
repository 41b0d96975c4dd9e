"""The whole screen as lines: a frame, what the user did, and a size go in; the lines of each part come out.
Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from console.core.actions import PANES, Action
from console.core.bars import Bar
from console.core.dialogue import Context, Dialogue, Mode
from console.core.differences import BreakRow
from console.core.format import STALE, clock, compact, number
from console.core.frame import Frame
from console.core.studies import available
from console.ui.arrangement import PANE_OF, SMALLEST, Layout, Rect, arrange, most_message_rows, shows_all
from console.ui.bars import ConsoleHealth, footer_line, footer_places, status_line, tab_places, tabs_line
from console.ui.chart import Chart, ChartView, Picture
from console.ui.fills import FillTimes
from console.ui.help import help_lines
from console.ui.ink import TITLE, Line, Span, justified, length, line
from console.ui.message import ARM_ROWS, LEAST_MESSAGE_ROWS, message_lines
from console.ui.panes import all_panes
from console.ui.panes.base import Pane, marked
from console.ui.panes.log import LogPane
from console.ui.panes.market import MarketPane
from console.ui.summary import summary_line
from console.ui.table import TO_THE_END

# Cells of the chart's title, symbol and interval, that its marks leave.
LEGEND_STAYS = 10


@dataclass
class Desk:
    """What the user sees and did: panes, focus, zoom, the selected symbol, the newest note."""

    dialogue: Dialogue
    alone: str | None = None
    solid_candles: bool = False
    focus: str = "market"
    zoomed: bool = False
    symbol: str = ""
    view: ChartView = field(default_factory=ChartView)
    layout: Layout = field(default_factory=Layout)
    first_start: bool = False
    session: str = ""
    acknowledged: int = 0
    panes: dict[str, Pane] = field(default_factory=all_panes)
    chart: Chart = field(default_factory=Chart)
    fills: FillTimes = field(default_factory=FillTimes)
    note: tuple[str, bool, float] = ("", False, float("-inf"))
    help_top: int = 0
    message_rows: int = 1
    _symbols_of: Frame | None = None
    _symbols: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.alone is not None:
            self.focus = self.alone

    @property
    def pane(self) -> Pane:
        """The pane in focus."""
        return self.panes[self.focus]

    @property
    def interval_s(self) -> int:
        """Seconds of one candle."""
        return self.view.interval_s

    @property
    def market(self) -> MarketPane:
        """The pane with the watchlist."""
        pane = self.panes["market"]
        assert isinstance(pane, MarketPane)
        return pane

    def alerts(self, frame: Frame) -> list[int]:
        """The numbers of the alarms that nobody has acknowledged here, the newest first."""
        log = self.panes["log"]
        assert isinstance(log, LogPane)
        return [row.number for row in log.open_alarms(frame)]

    def context(self, frame: Frame) -> Context:
        """What a key may refer to."""
        order = ""
        if self.focus == "orders":
            record = self.pane.selected(frame)
            order = record.client_order_id if record is not None and record.working else ""
        found = getattr(self.pane.selected(frame), "of", None) if self.focus == "risk" else None
        if self._symbols_of is not frame:
            self._symbols_of, self._symbols = frame, tuple(row.symbol for row in frame.watch)
        symbols = self._symbols
        id_of, actions = (found.id, found.actions) if isinstance(found, BreakRow) else ("", ())
        return Context(
            self.focus, self.symbol, order, symbols, id_of, actions, self.pane.view.filter,
            killed=frame.desk_killed, paused=frame.desk_paused,
        )  # fmt: skip

    def rectangles(self, width: int, height: int) -> dict[str, Rect]:
        """Where each part stands now."""
        rows = ARM_ROWS if self.dialogue.mode is Mode.ARMED else self.message_rows
        found = arrange(
            width,
            height,
            self.focus,
            zoomed=self.zoomed,
            message_rows=rows,
            alone=self.alone,
            layout=self.layout,
        )
        if self.dialogue.mode is Mode.HELP:
            top = 2
            found = {
                name: rect
                for name, rect in found.items()
                if name in ("status", "summary", "message", "footer")
            }
            found["help"] = Rect(0, top, width, max(1, height - 1 - rows - top))
        return found

    # ------------------------------------------------------------------ what keys change

    def move(self, frame: Frame, step: int, page: int) -> None:
        """Moves the selection by `step` rows; ±2 are pages, ±3 the ends. Pages of details scroll in them."""
        distance = {2: page, -2: -page, 3: TO_THE_END, -3: -TO_THE_END}.get(step, step)
        if self.dialogue.mode is Mode.HELP:
            self.help_top = max(0, self.help_top + distance)
            return
        pane = self.pane
        if pane.view.details and abs(step) == 2:
            pane.view.detail_top = max(0, pane.view.detail_top + distance)
            return
        pane.view.detail_top = 0
        pane.view.move(pane.keys(frame), distance)
        self.follow(frame)

    def follow(self, frame: Frame) -> None:
        """The selected symbol is that of the row selected in the pane in focus."""
        symbol = self.pane.symbol(frame)
        if symbol and any(row.symbol == symbol for row in frame.watch):
            self.go(symbol)

    def settle(self, frame: Frame) -> None:
        """Selects the first symbol once there is one, and keeps when fills happened by the market's clock."""
        self.fills.note(frame)
        if not self.symbol and frame.watch:
            self.go(frame.watch[0].symbol)

    def go(self, symbol: str) -> None:
        """Selects a symbol; its chart starts at the newest bar."""
        if symbol != self.symbol:
            self.view.anchor_us = self.view.cursor_us = None
        self.symbol = symbol
        self.panes["market"].view.selected = symbol

    def look(self, pane: str, frame: Frame) -> None:
        """Puts a pane in focus; a console of one pane stays where it is."""
        if self.alone is None:
            self.focus = pane
            self.follow(frame)

    def next_pane(self, frame: Frame, step: int) -> None:
        """The pane after or before."""
        self.look(PANES[(PANES.index(self.focus) + step) % len(PANES)], frame)

    def back(self) -> None:
        """Escape: closes details, then clears the filter, then gives up the zoom."""
        view = self.pane.view
        if self.focus == "market" and self.view.back():
            return
        if view.details:
            view.details = False
        elif view.filter:
            view.filter = ""
        else:
            self.zoomed = False

    def say(self, text: str, now: float, *, wrong: bool = False) -> None:
        """Shows a sentence for a few seconds. One assignment: any thread may say something."""
        self.note = (text, wrong, now)

    # ------------------------------------------------------------------ lines

    def lines(
        self, frame: Frame, health: ConsoleHealth, width: int, height: int, now: float
    ) -> dict[str, list[Line]]:
        """The lines of every part that is shown; afterwards `rectangles` has room for all of the message."""
        if self.dialogue.mode is not Mode.HELP:
            # Opened again, the help begins with what can be done here.
            self.help_top = 0
        most = max(LEAST_MESSAGE_ROWS, height // 10)
        message = message_lines(
            self.dialogue, self.context(frame), frame, self.note, width, now, most,
            first_start=self.first_start, session=self.session,
        )  # fmt: skip
        # What is typed stands last, and stays.
        message = message[-most_message_rows(height) :]
        self.message_rows = len(message)
        found = self.rectangles(width, height)
        drawn: dict[str, list[Line]] = {}
        for part, rect in found.items():
            if part == "status":
                drawn[part] = [status_line(frame, health, width, len(self.alerts(frame)))]
            elif part == "summary":
                drawn[part] = [summary_line(frame, width)]
            elif part == "tabs":
                drawn[part] = [tabs_line(frame, self.focus, self.layout.hidden)]
            elif part == "message":
                drawn[part] = message
            elif part == "footer":
                drawn[part] = [
                    footer_line(self.dialogue, self.context(frame), width, replay=bool(frame.replay))
                ]
            elif part == "help":
                drawn[part] = self._help(frame, rect)
            elif part == "chart":
                drawn[part] = self._chart(frame, rect)
            else:
                name = "market" if part == "watch" else part
                focused, pane = name == self.focus, self.panes[name]
                pane.view.covered = self._covered(rect, found["message"]) if focused else 0
                drawn[part] = pane.lines(frame, rect.width, rect.height, focused=focused)
        if width < SMALLEST[0] or height < SMALLEST[1]:
            drawn["summary"] = [
                line((f" the screen is too small; {SMALLEST[0]}×{SMALLEST[1]} is enough", "warning"))
            ]
        return drawn

    def _covered(self, rect: Rect, message: Rect) -> int:
        """Lines of the pane in focus that lie under the message, so that the row that it asks about is shown
        above it. The kill bar asks about none, and must be on the screen with the fewest bytes.
        """
        armed = self.dialogue.mode is Mode.ARMED
        return 0 if armed else max(0, rect.y + rect.height - message.y)

    def _help(self, frame: Frame, rect: Rect) -> list[Line]:
        selected = self.pane.selected(frame) is not None
        every = help_lines(self.dialogue, self.context(frame), selected, rect.width)
        self.help_top = max(0, min(self.help_top, len(every) - rect.height + 1))
        title = justified([(" help", "accent bold")], [("↑↓ moves, esc closes ", "muted")], rect.width, TITLE)
        shown = every[self.help_top : self.help_top + rect.height - 1]
        return [title, *marked(shown, self.help_top, len(every) - self.help_top - len(shown))]

    def _chart(self, frame: Frame, rect: Rect) -> list[Line]:
        row = frame.instrument(self.symbol)
        # Bars are of the mid, which may lie between two prices of the tick.
        decimals = row.decimals + 1 if row is not None else 2
        stale = row is None or frame.stale(row)
        marks: dict[float, Span] = {}
        for order in frame.desk.orders:
            if order.working and order.symbol == self.symbol and order.price is not None:
                marks[order.price] = ("▸" if order.side > 0 else "▹", "up" if order.side > 0 else "down")
        position = next((p for p in frame.desk.positions if p.symbol == self.symbol and p.quantity), None)
        if position is not None:
            marks[position.cost] = ("═", "warning")
        picture = Picture(
            self.symbol,
            frame.bars if frame.bars_of == self.symbol else (),
            decimals,
            row.tick if row is not None else 0.01,
            marks,
            self.fills.of(self.symbol),
            self.solid_candles,
            stale,
        )
        body = self.chart.lines(picture, self.view, rect.width, rect.height - 1)
        if frame.bars_of != self.symbol:
            # They come with the next frame: until then nothing is known of them.
            body = []
        return [self._chart_title(frame, rect.width, decimals, stale=stale and row is not None), *body]

    def _chart_title(self, frame: Frame, width: int, decimals: int, *, stale: bool) -> Line:
        """Symbol and interval; the candle under the crosshair, else the newest; the curves' values."""
        view, candles = self.view, self.chart.window.candles
        place = view.cursor_place()
        shown = None
        if frame.bars_of == self.symbol and candles:
            shown = candles[place] if place is not None and place < len(candles) else candles[-1]
        left: list[Span] = [(f" {self.symbol or 'chart'} ", "text bold"), (view.interval_name, "muted")]
        if shown is not None:
            at = f"  {clock(shown.start_us)}" if place is not None else ""
            legend = self.chart.legend(view, decimals)
            used = len(at) + length((*left, *legend)) + 1
            figures = _figures(shown, decimals, width - used)
            left += [(at, "accent"), (figures, "text" if place is not None else "muted"), *legend]
        right: list[Span] = []
        if view.anchor_us is not None:
            right.append((f"◂ {self.chart.window.newer} newer ", "accent"))
        if stale:
            right.append((f"{STALE} old ", "warning"))
        return justified(left, right, width, TITLE, least=LEGEND_STAYS)

    def studies(self) -> tuple[str, ...]:
        """The curves that can be drawn here."""
        return available()

    # ------------------------------------------------------------------ the mouse

    def part_at(self, x: int, y: int, width: int, height: int) -> tuple[str, int, int] | None:
        """The part under a cell of the screen, and the place in it."""
        # The message first: it may lie over others.
        for name, rect in sorted(
            self.rectangles(width, height).items(), key=lambda part: part[0] != "message"
        ):
            if rect.holds(x, y):
                return name, x - rect.x, y - rect.y
        return None

    def hint_at(self, x: int, frame: Frame, width: int) -> Action | None:
        """The action of the footer's hint in that column of a screen so wide."""
        context = self.context(frame)
        places = footer_places(self.dialogue, context, width, replay=bool(frame.replay))
        return next((action for action, start, end in places if start <= x < end), None)

    def click(self, part: str, x: int, y: int, frame: Frame) -> None:
        """A click puts the pane in focus and selects what is under it; on the chart it sets the crosshair."""
        if part == "tabs":
            name = next(
                (pane for pane, start, end in tab_places(frame, self.focus) if start <= x < end), None
            )
            if name is not None:
                self.look(name, frame)
            return
        pane = PANE_OF.get(part)
        if pane is None:
            return
        self.look(pane, frame)
        if part == "chart":
            self.view.point(x - 1)
            return
        key = self.panes[pane].key_at(y, frame)
        if key is not None:
            view = self.panes[pane].view
            view.details = view.details and view.selected == key
            view.selected = key
            self.follow(frame)

    def wheel(self, part: str, step: int, frame: Frame) -> None:
        """The wheel moves the selection of the pane under it; over the chart it scrolls in time."""
        if part == "help":
            self.help_top = max(0, self.help_top + 3 * step)
        elif part == "chart":
            self.view.scroll(frame.bars, 0.1 * step)
        elif part in PANE_OF:
            pane = self.panes[PANE_OF[part]]
            pane.view.move(pane.keys(frame), 3 * step)
            if PANE_OF[part] == self.focus:
                self.follow(frame)

    def shows_all(self, width: int, height: int) -> bool:
        """True when every pane is on the screen."""
        return self.alone is None and not self.zoomed and shows_all(width, height)


def _figures(bar: Bar, decimals: int, room: int) -> str:
    """A candle in figures: what there is room for, the close at least."""
    close = f"  c {number(bar.close, decimals)}"
    rest = f"  o {number(bar.open, decimals)}  h {number(bar.high, decimals)}  l {number(bar.low, decimals)}"
    volume = f"  v {compact(bar.volume)}" if bar.volume else ""
    return next((text for text in (rest + close + volume, rest + close) if len(text) <= room), close)
