"""Charts as inline SVG: lines over time, prices with trades, calibration. Colours are the page's CSS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WIDTH, HEIGHT = 960, 240
LEFT, RIGHT, TOP, BOTTOM = 76, 12, 10, 26
# Columns a line is thinned to: each keeps its lowest and its highest value.
COLUMNS = 800


class Frame:
    """Maps values to places of one chart, and draws its axes."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x0, self.x1 = x[0], x[1] if x[1] > x[0] else x[0] + 1
        margin = (y[1] - y[0]) * 0.05 or abs(y[0]) * 0.01 or 1.0
        self.y0, self.y1 = y[0] - margin, y[1] + margin

    def across(self, value: Floats | float) -> Floats:
        """Places from left to right."""
        return LEFT + (np.asarray(value) - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def down(self, value: Floats | float) -> Floats:
        """Places from top to bottom."""
        return TOP + (self.y1 - np.asarray(value)) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)

    def axes(self, x_labels: Sequence[tuple[float, str]]) -> str:
        """Lines and labels, with digits enough to tell the labels apart and to stand where they say."""
        digits = int(np.clip(2 - np.floor(np.log10(self.y1 - self.y0)), 0, 6))
        parts = []
        for value in np.linspace(self.y0, self.y1, 5)[:-1] + (self.y1 - self.y0) / 8:
            at = float(self.down(float(value)))
            parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(
                f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{value:,.{digits}f}</text>'
            )
        for index, (value, label) in enumerate(x_labels):
            at = float(self.across(float(value)))
            anchor = "start" if index == 0 else "end" if index == len(x_labels) - 1 else "middle"
            parts.append(f'<text x="{at:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{escape(label)}</text>')
        return "".join(parts)


def line_chart(title: str, times_us: NDArray[np.int64], values: Floats, kind: str) -> str:
    """One line over time, filled to 0."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    frame = _over_time(times_us, (low, high))
    line = _path(frame, times_us, values)
    zero = float(frame.down(0.0))
    ends = f"V{zero:.1f}H{LEFT}Z"
    return _svg(
        title,
        f'<path class="{kind} area" d="{line}{ends}"/>{_axes(frame, times_us)}'
        f'<path class="zero" d="M{LEFT} {zero:.1f}H{WIDTH - RIGHT}"/><path class="{kind} line" d="{line}"/>',
    )


def price_chart(
    title: str, times_us: NDArray[np.int64], prices: Floats, trades: Sequence[tuple[int, int, int, float]]
) -> str:
    """Prices, and each trade from entry to exit: (entry row, exit row, side, profit)."""
    frame = _over_time(times_us, (float(prices.min()), float(prices.max())))
    marks = []
    for entry, exit_, side, profit in trades:
        x = frame.across(times_us[[entry, exit_]].astype(np.float64))
        y = frame.down(prices[[entry, exit_]])
        kind = "won" if profit > 0 else "lost"
        tip = 6 if side > 0 else -6
        marks.append(
            f'<path class="{kind} trade" d="M{x[0]:.1f} {y[0]:.1f}L{x[1]:.1f} {y[1]:.1f}"/>'
            f'<path class="{kind} entry" d="M{x[0]:.1f} {y[0]:.1f}l-4 {tip}h8z"/>'
        )
    line = _path(frame, times_us, prices)
    axes = _axes(frame, times_us)
    return _svg(title, f'{axes}<path class="price line" d="{line}"/>{"".join(marks)}')


def calibration_chart(title: str, bins: Sequence[tuple[float, float, int]]) -> str:
    """(mean probability, share that was right, samples) of each bin, beside the diagonal of a perfect one."""
    frame = Frame((0.0, 1.0), (0.0, 1.0))
    points = np.array([(confidence, accuracy) for confidence, accuracy, _ in bins], dtype=np.float64)
    x, y = frame.across(points[:, 0]), frame.down(points[:, 1])
    ends = frame.across(np.array([0.0, 1.0])), frame.down(np.array([0.0, 1.0]))
    largest = max(samples for _, _, samples in bins)
    dots = "".join(
        f'<circle class="said" cx="{a:.1f}" cy="{b:.1f}" r="{3 + 7 * (samples / largest) ** 0.5:.1f}">'
        f"<title>{samples:,} samples</title></circle>"
        for a, b, (_, _, samples) in zip(x, y, bins, strict=True)
    )
    labels = [(share, f"{share:.1f}") for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    diagonal = f"M{ends[0][0]:.1f} {ends[1][0]:.1f}L{ends[0][1]:.1f} {ends[1][1]:.1f}"
    return _svg(title, f'{frame.axes(labels)}<path class="zero" d="{diagonal}"/>{dots}')


def moment(time_us: int) -> str:
    """A time in UTC, to the second."""
    return f"{datetime.fromtimestamp(time_us / 1e6, UTC):%Y-%m-%d %H:%M:%S}"


def _over_time(times_us: NDArray[np.int64], y: tuple[float, float]) -> Frame:
    return Frame((float(times_us[0]), float(times_us[-1])), y)


def _axes(frame: Frame, times_us: NDArray[np.int64]) -> str:
    places = np.linspace(int(times_us[0]), int(times_us[-1]), 5).astype(np.int64)
    return frame.axes([(float(place), moment(int(place))) for place in places])


def _path(frame: Frame, times_us: NDArray[np.int64], values: Floats) -> str:
    kept = thinned(values)
    x, y = frame.across(times_us[kept].astype(np.float64)), frame.down(values[kept])
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def thinned(values: Floats) -> NDArray[np.int64]:
    """The rows that a line of `COLUMNS` columns needs: first and last, and each column's extremes."""
    if len(values) <= 2 * COLUMNS:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), COLUMNS + 1).astype(np.int64)
    kept = {0, len(values) - 1}
    for begin, end in pairwise(edges.tolist()):
        part = values[begin:end]
        kept |= {int(begin + part.argmin()), int(begin + part.argmax())}
    return np.array(sorted(kept), dtype=np.int64)


def _svg(title: str, inside: str) -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{inside}</svg></figure>'
    )
