"""Orders: the working ones first, then the newest finished; from here one is cancelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from console.core.format import MISSING, clock, number, quantity, whole_age
from console.core.frame import Frame
from console.core.records import OrderRow
from console.ui.ink import Span
from console.ui.panes.base import Pane, side_span
from console.ui.table import Column, TableRow

# Status: glyph, word and style. Hollow is untouched, half is part, full is filled.
STATUS: dict[str, tuple[str, str, str]] = {
    "CREATED": ("◌", "created", "text"),
    "SUBMITTED": ("○", "working", "text"),
    "PARTIALLY_FILLED": ("◐", "part", "accent"),
    "FILLED": ("●", "filled", "muted"),
    "CANCELLED": ("✕", "cancelled", "faint"),
    "REJECTED": ("✕", "rejected", "warning"),
    "UNKNOWN": ("?", "UNKNOWN", "danger"),
}


class OrdersPane(Pane):
    """Every order the desk knows."""

    name: ClassVar[str] = "orders"
    number: ClassVar[int] = 3
    source: ClassVar[str] = "execution-engine"
    behind: ClassVar[str] = "paper-venue"
    quiet: ClassVar[bool] = True
    stream: ClassVar[str] = "execution"
    nothing: ClassVar[str] = "no order yet"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("status", "status", least=9),
        Column("symbol", "symbol", least=6),
        Column("side", "side", least=6),
        Column("filled", "filled/total", ">", 1, least=7),
        Column("price", "price", ".", 1, least=8),
        Column("average", "average", ".", 4, least=8),
        Column("age", "age/at", ">", 2, least=8),
        Column("type", "type", rank=6, least=6),
        Column("why", "reason", rank=3, flexible=True, least=20),
        Column("id", "order", rank=7, least=10),
    )

    sorts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "status": lambda row: (row.working, row.status),
        "symbol": lambda row: row.symbol,
        "side": lambda row: row.side,
        "filled": lambda row: row.filled / row.quantity if row.quantity else None,
        "price": lambda row: row.price,
        "age": lambda row: row.intent_us,
    }

    def records(self, frame: Frame) -> Sequence[OrderRow]:
        """All that are kept."""
        return frame.desk.orders

    def key(self, record: OrderRow) -> str:
        """The client order id."""
        return record.client_order_id

    def headline(self, frame: Frame) -> list[Span]:
        """How many are working."""
        working = frame.working_orders
        unknown = sum(1 for order in frame.desk.orders if order.status == "UNKNOWN")
        spans: list[Span] = [(f"{working} working", "text" if working else "muted")]
        if unknown:
            spans.append((f"  {unknown} UNKNOWN", "danger bold"))
        return spans

    def row(self, record: OrderRow, frame: Frame) -> TableRow:
        """An order's row. The age is that of the working order, or the time it finished."""
        glyph, word, style = STATUS.get(record.status, ("?", record.status.lower(), "danger"))
        finished = not record.working
        text = "muted" if finished else "text"
        decimals = frame.decimals(record.symbol)
        since = record.intent_us or record.changed_us
        when = clock(record.changed_us) if finished else whole_age((frame.now_us - since) / 1e6)
        side, side_style = side_span(record.side)
        marks = ("operator " if record.operator else "") + ("reduces " if record.reduces else "")
        price = record.price if record.price is not None else record.stop_price
        return TableRow(
            record.client_order_id,
            {
                "status": (f"{glyph} {word}", style),
                "symbol": (record.symbol, text),
                "side": (side, side_style if not finished else "muted"),
                "filled": (f"{quantity(record.filled)}/{quantity(record.quantity)}", text),
                "price": (number(price, decimals) if price is not None else "market", text),
                "average": (
                    number(record.average, decimals) if record.average is not None else MISSING,
                    text,
                ),
                "age": (when, "muted"),
                "type": (record.type.lower().replace("_", " "), "muted"),
                "why": (marks + record.reason, "warning" if record.status == "REJECTED" else "muted"),
                "id": (record.client_order_id, "faint"),
            },
            record.symbol,
        )

    def detail(self, record: OrderRow, frame: Frame) -> list[tuple[str, str]]:
        """With its fills and where it came from."""
        decimals = frame.decimals(record.symbol)
        fills = [fill for fill in frame.desk.fills if fill.client_order_id == record.client_order_id]
        return [
            ("order", f"{record.client_order_id}, at the venue {record.order_id or 'not yet'}"),
            ("is", f"{record.status} {record.reason}"),
            (
                "asks",
                f"{side_span(record.side)[0]} {quantity(record.quantity)} {record.symbol} {record.type}",
            ),
            ("limit", number(record.price, decimals)),
            ("stop", number(record.stop_price, decimals)),
            ("filled", f"{quantity(record.filled)} at {number(record.average, decimals + 2)}"),
            (
                "decided at",
                f"mid {number(record.decision_price, decimals + 1)}, {clock(record.intent_us, 6)}",
            ),
            ("accepted", clock(record.accepted_us, 6)),
            ("changed", clock(record.changed_us, 6)),
            ("origin", "operator" if record.operator else f"model {record.model or 'unnamed'}"),
            ("reduces", "yes" if record.reduces else "no"),
            *(
                (
                    f"fill {fill.execution_id}",
                    f"{quantity(fill.quantity)} at {number(fill.price, decimals)}, "
                    f"fee {number(fill.fee, 4)}, {'maker' if fill.maker else 'taker'}, "
                    f"{clock(fill.time_us, 6)}",
                )
                for fill in fills
            ),
        ]
