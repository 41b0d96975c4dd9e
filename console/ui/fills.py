"""When own fills happened by the clock of the market data.

A fill carries the venue's time, which is arrival time; bars are in event time, and a replay of last year has
both. So the event time of a fill is that of the symbol's newest row when the fill was first seen here. Of
fills
from before this console was opened nobody can tell it, and the chart leaves them out.
"""

from __future__ import annotations

from collections import deque

from console.core.frame import Frame
from console.core.records import FillRow

KEPT = 400
# A fill older than this when it is first seen came with a snapshot.
FRESH_US = 2_000_000


class FillTimes:
    """The newest fills of each symbol as the chart draws them."""

    def __init__(self) -> None:
        self._fills: dict[str, deque[tuple[int, float, int]]] = {}
        self._newest: tuple[FillRow, ...] = ()

    def note(self, frame: Frame) -> None:
        """Takes the fills that are new in this frame."""
        fills = frame.desk.fills
        if fills is self._newest:
            return
        last = self._newest[0].execution_id if self._newest else ""
        new: list[FillRow] = []
        for fill in fills:
            if fill.execution_id == last:
                break
            new.append(fill)
        self._newest = fills
        rows = {row.symbol: row for row in frame.watch}
        for fill in reversed(new):
            row = rows.get(fill.symbol)
            if row is None or not row.event_us or abs(frame.now_us - fill.time_us) > FRESH_US:
                continue
            kept = self._fills.setdefault(fill.symbol, deque(maxlen=KEPT))
            kept.append((row.event_us, fill.price, fill.side))

    def of(self, symbol: str) -> list[tuple[int, float, int]]:
        """(event time in µs, price, side) of the symbol, the oldest first."""
        return list(self._fills.get(symbol, ()))
