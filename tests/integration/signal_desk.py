"""A running signal bridge with a market and a reader around it, and models that are simple."""

from __future__ import annotations

import json
import math
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import trading_rust
import zmq

from console.proto import messages_pb2 as pb
from console.research.network import build_classifier
from console.research.registry import ModelRegistry

INTERVAL_US = 250_000
ROWS = 120


def confident_model(*, follows: bool = True, **changes: str) -> onnx.ModelProto:
    """Follows the momentum, or goes against it, with great confidence and no merit."""
    weights = np.zeros((7, 3))
    weights[6] = [0.0, 4.0, -4.0] if follows else [0.0, -4.0, 4.0]
    metadata = {
        "feature_schema_version": str(trading_rust.FEATURE_SCHEMA_VERSION),
        "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
        **changes,
    }
    return build_classifier([(weights, np.zeros(3))], np.zeros(7), np.ones(7), metadata)


def register(home: Path, version: str = "momentum") -> Path:
    """The model, live in the home's registry."""
    made = home / "made.onnx"
    made.write_bytes(confident_model().SerializeToString())
    registry = ModelRegistry(home / "models")
    return registry.model_path(registry.register_model(made, version, created_by="a test", stage="live"))


def mid(step: int) -> float:
    return 100.0 + 2.0 * math.sin(step / 7.0)


def row(step: int) -> pb.MarketData:
    """One trade per bar on a slow wave."""
    price = round(mid(step), 2)
    return pb.MarketData(
        symbol="ALFA",
        price=price,
        volume=1 + step % 3,
        bid=price - 0.01,
        ask=price + 0.01,
        bid_size=10,
        ask_size=10,
        timestamp_us=1_700_000_000_000_000 + step * INTERVAL_US + 7,
        epoch=1,
        sequence=step,
        published_us=1_700_000_000_000_000 + step,
    )


class Desk:
    """A running signal bridge, and the sockets of a market and a reader around it."""

    def __init__(self, binary: Path, home: Path, configuration: Path) -> None:
        self.home = home
        (home / "run").mkdir(exist_ok=True)
        self.context = zmq.Context()
        # XPUB: a subscription is seen when it arrives, so that nothing is sent before it.
        self.market = self._socket(zmq.XPUB)
        self.market.bind(f"ipc://{home}/run/market-data.ipc")
        command = [str(binary), "--home", str(home), "--config", str(configuration)]
        self.process = subprocess.Popen(command, stderr=(home / "log").open("w"))
        self.control = self._socket(zmq.DEALER)
        self.control.connect(f"ipc://{home}/run/signal-bridge-control.ipc")
        self.signals = self._socket(zmq.SUB)
        self.signals.connect(f"ipc://{home}/run/signals.ipc")
        self.signals.subscribe(b"")

    def _socket(self, kind: int) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self.context.socket(kind)
        socket.linger = 0
        socket.rcvtimeo = 20_000
        return socket

    def log(self) -> str:
        return (self.home / "log").read_text()

    def ping(self) -> pb.Pong:
        request = pb.ControlRequest(request_id="1", ping=pb.Ping())
        self.control.send(request.SerializeToString())
        reply = pb.ControlReply.FromString(self.control.recv())
        assert reply.WhichOneof("body") == "pong", reply
        return reply.pong

    def wait_for(self, holds: Callable[[pb.Pong], bool], seconds: float = 20.0) -> pb.Pong:
        deadline = time.monotonic() + seconds
        while True:
            pong = self.ping()
            if holds(pong):
                return pong
            assert time.monotonic() < deadline, f"{pong}\n{self.log()}"
            time.sleep(0.02)

    def await_subscription(self) -> None:
        while not self.market.recv().endswith(b"ALFA"):
            pass

    def close(self) -> None:
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self.context.destroy(linger=0)
        assert code == 0, self.log()


@contextmanager
def desks(binaries: Path, home: Path, repository: Path) -> Iterator[Callable[[], Desk]]:
    """Starts a desk in `home`, as often as it is called; all are stopped cleanly afterwards."""
    settings = json.loads((repository / "config" / "system.json").read_text())
    settings["market_data"]["symbols"] = ["ALFA", "BRVO"]
    configuration = home / "system.json"
    configuration.write_text(json.dumps(settings))
    begun: list[Desk] = []

    def begin() -> Desk:
        begun.append(Desk(binaries / "signal-bridge", home, configuration))
        return begun[-1]

    try:
        yield begin
    finally:
        for desk in begun:
            desk.close()


def receive_signals(desk: Desk, last: int) -> list[pb.TradingSignal]:
    """All signals up to the one that the row of step `last` brought about."""
    closed_us = row(last).timestamp_us // INTERVAL_US * INTERVAL_US
    signals = [pb.TradingSignal.FromString(desk.signals.recv())]
    while signals[-1].timestamp_us < closed_us:
        signals.append(pb.TradingSignal.FromString(desk.signals.recv()))
    first = signals[0].sequence
    assert [signal.sequence for signal in signals] == list(range(first, first + len(signals)))
    return signals


def send(desk: Desk, first: int, last: int) -> None:
    for step in range(first, last):
        desk.market.send(row(step).SerializeToString())


def subscribe_to_signals(desk: Desk, first: int) -> int:
    """Sends rows until signals arrive; gives the step after the last row. A subscription takes a moment."""
    for step in range(first, first + 2_000):
        send(desk, step, step + 1)
        if desk.signals.poll(10):
            return step + 1
    raise AssertionError(desk.log())
