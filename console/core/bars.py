"""Bars of a chart: joined to longer intervals, and the range they span. Pure, plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Intervals the chart offers, in seconds, and their names.
INTERVALS: tuple[tuple[int, str], ...] = ((1, "1s"), (5, "5s"), (15, "15s"), (60, "1m"), (300, "5m"))


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


def join_bars(bars: Iterable[Bar], interval_s: int) -> list[Bar]:
    """Joins bars to bars of a longer interval, aligned to the clock; the last one may still be growing."""
    width = interval_s * 1_000_000
    joined: list[Bar] = []
    for bar in bars:
        start = bar.start_us - bar.start_us % width
        if joined and joined[-1].start_us == start:
            last = joined[-1]
            joined[-1] = Bar(
                start,
                last.open,
                max(last.high, bar.high),
                min(last.low, bar.low),
                bar.close,
                last.volume + bar.volume,
            )
        else:
            joined.append(Bar(start, bar.open, bar.high, bar.low, bar.close, bar.volume))
    return joined
