"""Engine and paper venue as processes, for the tests that drive them: a market published by the test, and a
stand-in for the risk manager that speaks its side of the protocol."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import zmq

from console.proto import messages_pb2 as pb

PATIENCE_S = 60.0
# Longer than a machine with other work lets an order or a heartbeat wait.
LIFE_S = 20.0
SYMBOL = "ESH4"
T = TypeVar("T")
Context = zmq.Context[zmq.Socket[bytes]]
Socket = zmq.Socket[bytes]

LIMITS = {
    "max_order_quantity": 100.0,
    "max_order_notional": 50_000_000.0,
    "price_collar": 0.05,
    "max_position_size": 100.0,
    "max_gross_exposure": 100_000_000.0,
    "max_net_exposure": 100_000_000.0,
    "max_open_positions": 10.0,
    "max_concentration": 1.0,
    "max_daily_loss": 100_000.0,
    "max_drawdown": 100_000.0,
    "max_loss_streak": 50.0,
    "max_executions_per_minute": 100_000.0,
    "max_messages_per_second": 1000.0,
    "stale_after_s": 15.0,
    "heartbeat_after_s": LIFE_S,
}


def now_us() -> int:
    return time.time_ns() // 1000


def until(what: Callable[[], T | None], failing: Callable[[], str]) -> T:
    """The first thing `what` finds."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < deadline, failing()
    return found


def dealer(context: Context, address: str) -> Socket:
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.rcvtimeo = 500
    socket.sndtimeo = int(PATIENCE_S * 1000)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.reconnect_ivl = 10
    socket.reconnect_ivl_max = 100
    socket.connect(address)
    return socket


class RiskManager:
    """Answers pings like the risk manager, and sends approved orders like it."""

    def __init__(self, context: Context, run: Path) -> None:
        self.orders = dealer(context, f"ipc://{run}/orders.ipc")
        self.killed = False
        self.stopping = threading.Event()
        self.pulse = context.socket(zmq.ROUTER)
        self.pulse.linger = 0
        self.pulse.rcvtimeo = 50
        self.pulse.bind(f"ipc://{run}/risk-manager-control.ipc")
        self.thread = threading.Thread(target=self.answer_pings)
        self.thread.start()

    def answer_pings(self) -> None:
        while not self.stopping.is_set():
            try:
                peer, frame = self.pulse.recv_multipart()
            except zmq.Again:
                continue
            request = pb.ControlRequest.FromString(frame)
            pong = pb.Pong(service="risk-manager", risk=pb.RiskState(killed=self.killed))
            reply = pb.ControlReply(request_id=request.request_id, service="risk-manager", pong=pong)
            self.pulse.send_multipart([peer, reply.SerializeToString()])
        self.pulse.close()

    def ask(self, request: pb.OrderRequest) -> pb.OrderReply:
        self.orders.send(request.SerializeToString())
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                reply = pb.OrderReply.FromString(self.orders.recv())
            except zmq.Again:
                continue
            if reply.request_id == request.request_id:
                return reply
        raise AssertionError(f"no answer to {request}")

    def limits(self, version: int = 1) -> pb.OrderReply:
        limits = pb.Limits(version=version, values=LIMITS)
        return self.ask(pb.OrderRequest(request_id=f"limits-{version}", limits=limits))

    def submit(
        self, client_order_id: str, side: pb.Order.Side, quantity: float, price: float
    ) -> pb.OrderReply:
        order = pb.Order(
            client_order_id=client_order_id,
            symbol=SYMBOL,
            side=side,
            quantity=quantity,
            price=price,
            type=pb.Order.LIMIT,
            status=pb.Order.CREATED,
            origin=pb.Order.STRATEGY,
            limits_version=1,
            intent_us=now_us(),
            valid_until_us=now_us() + int(LIFE_S * 1e6),
        )
        return self.ask(pb.OrderRequest(request_id=client_order_id, submit=order))

    def close(self) -> None:
        self.stopping.set()
        self.thread.join()


class Desk:
    """Engine and venue as processes, and everything they talk to."""

    def __init__(self, binaries: Path, home: Path, configuration: Path) -> None:
        self.binaries, self.home, self.configuration = binaries, home, configuration
        self.run = home / "run"
        self.run.mkdir()
        self.context = Context()
        self.market = self.context.socket(zmq.XPUB)
        self.market.linger = 0
        self.market.bind(f"ipc://{self.run}/market-data.ipc")
        self.sequence = 0
        self.risk = RiskManager(self.context, self.run)
        self.control = dealer(self.context, f"ipc://{self.run}/execution-engine-control.ipc")
        self.events = self.context.socket(zmq.SUB)
        self.events.linger = 0
        self.events.rcvtimeo = 100
        self.events.reconnect_ivl = 10
        self.events.subscribe(b"")
        self.events.connect(f"ipc://{self.run}/execution-updates.ipc")
        self.seen: list[pb.ExecutionEvent] = []
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.venue = dealer(self.context, f"ipc://{self.run}/venue.ipc")

    def start(self, service: str) -> None:
        log = (self.home / f"{service}.log").open("ab")
        command = [
            str(self.binaries / service),
            "--home",
            str(self.home),
            "--config",
            str(self.configuration),
        ]
        self.processes[service] = subprocess.Popen(command, stderr=log)

    def kill(self, service: str) -> None:
        process = self.processes.pop(service)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE_S)

    def log(self) -> str:
        logs = [path.read_text() for path in sorted(self.home.glob("*.log"))]
        return "\n".join(logs)

    def close(self) -> None:
        self.risk.close()
        for process in self.processes.values():
            process.terminate()
        codes = [process.wait(timeout=PATIENCE_S) for process in self.processes.values()]
        self.context.destroy(linger=0)
        assert all(code == 0 for code in codes), self.log()

    # -- what the engine answers

    def ask(self, request: pb.ControlRequest) -> pb.ControlReply:
        request.request_id = str(uuid.uuid4())
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self.control.send(request.SerializeToString())
            try:
                while True:
                    reply = pb.ControlReply.FromString(self.control.recv())
                    if reply.request_id == request.request_id:
                        return reply
            except zmq.Again:
                continue
        raise AssertionError(f"no answer to {request}\n{self.log()}")

    def pong(self) -> pb.Pong:
        return self.ask(pb.ControlRequest(ping=pb.Ping())).pong

    def command(
        self, kind: pb.StrategyCommand.Type, symbol: str = "", command_id: str = "", **fields: Any
    ) -> pb.CommandResult:
        command = pb.StrategyCommand(
            **fields,
            type=kind,
            symbol=symbol,
            command_id=command_id or str(uuid.uuid4()),
            operator="ann",
            host="test",
            reason="a test",
            valid_until_us=now_us() + int(LIFE_S * 1e6),
        )
        return self.ask(pb.ControlRequest(command=command)).result

    def snapshot(self) -> pb.Snapshot:
        request = pb.SnapshotRequest(finished_orders=100, fills=100)
        return self.ask(pb.ControlRequest(snapshot=request)).snapshot

    def order(self, client_order_id: str) -> pb.Order | None:
        orders = [order for order in self.snapshot().orders if order.client_order_id == client_order_id]
        return orders[0] if orders else None

    def await_order(self, client_order_id: str, status: pb.Order.Status) -> pb.Order:
        def reached() -> pb.Order | None:
            order = self.order(client_order_id)
            return order if order is not None and order.status == status else None

        return until(reached, lambda: f"{client_order_id} is {self.order(client_order_id)}\n{self.log()}")

    def await_pong(self, holds: Callable[[pb.Pong], bool]) -> pb.Pong:
        def reached() -> pb.Pong | None:
            pong = self.pong()
            return pong if holds(pong) else None

        return until(reached, lambda: f"{self.pong()}\n{self.log()}")

    def ready(self) -> None:
        """Reconciled, fed, limits held: nothing is closed."""
        self.show(4800.00, 4800.25)
        self.await_pong(lambda pong: pong.state == pb.Pong.READY)
        self.connected()

    def connected(self) -> None:
        """The venue is reconciled, the risk manager heard, its limits are held; other gates may be closed."""
        self.without(pb.Gate.VENUE_LOST)
        assert self.risk.limits().accepted
        self.without(pb.Gate.HEARTBEAT_LOST)

    def without(self, kind: pb.Gate.Kind) -> None:
        """Until no gate of this kind is closed."""
        self.await_pong(lambda pong: kind not in {gate.kind for gate in pong.gates})

    def journal(self) -> list[pb.ExecutionEvent]:
        events: list[pb.ExecutionEvent] = []
        while True:
            request = pb.ReplayRequest(from_sequence=len(events) + 1, limit=500)
            replay = self.ask(pb.ControlRequest(replay=request)).replay
            events.extend(replay.execution)
            if len(events) >= replay.last_sequence:
                return events

    # -- the market, and the venue asked directly

    def show(self, bid: float, ask: float, *, price: float | None = None, volume: float = 0) -> None:
        self.sequence += 1
        row = pb.MarketData(
            symbol=SYMBOL,
            price=price,
            volume=volume,
            aggressor=pb.MarketData.SELLER if price else pb.MarketData.NONE,
            bid=bid,
            ask=ask,
            bid_size=10,
            ask_size=10,
            timestamp_us=self.sequence,
            epoch=1,
            sequence=self.sequence,
            published_us=now_us(),
        )
        self.market.send(row.SerializeToString())

    def venue_asked(self, request: pb.VenueRequest) -> pb.VenueReply:
        """Over a connection of its own: the venue's word, past the engine."""
        logon = pb.VenueRequest(request_id="logon", logon=pb.Logon(session="desk"))
        self.venue.send(logon.SerializeToString())
        request.request_id = str(uuid.uuid4())
        self.venue.send(request.SerializeToString())
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                reply = pb.VenueReply.FromString(self.venue.recv())
            except zmq.Again:
                continue
            if reply.request_id == request.request_id:
                return reply
        raise AssertionError(self.log())

    def open_at_venue(self) -> list[str]:
        reply = self.venue_asked(pb.VenueRequest(open_orders=pb.OpenOrdersQuery()))
        return sorted(order.client_order_id for order in reply.orders.orders)

    def executions(self) -> list[pb.Fill]:
        query = pb.ExecutionsQuery(from_sequence=1)
        return list(self.venue_asked(pb.VenueRequest(executions=query)).executions.fills)


def configured(home: Path, repository: Path, database: str, venue: dict[str, object]) -> Path:
    """The configuration that ships, with the `database` and what else the tests of a desk need, in `home`."""
    configuration = json.loads((repository / "config" / "system.json").read_text())
    configuration["database"]["kind"] = database
    configuration["execution"]["venue"].update(venue)
    configuration["risk"]["limits"]["heartbeat_after_s"] = LIFE_S
    file = home / "system.json"
    file.write_text(json.dumps(configuration))
    return file


@contextmanager
def running_desk(
    binaries: Path, home: Path, repository: Path, venue: dict[str, object] | None = None
) -> Iterator[Desk]:
    """Engine and venue in `home`, reconciled and fed; `venue` changes `execution.venue`."""
    running = Desk(binaries, home, configured(home, repository, "off", venue or {}))
    running.start("paper-venue")
    running.start("execution-engine")
    try:
        subscriptions: set[bytes] = set()
        running.market.rcvtimeo = int(PATIENCE_S * 1000)
        while len(subscriptions) < 2:  # the venue takes everything, the engine its symbols
            topic = running.market.recv()
            if topic == b"\x01" or SYMBOL.encode() in topic:
                subscriptions.add(topic)
        running.ready()
        yield running
    finally:
        running.close()


def rest(desk: Desk, *names: str) -> None:
    for name in names:
        reply = desk.risk.submit(name, pb.Order.BUY, 2, 4790.00)
        assert reply.accepted, reply.reason
    for name in names:
        desk.await_order(name, pb.Order.SUBMITTED)


def position(desk: Desk) -> float:
    return sum(held.quantity for held in desk.snapshot().positions if held.symbol == SYMBOL)
