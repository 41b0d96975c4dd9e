"""Log: what happened on the desk, by whom, the newest first; commands of other seats among it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from console.core.format import clock
from console.core.frame import Frame
from console.core.journal import LogRow, Severity
from console.ui.ink import Span
from console.ui.panes.base import Pane
from console.ui.table import Column, TableRow

_MARKS: dict[Severity, tuple[str, str]] = {
    Severity.DETAIL: ("·", "muted"),
    Severity.NOTICE: ("•", "text"),
    Severity.WARNING: ("!", "warning"),
    Severity.ALARM: ("‼", "danger bold"),
}


class LogPane(Pane):
    """The newest thousand lines."""

    name: ClassVar[str] = "log"
    number: ClassVar[int] = 6
    source: ClassVar[str] = ""
    quiet: ClassVar[bool] = True
    columns: ClassVar[tuple[Column, ...]] = (
        Column("time", "time", least=12),
        Column("mark", "", least=1),
        Column("source", "who", rank=1, least=12),
        Column("text", "what", flexible=True, least=20),
    )

    sorts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "time": lambda row: row.number,
        "mark": lambda row: (row.severity, row.number),
        "source": lambda row: row.source,
    }

    def __init__(self) -> None:
        super().__init__()
        self._seen_to = 0
        self._seen: set[int] = set()
        self._open: tuple[object, int, list[LogRow]] = ((), 0, [])

    def seen(self, row: LogRow) -> bool:
        """True when somebody acknowledged the line here."""
        return row.number <= self._seen_to or row.number in self._seen

    def open_alarms(self, frame: Frame) -> list[LogRow]:
        """The alarms that nobody acknowledged here, the newest first."""
        if self._open[0] is not frame.desk.log or self._open[1] != self.version:
            alarms = [row for row in frame.desk.log if row.severity is Severity.ALARM and not self.seen(row)]
            self._open = (frame.desk.log, self.version, alarms)
        return self._open[2]

    def acknowledge(self, frame: Frame) -> int:
        """Acknowledges the selected alarm; with none selected, all that are there. Returns how many."""
        selected = self.selected(frame)
        alarms = self.open_alarms(frame)
        self.version += 1
        if selected in alarms:
            self._seen.add(selected.number)
            return 1
        self._seen_to = max((row.number for row in frame.desk.log), default=self._seen_to)
        self._seen.clear()
        return len(alarms)

    def records(self, frame: Frame) -> Sequence[LogRow]:
        """All that are kept."""
        return frame.desk.log

    def key(self, record: LogRow) -> str:
        """The number of the line."""
        return str(record.number)

    def haystack(self, record: LogRow, frame: Frame) -> str:
        """Also by severity: detail, notice, warning, alarm."""
        return f"{record.severity.name} {record.symbol} {super().haystack(record, frame)}".lower()

    def headline(self, frame: Frame) -> list[Span]:
        """Alarms that nobody has acknowledged here."""
        alarms = len(self.open_alarms(frame))
        told = f"{alarms} alert{'s' * (alarms != 1)}: {self.number} and a acknowledge"
        return [(told, "danger bold")] if alarms else []

    def row(self, record: LogRow, frame: Frame) -> TableRow:
        """A line's row."""
        del frame
        mark, style = _MARKS[record.severity]
        if record.severity is Severity.ALARM and self.seen(record):
            mark, style = "✓", "muted"
        return TableRow(
            str(record.number),
            {
                "time": (clock(record.at_us, 3), "muted"),
                "mark": (mark, style),
                "source": (record.source, "muted"),
                "text": (record.text, style),
            },
            record.symbol,
        )

    def detail(self, record: LogRow, frame: Frame) -> list[tuple[str, str]]:
        """The whole line."""
        del frame
        return [
            ("time", clock(record.at_us, 6)),
            ("who", record.source),
            ("symbol", record.symbol or "none"),
            ("what", record.text),
        ]
