"""Signals, and what the risk manager made of them. Fed by `DeskState`, which holds the lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from console.core.journal import EventLog, Severity
from console.core.records import RiskPicture, SignalRow, gate_row, risk_picture, signal_row
from console.core.seats import SeatBook
from console.core.tracker import OrderFlowTracker
from console.proto import messages_pb2 as pb

SIGNALS = 500
DENIAL_EVERY_US = 60_000_000
PROFIT_POINTS = 2_000
# A point of the day's curve every so often; when there are too many, every second one goes.
PROFIT_EVERY_US = 1_000_000


class DecisionBook:
    """The newest signals with their fates, and the risk manager's picture."""

    def __init__(self, log: EventLog, flow: OrderFlowTracker, seats: SeatBook) -> None:
        self._log, self._flow, self._seats = log, flow, seats
        self._signals: dict[tuple[str, int, int], SignalRow] = {}
        self._signal_last: dict[str, tuple[int, int]] = {}
        self._denied: dict[tuple[str, int, int], int] = {}
        self._sorted: tuple[SignalRow, ...] | None = None
        self._profit: list[tuple[int, float]] = []
        self._curve: tuple[tuple[int, float], ...] | None = None
        self._profit_every_us = PROFIT_EVERY_US
        self.signal_gaps = 0
        self.risk: RiskPicture | None = None

    # ------------------------------------------------------------------ signals

    def apply_signal(self, signal: pb.TradingSignal) -> None:
        """A signal arrived; a hole in its symbol's numbers is counted."""
        row = signal_row(signal)
        epoch, last = self._signal_last.get(row.symbol, (0, 0))
        if epoch == row.epoch and row.sequence > last + 1:
            self.signal_gaps += row.sequence - last - 1
            self._log.add(
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
        self._sorted = None

    # ------------------------------------------------------------------ risk

    def apply_risk(self, event: pb.RiskEvent, received_us: int) -> None:
        """An event of the risk manager."""
        kind = event.WhichOneof("event")
        if kind == "state":
            self._set_risk(risk_picture(event.state, received_us))
        elif kind == "decision":
            self._decide(event.decision, event.at_us)
        elif kind == "gate_closed":
            gate = gate_row(event.gate_closed)
            text = f"{gate.title} closes trading in {gate.scope}: {gate.reason}"
            self._log.add(event.at_us, Severity.WARNING, gate.closed_by or "risk-manager", text, gate.symbol)
        elif kind == "gate_opened":
            gate = gate_row(event.gate_opened)
            self._log.add(
                event.at_us, Severity.NOTICE, gate.closed_by or "risk-manager",
                f"{gate.title} no longer closes trading in {gate.scope}", gate.symbol,
            )  # fmt: skip
        elif kind == "command":
            self._seats.note(event.command)

    def apply_risk_snapshot(self, snapshot: pb.Snapshot, received_us: int) -> None:
        """The risk manager's whole state."""
        for signal in snapshot.signals:
            self._put_signal(signal_row(signal))
        for decision in snapshot.decisions:
            self._decide(decision, decision.order.intent_us, quiet=True)
        for command in snapshot.commands:
            self._seats.note(command)
        if snapshot.HasField("risk"):
            self._set_risk(risk_picture(snapshot.risk, received_us))

    def set_risk_from_pong(self, state: pb.RiskState, received_us: int) -> None:
        """The same picture, from an answer to a ping: it comes even when the stream is held up."""
        self._set_risk(risk_picture(state, received_us))

    def _set_risk(self, picture: RiskPicture) -> None:
        if self.risk is None or self.risk.day_start_us != picture.day_start_us:
            self._curve = None
        self.risk = picture
        profit = picture.realized + picture.unrealized
        if self._profit and picture.received_us - self._profit[-1][0] < self._profit_every_us:
            return
        self._curve = None
        self._profit.append((picture.received_us, profit))
        if len(self._profit) > PROFIT_POINTS:
            del self._profit[::2]
            self._profit_every_us *= 2

    def prepend_profit(self, points: Iterable[tuple[int, float]]) -> None:
        """Puts points of the day's P&L before the first one seen here."""
        self._curve = None
        first = self._profit[0][0] if self._profit else None
        self._profit[:0] = [point for point in points if first is None or point[0] < first]

    def profit_curve(self) -> tuple[tuple[int, float], ...]:
        """Arrival time and the day's P&L: as this console saw it, and before that as it was told."""
        if self._curve is None:
            day_start = self.risk.day_start_us if self.risk is not None else 0
            self._curve = tuple(point for point in self._profit if point[0] >= day_start)
        return self._curve

    def signals(self) -> tuple[SignalRow, ...]:
        """The newest first; one known only by a decision that was asked for again has its own place."""
        if self._sorted is None:
            rows: Iterable[SignalRow] = self._signals.values()
            self._sorted = tuple(sorted(rows, key=lambda s: (s.published_us, s.sequence), reverse=True))
        return self._sorted

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
                self._sorted = None
            else:
                self._put_signal(row)
        if outcome == "DENIED":
            self._flow.observe_denial(decision)
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
        self._log.add(at_us, Severity.NOTICE, "risk-manager", f"denied {symbol}: {reason}", symbol)
