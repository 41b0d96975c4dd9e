"""Tables as lines: columns that give way on narrow screens, a selection that follows its row's key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from console.core.format import fit, fit_right, placed, places_of
from console.ui.ink import Line, Span, length

HIDDEN_COLUMNS = "›"
# Further than any list is long.
TO_THE_END = 1_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """`align` is `<`, `>` or `.` (right, points in line). Columns of the highest `rank` give way first.

    A `flexible` column takes what room is left, and is the one that may be cut.
    """

    key: str
    title: str
    align: str = "<"
    rank: int = 0
    flexible: bool = False
    least: int = 0


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: `key` names it for ever, `cells` maps column keys to text and style."""

    key: str
    cells: dict[str, Span]
    symbol: str = ""

    def text(self, column: str) -> str:
        """The text of a cell; empty without one."""
        return self.cells.get(column, ("", ""))[0]


@dataclass
class View:
    """What the user did to one pane: selection, scrolling, filter. The selection is a key, not a place."""

    selected: str | None = None
    filter: str = ""
    details: bool = False
    detail_top: int = 0
    sort: str = ""
    descending: bool = True
    top: int = 0
    # Lines of the pane, the last ones, over which a message lies.
    covered: int = 0
    shown: range = range(0)
    count: int = 0
    _index: int = 0
    _widths: dict[str, int] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _width: int = 0
    _layout: tuple[object, ...] = ()
    _lines: dict[str, tuple[TableRow, bool, Line]] = field(default_factory=dict)

    def index(self, keys: Sequence[str]) -> int | None:
        """Where the selected row is now. When it is gone nothing is selected: no key may act on its
        neighbour.
        """
        if self.selected is None:
            return None
        try:
            self._index = keys.index(self.selected)
        except ValueError:
            self.selected = None
            return None
        return self._index

    def move(self, keys: Sequence[str], step: int) -> None:
        """Selects the row `step` further; with nothing selected, the row where the selection was last, or the
        first or last for a step of `TO_THE_END`.
        """
        if not keys:
            return
        index = self.index(keys)
        # Where nothing is selected a short step has nowhere to go from.
        if index is None and abs(step) < TO_THE_END:
            step = 0
        wanted = (self._index if index is None else index) + step
        target = min(len(keys) - 1, max(0, wanted))
        self._index, self.selected = target, keys[target]

    def sort_by(self, column: str) -> None:
        """Sorts by a column, the largest first; again turns it round. Without a name, in the pane's own
        order.
        """
        self.descending = not self.descending if column == self.sort else True
        self.sort = column

    def scroll(self, count: int, height: int, index: int | None) -> range:
        """The rows to show: as few moves as keep the selected one visible, and above what covers others."""
        room = height if index is None else max(1, height - self.covered)
        if index is not None:
            self.top = min(self.top, index)
            self.top = max(self.top, index - room + 1)
        self.top = max(0, min(self.top, count - room))
        self.shown, self.count = range(self.top, min(count, self.top + height)), count
        return self.shown

    def settle(self, width: int, columns: Sequence[Column], rows: Sequence[TableRow]) -> dict[str, int]:
        """The width of each column. Widths only grow until the pane is resized: a column that breathes makes
        every row dirty. So only rows that weren't drawn before are looked at.
        """
        if width != self._width:
            self._width = width
            self._widths.clear()
            self._places.clear()
            self._lines.clear()
        fresh = [row for row in rows if row.key not in self._lines or self._lines[row.key][0] is not row]
        for column in columns:
            key = column.key
            known = self._places.get(key, 0)
            places = max([known, *(places_of(row.text(key)) for row in fresh)]) if column.align == "." else 0
            looked_at = rows if places != known else fresh
            self._places[key] = places
            least = self._widths.get(key, max(len(column.title), column.least))
            self._widths[key] = max([least, *(len(placed(row.text(key), places)) for row in looked_at)])
        return dict(self._widths)

    def lines(
        self,
        kept: Sequence[Column],
        widths: dict[str, int],
        rows: Sequence[TableRow],
        chosen: str | None,
        *,
        focused: bool,
    ) -> list[Line]:
        """The rows as lines; those that are drawn as they were are the same lines."""
        layout = (focused, *((column.key, widths[column.key], self._places[column.key]) for column in kept))
        if layout != self._layout:
            self._layout = layout
            self._lines.clear()
        drawn = {}
        for row in rows:
            before = self._lines.get(row.key)
            if before is not None and before[0] is row and before[1] == (row.key == chosen):
                drawn[row.key] = before
                continue
            line = self._line(kept, widths, row, chosen=row.key == chosen, focused=focused)
            drawn[row.key] = (row, row.key == chosen, line)
        self._lines = drawn
        return [drawn[row.key][2] for row in rows]

    def _line(
        self, kept: Sequence[Column], widths: dict[str, int], row: TableRow, *, chosen: bool, focused: bool
    ) -> Line:
        spans: list[Span] = [("▌ " if chosen and focused else "▏ " if chosen else "  ", "accent")]
        for column in kept:
            text, style = row.cells.get(column.key, ("", "text"))
            text = placed(text, self._places[column.key])
            spans.append((_set(column, text, widths[column.key]) + " ", style))
        return Line(tuple(spans), "selection" if chosen and focused else "surface")


def table(
    columns: Sequence[Column],
    keys: Sequence[str],
    row_at: Callable[[int], TableRow],
    view: View,
    width: int,
    height: int,
    *,
    focused: bool,
) -> list[Line]:
    """A heading and as many rows as fit in `height` lines of `width` cells; only those are asked of
    `row_at`.
    """
    if height <= 0 or width <= 2:
        return []
    index = view.index(keys)
    visible = view.scroll(len(keys), max(1, height - 1), index)
    shown = [row_at(number) for number in visible]
    widths = view.settle(width, columns, shown)
    kept, hidden = _choose(columns, widths, width - 2)
    heading: list[Span] = [("  ", "muted")]
    for column in kept:
        # The gap behind a title has room for the mark that the rows are sorted by it.
        mark, style = " ", "muted"
        if column.key == view.sort:
            mark, style = "▾" if view.descending else "▴", "accent"
        if column.align == "<":
            heading.append((fit(column.title + mark, widths[column.key] + 1), style))
        else:
            heading.append((fit_right(column.title, widths[column.key]) + mark, style))
    if hidden:
        used = length(heading)
        heading.append((" " * max(0, width - used - 1) + HIDDEN_COLUMNS, "faint"))
    chosen = keys[index] if index is not None else None
    return [Line(tuple(heading)), *view.lines(kept, widths, shown, chosen, focused=focused)]


def _choose(columns: Sequence[Column], widths: dict[str, int], room: int) -> tuple[list[Column], bool]:
    """The columns that fit, those of the highest rank left out first; the flexible one gets the rest."""

    def least(column: Column) -> int:
        return min(widths[column.key], max(column.least, 6)) if column.flexible else widths[column.key]

    kept = list(columns)
    while len(kept) > 1 and sum(least(column) + 1 for column in kept) > room:
        if len(kept) == len(columns):
            # The mark that columns are hidden needs its own cell.
            room -= 1
        # Of equal ranks the rightmost goes.
        goes = max(range(len(kept)), key=lambda place: (kept[place].rank, place))
        del kept[goes]
    for column in kept:
        if column.flexible:
            others = sum(widths[other.key] + 1 for other in kept if other is not column)
            widths[column.key] = max(least(column), room - others - 1)
    return kept, len(kept) < len(columns)


def _set(column: Column, text: str, width: int) -> str:
    return fit(text, width) if column.align == "<" else fit_right(text, width)
