"""How a reader of a stream that must not lose anything knows what it has: a small state machine, pure.

Execution and risk events are numbered without gaps over restarts of their publisher. The reader subscribes,
asks for a snapshot, and from then on applies each number once and in order; what comes too early waits until
what is missing was asked for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

Event = TypeVar("Event")


class Step(Enum):
    """What to do with an event that arrived."""

    APPLY = "apply"
    PICTURE = "picture"
    KNOWN = "known"
    HELD = "held"


@dataclass
class EventCursor(Generic[Event]):
    """The last sequence applied, and events held back behind a gap (at most `capacity`; then they are
    dropped, which is safe because a replay brings them again).
    """

    capacity: int = 10_000
    last: int | None = None
    gaps: int = 0
    missing: int = 0

    def __post_init__(self) -> None:
        self._held: dict[int, Event] = {}
        self._target = 0

    @property
    def needs_snapshot(self) -> bool:
        """True until the first snapshot."""
        return self.last is None

    @property
    def needs_replay(self) -> bool:
        """True while something that exists was not applied."""
        return self.last is not None and self._target > self.last

    @property
    def next(self) -> int:
        """The sequence to ask a replay from."""
        return 1 if self.last is None else self.last + 1

    def offer(self, sequence: int, event: Event) -> tuple[Step, list[Event]]:
        """Takes one event; the list holds what is to be applied now, in order."""
        if sequence == 0:
            return Step.PICTURE, [event]
        if self.last is None:
            self._hold(sequence, event)
            return Step.HELD, []
        if sequence <= self.last:
            return Step.KNOWN, []
        if sequence > self.last + 1:
            if not self.needs_replay:
                self.gaps += 1
                self.missing += sequence - self.last - 1
            self._hold(sequence, event)
            return Step.HELD, []
        self.last = sequence
        return Step.APPLY, [event, *self._release()]

    def snapshot(self, sequence: int) -> list[Event]:
        """A snapshot with everything up to `sequence` was applied: returns what was held and follows it."""
        self.last = sequence if self.last is None else max(self.last, sequence)
        self._held = {number: event for number, event in self._held.items() if number > self.last}
        return self._release()

    def seen(self, sequence: int) -> None:
        """The publisher says its last sequence is this: a lost tail shows, though nothing followed it."""
        if self.last is not None and sequence > max(self.last, self._target):
            if not self.needs_replay:
                self.gaps += 1
                self.missing += sequence - self.last
            self._target = sequence

    def restart(self) -> None:
        """The publisher's numbers went backwards (another home, or its journal is gone): begin anew."""
        self.last = None
        self._held.clear()
        self._target = 0

    def _hold(self, sequence: int, event: Event) -> None:
        self._target = max(self._target, sequence)
        if len(self._held) < self.capacity:
            self._held[sequence] = event

    def _release(self) -> list[Event]:
        ready: list[Event] = []
        while self.last is not None and (event := self._held.pop(self.last + 1, None)) is not None:
            self.last += 1
            ready.append(event)
        return ready
