"""One symbol's chart: candles, curves over and under them, own fills, working orders, the position's cost.

The scale is kept as long as the bars fill enough of it, so that a tick redraws one column and not the whole
chart. Everything is drawn again only when something it shows has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from console.core.bars import Bar
from console.core.format import clock, number
from console.core.studies import LOWER, OVERLAYS, Curve, StudyBook
from console.ui.chart.candles import draw_candle, volume_lines
from console.ui.chart.grid import Grid, join
from console.ui.chart.lower import LOWER_ROWS, STYLES, LowerPane
from console.ui.chart.scale import Scale, choose_scale
from console.ui.chart.view import ChartView, Window
from console.ui.ink import Line, Span, line

LEAST_WIDTH, LEAST_HEIGHT = 24, 4
VOLUME_FROM_HEIGHT = 12
LOWER_FROM_HEIGHT = 14
VOLUME_ROWS = 2
OVERLAY_STYLES = {"sma": "curve_a", "ema": "curve_b", "bollinger": "curve_c", "vwap": "warning"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What a chart shows of one symbol. `marks` puts a glyph beside a price on the axis and a dotted line
    across: working orders, the position's cost. `fills` are (time in µs, price, side). `solid` draws falling
    candles with full blocks, `stale` draws everything dimmed.
    """

    symbol: str
    bars: Sequence[Bar]
    decimals: int = 2
    tick: float = 0.01
    marks: Mapping[float, Span] = field(default_factory=dict)
    fills: Sequence[tuple[int, float, int]] = ()
    solid: bool = False
    stale: bool = False


class Chart:
    """Draws one symbol; remembers its scale and what it drew last between frames."""

    def __init__(self) -> None:
        self._scale: Scale | None = None
        self._of: tuple[object, ...] = ()
        self._studies = StudyBook()
        self._drawn: tuple[tuple[object, ...], list[Line]] = ((), [])
        self._settled: tuple[object, Grid] = ((), Grid(0, 0))
        self._lower = LowerPane()
        # The pane below the candles that is told in the legend instead.
        self._told = ""
        self._rows: Sequence[tuple[list[Span], list[Span], Line]] = ()
        self.curves: dict[str, tuple[Curve, ...]] = {}
        self.window = Window()

    def lines(self, picture: Picture, view: ChartView, width: int, height: int) -> list[Line]:
        """The chart in `height` lines of `width` cells."""
        if width < LEAST_WIDTH or height < LEAST_HEIGHT:
            return [line(("  too small for a chart; z gives the pane the screen", "faint"))]
        if not picture.bars:
            # Those of another symbol are none of this one's: not for the title, the crosshair or a key.
            self.window, self.curves, self._told = view.window((), 1), {}, ""
            # Nor may what was drawn of the other pass for drawn when that one is shown again.
            self._drawn = ((), [])
            return [line(), line((f"  no bar of {picture.symbol or 'any symbol'} yet", "faint"))]
        key = (
            width, height, picture.symbol, len(picture.bars), picture.bars[0], picture.bars[-1],
            tuple(picture.marks), len(picture.fills), picture.fills[-1:], picture.solid, picture.stale,
            view.interval, view.zoom, view.anchor_us,
            view.cursor_us, view.overlays, view.lower, view.glyphs,
        )  # fmt: skip
        if key != self._drawn[0]:
            self._drawn = (key, self._draw(picture, view, width, height))
        return self._drawn[1]

    def _draw(self, picture: Picture, view: ChartView, width: int, height: int) -> list[Line]:
        top = max(bar.high for bar in picture.bars[-width:])
        axis = max(8, len(number(top, picture.decimals)) + 3)
        columns = width - axis - 2
        window = self.window = view.window(picture.bars, columns)
        shown = window.candles
        names = (*view.overlays, *((view.lower,) if view.lower else ()))
        self.curves = self._studies.of(names, picture.bars)
        lower_rows = LOWER_ROWS if height >= LOWER_FROM_HEIGHT and view.lower in self.curves else 0
        self._told = view.lower if view.lower in self.curves and not lower_rows else ""
        roomy = height - lower_rows >= VOLUME_FROM_HEIGHT
        volume_rows = VOLUME_ROWS if roomy and any(bar.volume for bar in shown) else 0
        rows = height - 1 - volume_rows - lower_rows
        scale = self._rescale(picture, view, shown, (rows, columns))
        # All but the newest candle stays as it is from tick to tick.
        of = (picture.symbol, view.interval, picture.stale, picture.solid, window.pitch, view.glyphs,
              shown[:1], shown[-2:-1], len(shown), window.last[:1])  # fmt: skip
        last = len(shown) - 1
        values = {
            name: [[curve[place] for place in window.last] for curve in self.curves.get(name, ())]
            for name in names
        }
        key = (of, scale, rows, columns, view.overlays)
        if key != self._settled[0]:
            settled = Grid(rows, columns)
            self._part(settled, picture, view, shown, values, range(last))
            settled.settle()
            self._settled = (key, settled)
        grid = self._settled[1].copy()
        self._part(grid, picture, view, shown, values, range(last, last + 1))
        cells = grid.settle()
        for at, (_, style) in picture.marks.items():
            if scale.holds(at):
                grid.level(scale.half(at, rows) // 2, "-" if view.glyphs == "ascii" else "┈", style)
        _fills(grid, picture, view, window, scale)
        cursor = view.cursor_place()
        if cursor is not None:
            _crosshair(grid, cursor * window.pitch, scale.half(shown[cursor].close, rows) // 2, view.glyphs)
        labels = _axis(scale, rows, picture, axis, view.glyphs)
        lines = self._joined(cells, labels)
        lines += volume_lines(
            shown, volume_rows, columns, pitch=window.pitch, glyphs=view.glyphs, stale=picture.stale
        )
        if lower_rows:
            lines += self._lower.lines(
                view.lower, LOWER[view.lower], values[view.lower], columns, axis, pitch=window.pitch,
                glyphs=view.glyphs, of=of,
            )  # fmt: skip
        lines.append(_times(window, columns, view.interval_s))
        return lines

    def _joined(self, cells: list[list[Span]], labels: list[list[Span]]) -> list[Line]:
        """The rows as lines. Most are as they were a tick ago: the cells of settled candles are the same
        objects, and comparing them costs less than joining them.
        """
        rows = list(zip(cells, labels, strict=True))
        before = self._rows if len(self._rows) == len(rows) else [None] * len(rows)
        self._rows = [
            old if old is not None and old[0] == row and old[1] == label
            else (row, label, Line((*join([(" ", "text"), *row]), *label)))
            for (row, label), old in zip(rows, before, strict=True)
        ]  # fmt: skip
        return [drawn for _, _, drawn in self._rows]

    def _part(
        self,
        grid: Grid,
        picture: Picture,
        view: ChartView,
        shown: Sequence[Bar],
        values: Mapping[str, Sequence[Sequence[float]]],
        part: range,
    ) -> None:
        """Some of the candles, with their curves."""
        scale, pitch = self._scale, self.window.pitch
        if scale is None:
            return
        for place in part:
            draw_candle(
                grid, place * pitch, shown[place], scale, glyphs=view.glyphs, solid=picture.solid,
                stale=picture.stale,
            )  # fmt: skip
        for name in view.overlays:
            style = "faint" if picture.stale else OVERLAY_STYLES[name]
            for curve in values.get(name, ()):
                grid.curve(curve, scale, style, pitch=pitch, glyphs=view.glyphs, part=part)

    def _rescale(
        self, picture: Picture, view: ChartView, shown: Sequence[Bar], size: tuple[int, int]
    ) -> Scale:
        low, high = min(bar.low for bar in shown), max(bar.high for bar in shown)
        of = (picture.symbol, view.interval, view.zoom, view.anchor_us, size)
        before = self._scale if of == self._of else None
        self._of = of
        self._scale = choose_scale(low, high, picture.tick, before)
        return self._scale

    def legend(self, view: ChartView, decimals: int) -> list[Span]:
        """Each overlay with its value at the crosshair, or the newest; so also a pane below the candles for
        which there is no room.
        """
        last = self.window.last
        if not last:
            return []
        cursor = view.cursor_place()
        place = last[cursor if cursor is not None and cursor < len(last) else -1]
        spans: list[Span] = []
        for name in view.overlays:
            curves = self.curves.get(name, ())
            values = " ".join(number(curve[place], decimals) for curve in curves if place < len(curve))
            spans.append((f"  {OVERLAYS[name]} {values}", OVERLAY_STYLES[name]))
        if self._told:
            values = " ".join(number(curve[place], 2) for curve in self.curves[self._told])
            spans.append((f"  {LOWER[self._told]} {values} (no room below)", STYLES[0]))
        return spans


def _fills(grid: Grid, picture: Picture, view: ChartView, window: Window, scale: Scale) -> None:
    """Own executions: an arrow in the candle in which they happened, at their price."""
    if not window.candles:
        return
    first = window.candles[0].start_us
    starts = {bar.start_us: place for place, bar in enumerate(window.candles)}
    width = view.interval_s * 1_000_000
    for time_us, price, side in picture.fills:
        if time_us < first or not scale.holds(price):
            continue
        place = starts.get(time_us // width * width)
        if place is None:
            place = max((at for start, at in starts.items() if start <= time_us), default=None)
        if place is None or time_us >= window.candles[place].start_us + width * max(1, _per(window)):
            continue
        bought, sold = ("B", "S") if view.glyphs == "ascii" else ("▲", "▼")
        glyph = bought if side > 0 else sold
        grid.put(scale.half(price, grid.rows) // 2, place * window.pitch, glyph, "text bold")


def _per(window: Window) -> int:
    """Bars in one candle."""
    if len(window.last) < 2:
        return 1
    return max(1, max(b - a for a, b in zip(window.last, window.last[1:], strict=False)))


def _crosshair(grid: Grid, column: int, row: int, glyphs: str) -> None:
    vertical, across = ("|", "-") if glyphs == "ascii" else ("┆", "┄")
    for y in range(grid.rows):
        if grid.cells[y][column][0] in " ┈-":
            grid.put(y, column, vertical, "accent")
    for x in range(grid.columns):
        if grid.cells[row][x][0] in " ┈-":
            grid.put(row, x, across, "accent")


def _axis(scale: Scale, rows: int, picture: Picture, width: int, glyphs: str) -> list[list[Span]]:
    edge, tick, here = ("|", "+", "<") if glyphs == "ascii" else ("│", "┼", "◂")
    labels: list[list[Span]] = [[(edge.ljust(width + 1), "faint")] for _ in range(rows)]
    if rows < 2:
        return labels
    places = max(picture.decimals, 0)
    spaced = -3
    for number_of_step in range(200):
        price = scale.low + number_of_step * scale.step
        if price > scale.high + scale.step / 2:
            break
        row = scale.half(price, rows) // 2
        text = number(price, places)
        # The axis is as wide as prices are; a round one beyond them can have a digit more.
        if abs(row - spaced) >= 2 and len(text) <= width - 2:
            labels[row] = [(f"{tick} " + text.rjust(width - 2) + " ", "muted")]
            spaced = row
    for at, (glyph, style) in picture.marks.items():
        if scale.holds(at):
            row = scale.half(at, rows) // 2
            labels[row] = [(glyph, style), (" " + number(at, places).rjust(width - 2) + " ", style)]
    last = picture.bars[-1].close
    last_row = scale.half(last, rows) // 2 if scale.holds(last) else -1
    _beyond(labels, scale, last_row, picture, width, glyphs)
    if last_row >= 0:
        labels[last_row] = [
            (here, "accent"),
            (" " + number(last, places).rjust(width - 2) + " ", "faint" if picture.stale else "accent bold"),
        ]
    return labels


def _beyond(
    labels: list[list[Span]], scale: Scale, last_row: int, picture: Picture, width: int, glyphs: str
) -> None:
    """The nearest order or cost that lies above or below what is shown, with an arrow, at the axis's end."""
    up, down = ("^", "v") if glyphs == "ascii" else ("↑", "↓")
    above = min((at for at in picture.marks if at > scale.high), default=None)
    below = max((at for at in picture.marks if at < scale.low), default=None)
    for at, arrow, ends in ((above, up, (0, 1)), (below, down, (-1, -2))):
        if at is None:
            continue
        glyph, style = picture.marks[at]
        end = next(row for row in ends if row % len(labels) != last_row)
        text = number(at, max(picture.decimals, 0))
        labels[end] = [(glyph, style), ((arrow + text).rjust(width - 1)[: width - 1] + " ", style)]


def _times(window: Window, columns: int, interval_s: int) -> Line:
    """Event times under their candles, as many as have room; days for bars that are days."""
    text = [" "] * (columns + 1)
    every = max(1, 20 // window.pitch)
    per = _per(window)
    free = 0
    for place, bar in enumerate(window.candles):
        column = place * window.pitch
        aligned = (bar.start_us // (interval_s * per * 1_000_000)) % every == 0
        if aligned and column >= free and column + 9 <= columns:
            label = clock(bar.start_us) if interval_s < 86_400 else _day(bar.start_us)
            for offset, character in enumerate("╵" + label):
                text[column + 1 + offset] = character
            free = column + 11
    return line(("".join(text), "faint"))


def _day(time_us: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time_us / 1e6, UTC).strftime("%d %b")
