"""The price axis: steps of 1, 2 and 5, kept as long as the prices fill enough of it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Prices from `low` (the bottom of the lowest row) to `high` in steps of `step`."""

    low: float
    high: float
    step: float

    def half(self, price: float, rows: int) -> int:
        """The half-cell of a price, counted from the top, within the chart."""
        return self.place(price, rows, 2)

    def place(self, price: float, rows: int, parts: int) -> int:
        """The part of a cell (of `parts` in each) in which a price lies, counted from the top."""
        place = (self.high - price) / (self.high - self.low) * rows * parts
        return min(rows * parts - 1, max(0, int(place)))

    def holds(self, price: float) -> bool:
        """True when the price is on the axis."""
        return self.low <= price <= self.high


def choose_scale(low: float, high: float, tick: float, before: Scale | None) -> Scale:
    """A scale that holds the prices, the one before if it still fits and at least a third of it is used."""
    span = max(high - low, tick * 4, abs(high) * 1e-9, 1e-12)
    holds = before is not None and before.low <= low and high <= before.high
    if before is not None and holds and span * 3 >= before.high - before.low:
        return before
    raw = span / 4
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw * 0.999)
    bottom = math.floor((low - span * 0.05) / step) * step
    top = math.ceil((high + span * 0.05) / step) * step
    if top <= bottom:
        top = bottom + step
    return Scale(bottom, top, step)
