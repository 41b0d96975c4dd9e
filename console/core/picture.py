"""One moment of the desk, market data left out: what a frame shows. Plain values that never change."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from console.core.differences import BreakRow
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
from console.core.seats import SeatCommand
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
    profit_curve: tuple[tuple[int, float], ...] = ()
    signal_gaps: int = 0
    venue: str = ""
    event_lag_ms: float | None = None
    breaks: tuple[BreakRow, ...] = ()
    seats: tuple[SeatCommand, ...] = ()


# The gates that nobody but the engine closes, and those of each service that the risk manager relays.
ENGINE_GATES = frozenset({"OPERATOR_PAUSE", "RECONCILIATION_BREAK", "VENUE_LOST"})


def current_gates(
    trading: TradingPicture | None,
    risk: RiskPicture | None,
    of_services: Mapping[str, tuple[GateRow, ...]],
    alive: Set[str],
) -> tuple[GateRow, ...]:
    """Every closed gate: each service's own word, and the risk manager's relay where one says nothing.

    The relay is as old as the risk manager's last look at the engine: a pause that was lifted since still
    stands in it. So it counts only while the engine is silent.
    """
    relayed = risk.gates if risk is not None else ()
    engine_speaks = trading is not None and "execution-engine" in alive
    if engine_speaks:
        relayed = tuple(gate for gate in relayed if gate.kind not in ENGINE_GATES)
        if trading is not None and not trading.desk_killed:
            own = {gate.symbol for gate in trading.gates if gate.kind == "KILL_LATCH"}
            relayed = tuple(
                g for g in relayed if g.kind != "KILL_LATCH" or g.symbol in own or _own_latch(g, risk)
            )
    return merge_gates(trading.gates if trading is not None else (), relayed, *of_services.values())


def _own_latch(gate: GateRow, risk: RiskPicture | None) -> bool:
    """True when the risk manager itself is killed: its latch is its own and no relay."""
    return risk is not None and risk.killed and not gate.symbol


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
