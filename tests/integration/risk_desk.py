"""A desk around one risk manager: market, signals and engine stand in, speaking the real protocol."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

import zmq

from console.proto import messages_pb2 as pb

SERVICES = ("market-data", "signal-bridge", "execution-engine", "paper-venue")
PATIENCE_S = 20.0


def now_us() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1_000


class RiskDesk:
    """A running risk manager, and everything it talks to. `until` turns the crank."""

    def __init__(self, binary: Path, home: Path, configuration: Path) -> None:
        self.binary, self.home, self.configuration = binary, home, configuration
        (home / "run").mkdir(exist_ok=True)
        self.context = zmq.Context()
        self.market = self._bind(zmq.XPUB, "market-data")
        self.signals = self._bind(zmq.XPUB, "signals")
        self.execution = self._bind(zmq.XPUB, "execution-updates")
        self.orders = self._bind(zmq.ROUTER, "orders")
        self.controls = {name: self._bind(zmq.ROUTER, f"{name}-control") for name in SERVICES}
        self.risk = self._connect(zmq.SUB, "risk")
        self.risk.subscribe(b"")
        self.control = self._connect(zmq.DEALER, "risk-manager-control")
        self.silent: set[str] = set()
        # By how much the clock of a service is off, in microseconds.
        self.clock_off: dict[str, int] = {}
        # What the risk manager's environment has beside this one's.
        self.environment: dict[str, str] = {}
        self.source = pb.SourceStatus.State.RUNNING
        self.epoch = 1
        self.sequence = 0
        self.history: list[pb.ExecutionEvent] = []
        self.trading = pb.TradingState()
        self.known: dict[str, pb.Order] = {}
        self.positions: dict[str, pb.Position] = {}
        self.submitted: list[pb.Order] = []
        self.cancelled: list[str] = []
        self.limits: list[pb.Limits] = []
        self.commands: list[pb.StrategyCommand] = []
        self.snapshots_asked = 0
        self.events: list[pb.RiskEvent] = []
        self.replies: dict[str, pb.ControlReply] = {}
        self.signal_sequence = 0
        self.row_sequence = 0
        self.process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------------ sockets and process

    def _socket(self, kind: int) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self.context.socket(kind)
        socket.linger = 0
        return socket

    def _bind(self, kind: int, name: str) -> zmq.Socket[bytes]:
        socket = self._socket(kind)
        socket.bind(f"ipc://{self.home}/run/{name}.ipc")
        return socket

    def _connect(self, kind: int, name: str) -> zmq.Socket[bytes]:
        socket = self._socket(kind)
        socket.connect(f"ipc://{self.home}/run/{name}.ipc")
        return socket

    def start(self) -> None:
        """Starts the service and waits until it is ready to trade."""
        command = [str(self.binary), "--home", str(self.home), "--config", str(self.configuration)]
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= self.environment
        with (self.home / "log").open("ab") as log:
            # Signals stay as they are here: a file that may not grow is an error of its write, no death.
            self.process = subprocess.Popen(command, stderr=log, env=environment, restore_signals=False)
        self.subscribed(self.market)
        self.subscribed(self.signals)
        self.subscribed(self.execution)
        self.until(lambda: self.pong().state == pb.Pong.State.READY)
        # A picture shows that its stream is joined.
        pictures = len(self.pictures())
        self.until(lambda: len(self.pictures()) > pictures)
        self.row()
        self.until(self._is_fed)
        self.until(lambda: not self.gates() - {pb.Gate.KILL_LATCH, pb.Gate.LOSS_LIMIT})

    def _is_fed(self) -> bool:
        """True when the row has arrived: the age of market data is that of its symbol."""
        return self.use("stale_after_s").symbol == "ALFA"

    def subscribed(self, publisher: zmq.Socket[bytes]) -> None:
        """Waits for the service's subscription: what is sent before it is lost."""
        assert publisher.poll(int(PATIENCE_S * 1_000))
        publisher.recv()

    def kill_process(self) -> None:
        """`kill -9`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def restart(self) -> None:
        """`kill -9`, and a new start on the same home."""
        self.kill_process()
        self.start()

    def close(self) -> None:
        """Stops everything."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
        self.context.destroy(linger=0)

    # ------------------------------------------------------------------ the crank

    def turn(self, timeout_ms: int = 10) -> None:
        """Answers whatever was asked, and takes whatever was published."""
        poller = zmq.Poller()
        for socket in (self.orders, self.risk, self.control, *self.controls.values()):
            poller.register(socket, zmq.POLLIN)
        ready = dict(poller.poll(timeout_ms))
        for name, socket in self.controls.items():
            if socket in ready:
                self._answer(name, socket)
        if self.orders in ready:
            self._order(*self.orders.recv_multipart())
        if self.risk in ready:
            self.events.append(pb.RiskEvent.FromString(self.risk.recv()))
        if self.control in ready:
            reply = pb.ControlReply.FromString(self.control.recv())
            self.replies[reply.request_id] = reply

    def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Turns until `condition` holds; fails with the service's log when it never does."""
        deadline = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < deadline, (self.home / "log").read_text()
            self.turn()

    def turn_for(self, seconds: float) -> None:
        """Turns for a while: for what must not happen."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.turn()

    def _answer(self, name: str, socket: zmq.Socket[bytes]) -> None:
        peer, frame = socket.recv_multipart()
        request = pb.ControlRequest.FromString(frame)
        if name in self.silent:
            return
        reply = pb.ControlReply(request_id=request.request_id, service=name)
        body = request.WhichOneof("body")
        if body == "ping":
            reply.pong.CopyFrom(self._pong(name))
        elif body == "snapshot":
            self.snapshots_asked += 1
            reply.snapshot.CopyFrom(self._snapshot())
        elif body == "command":
            self.commands.append(request.command)
            reply.result.CopyFrom(
                pb.CommandResult(command_id=request.command.command_id, outcome=pb.CommandResult.ACCEPTED)
            )
        socket.send_multipart([peer, reply.SerializeToString()])

    def _pong(self, name: str) -> pb.Pong:
        told_us = now_us() + self.clock_off.get(name, 0)
        pong = pb.Pong(service=name, state=pb.Pong.State.READY, now_us=told_us, epoch=1)
        if name == "market-data":
            pong.source.state = self.source
        if name == "execution-engine":
            pong.epoch, pong.last_sequence = self.epoch, self.sequence
            pong.trading.CopyFrom(self.trading)
            pong.gates.extend(self.trading.gates)
        return pong

    def _snapshot(self) -> pb.Snapshot:
        return pb.Snapshot(
            epoch=self.epoch,
            sequence=self.sequence,
            orders=self.known.values(),
            positions=self.positions.values(),
            trading=self.trading,
            at_us=now_us(),
        )

    def _order(self, peer: bytes, frame: bytes) -> None:
        request = pb.OrderRequest.FromString(frame)
        reply = pb.OrderReply(request_id=request.request_id, accepted=True)
        body = request.WhichOneof("body")
        if body == "submit":
            self.submitted.append(request.submit)
            reply.client_order_id = request.submit.client_order_id
        elif body == "cancel":
            self.cancelled.append(request.cancel)
            reply.client_order_id = request.cancel
        elif body == "limits":
            self.limits.append(request.limits)
        self.orders.send_multipart([peer, reply.SerializeToString()])
        if body == "submit":
            self.order(request.submit, pb.Order.SUBMITTED)
        elif body == "cancel" and request.cancel in self.known:
            self.order(self.known[request.cancel], pb.Order.CANCELLED)

    # ------------------------------------------------------------------ what the desk says

    def publish(self, event: pb.ExecutionEvent, *, lost: bool = False) -> None:
        """Publishes an event of the engine, or loses it on the way."""
        self.sequence += 1
        event.at_us = now_us()
        event.epoch, event.sequence, event.published_us = self.epoch, self.sequence, now_us()
        self.history.append(event)
        if not lost:
            self.execution.send(event.SerializeToString())

    def order(self, order: pb.Order, status: pb.Order.Status, filled: float = 0.0) -> None:
        """An order's new state."""
        held = pb.Order()
        held.CopyFrom(order)
        held.status, held.filled_quantity, held.timestamp_us = status, filled, now_us()
        held.avg_fill_price = order.price if filled else 0.0
        self.known[order.client_order_id] = held
        self.publish(pb.ExecutionEvent(order=held))

    def fill(self, order: pb.Order, quantity: float, *, lost: bool = False) -> None:
        """A fill, the order's state after it, and the position: as the engine records them."""
        held = self.known[order.client_order_id]
        sign = 1 if order.side == pb.Order.BUY else -1
        fill = pb.Fill(
            execution_id=f"X{self.sequence}",
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=order.price,
        )
        self.publish(pb.ExecutionEvent(fill=fill), lost=lost)
        filled = held.filled_quantity + quantity
        status = pb.Order.FILLED if filled == order.quantity else pb.Order.PARTIALLY_FILLED
        before = self.positions[order.symbol].quantity if order.symbol in self.positions else 0.0
        if lost:
            update = pb.Order()
            update.CopyFrom(held)
            update.status, update.filled_quantity, update.avg_fill_price = status, filled, order.price
            self.known[order.client_order_id] = update
        else:
            self.order(held, status, filled)
        self.position(order.symbol, before + sign * quantity, order.price, lost=lost)

    def position(
        self, symbol: str, quantity: float, cost: float, realized: float = 0.0, *, lost: bool = False
    ) -> None:
        """A position as the engine booked it."""
        position = pb.Position(symbol=symbol, quantity=quantity, avg_cost=cost, realized_pnl=realized)
        self.positions[symbol] = position
        self.publish(pb.ExecutionEvent(position=position), lost=lost)

    def state(self, gates: Iterable[pb.Gate], *, killed: bool = False) -> None:
        """The engine's pauses and kills."""
        self.trading = pb.TradingState(gates=gates, desk_killed=killed)
        self.publish(pb.ExecutionEvent(state=self.trading))

    def row(self, symbol: str = "ALFA", bid: float = 99.99, ask: float = 100.01) -> None:
        """A row of market data."""
        self.row_sequence += 1
        message = pb.MarketData(
            symbol=symbol,
            bid=bid,
            ask=ask,
            bid_size=100,
            ask_size=100,
            timestamp_us=now_us(),
            epoch=1,
            sequence=self.row_sequence,
            published_us=now_us(),
        )
        self.market.send(message.SerializeToString())

    def signal(self, kind: pb.TradingSignal.Signal, symbol: str = "ALFA") -> pb.TradingSignal:
        """A signal of the bridge."""
        self.signal_sequence += 1
        message = pb.TradingSignal(
            symbol=symbol,
            signal=kind,
            confidence=0.9,
            timestamp_us=now_us(),
            model_hash="abc",
            epoch=1,
            sequence=self.signal_sequence,
            published_us=now_us(),
        )
        self.signals.send(message.SerializeToString())
        return message

    # ------------------------------------------------------------------ what the risk manager says

    def ask(self, request: pb.ControlRequest) -> pb.ControlReply:
        """One request, one answer."""
        request.request_id = str(uuid.uuid4())
        self.control.send(request.SerializeToString())
        self.until(lambda: request.request_id in self.replies)
        return self.replies.pop(request.request_id)

    def pong(self) -> pb.Pong:
        """The heartbeat."""
        return self.ask(pb.ControlRequest(ping=pb.Ping())).pong

    def command(self, kind: pb.StrategyCommand.Type, **fields: object) -> pb.CommandResult:
        """Sends a command and returns its answer."""
        command = pb.StrategyCommand(type=kind, operator="ann", host="desk", reason="a test")
        command.command_id = str(fields.pop("command_id", uuid.uuid4()))
        parameters = fields.pop("parameters", {})
        assert isinstance(parameters, dict)
        command.parameters.update(parameters)
        for name, value in fields.items():
            setattr(command, name, value)
        return self.ask(pb.ControlRequest(command=command)).result

    def decisions(self, outcome: pb.RiskDecision.Outcome) -> list[pb.RiskDecision]:
        """What was decided so far, as published."""
        decided = [event.decision for event in self.events if event.WhichOneof("event") == "decision"]
        return [decision for decision in decided if decision.outcome == outcome]

    def pictures(self) -> list[pb.RiskState]:
        """The pictures of risk so far, as published."""
        return [event.state for event in self.events if event.WhichOneof("event") == "state"]

    def use(self, name: str) -> pb.LimitUse:
        """One limit with its use."""
        return next(use for use in self.pong().risk.use if use.name == name)

    def gates(self) -> set[int]:
        """The kinds of the gates that are closed."""
        return {gate.kind for gate in self.pong().risk.gates}

    def latch(self) -> dict[str, object]:
        """The latch file."""
        content: dict[str, object] = json.loads((self.home / "state" / "risk-manager.latch").read_text())
        return content

    def journal(self) -> list[pb.RiskEvent]:
        """The journal as it lies on the disk."""
        path = self.home / "state" / "risk-manager.sqlite"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT payload FROM entries ORDER BY sequence").fetchall()
        return [pb.RiskEvent.FromString(row[0]) for row in rows]
