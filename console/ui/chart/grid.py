"""Cells of a chart before they are lines: glyphs with styles, and curves in braille between them."""

from __future__ import annotations

from collections.abc import Sequence

from console.ui.chart.scale import Scale
from console.ui.ink import Span

BLANK: Span = (" ", "text")
# The dot of a column (0 or 1) and a quarter of a cell (from the top) in a braille glyph.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_WICKS = frozenset("│╵╷|")


class Grid:
    """`rows` × `columns` cells. Candles are put into it first, curves show where no body is."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.cells: list[list[Span]] = [[BLANK] * columns for _ in range(rows)]
        self._dots: dict[tuple[int, int], tuple[int, str]] = {}

    def put(self, row: int, column: int, glyph: str, style: str) -> None:
        """Sets a cell, if it is in the grid."""
        if 0 <= row < self.rows and 0 <= column < self.columns:
            self.cells[row][column] = (glyph, style)

    def level(self, row: int, glyph: str, style: str) -> None:
        """A line across the free cells of a row."""
        cells = self.cells[row]
        for column, (text, _) in enumerate(cells):
            if text == " " and column % 2 == 0:
                cells[column] = (glyph, style)

    def copy(self) -> Grid:
        """The same cells, to be drawn on without changing these. Curves must be settled."""
        other = Grid.__new__(Grid)
        other.rows, other.columns = self.rows, self.columns
        other.cells = [row[:] for row in self.cells]
        other._dots = {}
        return other

    def curve(
        self,
        values: Sequence[float],
        scale: Scale,
        style: str,
        *,
        pitch: int,
        glyphs: str,
        part: range | None = None,
    ) -> None:
        """A value per candle, joined by lines; values that are not there break it. `part` are the candles
        that are drawn; what lies before them only tells where the line comes from.
        """
        part = part if part is not None else range(len(values))
        if glyphs != "braille":
            dot = "·" if glyphs == "blocks" else "."
            for place in part:
                value = values[place]
                if value == value and scale.holds(value):
                    self._over(scale.place(value, self.rows, 1), place * pitch, dot, style)
            return
        before: int | None = None
        if part.start > 0 and scale.holds(values[part.start - 1]):
            before = scale.place(values[part.start - 1], self.rows, 4)
        for place in part:
            value = values[place]
            if not scale.holds(value):
                # Off the scale, or not a number.
                before = None
                continue
            at = scale.place(value, self.rows, 4)
            column = place * pitch
            start = at if before is None else before
            # The left half-column comes from the value before, the right one stands at this value.
            middle = (start + at) // 2
            self._run(column, 0, start, middle, style)
            self._run(column, 1, middle, at, style)
            for extra in range(1, pitch):
                self._run(column + extra, 0, at, at, style)
                self._run(column + extra, 1, at, at, style)
            before = at

    def _run(self, column: int, half: int, start: int, end: int, style: str) -> None:
        for quarter in range(min(start, end), max(start, end) + 1):
            key = (quarter // 4, column)
            mask, _ = self._dots.get(key, (0, style))
            self._dots[key] = (mask | _DOTS[half][quarter % 4], style)

    def _over(self, row: int, column: int, glyph: str, style: str) -> None:
        if 0 <= row < self.rows and 0 <= column < self.columns and self._free(row, column):
            self.cells[row][column] = (glyph, style)

    def _free(self, row: int, column: int) -> bool:
        return self.cells[row][column][0] in " ┈" or self.cells[row][column][0] in _WICKS

    def settle(self) -> list[list[Span]]:
        """The cells with the curves in them."""
        for (row, column), (mask, style) in self._dots.items():
            self._over(row, column, chr(0x2800 + mask), style)
        self._dots.clear()
        return self.cells


def join(cells: Sequence[Span]) -> list[Span]:
    """Neighbouring cells of one style as one span; blanks take the style of what is before them."""
    joined: list[Span] = []
    for text, style in cells:
        if joined and (joined[-1][1] == style or text == " "):
            joined[-1] = (joined[-1][0] + text, joined[-1][1])
        else:
            joined.append((text, style))
    return joined
