"""Tick published → signal published → order accepted by the venue → fill received by a console."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import zmq

from console.core.config import SystemConfig
from console.core.paths import Home
from console.proto import messages_pb2 as pb
from tests.desk import configured

INSIDE = "  of it inside the bridge, frame received → signal ready"


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg's times, in microseconds."""

    name: str
    count: int
    p50_us: float
    p99_us: float

    def as_dict(self) -> dict[str, object]:
        """For the JSON."""
        return asdict(self)


@dataclass(slots=True)
class Times:
    """What was seen of each leg."""

    tick_to_signal: list[float] = field(default_factory=list)
    inference: list[float] = field(default_factory=list)
    signal_to_intent: list[float] = field(default_factory=list)
    signal_to_accepted: list[float] = field(default_factory=list)
    tick_to_accepted: list[float] = field(default_factory=list)
    fill_to_console: list[float] = field(default_factory=list)

    def legs(self) -> list[Leg]:
        """A row per leg."""
        return [
            _leg("tick published → signal published", self.tick_to_signal),
            _leg(INSIDE, self.inference),
            _leg("signal published → risk decision", self.signal_to_intent),
            _leg("signal published → order accepted by the venue", self.signal_to_accepted),
            _leg("tick published → order accepted by the venue", self.tick_to_accepted),
            _leg("fill at the venue → fill received by the console", self.fill_to_console),
        ]


def _leg(name: str, times: list[float]) -> Leg:
    if len(times) < 2:
        return Leg(name, len(times), float("nan"), float("nan"))
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Leg(name, len(times), cuts[49], cuts[98])


def measure_latency(folder: Path, seconds: float, rate: int) -> list[Leg]:
    """Start a desk in `folder`, let it trade, and read what its own stamps say."""
    environment = {**os.environ, "QUARTERDECK_HOME": str(folder)}
    folder.mkdir(mode=0o700)
    # The test model trades all the time: the honest one would give too few orders to speak of percentiles.
    shipped = Path(__file__).resolve().parents[2] / "config" / "system.json"
    # The venue answers at once: its configured latency is a model of the way there, not of the desk.
    venue = json.loads(shipped.read_text(encoding="utf-8"))["execution"]["venue"]
    config = configured(
        folder,
        shipped,
        signal={"model": "test-model-not-for-trading"},
        execution={"venue": {**venue, "latency_model": "none"}},
    )

    def quarterdeck(*arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "console.cli", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=120,
        )

    quarterdeck("up", "--config", str(config), "--source", "sim", "--rate", str(rate))
    try:
        return _listen(Home(folder), seconds).legs()
    finally:
        quarterdeck("down")


def _listen(home: Home, seconds: float) -> Times:
    config = SystemConfig.in_force(home)
    addresses = config.get_zmq_addresses()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
    times = Times()
    poller = zmq.Poller()
    sockets = {}
    for stream in ("signals", "execution_updates"):
        socket = context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, 100_000)
        socket.subscribe(b"")
        socket.connect(addresses[stream])
        poller.register(socket, zmq.POLLIN)
        sockets[socket] = stream
    accepted: set[str] = set()
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        for socket, _ in poller.poll(int(left * 1000)):
            frame = socket.recv()
            received_us = time.time_ns() / 1000
            if sockets[socket] == "signals":
                _take_signal(times, pb.TradingSignal.FromString(frame))
            else:
                _take_execution(times, pb.ExecutionEvent.FromString(frame), received_us, accepted)
    for socket in sockets:
        socket.close()
    return times


def _take_signal(times: Times, signal: pb.TradingSignal) -> None:
    if signal.market_published_us:
        times.tick_to_signal.append(signal.published_us - signal.market_published_us)
    times.inference.append(signal.latency_ns / 1000)


def _take_execution(times: Times, event: pb.ExecutionEvent, received_us: float, accepted: set[str]) -> None:
    kind = event.WhichOneof("event")
    if kind == "fill":
        times.fill_to_console.append(received_us - event.fill.timestamp_us)
    elif kind == "order":
        order = event.order
        if order.accepted_us and order.signal_published_us and order.client_order_id not in accepted:
            accepted.add(order.client_order_id)
            times.signal_to_intent.append(order.intent_us - order.signal_published_us)
            times.signal_to_accepted.append(order.accepted_us - order.signal_published_us)
            times.tick_to_accepted.append(order.accepted_us - order.market_published_us)
