"""Tables as lines: columns that give way on narrow screens, a selection that follows its row's key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from console.core.format import at_point, fit, fit_right
from console.ui.ink import Line, Span

HIDDEN_COLUMNS = "›"


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
    shown: range = range(0)
    count: int = 0
    _index: int = 0
    _widths: dict[str, int] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _width: int = 0

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
        """Selects the row `step` further; with nothing selected, the row where the selection was last."""
        if not keys:
            return
        index = self.index(keys)
        wanted = self._index if index is None else index + step
        target = min(len(keys) - 1, max(0, wanted))
        self._index, self.selected = target, keys[target]

    def sort_by(self, column: str) -> None:
        """Sorts by a column, the largest first; again turns it round. Without a name, in the pane's own
        order.
        """
        self.descending = not self.descending if column == self.sort else True
        self.sort = column

    def scroll(self, count: int, height: int, index: int | None) -> range:
        """The rows to show: as few moves as keep the selected one visible."""
        if index is not None:
            self.top = min(self.top, index)
            self.top = max(self.top, index - height + 1)
        self.top = max(0, min(self.top, count - height))
        self.shown, self.count = range(self.top, min(count, self.top + height)), count
        return self.shown

    def settle(self, width: int, column: str, wanted: int, places: int) -> tuple[int, int]:
        """Widths only grow until the pane is resized: a column that breathes makes every row dirty."""
        if width != self._width:
            self._width = width
            self._widths.clear()
            self._places.clear()
        self._widths[column] = max(wanted, self._widths.get(column, 0))
        self._places[column] = max(places, self._places.get(column, 0))
        return self._widths[column], self._places[column]


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
    cells: dict[str, list[str]] = {}
    widths: dict[str, int] = {}
    for column in columns:
        texts = [row.cells.get(column.key, ("", ""))[0] for row in shown]
        places = 0
        if column.align == ".":
            tails = [len(text) - text.index(".") for text in texts if "." in text]
            _, places = view.settle(width, column.key, 0, max(tails, default=0))
            texts = (
                at_point([*texts, "0" + "." * (places > 0) + "0" * (places - 1)])[:-1] if places else texts
            )
        cells[column.key] = texts
        wanted = max([len(column.title), column.least, *map(len, texts)])
        widths[column.key] = view.settle(width, column.key, wanted, places)[0]
    kept, hidden = _choose(columns, widths, width - 2)
    heading: list[Span] = [("  ", "muted")]
    for column in kept:
        title, style = column.title, "muted"
        if column.key == view.sort:
            title, style = ("▾" if view.descending else "▴") + title, "accent"
            title = title[: max(1, widths[column.key])]
        heading.append((_set(column, title, widths[column.key]) + " ", style))
    if hidden:
        used = sum(len(text) for text, _ in heading)
        heading.append((" " * max(0, width - used - 1) + HIDDEN_COLUMNS, "faint"))
    lines = [Line(tuple(heading))]
    for place, (number, row) in enumerate(zip(visible, shown, strict=True)):
        chosen = number == index
        spans: list[Span] = [("▌ " if chosen and focused else "▏ " if chosen else "  ", "accent")]
        for column in kept:
            style = row.cells.get(column.key, ("", "text"))[1]
            spans.append((_set(column, cells[column.key][place], widths[column.key]) + " ", style))
        lines.append(Line(tuple(spans), "selection" if chosen and focused else "surface"))
    return lines


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
