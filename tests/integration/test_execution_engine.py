"""The execution engine as a process, with the real paper venue, a market published by the test, and a
stand-in for the risk manager that speaks its side of the protocol."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import zmq

from console.proto import messages_pb2 as pb

PATIENCE_S = 20.0
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
    "heartbeat_after_s": 2.0,
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
            valid_until_us=now_us() + 2_000_000,
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
        self, kind: pb.StrategyCommand.Type, symbol: str = "", command_id: str = ""
    ) -> pb.CommandResult:
        command = pb.StrategyCommand(
            type=kind,
            symbol=symbol,
            command_id=command_id or str(uuid.uuid4()),
            operator="ann",
            host="test",
            reason="a test",
            valid_until_us=now_us() + 10_000_000,
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
        assert self.risk.limits().accepted
        self.await_pong(lambda pong: not [gate for gate in pong.gates if gate.kind == pb.Gate.HEARTBEAT_LOST])

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


@pytest.fixture
def desk(binaries: Path, desk_home: Path, repository: Path) -> Iterator[Desk]:
    configuration = json.loads((repository / "config" / "system.json").read_text())
    configuration["database"]["kind"] = "off"
    file = desk_home / "system.json"
    file.write_text(json.dumps(configuration))
    running = Desk(binaries, desk_home, file)
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


def test_an_order_is_filled_into_a_position(desk: Desk) -> None:
    assert desk.risk.submit("q1-1", pb.Order.BUY, 3, 4800.25).accepted
    order = desk.await_order("q1-1", pb.Order.FILLED)
    assert order.filled_quantity == 3
    assert order.avg_fill_price == 4800.25
    assert order.order_id
    assert order.accepted_us
    snapshot = desk.snapshot()
    (held,) = snapshot.positions
    assert (held.quantity, held.avg_cost, held.multiplier) == (3, 4800.25, 50)
    assert held.marked
    assert held.unrealized_pnl == pytest.approx(3 * 50 * (4800.125 - 4800.25))
    assert held.realized_pnl == pytest.approx(-held.fees)
    assert held.fees > 0
    assert [fill.execution_id for fill in snapshot.fills] == [fill.execution_id for fill in desk.executions()]


def test_the_stream_is_the_journal_without_a_gap(desk: Desk) -> None:
    assert desk.risk.submit("q1-1", pb.Order.BUY, 3, 4800.25).accepted
    desk.await_order("q1-1", pb.Order.FILLED)
    journal = desk.journal()
    assert [event.sequence for event in journal] == list(range(1, len(journal) + 1))
    statuses = [event.order.status for event in journal if event.WhichOneof("event") == "order"]
    assert statuses[0] == pb.Order.CREATED
    assert statuses[-1] == pb.Order.FILLED
    fill = next(event.sequence for event in journal if event.WhichOneof("event") == "fill")
    assert [event.WhichOneof("event") for event in journal[fill - 1 : fill + 2]] == [
        "fill",
        "order",
        "position",
    ]
    published: dict[int, pb.ExecutionEvent] = {}
    while True:
        try:
            event = pb.ExecutionEvent.FromString(desk.events.recv())
        except zmq.Again:
            break
        if event.sequence:
            published[event.sequence] = event
    assert fill in published
    assert published[fill].fill == journal[fill - 1].fill
    assert published[fill].epoch
    assert published[fill].published_us


def test_an_engine_killed_with_working_orders_comes_back_reconciled(desk: Desk) -> None:
    rest(desk, "q1-1", "q1-2")
    desk.kill("execution-engine")
    # Traded through while nobody was there to hear it.
    desk.show(4780.00, 4780.25)
    until(lambda: len(desk.executions()) >= 2, desk.log)
    desk.start("execution-engine")
    desk.await_order("q1-1", pb.Order.FILLED)
    desk.await_order("q1-2", pb.Order.FILLED)
    desk.await_pong(lambda pong: pong.state == pb.Pong.READY)
    executions = [fill.execution_id for fill in desk.executions()]
    booked = [event.fill.execution_id for event in desk.journal() if event.WhichOneof("event") == "fill"]
    assert booked == executions, "every execution once, in the venue's order"
    assert position(desk) == 4
    again = desk.risk.submit("q1-1", pb.Order.BUY, 2, 4790.00)
    assert not again.accepted, "another order under a used id"
    assert not [gate for gate in desk.pong().gates if gate.kind == pb.Gate.RECONCILIATION_BREAK]


def test_a_venue_killed_and_back_is_reconciled_before_it_opens(desk: Desk) -> None:
    rest(desk, "q1-1")
    desk.kill("paper-venue")
    desk.await_pong(lambda pong: any(gate.kind == pb.Gate.VENUE_LOST for gate in pong.gates))
    refused = desk.risk.submit("q1-2", pb.Order.BUY, 2, 4790.00)
    assert not refused.accepted
    assert "venue" in refused.reason
    desk.start("paper-venue")
    desk.await_pong(lambda pong: pong.state == pb.Pong.READY)
    assert desk.open_at_venue() == ["q1-1"]


def test_pause_is_durable_and_counts_what_works(desk: Desk) -> None:
    rest(desk, "q1-1")
    result = desk.command(pb.StrategyCommand.PAUSE_TRADING, command_id="pause-1")
    assert (result.outcome, result.working_orders) == (pb.CommandResult.DONE, 1)
    assert not desk.risk.submit("q1-2", pb.Order.BUY, 2, 4790.00).accepted
    desk.kill("execution-engine")
    desk.start("execution-engine")
    assert desk.await_pong(lambda pong: pong.state == pb.Pong.READY).trading.desk_paused
    stored = desk.command(pb.StrategyCommand.PAUSE_TRADING, command_id="pause-1")
    assert stored == result, "the same command gets its first answer, after a restart as well"
    assert desk.command(pb.StrategyCommand.RESUME_TRADING).outcome == pb.CommandResult.DONE
    assert desk.risk.limits().accepted
    assert desk.risk.submit("q1-3", pb.Order.BUY, 2, 4790.00).accepted


def stages(desk: Desk) -> list[pb.KillStage.Stage]:
    return [event.kill.stage for event in desk.journal() if event.WhichOneof("event") == "kill"]


def test_a_kill_is_proved_by_the_venue_and_survives_a_restart(desk: Desk) -> None:
    assert desk.risk.submit("q1-0", pb.Order.BUY, 3, 4800.25).accepted
    desk.await_order("q1-0", pb.Order.FILLED)
    names = [f"q1-{number}" for number in range(1, 21)]
    rest(desk, *names)
    result = desk.command(pb.StrategyCommand.KILL_SWITCH)
    assert result.outcome == pb.CommandResult.ACCEPTED
    assert result.kill.stage == pb.KillStage.LATCHED
    latch = json.loads((desk.home / "state" / "execution-engine.latch").read_text())
    assert latch["state"] == "killed"
    assert latch["desk"]["operator"] == "ann@test"
    pong = desk.await_pong(
        lambda pong: any(kill.stage == pb.KillStage.RESIDUAL for kill in pong.trading.kills)
    )
    (kill,) = pong.trading.kills
    assert (kill.open_before, kill.open_after) == (20, 0)
    assert [held.quantity for held in kill.residual] == [3]
    assert desk.open_at_venue() == []
    assert stages(desk) == [
        pb.KillStage.LATCHED,
        pb.KillStage.CANCELLING,
        pb.KillStage.VERIFIED,
        pb.KillStage.RESIDUAL,
    ]
    assert not desk.risk.submit("q1-30", pb.Order.BUY, 2, 4790.00).accepted
    desk.kill("execution-engine")
    desk.start("execution-engine")
    assert desk.await_pong(lambda pong: pong.state == pb.Pong.READY).trading.desk_killed
    refused = desk.command(pb.StrategyCommand.RESUME_TRADING)
    assert refused.outcome == pb.CommandResult.REFUSED
    assert "rearm" in refused.reason

    # Behind everybody's back the session stays blocked for strategies.
    smuggled = pb.Order(
        client_order_id="x1",
        symbol=SYMBOL,
        side=pb.Order.BUY,
        quantity=1,
        price=4790,
        type=pb.Order.LIMIT,
        status=pb.Order.CREATED,
        origin=pb.Order.STRATEGY,
    )
    assert not desk.venue_asked(pb.VenueRequest(submit=smuggled)).ok

    # Flatten is what may leave now, and nothing else.
    desk.show(4800.00, 4800.25)
    assert desk.command(pb.StrategyCommand.FLATTEN, SYMBOL).outcome == pb.CommandResult.ACCEPTED
    until(lambda: position(desk) == 0, desk.log)
    assert desk.open_at_venue() == []


def test_rearm_names_what_is_missing_and_leaves_the_desk_paused(desk: Desk) -> None:
    rest(desk, "q1-1")
    (desk.run / "KILL").write_text("smoke in the rack")
    pong = desk.await_pong(
        lambda pong: any(kill.stage == pb.KillStage.RESIDUAL for kill in pong.trading.kills)
    )
    assert pong.trading.kills[0].reason == "smoke in the rack"
    desk.risk.killed = True
    desk.show(4800.00, 4800.25)

    def missing() -> str | None:
        result = desk.command(pb.StrategyCommand.REARM)
        assert result.outcome == pb.CommandResult.REFUSED
        told = "\n".join(result.missing)
        return told if "KILL" in told and "risk manager" in told else None

    until(missing, desk.log)
    (desk.run / "KILL").unlink()
    desk.risk.killed = False

    def rearmed() -> pb.CommandResult | None:
        result = desk.command(pb.StrategyCommand.REARM)
        return result if result.outcome == pb.CommandResult.DONE else None

    until(rearmed, desk.log)
    trading = desk.pong().trading
    assert trading.desk_paused
    assert not trading.desk_killed
    assert json.loads((desk.home / "state" / "execution-engine.latch").read_text()) == {"state": "armed"}
    assert desk.command(pb.StrategyCommand.RESUME_TRADING).outcome == pb.CommandResult.DONE
    rest(desk, "q1-2")
    assert desk.open_at_venue() == ["q1-2"]


def test_a_late_order_and_rubbish_are_refused(desk: Desk) -> None:
    late = pb.Order(
        client_order_id="late",
        symbol=SYMBOL,
        side=pb.Order.BUY,
        quantity=1,
        price=4790,
        type=pb.Order.LIMIT,
        status=pb.Order.CREATED,
        origin=pb.Order.STRATEGY,
        limits_version=1,
        valid_until_us=now_us() - 1,
    )
    assert not desk.risk.ask(pb.OrderRequest(request_id="late", submit=late)).accepted
    late.side = pb.Order.SIDE_UNSPECIFIED
    late.client_order_id = "blank"
    reply = desk.risk.ask(pb.OrderRequest(request_id="blank", submit=late))
    assert not reply.accepted
    assert "side" in reply.reason
    desk.risk.orders.send(b"\xff\xff\xff")
    desk.control.send(b"\xff\xff\xff")
    assert desk.await_pong(lambda pong: pong.counters["malformed"] >= 3)
    assert desk.executions() == []
    assert desk.open_at_venue() == []
    assert desk.order("late") is not None, "a refusal is on the record"
