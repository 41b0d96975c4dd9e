"""Candles and volume: one column a candle, two half-cells a row, or plain ASCII."""

from __future__ import annotations

import math
from collections.abc import Sequence

from console.core.bars import Bar
from console.core.format import LEVELS
from console.ui.chart.grid import Grid
from console.ui.chart.scale import Scale
from console.ui.ink import Line, line

# By what the upper and the lower half of the cell hold: nothing, wick or body.
_EMPTY, _WICK, _BODY = 0, 1, 2
_THIN: dict[tuple[int, int], str] = {
    (0, 0): " ", (1, 0): "╵", (0, 1): "╷", (1, 1): "│",
    (2, 2): "┃", (2, 0): "╹", (0, 2): "╻", (1, 2): "╽", (2, 1): "╿",
}  # fmt: skip
_SOLID = {**_THIN, (2, 2): "█", (2, 0): "▀", (0, 2): "▄", (1, 2): "▄", (2, 1): "▀"}
_ASCII_UP = {key: " " if key == (0, 0) else "|" if max(key) == _WICK else "+" for key in _THIN}
_ASCII_DOWN = {key: " " if key == (0, 0) else "|" if max(key) == _WICK else "#" for key in _THIN}


def draw_candle(
    grid: Grid, column: int, bar: Bar, scale: Scale, *, glyphs: str, solid: bool, stale: bool
) -> None:
    """One candle. `solid` draws falling ones with full blocks: without colour they are told apart by that."""
    rows = grid.rows
    high, low = scale.half(bar.high, rows), scale.half(bar.low, rows)
    top, bottom = scale.half(max(bar.open, bar.close), rows), scale.half(min(bar.open, bar.close), rows)
    falling = bar.close < bar.open
    style = "faint" if stale else "down" if falling else "up"
    table = _SOLID if (solid and falling) or glyphs == "blocks" else _THIN
    if glyphs == "ascii":
        table = _ASCII_DOWN if falling else _ASCII_UP
    for row in range(high // 2, low // 2 + 1):
        halves = []
        for half in (row * 2, row * 2 + 1):
            inside = top <= half <= bottom
            halves.append(_BODY if inside else _WICK if high <= half <= low else _EMPTY)
        grid.put(row, column, table[halves[0], halves[1]], style)


def volume_lines(
    shown: Sequence[Bar], rows: int, columns: int, *, pitch: int, glyphs: str, stale: bool
) -> list[Line]:
    """Traded quantity as bars of eighths."""
    if rows == 0:
        return []
    most = max(bar.volume for bar in shown) or 1.0
    # In steps of a quarter power of two, so that a growing bar doesn't rescale all others with each trade.
    most = 2 ** (math.ceil(math.log2(most) * 4) / 4)
    lines = []
    eighths = [round(bar.volume / most * rows * 8) for bar in shown]
    glyph_of = [" "] + ["#" if glyphs == "ascii" else level for level in LEVELS]
    for row in range(rows - 1, -1, -1):
        pad = " " * (pitch - 1)
        text = " " + "".join(glyph_of[min(8, max(0, each - row * 8))] + pad for each in eighths)
        label = " vol" if row == rows - 1 else ""
        lines.append(line((text.ljust(columns + 1), "faint" if stale else "muted"), (label, "faint")))
    return lines
