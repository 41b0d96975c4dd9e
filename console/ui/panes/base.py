"""What all panes share: a title with its marks, a table of records, details of the selected one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from console.core.format import GAP, STALE, age, wrapped
from console.core.frame import Frame
from console.ui.ink import TITLE, Line, Span, justified, length, line
from console.ui.table import Column, TableRow, View, table

RESORT_US = 1_000_000
QUIET_US = 250_000
# Cells of a title that its right end leaves to the pane's number and name.
TITLE_LEFT = 15
UP, DOWN, FLAT = "▲", "▼", "▬"


class Pane(ABC):
    """One pane. `source` is the service its figures come from: when it is silent, the pane says how old it
    is.
    """

    name: ClassVar[str]
    number: ClassVar[int]
    source: ClassVar[str]
    # Another service that the source itself depends on.
    behind: ClassVar[str] = ""
    stream: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()
    nothing: ClassVar[str] = "nothing yet"
    # True when only new records and the passing of time change what is shown.
    quiet: ClassVar[bool] = False
    # By which columns the pane can be sorted, and what is compared.
    sorts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    def __init__(self) -> None:
        self.view = View()
        self.chosen: tuple[Column, ...] = self.columns
        self.version = 0
        self._drawn: tuple[Any, tuple[Any, ...], int, list[Line]] = (None, (), 0, [])
        self._keyed: tuple[Any, list[str]] = ((), [])
        self._filtered: tuple[Any, str, Sequence[Any]] = ((), "", ())
        self._rows: dict[str, tuple[Any, Any, TableRow]] = {}
        self._ranks: tuple[str, bool, int, int, dict[str, int]] = ("", False, 0, 0, {})

    # ------------------------------------------------------------------ of each pane

    @abstractmethod
    def records(self, frame: Frame) -> Sequence[Any]:
        """What the pane lists; the same object as long as it is the same list."""

    @abstractmethod
    def key(self, record: Any) -> str:
        """What names a record for ever."""

    @abstractmethod
    def row(self, record: Any, frame: Frame) -> TableRow:
        """The record as a row of the table."""

    def rests_on(self, record: Any, frame: Frame) -> object:
        """What a record's row is made of beside the record; None when nobody has said it, so that it is made
        anew each time.
        """
        del record, frame
        return None

    @abstractmethod
    def detail(self, record: Any, frame: Frame) -> list[tuple[str, str]]:
        """Everything about a record, as label and text."""

    def headline(self, frame: Frame) -> list[Span]:
        """A few words beside the title."""
        del frame
        return []

    # ------------------------------------------------------------------ of all panes

    def choose_columns(self, names: Sequence[str]) -> None:
        """Shows these columns, in this order. Raises `ValueError` for one that the pane doesn't have."""
        known = {column.key: column for column in self.columns}
        for name in names:
            if name not in known:
                raise ValueError(f"the pane {self.name} has no column {name!r}; it has {', '.join(known)}")
        self.chosen = tuple(known[name] for name in names) or self.columns

    def haystack(self, record: Any, frame: Frame) -> str:
        """The text that a filter looks at, in small letters."""
        row = self.row(record, frame)
        return (" ".join(cell for cell, _ in row.cells.values()) + " " + row.key).lower()

    def row_of(self, record: Any, frame: Frame) -> TableRow:
        """The record's row: the same object as before as long as it says the same."""
        also = self.rests_on(record, frame)
        if also is None:
            return self.row(record, frame)
        key = self.key(record)
        before = self._rows.get(key)
        if before is None or before[0] is not record or before[1] != also:
            before = self._rows[key] = (record, also, self.row(record, frame))
        return before[2]

    def shown_records(self, frame: Frame) -> Sequence[Any]:
        """The records that pass the filter, sorted as the user wants them."""
        records = self.records(frame)
        if self.view.filter:
            if self._filtered[0] is not records or self._filtered[1] != self.view.filter:
                words = self.view.filter.lower().split()
                kept = [r for r in records if all(word in self.haystack(r, frame) for word in words)]
                self._filtered = (records, self.view.filter, kept)
            records = self._filtered[2]
        return self._in_order(records, frame) if self.view.sort in self.sorts else records

    def _in_order(self, records: Sequence[Any], frame: Frame) -> Sequence[Any]:
        """In an order that is made anew once a second: rows that jump with every tick can't be read."""
        name, descending, at_us, count, ranks = self._ranks
        wanted = (self.view.sort, self.view.descending)
        if (name, descending) != wanted or count != len(records) or not 0 <= frame.now_us - at_us < RESORT_US:
            value = self.sorts[self.view.sort]
            known = [(value(record), self.key(record)) for record in records]
            # What has no value stands last either way.
            present = sorted((pair for pair in known if pair[0] is not None), reverse=self.view.descending)
            order = [key for _, key in present] + sorted(key for found, key in known if found is None)
            ranks = {key: rank for rank, key in enumerate(order)}
            self._ranks = (*wanted, frame.now_us, len(records), ranks)
        return sorted(records, key=lambda record: ranks.get(self.key(record), len(ranks)))

    def next_sort(self) -> str:
        """Sorts by the next column that can be sorted by; after the last, in the pane's own order."""
        names = ["", *(column.key for column in self.chosen if column.key in self.sorts)]
        at = names.index(self.view.sort) if self.view.sort in names else 0
        self.view.sort_by(names[(at + 1) % len(names)])
        return self.view.sort

    def keys(self, frame: Frame) -> list[str]:
        """The keys of the records that pass the filter."""
        records = self.shown_records(frame)
        if self._keyed[0] is not records:
            self._keyed = (records, [self.key(record) for record in records])
        return self._keyed[1]

    def key_at(self, y: int, frame: Frame) -> str | None:
        """What stands in a line of the pane, counted from its title; None where no record is."""
        place = y - 2
        keys = self.keys(frame)
        if self.view.details or not 0 <= place < len(self.view.shown):
            return None
        number_of = self.view.shown[place]
        return keys[number_of] if number_of < len(keys) else None

    def exported(self, frame: Frame) -> list[list[str]]:
        """What the pane shows as rows of text, the first with the names of the columns."""
        columns = [column for column in self.chosen if column.title]
        rows = [[column.title for column in columns]]
        for record in self.shown_records(frame):
            cells = self.row(record, frame).cells
            rows.append([" ".join(cells.get(column.key, ("", ""))[0].split()) for column in columns])
        return rows

    def selected(self, frame: Frame) -> Any | None:
        """The selected record; None when nothing is selected or it is gone."""
        if self.view.selected is None:
            return None
        records = self.shown_records(frame)
        return next((record for record in records if self.key(record) == self.view.selected), None)

    def symbol(self, frame: Frame) -> str:
        """The symbol of the selected record; empty without one."""
        record = self.selected(frame)
        return str(getattr(record, "symbol", "")) if record is not None else ""

    def title(self, frame: Frame, width: int, *, focused: bool) -> Line:
        """The line above the pane: number, name, headline, and at the right its age, gaps and filter."""
        style = "accent bold" if focused else "muted"
        left: list[Span] = [
            ("▌" if focused else " ", "accent"),
            (f"{self.number} {self.name}", style),
            ("  ", "text"),
        ]
        left += self.headline(frame)
        right = self.marks(frame)
        if self.view.filter:
            right.insert(0, (f"/{self.view.filter} ", "accent"))
        if self.view.count > len(self.view.shown) and not self.view.details and len(self.view.shown):
            shown = self.view.shown
            right.append((f" {shown.start + 1}–{shown.stop} of {self.view.count}", "muted"))
        # What isn't as it should be stays, by its glyph at least; the headline gives way.
        if length(right) + TITLE_LEFT > width:
            right = [(text.strip()[:1], style) for text, style in right if style == "warning"]
        return justified(left, [*right, (" ", "text")] if right else [], width, TITLE, least=1)

    def marks(self, frame: Frame) -> list[Span]:
        """What is not as it should be: a silent source, a stream with a hole in it."""
        marks: list[Span] = []
        sources = [row for row in frame.desk.services if row.name in (self.source, self.behind)]
        silent = [row for row in sources if row.lost]
        if silent:
            marks.append((f"{STALE} {age(silent[0].age_s)} old, {silent[0].short} silent", "warning"))
        stream = next((row for row in frame.desk.streams if row.name == self.stream), None)
        if stream is not None and stream.catching_up and not silent:
            marks.append((f" {GAP} catching up", "warning"))
        elif stream is not None and stream.gaps:
            marks.append((f" {GAP}{stream.gaps} mended", "faint"))
        return marks

    def lines(self, frame: Frame, width: int, height: int, *, focused: bool) -> list[Line]:
        """The whole pane: title and body."""
        height -= 1
        if self.view.details and self.selected(frame) is not None:
            return [self.title(frame, width, focused=focused), *self.detail_lines(frame, width, height)]
        # The body first: the title says which part of it is on the screen.
        body = self.body(frame, width, height, focused=focused)
        return [self.title(frame, width, focused=focused), *body]

    def body(self, frame: Frame, width: int, height: int, *, focused: bool) -> list[Line]:
        """The table, or why it is empty."""
        records = self.shown_records(frame)
        if not records:
            self.view.shown, self.view.count = range(0), 0
            text = f"nothing matches /{self.view.filter}" if self.view.filter else self.nothing
            return [line(), line(("  " + text, "faint"))]
        view = self.view
        how = (width, height, focused, view.covered)
        of = (*how, view.selected, view.top, self.chosen, view.sort, self.version)
        when = frame.now_us // QUIET_US
        if self.quiet and self._drawn[0] is records and self._drawn[1:3] == (of, when):
            return self._drawn[3]
        lines = table(
            self.chosen,
            self.keys(frame),
            lambda place: self.row_of(records[place], frame),
            view,
            width,
            height,
            focused=focused,
        )
        # Drawing may have scrolled.
        of = (*how, view.selected, view.top, self.chosen, view.sort, self.version)
        self._drawn = (records, of, when, lines)
        return lines

    def detail_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        """Everything about the selected record, folded to the width."""
        record = self.selected(frame)
        if record is None:
            return []
        pairs = self.detail(record, frame)
        label = max((len(name) for name, _ in pairs), default=0) + 2
        lines: list[Line] = []
        for name, text in pairs:
            folded = wrapped(text, max(8, width - label - 4))
            for place, part in enumerate(folded):
                lines.append(
                    line(("  " + (name if place == 0 else "").ljust(label), "muted"), (part, "text"))
                )
        room = max(1, height - 1)
        self.view.detail_top = top = max(0, min(self.view.detail_top, len(lines) - room))
        shown, below = lines[top : top + room], len(lines) - top - room
        marks = [f"↑ {top} more" * bool(top), f"↓ {below} more" * (below > 0)]
        scrolls = f"  page up and down: {', '.join(mark for mark in marks if mark)}" if any(marks) else ""
        return [*shown, line((f"  esc goes back{scrolls}", "faint"))]


def marked(shown: list[Line], above: int, below: int) -> list[Line]:
    """A part of a list, whose first and last line say how many lines are above and below it."""
    if len(shown) > 2 and above > 0:
        shown[0] = line((f"  ↑ {above + 1} more lines", "faint"))
    if len(shown) > 1 and below > 0:
        shown[-1] = line((f"  ↓ {below + 1} more lines", "faint"))
    return shown


def side_span(side: int) -> Span:
    """A side as arrow and word: never by colour alone."""
    if side > 0:
        return (f"{UP} BUY", "up")
    if side < 0:
        return (f"{DOWN} SELL", "down")
    return ("?", "muted")


def profit_style(value: float | None) -> str:
    """The colour of a profit or loss."""
    if value is None or value == 0:
        return "text"
    return "up" if value > 0 else "down"
