"""Commands as the services recorded them: one's own and those of other seats, each with its operator."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from console.core.journal import EventLog, Severity
from console.proto import messages_pb2 as pb

REMEMBERED = 1_000
SHOWN = 50
_OUTCOMES: dict[int, str] = {
    pb.CommandResult.ACCEPTED: "accepted",
    pb.CommandResult.DONE: "done",
    pb.CommandResult.REFUSED: "REFUSED",
}
_WORDS: dict[int, str] = {
    pb.StrategyCommand.UPDATE_RISK_LIMITS: "limits set",
    pb.StrategyCommand.PAUSE_TRADING: "pause",
    pb.StrategyCommand.RESUME_TRADING: "resume",
    pb.StrategyCommand.KILL_SWITCH: "kill",
    pb.StrategyCommand.REARM: "rearm",
    pb.StrategyCommand.CANCEL: "cancel",
    pb.StrategyCommand.FLATTEN: "flatten",
    pb.StrategyCommand.RESOLVE_BREAK: "breaks",
}


@dataclass(frozen=True, slots=True)
class SeatCommand:
    """A command as a service recorded it. `session` tells the seats of one operator apart."""

    command_id: str
    title: str
    operator: str
    host: str
    session: str
    service: str
    outcome: str
    reason: str
    at_us: int

    @property
    def sentence(self) -> str:
        """Who did what, and what the service made of it."""
        because = f", {self.reason}" if self.reason else ""
        return f"{self.who}: {self.title} → {self.outcome} by {self.service}{because}"

    @property
    def who(self) -> str:
        """The operator, and the host where one is told: a service's own command has none."""
        return f"{self.operator}@{self.host}" if self.host else self.operator


class SeatBook:
    """The newest commands, each once per service. Fed by `DeskState`, which holds the lock."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._seen: dict[tuple[str, str], None] = {}
        self._newest: deque[SeatCommand] = deque(maxlen=SHOWN)
        self.rows: tuple[SeatCommand, ...] = ()

    def note(self, record: pb.CommandRecord) -> None:
        """A service tells of a command; it is written into the log once."""
        command, result = record.command, record.result
        key = (command.command_id, result.service)
        if key in self._seen:
            return
        self._seen[key] = None
        while len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        row = SeatCommand(
            command.command_id,
            f"{_WORDS.get(command.type, f'command {command.type}')} {_scope(command)}",
            command.operator or "?",
            command.host,
            command.session,
            result.service,
            _OUTCOMES.get(result.outcome, "unknown"),
            result.reason,
            result.done_us or result.received_us or command.issued_us,
        )
        self._newest.append(row)
        self.rows = tuple(self._newest)
        text = f"{row.title}: {row.outcome} by {row.service}"
        if row.reason:
            text += f", {row.reason}"
        if command.reason:
            text += f' ("{command.reason}")'
        severity = Severity.WARNING if command.type == pb.StrategyCommand.KILL_SWITCH else Severity.NOTICE
        self._log.add(row.at_us, severity, row.who, text, command.symbol)


def _scope(command: pb.StrategyCommand) -> str:
    if command.parameters:
        return " ".join(f"{name}={value:g}" for name, value in sorted(command.parameters.items()))
    if command.break_id:
        return f"{pb.Break.Action.Name(command.break_action).lower()} {command.break_id}"
    if command.type == pb.StrategyCommand.CANCEL and not command.order_id:
        return f"all orders in {command.symbol}" if command.symbol else "all orders"
    return f"order {command.order_id}" if command.order_id else command.symbol or "desk"
