"""Breaks as the panes show them: where desk, database and venue differ."""

from __future__ import annotations

from dataclasses import dataclass

from console.core.records import name_of
from console.proto import messages_pb2 as pb


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A difference between desk, database and venue; quantities are signed, None where that side has none."""

    id: str
    symbol: str
    kind: str
    desk: float | None
    store: float | None
    venue: float | None
    since_us: int
    state: str
    detail: str
    actions: tuple[str, ...]
    decided_by: str
    reason: str

    @property
    def sentence(self) -> str:
        """What differs."""
        sides = (("desk", self.desk), ("database", self.store), ("venue", self.venue))
        held = ", ".join(f"{name} {amount:+,g}" for name, amount in sides if amount is not None)
        return f"{self.symbol} {self.kind.lower()}: {held}" if held else self.detail or self.id


def break_row(found: pb.Break) -> BreakRow:
    """Reads a break."""
    return BreakRow(
        found.id,
        found.symbol,
        name_of(pb.Break.Kind, found.kind) or "DIFFERENCE",
        found.desk if found.HasField("desk") else None,
        found.store if found.HasField("store") else None,
        found.venue if found.HasField("venue") else None,
        found.since_us,
        name_of(pb.Break.State, found.state) or "OPEN",
        found.detail,
        tuple(name_of(pb.Break.Action, action).lower() for action in found.actions),
        found.decided_by,
        found.reason,
    )
