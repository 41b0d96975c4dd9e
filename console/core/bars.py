"""Bars of a chart, as the native feed keeps them: this is only their shape in Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Intervals the chart offers, in seconds, and their names: those that the feed keeps.
INTERVALS: tuple[tuple[int, str], ...] = (
    (1, "1s"),
    (5, "5s"),
    (15, "15s"),
    (60, "1m"),
    (300, "5m"),
    (900, "15m"),
    (3_600, "1h"),
    (86_400, "1d"),
)


class Bar(NamedTuple):
    """One bar. `start_us` is event time; prices are mids, volume is traded quantity."""

    start_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float


def read_bars(rows: Iterable[Sequence[float]]) -> list[Bar]:
    """Bars from rows (start_us, open, high, low, close, volume), as the feed gives them."""
    return [Bar(int(row[0]), row[1], row[2], row[3], row[4], row[5]) for row in rows]
