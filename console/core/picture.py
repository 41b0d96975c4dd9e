"""One moment of the desk, market data left out: what a frame shows. Plain values that never change."""

from __future__ import annotations

from dataclasses import dataclass

from console.core.journal import LogRow
from console.core.records import (
    FillRow,
    GateRow,
    KillRow,
    OrderRow,
    PositionRow,
    RiskPicture,
    SignalRow,
    TradingPicture,
)
from console.core.services import ServiceRow


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream without loss, as this console reads it."""

    name: str
    last_sequence: int | None
    gaps: int
    missing: int
    catching_up: bool
    age_s: float | None


@dataclass(frozen=True, slots=True)
class DeskPicture:
    """Everything of the desk but market data, at one moment. Tuples are the same object until they change."""

    signals: tuple[SignalRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    fills: tuple[FillRow, ...] = ()
    positions: tuple[PositionRow, ...] = ()
    risk: RiskPicture | None = None
    trading: TradingPicture | None = None
    gates: tuple[GateRow, ...] = ()
    kills: tuple[KillRow, ...] = ()
    services: tuple[ServiceRow, ...] = ()
    streams: tuple[StreamRow, ...] = ()
    log: tuple[LogRow, ...] = ()
    profit_curve: tuple[float, ...] = ()
    signal_gaps: int = 0
    venue: str = ""
    event_lag_ms: float | None = None


def merge_gates(*groups: tuple[GateRow, ...]) -> tuple[GateRow, ...]:
    """One row per kind and scope, the kill first, then the desk's, then by symbol; the first group's words
    win.
    """
    merged: dict[tuple[str, str], GateRow] = {}
    for group in groups:
        for gate in group:
            merged.setdefault((gate.kind, gate.symbol), gate)
    return tuple(
        sorted(merged.values(), key=lambda g: (g.kind != "KILL_LATCH", bool(g.symbol), g.since_us, g.symbol))
    )
