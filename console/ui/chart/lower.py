"""The panes below the candles: RSI between 0 and 100, MACD around zero, each on a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence

from console.core.format import number
from console.ui.chart.grid import Grid, join
from console.ui.chart.scale import Scale
from console.ui.ink import Line, Span

LOWER_ROWS = 4
OVERSOLD, OVERBOUGHT = 30.0, 70.0
STYLES = ("curve_a", "curve_b")


def lower_lines(
    name: str,
    title: str,
    curves: Sequence[Sequence[float]],
    columns: int,
    axis: int,
    *,
    pitch: int,
    glyphs: str,
) -> list[Line]:
    """`LOWER_ROWS` lines. What warms up shows as an empty pane."""
    known = [value for curve in curves for value in curve if value == value]
    if name == "rsi":
        scale = Scale(0.0, 100.0, 10.0)
    else:
        reach = max((abs(value) for value in known), default=1.0) or 1.0
        scale = Scale(-reach, reach, reach)
    grid = Grid(LOWER_ROWS, columns)
    levels = (OVERBOUGHT, OVERSOLD) if name == "rsi" else (0.0,)
    for level in levels:
        grid.level(scale.place(level, LOWER_ROWS, 1), "-" if glyphs == "ascii" else "┈", "faint")
    for curve, style in zip(curves, STYLES, strict=False):
        grid.curve(curve, scale, style, pitch=pitch, glyphs=glyphs)
    newest = [next((value for value in reversed(curve) if value == value), None) for curve in curves]
    labels: list[Span] = [(title.split()[0], "muted")]
    places = 1 if name == "rsi" else _places(scale.high)
    labels += [(number(value, places), style) for value, style in zip(newest, STYLES, strict=False)]
    lines = []
    for row, cells in enumerate(grid.settle()):
        text, style = labels[row] if row < len(labels) else ("", "faint")
        edge = "|" if glyphs == "ascii" else "│"
        lines.append(
            Line((*join([(" ", "text"), *cells]), (edge, "faint"), (" " + text.rjust(axis - 2) + " ", style)))
        )
    return lines


def _places(reach: float) -> int:
    """Decimals that leave three figures of a small number."""
    places = 2
    while places < 6 and reach < 10 ** (1 - places):
        places += 1
    return places
