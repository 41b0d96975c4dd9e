"""What the console knows of the desk: bounded, fed by the stream thread, read once per frame.

Every list has a bound, so that a day of events costs the memory of a minute. All methods take the lock; none
waits for a socket.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from console.core.journal import EventLog, Severity
from console.core.picture import DeskPicture, StreamRow, merge_gates
from console.core.records import (
    FillRow,
    GateRow,
    KillRow,
    OrderRow,
    PositionRow,
    RiskPicture,
    SignalRow,
    TradingPicture,
    fill_row,
    gate_row,
    kill_row,
    order_row,
    position_row,
    risk_picture,
    signal_row,
    trading_picture,
)
from console.core.services import LOST_AFTER_S, ServiceBook
from console.core.tracker import OrderFlowTracker
from console.proto import messages_pb2 as pb

SIGNALS = 500
LOG_LINES = 1_000
FINISHED_ORDERS = 500
FILLS = 1_000
PNL_POINTS = 2_000
DENIAL_EVERY_US = 60_000_000


@dataclass
class DeskState:
    """The mutable side of `DeskPicture`."""

    services: ServiceBook = field(default_factory=ServiceBook)
    log: EventLog = field(default_factory=lambda: EventLog(LOG_LINES))
    flow: OrderFlowTracker = field(default_factory=OrderFlowTracker)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self._signals: dict[tuple[str, int, int], SignalRow] = {}
        self._signal_last: dict[str, tuple[int, int]] = {}
        self._signal_gaps = 0
        self._working: dict[str, OrderRow] = {}
        self._finished: dict[str, OrderRow] = {}
        self._fills: deque[FillRow] = deque(maxlen=FILLS)
        self._fill_ids: set[str] = set()
        self._positions: dict[str, PositionRow] = {}
        self._risk: RiskPicture | None = None
        self._trading: TradingPicture | None = None
        self._service_gates: dict[str, tuple[GateRow, ...]] = {}
        self._kills: dict[str, KillRow] = {}
        self._commands_seen: dict[tuple[str, str], None] = {}
        self._denied: dict[tuple[str, int, int], int] = {}
        self._venue = ""
        self._streams: dict[str, StreamRow] = {}
        self._profit: deque[float] = deque(maxlen=PNL_POINTS)
        self._lag_ms: float | None = None
        self._cache: dict[str, tuple[Any, ...]] = {}

    # ------------------------------------------------------------------ signals

    def apply_signal(self, signal: pb.TradingSignal) -> None:
        """A signal arrived; a hole in its symbol's numbers is counted."""
        with self.lock:
            row = signal_row(signal)
            epoch, last = self._signal_last.get(row.symbol, (0, 0))
            if epoch == row.epoch and row.sequence > last + 1:
                self._signal_gaps += row.sequence - last - 1
                self.log.add(
                    row.published_us, Severity.WARNING, "console",
                    f"{row.sequence - last - 1} signals of {row.symbol} were lost on the way", row.symbol,
                )  # fmt: skip
            self._signal_last[row.symbol] = (row.epoch, row.sequence)
            self._put_signal(row)

    def _put_signal(self, row: SignalRow) -> None:
        before = self._signals.pop(row.key, None)
        self._signals[row.key] = replace(row, outcome=before.outcome, fate=before.fate) if before else row
        while len(self._signals) > SIGNALS:
            del self._signals[next(iter(self._signals))]
        self._cache.pop("signals", None)

    # ------------------------------------------------------------------ risk

    def apply_risk(self, event: pb.RiskEvent, received_us: int) -> None:
        """An event of the risk manager."""
        with self.lock:
            kind = event.WhichOneof("event")
            if kind == "state":
                self._set_risk(risk_picture(event.state, received_us))
            elif kind == "decision":
                self._decide(event.decision, event.at_us)
            elif kind == "gate_closed":
                gate = gate_row(event.gate_closed)
                text = f"{gate.title} closes trading in {gate.scope}: {gate.reason}"
                self.log.add(
                    event.at_us, Severity.WARNING, gate.closed_by or "risk-manager", text, gate.symbol
                )
            elif kind == "gate_opened":
                gate = gate_row(event.gate_opened)
                self.log.add(
                    event.at_us, Severity.NOTICE, gate.closed_by or "risk-manager",
                    f"{gate.title} no longer closes trading in {gate.scope}", gate.symbol,
                )  # fmt: skip
            elif kind == "command":
                self._note_command(event.command)

    def apply_risk_snapshot(self, snapshot: pb.Snapshot, received_us: int) -> None:
        """The risk manager's whole state."""
        with self.lock:
            for signal in snapshot.signals:
                self._put_signal(signal_row(signal))
            for decision in snapshot.decisions:
                self._decide(decision, decision.order.intent_us, quiet=True)
            for command in snapshot.commands:
                self._note_command(command)
            if snapshot.HasField("risk"):
                self._set_risk(risk_picture(snapshot.risk, received_us))

    def set_risk_from_pong(self, state: pb.RiskState, received_us: int) -> None:
        """The same picture, from an answer to a ping: it comes even when the stream is held up."""
        with self.lock:
            self._set_risk(risk_picture(state, received_us))

    def _set_risk(self, picture: RiskPicture) -> None:
        self._risk = picture
        profit = picture.realized + picture.unrealized
        if not self._profit or self._profit[-1] != profit:
            self._profit.append(profit)

    def _decide(self, decision: pb.RiskDecision, at_us: int, *, quiet: bool = False) -> None:
        outcome = {
            pb.RiskDecision.APPROVED: "APPROVED",
            pb.RiskDecision.DENIED: "DENIED",
            pb.RiskDecision.NO_ORDER: "NO_ORDER",
        }.get(decision.outcome, "")
        fate = decision.reason or decision.denial.reason
        if outcome == "APPROVED" and not fate:
            fate = decision.order.client_order_id
        if decision.HasField("signal"):
            row = signal_row(decision.signal)
            row = replace(self._signals.get(row.key, row), outcome=outcome, fate=fate)
            if row.key in self._signals:
                self._signals[row.key] = row
                self._cache.pop("signals", None)
            else:
                self._put_signal(row)
        if outcome == "DENIED":
            self.flow.observe_denial(decision)
            if not quiet:
                self._log_denial(decision, at_us)

    def _log_denial(self, decision: pb.RiskDecision, at_us: int) -> None:
        """The first denial of its kind in a minute: a closed gate denies every bar, and the signals show
        each.
        """
        symbol = decision.order.symbol or decision.signal.symbol
        kind = (symbol, decision.denial.check, decision.denial.gate)
        if at_us - self._denied.get(kind, 0) < DENIAL_EVERY_US:
            return
        self._denied[kind] = at_us
        reason = decision.denial.reason or decision.reason
        self.log.add(at_us, Severity.NOTICE, "risk-manager", f"denied {symbol}: {reason}", symbol)

    # ------------------------------------------------------------------ execution

    def apply_execution(self, event: pb.ExecutionEvent) -> None:
        """An event of the execution engine."""
        with self.lock:
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
            elif kind == "command":
                self._note_command(event.command)

    def apply_execution_snapshot(self, snapshot: pb.Snapshot) -> None:
        """The engine's whole state: what is not in it any more is gone."""
        with self.lock:
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
                self._note_command(command)

    def set_trading_from_pong(self, state: pb.TradingState) -> None:
        """The same state, from an answer to a ping."""
        with self.lock:
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
        self.flow.observe_order(order)
        self._cache.pop("orders", None)
        if (
            not quiet
            and row.status in ("REJECTED", "UNKNOWN")
            and (before is None or before.status != row.status)
        ):
            word = "was rejected" if row.status == "REJECTED" else "has an unknown fate"
            severity = Severity.WARNING if row.status == "REJECTED" else Severity.ALARM
            reason = f": {row.reason}" if row.reason else ""
            self.log.add(at_us, severity, "execution-engine", f"order {name} {word}{reason}", row.symbol)

    def _put_fill(self, fill: pb.Fill, at_us: int, *, quiet: bool = False) -> None:
        if fill.execution_id in self._fill_ids:
            return
        if len(self._fills) == FILLS:
            self._fill_ids.discard(self._fills[0].execution_id)
        row = fill_row(fill)
        self._fills.append(row)
        self._fill_ids.add(row.execution_id)
        self.flow.observe_fill(fill)
        self._cache.pop("fills", None)
        if not quiet:
            word = "bought" if row.side > 0 else "sold"
            text = f"{word} {row.quantity:g} {row.symbol} at {row.price:g} ({row.client_order_id})"
            self.log.add(at_us, Severity.DETAIL, "execution-engine", text, row.symbol)

    def _put_position(self, position: pb.Position) -> None:
        self._positions[position.symbol] = position_row(position)
        self._cache.pop("positions", None)

    def _set_trading(self, state: pb.TradingState) -> None:
        self._trading = trading_picture(state)
        if state.venue:
            self._venue = state.venue
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
            self.log.add(stage.at_us, severity, row.operator or "execution-engine", text, stage.symbol)

    # ------------------------------------------------------------------ commands, services, streams

    def _note_command(self, record: pb.CommandRecord) -> None:
        command, result = record.command, record.result
        key = (command.command_id, result.service)
        if key in self._commands_seen:
            return
        self._commands_seen[key] = None
        while len(self._commands_seen) > LOG_LINES:
            del self._commands_seen[next(iter(self._commands_seen))]
        kind = _command_name(command.type)
        scope = f"order {command.order_id}" if command.order_id else command.symbol or "desk"
        if command.parameters:
            scope = " ".join(f"{name}={value:g}" for name, value in sorted(command.parameters.items()))
        outcomes = {
            pb.CommandResult.ACCEPTED: "accepted",
            pb.CommandResult.DONE: "done",
            pb.CommandResult.REFUSED: "REFUSED",
        }
        outcome = outcomes.get(result.outcome, "unknown")
        text = f"{kind} {scope}: {outcome} by {result.service}"
        if result.reason:
            text += f", {result.reason}"
        if command.reason:
            text += f' ("{command.reason}")'
        severity = Severity.WARNING if command.type == pb.StrategyCommand.KILL_SWITCH else Severity.NOTICE
        who = f"{command.operator or '?'}@{command.host or '?'}"
        self.log.add(
            result.done_us or result.received_us or command.issued_us, severity, who, text, command.symbol
        )

    def heard(self, service: str, pong: pb.Pong, sent: float, now: float) -> None:
        """A service answered a ping."""
        with self.lock:
            before = self.services.pong(service)
            self.services.heard(service, pong, sent, now)
            if before is not None and before.pid != pong.pid:
                text = f"process {before.pid} is gone, it was started anew as process {pong.pid}"
                self.log.add(pong.now_us, Severity.WARNING, service, text)
            if pong.venue:
                self._venue = pong.venue
            # The engine's come with its trading state, sooner; these show when the risk manager is gone.
            if service != "execution-engine":
                self._service_gates[service] = tuple(gate_row(gate) for gate in pong.gates)

    def note_turns(self, now: float, now_us: int) -> None:
        """Writes services that fell silent or came back into the log."""
        with self.lock:
            for service, lost in self.services.turns(now):
                text = f"is silent: no answer for {LOST_AFTER_S:g} s" if lost else "answers again"
                self.log.add(now_us, Severity.ALARM if lost else Severity.NOTICE, service, text)

    def set_stream(self, row: StreamRow) -> None:
        """What the reader of a stream knows of it."""
        with self.lock:
            self._streams[row.name] = row

    def set_lag(self, milliseconds: float) -> None:
        """Time from the publishing of the newest event to its arrival here."""
        with self.lock:
            self._lag_ms = milliseconds

    def note(self, at_us: int, severity: Severity, text: str, source: str = "console") -> None:
        """Writes a line of the console's own into the log."""
        with self.lock:
            self.log.add(at_us, severity, source, text)

    # ------------------------------------------------------------------ the picture

    def picture(self, now: float) -> DeskPicture:
        """Everything at this moment; `now` is monotonic."""
        with self.lock:
            risk_gates = self._risk.gates if self._risk is not None else ()
            trading_gates = self._trading.gates if self._trading is not None else ()
            return DeskPicture(
                self._cached("signals", self._sorted_signals),
                self._cached("orders", self._sorted_orders),
                self._cached("fills", lambda: reversed(self._fills)),
                self._cached("positions", lambda: sorted(self._positions.values(), key=lambda p: p.symbol)),
                self._risk,
                self._trading,
                merge_gates(trading_gates, risk_gates, *self._service_gates.values()),
                tuple(self._kills[symbol] for symbol in sorted(self._kills)),
                self.services.rows(now),
                tuple(self._streams.values()),
                self.log.rows(),
                tuple(self._profit),
                self._signal_gaps,
                self._venue,
                self._lag_ms,
            )

    def _sorted_signals(self) -> Iterable[SignalRow]:
        """The newest first; one that is only known by a decision that was asked for again has its own
        place.
        """
        return sorted(self._signals.values(), key=lambda s: (s.published_us, s.sequence), reverse=True)

    def _sorted_orders(self) -> Iterable[OrderRow]:
        working = sorted(self._working.values(), key=lambda o: (-o.intent_us, o.client_order_id))
        finished = sorted(self._finished.values(), key=lambda o: (-o.changed_us, o.client_order_id))
        return [*working, *finished]

    def _cached(self, name: str, make: Callable[[], Iterable[Any]]) -> tuple[Any, ...]:
        found = self._cache.get(name)
        if found is None:
            found = self._cache[name] = tuple(make())
        return found


def _command_name(kind: int) -> str:
    words: dict[int, str] = {
        pb.StrategyCommand.UPDATE_RISK_LIMITS: "limits set",
        pb.StrategyCommand.PAUSE_TRADING: "pause",
        pb.StrategyCommand.RESUME_TRADING: "resume",
        pb.StrategyCommand.KILL_SWITCH: "kill",
        pb.StrategyCommand.REARM: "rearm",
        pb.StrategyCommand.CANCEL: "cancel",
        pb.StrategyCommand.FLATTEN: "flatten",
    }
    return words.get(kind, f"command {kind}")
