"""What the execution engine says: orders, fills, positions, its trading state, breaks and kills. Fed by
`DeskState`, which holds the lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from console.core.differences import BreakRow, break_row
from console.core.format import quantity
from console.core.journal import EventLog, Severity
from console.core.records import (
    FillRow,
    KillRow,
    OrderRow,
    PositionRow,
    TradingPicture,
    fill_row,
    kill_row,
    order_row,
    position_row,
    trading_picture,
)
from console.core.seats import SeatBook
from console.core.tracker import OrderFlowTracker
from console.proto import messages_pb2 as pb

FINISHED_ORDERS = 500
FILLS = 1_000


class Ledger:
    """The newest orders and fills, every position, and the engine's own state."""

    def __init__(self, log: EventLog, flow: OrderFlowTracker, seats: SeatBook) -> None:
        self._log, self._flow, self._seats = log, flow, seats
        self._working: dict[str, OrderRow] = {}
        self._finished: dict[str, OrderRow] = {}
        self._fills: deque[FillRow] = deque(maxlen=FILLS)
        self._fill_ids: set[str] = set()
        self._positions: dict[str, PositionRow] = {}
        self._kills: dict[str, KillRow] = {}
        self._cache: dict[str, tuple[Any, ...]] = {}
        self.trading: TradingPicture | None = None
        self.breaks: tuple[BreakRow, ...] = ()
        self.venue = ""

    # ------------------------------------------------------------------ execution

    def apply_execution(self, event: pb.ExecutionEvent) -> None:
        """An event of the execution engine."""
        kind = event.WhichOneof("event")
        if kind == "order":
            self._put_order(event.order, event.at_us)
        elif kind == "fill":
            self._put_fill(event.fill, event.at_us)
        elif kind == "position":
            self._put_position(event.position)
        elif kind == "state":
            self._set_trading(event.state)
        elif kind == "kill":
            self._put_kill(event.kill)
        elif kind == "reconciliation":
            self._put_break(event.reconciliation, event.at_us)
        elif kind == "progress":
            self._progress(event.progress, event.at_us)
        elif kind == "command":
            self._seats.note(event.command)

    def apply_execution_snapshot(self, snapshot: pb.Snapshot) -> None:
        """The engine's whole state: what is not in it any more is gone."""
        self._working.clear()
        self._positions.clear()
        self._cache.clear()
        for order in sorted(snapshot.orders, key=lambda order: order.timestamp_us):
            self._put_order(order, order.timestamp_us, quiet=True)
        for fill in sorted(snapshot.fills, key=lambda fill: fill.venue_sequence):
            self._put_fill(fill, fill.timestamp_us, quiet=True)
        for position in snapshot.positions:
            self._put_position(position)
        if snapshot.HasField("trading"):
            self._set_trading(snapshot.trading)
        for command in snapshot.commands:
            self._seats.note(command)

    def set_trading_from_pong(self, state: pb.TradingState) -> None:
        """The same state, from an answer to a ping."""
        self._set_trading(state)

    def _put_order(self, order: pb.Order, at_us: int, *, quiet: bool = False) -> None:
        row = order_row(order)
        name = row.client_order_id
        before = self._working.pop(name, None) or self._finished.pop(name, None)
        if row.working:
            self._working[name] = row
        else:
            self._finished[name] = row
            while len(self._finished) > FINISHED_ORDERS:
                del self._finished[next(iter(self._finished))]
        self._flow.observe_order(order)
        self._cache.pop("orders", None)
        if (
            not quiet
            and row.status in ("REJECTED", "UNKNOWN")
            and (before is None or before.status != row.status)
        ):
            word = "was rejected" if row.status == "REJECTED" else "has an unknown fate"
            severity = Severity.WARNING if row.status == "REJECTED" else Severity.ALARM
            reason = f": {row.reason}" if row.reason else ""
            self._log.add(at_us, severity, "execution-engine", f"order {name} {word}{reason}", row.symbol)

    def _put_fill(self, fill: pb.Fill, at_us: int, *, quiet: bool = False) -> None:
        if fill.execution_id in self._fill_ids:
            return
        if len(self._fills) == FILLS:
            self._fill_ids.discard(self._fills[0].execution_id)
        row = fill_row(fill)
        self._fills.append(row)
        self._fill_ids.add(row.execution_id)
        self._flow.observe_fill(fill)
        self._cache.pop("fills", None)
        if not quiet:
            word = "bought" if row.side > 0 else "sold"
            dealt = f"{word} {quantity(row.quantity)} {row.symbol} at {quantity(row.price)}"
            text = f"{dealt} ({row.client_order_id})"
            self._log.add(at_us, Severity.DETAIL, "execution-engine", text, row.symbol)

    def _put_position(self, position: pb.Position) -> None:
        self._positions[position.symbol] = position_row(position)
        self._cache.pop("positions", None)

    def _set_trading(self, state: pb.TradingState) -> None:
        self.trading = trading_picture(state)
        self.breaks = tuple(break_row(found) for found in state.breaks)
        if state.venue:
            self.venue = state.venue
        killed = set(state.killed_symbols) | ({""} if state.desk_killed else set())
        for stage in state.kills:
            self._put_kill(stage, quiet=True)
        for symbol in [symbol for symbol in self._kills if symbol not in killed]:
            # A kill that was just latched may be ahead of this picture; one that was lifted is over.
            if self._kills[symbol].verified:
                del self._kills[symbol]

    def _put_kill(self, stage: pb.KillStage, *, quiet: bool = False) -> None:
        before = self._kills.get(stage.symbol)
        row = kill_row(stage, before)
        known = before is not None and before.command_id == row.command_id
        if known and before is not None and any(name == row.stage for name, _ in before.stages) and quiet:
            return
        if row.stage == "REARMED":
            self._kills.pop(stage.symbol, None)
        else:
            self._kills[stage.symbol] = row
        if not quiet:
            scope = stage.symbol or "desk"
            verified = row.stage in ("VERIFIED", "RESIDUAL", "REARMED")
            detail = row.detail or (
                f"{row.open_after} open at the venue" if row.stage == "VERIFIED" else row.reason
            )
            text = f"kill of {scope} {row.stage}" + (f": {detail}" if detail else "")
            severity = Severity.WARNING if verified else Severity.ALARM
            self._log.add(stage.at_us, severity, row.operator or "execution-engine", text, stage.symbol)

    def _put_break(self, found: pb.Break, at_us: int) -> None:
        row = break_row(found)
        kept = tuple(other for other in self.breaks if other.id != row.id)
        self.breaks = kept if row.state in ("RESOLVED", "ADOPTED") else (*kept, row)
        severity = Severity.ALARM if row.state == "OPEN" else Severity.NOTICE
        who = f" by {row.decided_by}" if row.decided_by else ""
        text = f"break {row.id} {row.state.lower()}{who}: {row.sentence}"
        self._log.add(at_us, severity, row.decided_by or "execution-engine", text, row.symbol)

    def _progress(self, progress: pb.CommandProgress, at_us: int) -> None:
        given_up = progress.state == pb.CommandProgress.GIVEN_UP
        word = {
            pb.CommandProgress.WORKING: "goes on",
            pb.CommandProgress.DONE: "is done",
            pb.CommandProgress.GIVEN_UP: "was GIVEN UP",
        }.get(progress.state, "is in an unknown state")
        what = pb.StrategyCommand.Type.Name(progress.type).lower().replace("_", " ")
        because = f": {progress.reason}" if progress.reason else ""
        severity = Severity.ALARM if given_up else Severity.NOTICE
        text = f"{what} of {progress.symbol or 'desk'} {word}{because}"
        self._log.add(at_us, severity, "execution-engine", text, progress.symbol)

    # ------------------------------------------------------------------ the picture

    def orders(self) -> tuple[OrderRow, ...]:
        """Working ones first, then the finished, each the newest first."""
        return self._cached("orders", self._sorted_orders)

    def fills(self) -> tuple[FillRow, ...]:
        """The newest first."""
        return self._cached("fills", lambda: reversed(self._fills))

    def positions(self) -> tuple[PositionRow, ...]:
        """By symbol."""
        return self._cached("positions", lambda: sorted(self._positions.values(), key=lambda p: p.symbol))

    def kills(self) -> tuple[KillRow, ...]:
        """By symbol, the desk's first."""
        return tuple(self._kills[symbol] for symbol in sorted(self._kills))

    def _sorted_orders(self) -> Iterable[OrderRow]:
        working = sorted(self._working.values(), key=lambda o: (-o.intent_us, o.client_order_id))
        finished = sorted(self._finished.values(), key=lambda o: (-o.changed_us, o.client_order_id))
        return [*working, *finished]

    def _cached(self, name: str, make: Callable[[], Iterable[Any]]) -> tuple[Any, ...]:
        found = self._cache.get(name)
        if found is None:
            found = self._cache[name] = tuple(make())
        return found
