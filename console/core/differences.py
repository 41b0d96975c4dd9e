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
    # What the venue says of its order or execution, in a few words.
    told: str = ""

    @property
    def sentence(self) -> str:
        """What differs."""
        sides = (("desk", self.desk), ("database", self.store), ("venue", self.venue))
        held = ", ".join(f"{name} {amount:+,g}" for name, amount in sides if amount is not None)
        told = f" ({self.told})" if self.told else ""
        return f"{self.symbol} {self.kind.lower()}: {held}{told}" if held else self.detail or self.id


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
        _told(found),
    )


def _told(found: pb.Break) -> str:
    if found.HasField("execution"):
        fill = found.execution
        return f"{'bought' if fill.side == pb.Order.BUY else 'sold'} {fill.quantity:,g} at {fill.price:,.10g}"
    if not found.HasField("order"):
        return ""
    order = found.order
    price = f"{order.price:,.10g}" if order.type in (pb.Order.LIMIT, pb.Order.STOP_LIMIT) else "the market"
    filled = f", {order.filled_quantity:,g} filled" if order.filled_quantity else ""
    return f"{'buy' if order.side == pb.Order.BUY else 'sell'} {order.quantity:,g} at {price}{filled}"
