"""The panes below the candles: RSI between 0 and 100, MACD around zero, each on a scale of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

from console.core.format import number
from console.ui.chart.grid import Grid, join
from console.ui.chart.scale import Scale
from console.ui.ink import Line, Span

LOWER_ROWS = 4
OVERSOLD, OVERBOUGHT = 30.0, 70.0
STYLES = ("curve_a", "curve_b")


class LowerPane:
    """Remembers what can't change any more: all but the newest candle."""

    def __init__(self) -> None:
        self._settled: tuple[object, Grid] = ((), Grid(0, 0))

    def lines(
        self,
        name: str,
        title: str,
        curves: Sequence[Sequence[float]],
        columns: int,
        axis: int,
        *,
        pitch: int,
        glyphs: str,
        of: object,
    ) -> list[Line]:
        """`LOWER_ROWS` lines. What warms up shows as an empty pane. `of` names everything but the newest
        value.
        """
        known = [value for curve in curves for value in curve if value == value]
        if name == "rsi":
            scale = Scale(0.0, 100.0, 10.0)
        else:
            reach = max(max(known), -min(known)) if known else 1.0
            # In steps of a quarter power of two, so that a tick doesn't rescale what lies behind it.
            reach = 2 ** (math.ceil(math.log2(reach) * 4) / 4) if reach > 0 else 1.0
            scale = Scale(-reach, reach, reach)
        last = max(0, len(curves[0]) - 1)
        key = (of, name, scale, columns, pitch, glyphs)
        if key != self._settled[0]:
            settled = Grid(LOWER_ROWS, columns)
            for curve, style in zip(curves, STYLES, strict=False):
                settled.curve(curve, scale, style, pitch=pitch, glyphs=glyphs, part=range(last))
            settled.settle()
            self._settled = (key, settled)
        grid = self._settled[1].copy()
        for curve, style in zip(curves, STYLES, strict=False):
            grid.curve(curve, scale, style, pitch=pitch, glyphs=glyphs, part=range(last, len(curve)))
        cells = grid.settle()
        for level in (OVERBOUGHT, OVERSOLD) if name == "rsi" else (0.0,):
            grid.level(scale.place(level, LOWER_ROWS, 1), "-" if glyphs == "ascii" else "┈", "faint")
        newest = [next((value for value in reversed(curve) if value == value), None) for curve in curves]
        labels: list[Span] = [(title.split()[0], "muted")]
        places = 1 if name == "rsi" else _places(scale.high)
        labels += [(number(value, places), style) for value, style in zip(newest, STYLES, strict=False)]
        edge = "|" if glyphs == "ascii" else "│"
        lines = []
        for row, row_cells in enumerate(cells):
            text, style = labels[row] if row < len(labels) else ("", "faint")
            label = (" " + text.rjust(axis - 2) + " ", style)
            lines.append(Line((*join([(" ", "text"), *row_cells]), (edge, "faint"), label)))
        return lines


def _places(reach: float) -> int:
    """Decimals that leave three figures of a small number."""
    places = 2
    while places < 6 and reach < 10 ** (1 - places):
        places += 1
    return places
