"""When own fills happened by the clock of the market data.

A fill carries the venue's time, which is arrival time; bars are in event time, and a replay of last year has
both. So the event time of a fill is that of the symbol's newest row when the fill was first seen here. For a
fill from before this console was opened the signals tell it, which have both times: between two of them it is
known, and before the first of them where event time runs as arrival time does. Of a replay at another speed
nobody can tell it, and the chart leaves the fill out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

from console.core.frame import Frame
from console.core.records import FillRow

KEPT = 1_000
# A fill older than this when it is first seen came with a snapshot.
FRESH_US = 2_000_000
# Event time runs as arrival time when both differ by less than this share over this long at least.
SAME_PACE, LEAST_US = 0.02, 1_000_000


class FillTimes:
    """The newest fills of each symbol as the chart draws them."""

    def __init__(self) -> None:
        self._fills: dict[str, deque[tuple[int, float, int]]] = {}
        self._newest: tuple[FillRow, ...] = ()
        self._old: list[FillRow] = []

    def note(self, frame: Frame) -> None:
        """Takes the fills that are new in this frame."""
        fills = frame.desk.fills
        if fills is not self._newest:
            known = {fill.execution_id for fill in self._newest}
            self._newest = fills
            rows = {row.symbol: row for row in frame.watch if row.event_us}
            for fill in reversed(fills):
                if fill.execution_id in known:
                    continue
                row = rows.get(fill.symbol)
                if row is not None and abs(frame.now_us - fill.time_us) <= FRESH_US:
                    self._put(fill, row.event_us)
                else:
                    self._old.append(fill)
        if self._old and frame.desk.signals:
            times = sorted((signal.published_us, signal.event_us) for signal in frame.desk.signals)
            if times[-1][0] - times[0][0] >= LEAST_US:
                for fill in self._old:
                    self._put(fill, event_time(times, fill.time_us))
                self._old.clear()

    def of(self, symbol: str) -> list[tuple[int, float, int]]:
        """(event time in µs, price, side) of the symbol, in the order in which they were seen."""
        return list(self._fills.get(symbol, ()))

    def _put(self, fill: FillRow, event_us: int | None) -> None:
        if event_us is not None:
            kept = self._fills.setdefault(fill.symbol, deque(maxlen=KEPT))
            kept.append((event_us, fill.price, fill.side))


def event_time(times: list[tuple[int, int]], at_us: int) -> int | None:
    """The event time of an arrival time, by pairs of both in order; None where nobody can tell."""
    place = bisect_right(times, at_us, key=lambda pair: pair[0])
    if 0 < place < len(times):
        (arrived, event), (next_arrived, next_event) = times[place - 1], times[place]
        return event + (next_event - event) * (at_us - arrived) // (next_arrived - arrived)
    (first, event), (last, last_event) = times[0], times[-1]
    pace = (last_event - event) / (last - first)
    if abs(pace - 1) > SAME_PACE:
        return None
    arrived, event = times[0] if place == 0 else times[-1]
    return event + at_us - arrived
