"""Where the desk, its database and the venue disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from console.core.desk import iso
from console.proto import messages_pb2 as pb

# The wire's doubles hold nine decimals exactly at any size an order may have.
NANO = Decimal("1e-9")
WORKING = frozenset({pb.Order.CREATED, pb.Order.SUBMITTED, pb.Order.PARTIALLY_FILLED, pb.Order.UNKNOWN})


ADJUSTMENTS = ("adjust:", "reverse:")


@dataclass(slots=True)
class Book:
    """One side's signed quantities by symbol and id: what orders have open, fills, positions that aren't
    flat.

    `sequences` are the venue's sequences of the fills. Adjustments are bookings of the desk's own: they are
    no fills here, and neither is an execution that one of them has taken back.
    """

    orders: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    fills: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    positions: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Leave out what the desk has booked by itself."""
        own = {key for key in self.fills if key[1].startswith(ADJUSTMENTS)}
        taken_back = {name.split(":", 2)[2] for _, name in own if name.startswith("reverse:")}
        left_out = own | {key for key in self.fills if key[1] in taken_back}
        self.fills = {key: value for key, value in self.fills.items() if key not in left_out}
        self.sequences = {key: value for key, value in self.sequences.items() if key not in left_out}

    @classmethod
    def of(
        cls, orders: Iterable[pb.Order], fills: Iterable[pb.Fill], positions: Iterable[pb.Position]
    ) -> Book:
        """From messages."""
        fills = list(fills)
        return cls(
            orders={
                (order.symbol, order.client_order_id): sign(order.side)
                * (exact(order.quantity) - exact(order.filled_quantity))
                for order in orders
                if order.status in WORKING
            },
            fills={
                (fill.symbol, fill.execution_id): sign(fill.side) * exact(fill.quantity) for fill in fills
            },
            positions={(held.symbol, ""): exact(held.quantity) for held in positions if held.quantity != 0},
            sequences={(fill.symbol, fill.execution_id): fill.venue_sequence for fill in fills},
        )

    def holds(self, kind: str, symbol: str, name: str) -> Decimal | None:
        """What it holds under the id of a break."""
        if kind == "position":
            return self.positions.get((symbol, ""))
        return (self.orders if kind == "order" else self.fills).get((symbol, name))

    def fills_from(self, venue_sequence: int) -> Book:
        """The same book without the fills before `venue_sequence`."""
        kept = {key for key, sequence in self.sequences.items() if sequence >= venue_sequence}
        return replace(
            self,
            fills={key: quantity for key, quantity in self.fills.items() if key in kept},
            sequences={key: sequence for key, sequence in self.sequences.items() if key in kept},
        )


def exact(value: float) -> Decimal:
    """A quantity of the wire, to the nine decimals it was sent with."""
    return Decimal(value).quantize(NANO)


def sign(side: pb.Order.Side | str) -> int:
    """Sells count below nought."""
    return -1 if side in (pb.Order.SELL, "SELL") else 1


def listed_breaks(
    found: Iterable[pb.Break], store: Book | None, gates: Iterable[pb.Gate]
) -> list[dict[str, Any]]:
    """The engine's own list, with what the database says of each."""
    closed = list(gates)
    rows = []
    for one in found:
        kind, name = pb.Break.Kind.Name(one.kind).lower(), one.id.partition(":")[2]
        held = exact(one.store) if one.HasField("store") else None
        if held is None and store is not None:
            held = store.holds(kind, one.symbol, name)
        desk = exact(one.desk) if one.HasField("desk") else None
        venue = exact(one.venue) if one.HasField("venue") else None
        rows.append(
            {
                "id": one.id,
                "symbol": one.symbol,
                "kind": kind,
                "desk": decimal_text(desk),
                "store": decimal_text(held),
                "venue": decimal_text(venue),
                "since": iso(one.since_us),
                "state": pb.Break.State.Name(one.state).lower(),
                "allowed": allowed(closed, one.symbol),
                "actions": [pb.Break.Action.Name(action).lower() for action in one.actions],
                "detail": one.detail,
                "decided_by": one.decided_by,
                "reason": one.reason,
            }
        )
    return rows


def find_breaks(
    desk: Book, store: Book | None, venue: Book, gates: Iterable[pb.Gate], now_us: int
) -> list[dict[str, Any]]:
    """Every quantity that isn't the same everywhere, a missing one as None; `store` may be left out."""
    closed = list(gates)
    breaks: list[dict[str, Any]] = []
    kinds: tuple[tuple[str, Callable[[Book], Mapping[tuple[str, str], Decimal]]], ...] = (
        ("order", lambda book: book.orders),
        ("fill", lambda book: book.fills),
        ("position", lambda book: book.positions),
    )
    for kind, of in kinds:
        sides = [of(desk), of(venue)] + ([of(store)] if store is not None else [])
        for key in sorted(set().union(*sides)):
            values = [side.get(key) for side in sides]
            if len(set(values)) == 1:
                continue
            symbol, name = key
            gate = _gate_of(closed, symbol)
            breaks.append(
                {
                    "id": f"{kind}:{name or symbol}",
                    "symbol": symbol,
                    "kind": kind,
                    "desk": decimal_text(values[0]),
                    "store": decimal_text(values[2]) if store is not None else None,
                    "venue": decimal_text(values[1]),
                    "since": iso(gate.since_us if gate is not None else now_us),
                    "state": "open" if gate is not None else "seen",
                    "allowed": allowed(closed, symbol),
                    "actions": [],
                    "detail": _in_words(kind, name or symbol, values),
                    "decided_by": "",
                    "reason": "",
                }
            )
    return breaks


def allowed(gates: Iterable[pb.Gate], symbol: str) -> str:
    """What the closed gates leave allowed in `symbol`: "all", "reductions" or "cancels"."""
    kinds = {gate.kind for gate in gates if gate.symbol in ("", symbol)}
    if pb.Gate.KILL_LATCH in kinds:
        return "cancels"
    return "reductions" if kinds else "all"


def decimal_text(value: Decimal | None) -> str | None:
    """A quantity without the zeros that say nothing."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_words(kind: str, name: str, values: list[Decimal | None]) -> str:
    sides = zip(("the desk", "the venue", "the database"), values, strict=False)
    held = ", ".join(f"{side} {decimal_text(value) or 'nothing'}" for side, value in sides)
    return f"{kind} {name}: {held}"


def _gate_of(gates: Iterable[pb.Gate], symbol: str) -> pb.Gate | None:
    for gate in gates:
        if gate.kind == pb.Gate.RECONCILIATION_BREAK and gate.symbol in ("", symbol):
            return gate
    return None
