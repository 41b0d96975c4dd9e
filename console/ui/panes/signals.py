"""Signals: what the model said, how sure it was, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from console.core.format import GAP, bar, clock, milliseconds
from console.core.frame import Frame
from console.core.records import SignalRow
from console.ui.ink import Span
from console.ui.panes.base import DOWN, FLAT, UP, Pane
from console.ui.table import Column, TableRow

_FATES: dict[str, tuple[str, str]] = {
    "APPROVED": ("order", "up"),
    "DENIED": ("denied", "warning"),
    "NO_ORDER": ("no order", "muted"),
    "": ("", "faint"),
}


class SignalsPane(Pane):
    """The newest signals first."""

    name: ClassVar[str] = "signals"
    number: ClassVar[int] = 2
    source: ClassVar[str] = "signal-bridge"
    quiet: ClassVar[bool] = True
    stream: ClassVar[str] = "risk"
    nothing: ClassVar[str] = "no signal yet: the model warms up on the first bars of each symbol"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("time", "bar end", rank=2, least=8),
        Column("symbol", "symbol", least=6),
        Column("signal", "signal", least=6),
        Column("sure", "conf.", ">", 1, least=5),
        Column("bar", "", rank=6, least=6),
        Column("fate", "became", rank=1, least=8),
        Column("why", "because", rank=5, flexible=True, least=24),
        Column("model", "model", rank=4, least=6),
    )

    sorts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "time": lambda row: row.event_us,
        "symbol": lambda row: row.symbol,
        "signal": lambda row: row.signal,
        "sure": lambda row: row.confidence,
        "fate": lambda row: row.outcome,
    }

    def records(self, frame: Frame) -> Sequence[SignalRow]:
        """All that are kept."""
        return frame.desk.signals

    def key(self, record: SignalRow) -> str:
        """Symbol, epoch and number."""
        return f"{record.symbol} {record.epoch} {record.sequence}"

    def headline(self, frame: Frame) -> list[Span]:
        """The live model, and how far the market has drifted from what it was trained on."""
        bridge = next((row for row in frame.desk.services if row.name == self.source), None)
        drift = bridge.drift if bridge is not None else None
        if drift is None:
            return [(found.model, "muted") for found in frame.desk.signals[:1]]
        # By the bridge's word: the newest signal is of the model before, until the live one has decided.
        return [(drift.version, "muted"), (f"  {drift.describe()}", "warning" if drift.strong else "faint")]

    def marks(self, frame: Frame) -> list[Span]:
        """Signals that never arrived, beside the usual."""
        lost = frame.desk.signal_gaps
        return [*super().marks(frame), *([(f" {GAP}{lost:,} lost", "warning")] if lost else [])]

    def row(self, record: SignalRow, frame: Frame) -> TableRow:
        """A signal's row."""
        del frame
        arrow, style = {"BUY": (UP, "up"), "SELL": (DOWN, "down")}.get(record.signal, (FLAT, "muted"))
        fate, fate_style = _FATES.get(record.outcome, (record.outcome.lower(), "muted"))
        return TableRow(
            self.key(record),
            {
                "time": (clock(record.event_us), "muted"),
                "symbol": (record.symbol, "text"),
                "signal": (f"{arrow} {record.signal}", style),
                "sure": (f"{record.confidence:.1%}", "text" if record.signal != "HOLD" else "muted"),
                "bar": (bar(record.confidence, 6), style if record.signal != "HOLD" else "faint"),
                "fate": (fate, fate_style),
                "why": (record.fate, "muted"),
                "model": (record.model, "muted"),
            },
            record.symbol,
        )

    def detail(self, record: SignalRow, frame: Frame) -> list[tuple[str, str]]:
        """With the values of the features, and the order that came of it."""
        order = next((o for o in frame.desk.orders if o.client_order_id == record.fate), None)
        became: list[tuple[str, str]] = []
        if order is not None:
            filled = (
                f"{order.status.lower().replace('_', ' ')}, filled {order.filled:,g} of {order.quantity:,g}"
            )
            became = [("its order", f"{filled} {order.reason}".strip())]
        return [
            ("symbol", record.symbol),
            ("signal", f"{record.signal} at {record.confidence:.4f}"),
            ("bar closed", f"{clock(record.event_us, 6)} (event time)"),
            (
                "published",
                f"{clock(record.published_us, 6)}, {milliseconds(record.latency_ns / 1e6)} after the tick",
            ),
            (
                "became",
                ": ".join(
                    part
                    for part in (
                        _FATES.get(record.outcome, (record.outcome, ""))[0] or "not known yet",
                        record.fate,
                    )
                    if part
                ),
            ),
            *became,
            ("model", record.model),
            *((name, f"{value:+.6f}") for name, value in record.features),
            ("number", f"{record.sequence} of epoch {record.epoch}"),
        ]
