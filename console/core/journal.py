"""The console's log: what happened, how much it matters, and what it was - bounded, newest last."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How much a line matters."""

    DETAIL = 0
    NOTICE = 1
    WARNING = 2
    ALARM = 3


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log. `source` is a service, an operator or the console; `symbol` may be empty."""

    number: int
    at_us: int
    severity: Severity
    source: str
    text: str
    symbol: str = ""


class EventLog:
    """The newest lines. The number of a line goes on when old ones fall out, so that it names the line."""

    def __init__(self, capacity: int = 1_000) -> None:
        self._rows: deque[LogRow] = deque(maxlen=capacity)
        self._number = 0
        self._picture: tuple[LogRow, ...] | None = None

    def add(self, at_us: int, severity: Severity, source: str, text: str, symbol: str = "") -> None:
        """Adds a line; text of several lines becomes one."""
        self._number += 1
        self._rows.append(LogRow(self._number, at_us, severity, source, " ".join(text.split()), symbol))
        self._picture = None

    def rows(self) -> tuple[LogRow, ...]:
        """All lines, the newest first; the same object until a line is added."""
        if self._picture is None:
            self._picture = tuple(reversed(self._rows))
        return self._picture
