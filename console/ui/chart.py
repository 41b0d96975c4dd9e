"""Candles as text: one column a candle, two half-cells a row, the price axis at the right. Pure.

The scale is rounded to steps of 1, 2 and 5 and kept as long as the bars fill enough of it, so that a tick
redraws one column and not the whole chart. Rising candles are thin-bodied, falling ones solid when there is
no colour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.core.bars import Bar
from console.core.format import LEVELS, clock, number
from console.ui.ink import Line, Span, line

# By what the upper and the lower half of the cell hold: nothing, wick or body.
_EMPTY, _WICK, _BODY = 0, 1, 2
_GLYPHS: dict[tuple[int, int], str] = {
    (0, 0): " ", (1, 0): "╵", (0, 1): "╷", (1, 1): "│",
    (2, 2): "┃", (2, 0): "╹", (0, 2): "╻", (1, 2): "╽", (2, 1): "╿",
}  # fmt: skip
_SOLID = {**_GLYPHS, (2, 2): "█", (2, 0): "▀", (0, 2): "▄", (1, 2): "▄", (2, 1): "▀"}
LEAST_WIDTH, LEAST_HEIGHT = 24, 4
VOLUME_FROM_HEIGHT = 12
VOLUME_ROWS = 2


@dataclass(frozen=True, slots=True)
class Scale:
    """Prices from `low` (the bottom of the lowest row) to `high` in steps of `step`."""

    low: float
    high: float
    step: float

    def half(self, price: float, rows: int) -> int:
        """The half-cell of a price, counted from the top, within the chart."""
        place = (self.high - price) / (self.high - self.low) * rows * 2
        return min(rows * 2 - 1, max(0, int(place)))


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


class Chart:
    """Draws one symbol; remembers its scale between frames."""

    def __init__(self) -> None:
        self._scale: Scale | None = None
        self._of: tuple[str, int, int, int] = ("", 0, 0, 0)

    def lines(
        self,
        bars: Sequence[Bar],
        width: int,
        height: int,
        *,
        symbol: str,
        interval_s: int,
        decimals: int,
        tick: float,
        marks: Mapping[float, Span],
        solid: bool,
        stale: bool,
    ) -> list[Line]:
        """The chart in `height` lines of `width` cells.

        `marks` puts a glyph beside a price on the axis: working orders, the position's average price.
        `solid` draws falling candles with full blocks, `stale` draws everything dimmed.
        """
        if width < LEAST_WIDTH or height < LEAST_HEIGHT:
            return [line(("  too small for a chart; z gives the pane the screen", "faint"))]
        if not bars:
            return [line(), line((f"  no bar of {symbol or 'any symbol'} yet", "faint"))]
        axis = max(8, len(number(max(bar.high for bar in bars[-width:]), decimals)) + 3)
        columns = width - axis - 2
        shown = bars[-columns:]
        volume_rows = VOLUME_ROWS if height >= VOLUME_FROM_HEIGHT and any(bar.volume for bar in shown) else 0
        rows = height - 1 - volume_rows
        scale = self._rescale(shown, (symbol, interval_s, rows, columns), tick)
        grid = [[(" ", "text")] * columns for _ in range(rows)]
        for column, bar in enumerate(shown):
            self._candle(grid, column, bar, scale, rows, solid=solid, stale=stale)
        lines = []
        labels = self._axis(scale, rows, shown[-1].close, decimals, marks, axis, stale=stale)
        for cells, label in zip(grid, labels, strict=True):
            lines.append(Line((*_join([(" ", "text"), *cells]), *label)))
        lines += _volume(shown, volume_rows, columns, stale=stale)
        lines.append(_times(shown, columns, interval_s))
        return lines

    def _rescale(self, shown: Sequence[Bar], of: tuple[str, int, int, int], tick: float) -> Scale:
        low, high = min(bar.low for bar in shown), max(bar.high for bar in shown)
        before = self._scale if of == self._of else None
        self._of = of
        self._scale = choose_scale(low, high, tick, before)
        return self._scale

    @staticmethod
    def _candle(
        grid: list[list[Span]], column: int, bar: Bar, scale: Scale, rows: int, *, solid: bool, stale: bool
    ) -> None:
        high, low = scale.half(bar.high, rows), scale.half(bar.low, rows)
        top, bottom = scale.half(max(bar.open, bar.close), rows), scale.half(min(bar.open, bar.close), rows)
        falling = bar.close < bar.open
        style = "faint" if stale else "down" if falling else "up"
        glyphs = _SOLID if solid and falling else _GLYPHS
        for row in range(high // 2, low // 2 + 1):
            halves = []
            for half in (row * 2, row * 2 + 1):
                inside = top <= half <= bottom
                halves.append(_BODY if inside else _WICK if high <= half <= low else _EMPTY)
            grid[row][column] = (glyphs[halves[0], halves[1]], style)

    @staticmethod
    def _axis(
        scale: Scale,
        rows: int,
        last: float,
        decimals: int,
        marks: Mapping[float, Span],
        width: int,
        *,
        stale: bool,
    ) -> list[list[Span]]:
        labels: list[list[Span]] = [[("│".ljust(width + 1), "faint")] for _ in range(rows)]
        if rows < 2:
            return labels
        places = max(decimals, 0)
        price = scale.low
        spaced = -3
        for number_of_step in range(200):
            price = scale.low + number_of_step * scale.step
            if price > scale.high + scale.step / 2:
                break
            row = scale.half(price, rows) // 2
            if abs(row - spaced) >= 2:
                labels[row] = [("┼ " + number(price, places).rjust(width - 2) + " ", "muted")]
                spaced = row
        for at, (glyph, style) in marks.items():
            if scale.low <= at <= scale.high:
                row = scale.half(at, rows) // 2
                labels[row] = [(glyph, style), (" " + number(at, places).rjust(width - 2) + " ", style)]
        row = scale.half(last, rows) // 2
        labels[row] = [
            ("◂", "accent"),
            (" " + number(last, places).rjust(width - 2) + " ", "faint" if stale else "accent bold"),
        ]
        return labels


def _join(cells: Sequence[Span]) -> list[Span]:
    """Neighbouring cells of one style as one span; blanks take the style of what is before them."""
    joined: list[Span] = []
    for text, style in cells:
        if joined and (joined[-1][1] == style or text == " "):
            joined[-1] = (joined[-1][0] + text, joined[-1][1])
        else:
            joined.append((text, style))
    return joined


def _volume(shown: Sequence[Bar], rows: int, columns: int, *, stale: bool) -> list[Line]:
    if rows == 0:
        return []
    most = max(bar.volume for bar in shown) or 1.0
    # In steps of a quarter power of two, so that a growing bar doesn't rescale all others with each trade.
    most = 2 ** (math.ceil(math.log2(most) * 4) / 4)
    lines = []
    for row in range(rows - 1, -1, -1):
        text = " "
        for bar in shown:
            eighths = round(bar.volume / most * rows * 8) - row * 8
            text += " " if eighths <= 0 else LEVELS[min(7, eighths - 1)]
        label = " vol" if row == rows - 1 else ""
        lines.append(line((text.ljust(columns + 1), "faint" if stale else "muted"), (label, "faint")))
    return lines


def _times(shown: Sequence[Bar], columns: int, interval_s: int) -> Line:
    """Event times under their candles, as many as have room."""
    text = [" "] * (columns + 1)
    every = 20
    for column in range(0, len(shown), 1):
        start = shown[column].start_us
        if (start // (interval_s * 1_000_000)) % every == 0 and column + 9 <= columns:
            for place, character in enumerate("╵" + clock(start)):
                text[column + 1 + place] = character
    return line(("".join(text), "faint"))
