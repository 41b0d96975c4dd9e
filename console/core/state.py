"""What the console knows of the desk: bounded, fed by the stream thread, read once per frame.

Every list has a bound, so that a day of events costs the memory of a minute. All methods take the lock; none
waits for a socket.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from console.core.decisions import DecisionBook
from console.core.journal import EventLog, Severity
from console.core.ledger import Ledger
from console.core.picture import DeskPicture, StreamRow, current_gates
from console.core.records import GateRow, gate_row
from console.core.seats import SeatBook
from console.core.services import LOST_AFTER_S, ServiceBook
from console.core.tracker import OrderFlowTracker
from console.proto import messages_pb2 as pb

LOG_LINES = 1_000
# Orders whose whole history a console keeps, for its export: a kilobyte each.
ORDERS_WITH_HISTORY = 5_000
ENGINE, RISK_MANAGER = "execution-engine", "risk-manager"


@dataclass
class DeskState:
    """The mutable side of `DeskPicture`."""

    services: ServiceBook = field(default_factory=ServiceBook)
    log: EventLog = field(default_factory=lambda: EventLog(LOG_LINES))
    flow: OrderFlowTracker = field(default_factory=lambda: OrderFlowTracker(capacity=ORDERS_WITH_HISTORY))

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self._seats = SeatBook(self.log)
        self._ledger = Ledger(self.log, self.flow, self._seats)
        self._decisions = DecisionBook(self.log, self.flow, self._seats)
        self._service_gates: dict[str, tuple[GateRow, ...]] = {}
        self._streams: dict[str, StreamRow] = {}
        self._lag_ms: float | None = None

    # ------------------------------------------------------------------ events

    def apply_signal(self, signal: pb.TradingSignal) -> None:
        """A signal arrived; a hole in its symbol's numbers is counted."""
        with self.lock:
            self._decisions.apply_signal(signal)

    def apply_risk(self, event: pb.RiskEvent, received_us: int) -> None:
        """An event of the risk manager."""
        with self.lock:
            self._decisions.apply_risk(event, received_us)

    def apply_risk_snapshot(self, snapshot: pb.Snapshot, received_us: int) -> None:
        """The risk manager's whole state."""
        with self.lock:
            self._decisions.apply_risk_snapshot(snapshot, received_us)

    def set_risk_from_pong(self, state: pb.RiskState, received_us: int) -> None:
        """The same picture, from an answer to a ping: it comes even when the stream is held up."""
        with self.lock:
            self._decisions.set_risk_from_pong(state, received_us)

    def apply_execution(self, event: pb.ExecutionEvent) -> None:
        """An event of the execution engine."""
        with self.lock:
            self._ledger.apply_execution(event)

    def apply_execution_snapshot(self, snapshot: pb.Snapshot) -> None:
        """The engine's whole state: what is not in it any more is gone."""
        with self.lock:
            self._ledger.apply_execution_snapshot(snapshot)

    def set_trading_from_pong(self, state: pb.TradingState) -> None:
        """The same state, from an answer to a ping."""
        with self.lock:
            self._ledger.set_trading_from_pong(state)

    def prepend_profit(self, points: Iterable[tuple[int, float]]) -> None:
        """The day's P&L from before this console was opened: arrival times and amounts."""
        with self.lock:
            self._decisions.prepend_profit(points)

    # ------------------------------------------------------------------ services, streams

    def heard(self, service: str, pong: pb.Pong, sent: float, now: float) -> None:
        """A service answered a ping."""
        with self.lock:
            before = self.services.pong(service)
            self.services.heard(service, pong, sent, now)
            if before is not None and before.pid != pong.pid:
                text = f"process {before.pid} is gone, it was started anew as process {pong.pid}"
                self.log.add(pong.now_us, Severity.WARNING, service, text)
            if pong.venue:
                self._ledger.venue = pong.venue
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
            ledger, decisions = self._ledger, self._decisions
            services = self.services.rows(now)
            alive = {row.name for row in services if not row.lost}
            return DeskPicture(
                decisions.signals(),
                ledger.orders(),
                ledger.fills(),
                ledger.positions(),
                decisions.risk,
                ledger.trading,
                current_gates(
                    ledger.trading,
                    decisions.risk,
                    self._service_gates,
                    alive,
                ),
                ledger.kills(),
                services,
                tuple(self._streams.values()),
                self.log.rows(),
                decisions.profit_curve(),
                decisions.signal_gaps,
                ledger.venue,
                self._lag_ms,
                ledger.breaks,
                self._seats.rows,
            )
