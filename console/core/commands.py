"""Commands from the console to the desk: what is asked, what each service answered, what that makes of it.

A command is never a hope. It is *sent*, then each service that must obey acknowledges it with its own time,
and only then it is done, refused, or - when somebody did not answer - unknown, which is not the same as
failed. The ways to the services are behind `Commander`; the board is what the screen shows of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from console.core.control import NoAnswer, ServiceError
from console.core.controller import Acknowledgement, Outcome
from console.core.identity import now_us


class Kind(Enum):
    """What a command asks for; the value is the word of the shell."""

    PAUSE = "pause"
    RESUME = "resume"
    KILL = "kill"
    REARM = "rearm"
    CANCEL = "cancel"
    FLATTEN = "flatten"
    LIMITS = "limits set"
    BREAK = "breaks"


# What raises risk, or can't be taken back, asks first. The kill has its own bar.
ASKS = frozenset({Kind.RESUME, Kind.REARM, Kind.FLATTEN, Kind.LIMITS, Kind.BREAK})


@dataclass(frozen=True)
class Intent:
    """One command as it was meant. An empty symbol is the whole desk; `order` is a client order id."""

    kind: Kind
    symbol: str = ""
    order: str = ""
    reason: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    break_id: str = ""
    action: str = ""

    @property
    def scope(self) -> str:
        """What it touches, in words."""
        if self.kind is Kind.LIMITS:
            return " ".join(f"{name}={value:g}" for name, value in self.limits.items())
        if self.kind is Kind.BREAK:
            return f"{self.action} {self.break_id}"
        if self.order:
            return f"order {self.order}"
        if self.kind is Kind.CANCEL:
            return f"all orders in {self.symbol}" if self.symbol else "all orders"
        return self.symbol or "desk"

    @property
    def title(self) -> str:
        """The command in words: "pause ALFA", "cancel all orders"."""
        return f"{self.kind.value} {self.scope}"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a command. `conclusion` is one sentence where the outcome alone doesn't say enough."""

    command_id: str
    outcome: Outcome
    acknowledgements: tuple[Acknowledgement, ...] = ()
    conclusion: str = ""


class Commander(Protocol):
    """The way to the services. It may block for as long as its deadline, so it is called in a thread."""

    def execute(self, intent: Intent, tell: Callable[[str], None]) -> Report:
        """Sends the command, tells each stage as it is reached, and returns what became of it."""
        ...


@dataclass(frozen=True, slots=True)
class CommandView:
    """One command as the screen shows it. Times are microseconds since 1970 UTC."""

    number: int
    intent: Intent
    sent_us: int
    outcome: Outcome | None = None
    acknowledgements: tuple[Acknowledgement, ...] = ()
    stages: tuple[str, ...] = ()
    command_id: str = ""
    conclusion: str = ""
    finished_us: int = 0

    @property
    def open(self) -> bool:
        """True while an answer is still awaited."""
        return self.finished_us == 0

    @property
    def sentence(self) -> str:
        """The whole story in one line: sent → acknowledged by whom, when → what became of it."""
        parts = [f"{self.intent.title}: sent"]
        parts += [_answered(answer, self.intent.kind) for answer in self.acknowledgements]
        parts += _stages(self.stages)
        if self.open:
            parts.append("waiting")
        elif self.conclusion or not any(a.outcome is Outcome.REFUSED for a in self.acknowledgements):
            # A service's own refusal, with its reason, has said it already.
            parts.append(self.conclusion or _ENDS[self.outcome])
        return " → ".join(parts)


_ENDS: dict[Outcome | None, str] = {
    None: "UNKNOWN: it may or may not have happened",
    Outcome.ACCEPTED: "accepted, what follows comes as events",
    Outcome.DONE: "done",
    Outcome.REFUSED: "REFUSED",
    Outcome.NOT_KNOWN: "NOT KNOWN to the services: it did not happen",
    Outcome.UNKNOWN: "UNKNOWN: it may or may not have happened",
    Outcome.NOT_SENT: "NOT SENT",
}


def _stages(stages: tuple[str, ...]) -> list[str]:
    """Each stage as it was told, its service named once for all that follow from the same one."""
    parts: list[str] = []
    before = ""
    for stage in stages:
        name, by, service = stage.partition(" by ")
        parts.append(name if by and service == before else stage)
        before = service
    return parts


def _answered(answer: Acknowledgement, kind: Kind) -> str:
    took = f"{answer.milliseconds:.1f} ms"
    if answer.outcome.obeyed:
        count = answer.working_orders
        orders = f"{count} working order{'s' * (count != 1)}"
        # A pause leaves them where they are; a cancel and a kill take them away.
        stay = "stays" if count == 1 else "stay"
        meaning = {Kind.PAUSE: f", {orders} {stay}", Kind.CANCEL: f", cancelling {orders}"}
        meaning[Kind.KILL] = meaning[Kind.CANCEL]
        # What a kill or a pause lacks, as a record or a latch file, and what it ends.
        said = f": {answer.reason}" if answer.reason and kind in {Kind.KILL, Kind.PAUSE} else ""
        return f"{answer.service} acknowledged in {took}{meaning.get(kind, '') if count else ''}{said}"
    if answer.outcome is Outcome.REFUSED:
        needs = f" (missing: {'; '.join(answer.missing)})" if answer.missing else ""
        return f"{answer.service} REFUSED in {took}: {answer.reason}{needs}"
    return answer.reason or f"{answer.service} gave no answer in {took}"


class CommandBoard:
    """The newest commands of this console, safe to use from the threads that carry them out."""

    def __init__(self, capacity: int = 50) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._views: dict[int, CommandView] = {}
        self._next = 1

    def open(self, intent: Intent, now_us: int) -> int:
        """Notes that a command is being sent; the number stands for it from now on."""
        with self._lock:
            number = self._next
            self._next += 1
            self._views[number] = CommandView(number, intent, now_us)
            while len(self._views) > self._capacity:
                del self._views[next(iter(self._views))]
            return number

    def tell(self, number: int, stage: str) -> None:
        """Adds a stage that was reached."""
        with self._lock:
            view = self._views.get(number)
            if view is not None:
                self._views[number] = replace(view, stages=(*view.stages, stage))

    def close(self, number: int, report: Report, now_us: int) -> None:
        """Notes what became of it."""
        with self._lock:
            view = self._views.get(number)
            if view is not None:
                self._views[number] = replace(
                    view,
                    outcome=report.outcome,
                    acknowledgements=report.acknowledgements,
                    command_id=report.command_id,
                    conclusion=report.conclusion,
                    finished_us=now_us,
                )

    def in_flight(self, intent: Intent) -> bool:
        """True while the same command is under way: a key that repeats must not send it again."""
        with self._lock:
            return any(view.open and view.intent == intent for view in self._views.values())

    def views(self) -> tuple[CommandView, ...]:
        """All commands, the newest last."""
        with self._lock:
            return tuple(self._views.values())


def run_command(
    commander: Commander,
    board: CommandBoard,
    intent: Intent,
    changed: Callable[[], None],
    clock: Callable[[], int] = now_us,
) -> None:
    """Carries one command out and keeps the board true whatever happens; for a thread of its own.

    `changed` is called after each step, so that the screen need not wait for its next frame. What can't even
    be asked is refused with its reason; any other failure leaves the outcome unknown, and never open for
    ever.
    """
    number = board.open(intent, clock())
    changed()

    def tell(stage: str) -> None:
        board.tell(number, stage)
        changed()

    report = Report(
        "", Outcome.UNKNOWN, conclusion="UNKNOWN: the console failed while it waited for an answer"
    )
    try:
        report = commander.execute(intent, tell)
    except ValueError as error:
        report = Report("", Outcome.REFUSED, conclusion=f"REFUSED: {error}")
    except (OSError, ServiceError, NoAnswer) as error:
        report = Report("", Outcome.UNKNOWN, conclusion=f"UNKNOWN: {error}")
    finally:
        board.close(number, report, clock())
        changed()
