"""Log: what happened on the desk, by whom, the newest first; commands of other seats among it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

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
    columns: ClassVar[tuple[Column, ...]] = (
        Column("time", "time", least=12),
        Column("mark", "", least=1),
        Column("source", "who", rank=1, least=12),
        Column("text", "what", flexible=True, least=20),
    )

    def records(self, frame: Frame) -> Sequence[LogRow]:
        """All that are kept."""
        return frame.desk.log

    def key(self, record: LogRow) -> str:
        """The number of the line."""
        return str(record.number)

    def headline(self, frame: Frame) -> list[Span]:
        """Alarms among the lines that are kept."""
        alarms = sum(1 for row in frame.desk.log if row.severity is Severity.ALARM)
        return [(f"{alarms} alarm{'s' * (alarms != 1)}", "danger")] if alarms else []

    def row(self, record: LogRow, frame: Frame) -> TableRow:
        """A line's row."""
        del frame
        mark, style = _MARKS[record.severity]
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
