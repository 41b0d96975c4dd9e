"""Market: the watchlist, and beside it the chart of the selected symbol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from console.core.feed import WatchRow
from console.core.format import (
    GAP,
    MISSING,
    STALE,
    age,
    clock,
    compact,
    milliseconds,
    number,
    quantity,
    signed,
    sparkline,
    whole_age,
)
from console.core.frame import Frame, Standing
from console.ui.ink import Span
from console.ui.panes.base import DOWN, QUIET_US, UP, Pane
from console.ui.table import Column, TableRow

TREND_CELLS = 10


class MarketPane(Pane):
    """One row per symbol of the desk. A gate closed for the symbol, or its kill, shows before its name."""

    name: ClassVar[str] = "market"
    number: ClassVar[int] = 1
    source: ClassVar[str] = "market-data"
    nothing: ClassVar[str] = "the desk has no symbols"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("symbol", "symbol", least=6),
        Column("last", "last", ".", least=8),
        Column("change", "change", ">", 3, least=8),
        Column("bid", "bid", ".", 1, least=8),
        Column("ask", "ask", ".", 1, least=8),
        Column("bid_size", "b.size", ">", 5, least=6),
        Column("ask_size", "a.size", ">", 5, least=6),
        Column("spread", "spread", ".", 4, least=6),
        Column("volume", "volume", ">", 6, least=6),
        Column("trend", "trend", "<", 7, least=TREND_CELLS),
        Column("age", "age", ">", 2, least=4),
        Column("mid", "mid", ".", 8, least=8),
    )
    sorts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "symbol": lambda row: row.symbol,
        "last": lambda row: row.last,
        "change": lambda row: row.change,
        "spread": lambda row: row.spread,
        "volume": lambda row: row.volume,
        "age": lambda row: -row.told_us if row.received_us else None,
    }

    def __init__(self) -> None:
        super().__init__()
        self.watchlists: dict[str, frozenset[str]] = {}
        self.watchlist = ""
        self._alive: tuple[int, int, int] = (0, 0, 0)
        self._listed: tuple[Any, str, Sequence[WatchRow]] = ((), "", ())
        self._held_up: tuple[Frame | None, frozenset[str]] = (None, frozenset())

    def next_watchlist(self) -> str:
        """The next of the configured watchlists; after the last, every symbol."""
        names = ["", *self.watchlists]
        self.watchlist = names[(names.index(self.watchlist) + 1) % len(names)]
        return self.watchlist

    def records(self, frame: Frame) -> Sequence[WatchRow]:
        """The symbols of the watchlist, in the configuration's order."""
        wanted = self.watchlists.get(self.watchlist)
        if wanted is None:
            return frame.watch
        if self._listed[0] is not frame.watch or self._listed[1] != self.watchlist:
            rows = tuple(row for row in frame.watch if row.symbol in wanted)
            self._listed = (frame.watch, self.watchlist, rows)
        return self._listed[2]

    def haystack(self, record: WatchRow, frame: Frame) -> str:
        """The symbol, and what is the matter with it: there are hundreds of them in every frame."""
        gated = " ".join(gate.title for gate in frame.desk.gates if gate.symbol == record.symbol)
        return (
            f"{record.symbol} {gated}{' stale old' * frame.stale(record)}{' gap' * bool(record.gaps)}".lower()
        )

    def key(self, record: WatchRow) -> str:
        """The symbol."""
        return record.symbol

    def keys(self, frame: Frame) -> list[str]:
        """The symbols; the watchlist is a new object in every frame, so they are not kept."""
        return [row.symbol for row in self.shown_records(frame)]

    def headline(self, frame: Frame) -> list[Span]:
        """How much of the list is alive."""
        when, count = frame.now_us // QUIET_US, len(frame.watch)
        if self._alive[:2] != (when, count):
            self._alive = (when, count, sum(1 for row in frame.watch if not frame.stale(row)))
        named: list[Span] = [(f"{self.watchlist}  ", "accent")] if self.watchlist else []
        return [*named, (f"{self._alive[2]} of {count} live", "muted")]

    def marks(self, frame: Frame) -> list[Span]:
        """Gaps of the feed and rows that could not be read, beside the usual."""
        marks = super().marks(frame)
        if frame.feed_gaps:
            marks.append((f" {GAP}{frame.feed_gaps:,} lost", "warning"))
        if frame.feed_malformed:
            marks.append((f" {frame.feed_malformed:,} unreadable", "warning"))
        return marks

    def _halted(self, frame: Frame) -> frozenset[str]:
        """`Frame.halted_symbols`: asked for every row, found once a frame."""
        if self._held_up[0] is not frame:
            self._held_up = (frame, frame.halted_symbols)
        return self._held_up[1]

    def rests_on(self, record: WatchRow, frame: Frame) -> object:
        """Its age as it is told, and whether a gate is closed for it."""
        stale = frame.stale(record)
        return (
            stale,
            _age(record.age_s(frame.now_us), stale),
            record.symbol in self._halted(frame),
        )

    def row(self, record: WatchRow, frame: Frame) -> TableRow:
        """A symbol's row; stale figures are dimmed and marked, and one that never came is missing."""
        stale = frame.stale(record)
        text = "faint" if stale else "text"
        quiet = "faint" if stale else "muted"
        mid, change = record.mid, record.change
        places = record.decimals + (1 if mid is not None and _halves(record) else 0)
        arrow = UP if record.direction > 0 else DOWN if record.direction < 0 else " "
        color = text if stale or not record.direction else "up" if record.direction > 0 else "down"
        moved = text if stale or not change else "up" if change > 0 else "down"
        paused = record.symbol in self._halted(frame)
        name = ("■" if paused else " ") + record.symbol + (f" {GAP}" if record.gaps else "")
        old = record.age_s(frame.now_us)
        return TableRow(
            record.symbol,
            {
                "symbol": (name, "warning" if paused else text + (" bold" if not stale else "")),
                "last": (_last(record, arrow), color),
                "mid": (arrow + number(mid, places) if mid is not None else MISSING, color),
                "change": (signed(change * 100, 2) + "%" if change is not None else MISSING, moved),
                "bid": (number(record.bid, record.decimals), text),
                "ask": (number(record.ask, record.decimals), text),
                "bid_size": (compact(record.bid_size) if record.bid is not None else MISSING, quiet),
                "ask_size": (compact(record.ask_size) if record.ask is not None else MISSING, quiet),
                "spread": (number(record.spread, record.decimals), quiet),
                "volume": (compact(record.volume) if record.received_us else MISSING, quiet),
                "trend": (sparkline(record.trend, TREND_CELLS), quiet),
                "age": (_age(old, stale), "warning" if stale and old is not None else quiet),
            },
            record.symbol,
        )

    def detail(self, record: WatchRow, frame: Frame) -> list[tuple[str, str]]:
        """Everything known of a symbol."""
        return [
            ("symbol", record.symbol),
            ("bid", _sized(record.bid, record.bid_size, record.decimals)),
            ("ask", _sized(record.ask, record.ask_size, record.decimals)),
            ("last trade", _sized(record.last, record.last_size, record.decimals)),
            ("tick", quantity(record.tick)),
            ("volume", quantity(record.volume) if record.received_us else MISSING),
            ("event time", clock(record.event_us, 6)),
            ("published", _published(record, frame.now_us)),
            ("arrived", clock(record.received_us, 6)),
            *([("on its way", milliseconds(record.latency_us / 1e3))] if record.latency_us else []),
            ("messages", f"{record.messages:,}, {record.gaps:,} lost"),
            ("trading", _trading(record, frame)),
        ]


def _sized(price: float | None, size: float, decimals: int) -> str:
    return MISSING if price is None else f"{number(price, decimals)} × {quantity(size)}"


def _published(record: WatchRow, now_us: int) -> str:
    old = record.age_s(now_us)
    return clock(record.published_us, 6) + (f" ({age(old)} ago)" if old is not None else "")


def _trading(record: WatchRow, frame: Frame) -> str:
    """Whether the symbol is traded, and what holds it up. While nobody says anything, that is what is old."""
    gates = [gate for gate in frame.desk.gates if gate.symbol in ("", record.symbol)]
    told = "; ".join(f"{gate.title}: {gate.reason}" for gate in gates)
    standing = frame.standing_of(record.symbol)
    if standing is Standing.UNKNOWN:
        return "not known: no word from the desk" + (f"; before that, {told}" if told else "")
    if standing is Standing.TRADING:
        return "allowed: no gate is closed"
    if standing is Standing.LIMITED:
        return "what adds to a limit that is reached is denied: see risk; no gate is closed"
    return told or "killed"


def _last(record: WatchRow, arrow: str) -> str:
    """The last trade; before any, the mid, marked as one."""
    if record.last is not None:
        return arrow + number(record.last, record.decimals)
    return f"{arrow}~{number(record.mid, record.decimals)}" if record.mid is not None else MISSING


def _halves(record: WatchRow) -> bool:
    """True when the mid lies between two prices of the tick's decimals."""
    mid = record.mid
    return mid is not None and abs(round(mid, record.decimals) - mid) > 1e-10


def _age(seconds: float | None, stale: bool) -> str:
    """Whole seconds: tenths would draw every row anew ten times a second and tell nobody anything."""
    if seconds is None:
        return MISSING
    if seconds < 1:
        return "now"
    return (STALE if stale else "") + whole_age(seconds)
