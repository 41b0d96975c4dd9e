"""What the user did to the chart: interval, zoom, place in time, crosshair, curves. Positions are times, so
that they stay with their bars while new ones arrive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from console.core.bars import INTERVALS, Bar
from console.core.studies import LOWER, OVERLAYS

# Below zero: so many bars in one column. Above: so many columns for one bar.
ZOOMS = (-8, -4, -2, 1, 2, 3)
PLAIN = ZOOMS.index(1)
GLYPHS = ("braille", "blocks", "ascii")


@dataclass(frozen=True, slots=True)
class Window:
    """The candles on screen; `last` is the place in the bars of the last bar of each, for the curves."""

    candles: tuple[Bar, ...] = ()
    last: tuple[int, ...] = ()
    pitch: int = 1
    newer: int = 0
    older: int = 0


@dataclass
class ChartView:
    """`anchor_us` is the bar at the right edge, None while the chart follows the market; `cursor_us` the
    candle under the crosshair.
    """

    interval: int = 0
    zoom: int = PLAIN
    anchor_us: int | None = None
    cursor_us: int | None = None
    overlays: tuple[str, ...] = ()
    lower: str = ""
    glyphs: str = "braille"
    _shown: Window = field(default_factory=Window)

    @property
    def interval_s(self) -> int:
        """Seconds of one bar."""
        return INTERVALS[self.interval][0]

    @property
    def interval_name(self) -> str:
        """The interval as the title names it, with the bars joined in one candle."""
        per = -ZOOMS[self.zoom]
        return INTERVALS[self.interval][1] + (f" ×{per}" if per > 1 else "")

    def change_interval(self, step: int) -> None:
        """The next interval, or the one before; the place in time is given up."""
        self.interval = (self.interval + step) % len(INTERVALS)
        self.anchor_us = self.cursor_us = None

    def change_zoom(self, step: int) -> None:
        """Wider candles, or more of them."""
        self.zoom = min(len(ZOOMS) - 1, max(0, self.zoom + step))

    def next_overlay(self, offered: Sequence[str]) -> None:
        """None, each of the overlays, then all of them."""
        names = [name for name in OVERLAYS if name in offered]
        choices: list[tuple[str, ...]] = [(), *((name,) for name in names), tuple(names)]
        at = choices.index(self.overlays) if self.overlays in choices else -1
        self.overlays = choices[(at + 1) % len(choices)]

    def next_lower(self, offered: Sequence[str]) -> None:
        """None, then each of the lower panes."""
        choices = ["", *(name for name in LOWER if name in offered)]
        at = choices.index(self.lower) if self.lower in choices else 0
        self.lower = choices[(at + 1) % len(choices)]

    def back(self) -> bool:
        """Takes the crosshair away, then goes back to the newest bar; False when there was nothing to do."""
        if self.cursor_us is not None:
            self.cursor_us = None
        elif self.anchor_us is not None:
            self.anchor_us = None
        else:
            return False
        return True

    # ------------------------------------------------------------------ in time

    def window(self, bars: Sequence[Bar], columns: int) -> Window:
        """The candles that fit in so many columns, and remembers them for the keys."""
        zoom = ZOOMS[self.zoom]
        pitch, per = max(1, zoom), max(1, -zoom)
        end = len(bars)
        if self.anchor_us is not None:
            end = max(1, bisect_right(bars, self.anchor_us, key=_start))
            if end >= len(bars):
                end, self.anchor_us = len(bars), None
        room = max(1, columns // pitch)
        start = max(0, end - room * per)
        if per > 1 and start > 0:
            # Groups are aligned to the clock, so that a candle doesn't change its bars when one arrives.
            while start < end and bars[start].start_us // self._width_us() % per:
                start += 1
        candles, last = _join(bars, start, end, per, self._width_us())
        self._shown = Window(candles[-room:], last[-room:], pitch, len(bars) - end, start)
        return self._shown

    def _width_us(self) -> int:
        return self.interval_s * 1_000_000

    def scroll(self, bars: Sequence[Bar], share: float) -> None:
        """Moves by a share of the window: below zero into the past."""
        count = len(self._shown.candles)
        if not count or not bars:
            return
        per = max(1, -ZOOMS[self.zoom])
        step = round(share * count * per) or (1 if share > 0 else -1)
        end = self._shown.last[-1] + step
        least = min(len(bars) - 1, count * per - 1)
        self.anchor_us = None if end >= len(bars) - 1 else bars[max(least, end)].start_us

    def move_cursor(self, bars: Sequence[Bar], step: int) -> None:
        """Puts the crosshair on the newest candle, or moves it; at the edge the window goes with it."""
        candles = self._shown.candles
        if not candles:
            return
        place = self.cursor_place()
        if place is None:
            self.cursor_us = candles[-1].start_us
            return
        wanted = place + step
        if not 0 <= wanted < len(candles):
            self.scroll(bars, 0.25 if step > 0 else -0.25)
            wanted = min(len(candles) - 1, max(0, wanted))
        self.cursor_us = candles[wanted].start_us

    def point(self, column: int) -> None:
        """Puts the crosshair on the candle of a column (a click)."""
        place = column // self._shown.pitch
        if 0 <= place < len(self._shown.candles):
            self.cursor_us = self._shown.candles[place].start_us

    def cursor_place(self) -> int | None:
        """The crosshair's candle in the window; None without one, or when it is not on screen."""
        if self.cursor_us is None:
            return None
        place = bisect_right(self._shown.candles, self.cursor_us, key=_start) - 1
        return place if place >= 0 else None


def _start(bar: Bar) -> int:
    return bar.start_us


def _join(
    bars: Sequence[Bar], start: int, end: int, per: int, width_us: int
) -> tuple[tuple[Bar, ...], tuple[int, ...]]:
    if per == 1:
        return tuple(bars[start:end]), tuple(range(start, end))
    candles: list[Bar] = []
    last: list[int] = []
    for place in range(start, end):
        bar = bars[place]
        group = bar.start_us // width_us // per
        if candles and candles[-1].start_us // width_us // per == group:
            before = candles[-1]
            candles[-1] = Bar(
                before.start_us, before.open, max(before.high, bar.high), min(before.low, bar.low), bar.close,
                before.volume + bar.volume,
            )  # fmt: skip
            last[-1] = place
        else:
            candles.append(bar)
            last.append(place)
    return tuple(candles), tuple(last)
