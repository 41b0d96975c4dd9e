"""What all panes share: a title with its marks, a table of records, details of the selected one."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from console.core.format import GAP, STALE, age
from console.core.frame import Frame
from console.ui.ink import Line, Span, justified, line
from console.ui.table import Column, TableRow, View, matches, table

UP, DOWN, FLAT = "▲", "▼", "▬"


class Pane(ABC):
    """One pane. `source` is the service its figures come from: when it is silent, the pane says how old it
    is.
    """

    name: ClassVar[str]
    number: ClassVar[int]
    source: ClassVar[str]
    stream: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()
    nothing: ClassVar[str] = "nothing yet"

    def __init__(self) -> None:
        self.view = View()
        self._keyed: tuple[Any, list[str]] = ((), [])

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

    @abstractmethod
    def detail(self, record: Any, frame: Frame) -> list[tuple[str, str]]:
        """Everything about a record, as label and text."""

    def headline(self, frame: Frame) -> list[Span]:
        """A few words beside the title."""
        del frame
        return []

    # ------------------------------------------------------------------ of all panes

    def shown_records(self, frame: Frame) -> Sequence[Any]:
        """The records that pass the filter."""
        records = self.records(frame)
        if not self.view.filter:
            return records
        return [record for record in records if matches(self.row(record, frame), self.view.filter)]

    def keys(self, frame: Frame) -> list[str]:
        """The keys of the records that pass the filter."""
        records = self.shown_records(frame)
        if self._keyed[0] is not records:
            self._keyed = (records, [self.key(record) for record in records])
        return self._keyed[1]

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
        return justified(left, [*right, (" ", "text")], width, "panel")

    def marks(self, frame: Frame) -> list[Span]:
        """What is not as it should be: a silent source, a stream with a hole in it."""
        marks: list[Span] = []
        service = next((row for row in frame.desk.services if row.name == self.source), None)
        if service is not None and service.lost:
            marks.append((f"{STALE} {age(service.age_s)} old, {service.short} silent", "warning"))
        stream = next((row for row in frame.desk.streams if row.name == self.stream), None)
        if stream is not None and stream.catching_up and not (service is not None and service.lost):
            marks.append((f" {GAP} catching up", "warning"))
        elif stream is not None and stream.gaps:
            marks.append((f" {GAP}{stream.gaps} mended", "faint"))
        return marks

    def lines(self, frame: Frame, width: int, height: int, *, focused: bool) -> list[Line]:
        """The whole pane: title and body."""
        body = height - 1
        if self.view.details and self.selected(frame) is not None:
            return [self.title(frame, width, focused=focused), *self.detail_lines(frame, width, body)]
        return [self.title(frame, width, focused=focused), *self.body(frame, width, body, focused=focused)]

    def body(self, frame: Frame, width: int, height: int, *, focused: bool) -> list[Line]:
        """The table, or why it is empty."""
        records = self.shown_records(frame)
        if not records:
            text = f"nothing matches /{self.view.filter}" if self.view.filter else self.nothing
            return [line(), line(("  " + text, "faint"))]
        keys = self.keys(frame)
        return table(
            self.columns,
            keys,
            lambda place: self.row(records[place], frame),
            self.view,
            width,
            height,
            focused=focused,
        )

    def detail_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        """Everything about the selected record, folded to the width."""
        record = self.selected(frame)
        if record is None:
            return []
        pairs = self.detail(record, frame)
        label = max((len(name) for name, _ in pairs), default=0) + 2
        lines = []
        for name, text in pairs:
            folded = textwrap.wrap(text, max(8, width - label - 4)) or [""]
            for place, part in enumerate(folded):
                lines.append(
                    line(("  " + (name if place == 0 else "").ljust(label), "muted"), (part, "text"))
                )
        if len(lines) > height - 1:
            hidden = len(lines) - height + 2
            lines = [
                *lines[: max(0, height - 2)],
                line((f"  {hidden} more lines; z gives this pane the screen", "faint")),
            ]
        return [*lines, line(("  esc goes back", "faint"))]


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
