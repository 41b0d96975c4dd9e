"""Writes everything a console would receive into a recording.

Streams are subscribed first; then engine and risk manager are asked for a snapshot, so that a replay begins
with all that stood before. Every service is pinged once a second: its pongs carry gates, heartbeats and the
last sequence, by which a reader of the recording sees what is missing as a console would.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import zmq

from console.core.config import CONTROL_OF_SERVICE, SystemConfig
from console.core.control import dealer
from console.core.identity import now_us, uuid7
from console.core.recording import RecordingWriter, Stream
from console.proto import messages_pb2 as pb

ADDRESSES = {
    Stream.MARKET_DATA: "market_data",
    Stream.SIGNALS: "signals",
    Stream.RISK: "risk",
    Stream.EXECUTION: "execution_updates",
}
SNAPSHOTS_OF = ("execution-engine", "risk-manager")
FINISHED_ORDERS = 500
FILLS = 2_000
HIGH_WATER_MARK = 1_000_000
PING_EVERY_S = 1.0
FLUSH_EVERY_S = 1.0
ASK_AGAIN_S = 1.0
# Messages taken from one socket before the others have their turn.
BURST = 5_000


@dataclass(slots=True)
class Recorder:
    """One recording of one desk. `run` until `stopped()` says so."""

    config: SystemConfig
    writer: RecordingWriter
    counts: dict[Stream, int] = field(default_factory=lambda: dict.fromkeys(Stream, 0))

    def run(self, stopped: Callable[[], bool]) -> None:
        """Record until `stopped()`; it is asked a few times a second."""
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        streams = {stream: self._subscriber(context, name) for stream, name in ADDRESSES.items()}
        controls = {name: dealer(context, self.config.control_address(name)) for name in CONTROL_OF_SERVICE}
        poller = zmq.Poller()
        for socket in (*streams.values(), *controls.values()):
            poller.register(socket, zmq.POLLIN)
        missing = set(SNAPSHOTS_OF)
        # When each is asked next; one that could not be reached is tried again at every turn.
        next_ping = dict.fromkeys(controls, 0.0)
        next_ask = dict.fromkeys(SNAPSHOTS_OF, 0.0)
        next_flush = 0.0
        query = pb.SnapshotRequest(finished_orders=FINISHED_ORDERS, fills=FILLS)
        try:
            while not stopped():
                now = time.monotonic()
                for name, control in controls.items():
                    if now >= next_ping[name] and _sent(control, pb.ControlRequest(ping=pb.Ping())):
                        next_ping[name] = now + PING_EVERY_S
                    if (
                        name in missing
                        and now >= next_ask[name]
                        and _sent(control, pb.ControlRequest(snapshot=query))
                    ):
                        next_ask[name] = now + ASK_AGAIN_S
                if now >= next_flush:
                    next_flush = now + FLUSH_EVERY_S
                    self.writer.flush()
                ready = dict(poller.poll(100))
                for stream, socket in streams.items():
                    if socket in ready:
                        self._take(stream, socket)
                for name, socket in controls.items():
                    if socket in ready:
                        missing -= self._answers(name, socket)
        finally:
            for socket in (*streams.values(), *controls.values()):
                socket.close(linger=0)

    def _take(self, stream: Stream, socket: zmq.Socket[bytes]) -> None:
        for _ in range(BURST):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            for frame in frames:
                self._write(stream, frame)

    def _answers(self, service: str, socket: zmq.Socket[bytes]) -> set[str]:
        """Write what the service answered; its name when a snapshot was among it."""
        while True:
            try:
                frame = socket.recv_multipart(zmq.NOBLOCK)[-1]
            except zmq.Again:
                return set()
            reply = pb.ControlReply.FromString(frame)
            self._write(Stream.CONTROL, frame)
            if reply.WhichOneof("body") == "snapshot":
                return {service}

    def _write(self, stream: Stream, payload: bytes) -> None:
        self.writer.write(now_us(), stream, payload)
        self.counts[stream] += 1

    def _subscriber(self, context: zmq.Context[zmq.Socket[bytes]], name: str) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(self.config.address(name))
        return socket


def _sent(socket: zmq.Socket[bytes], request: pb.ControlRequest) -> bool:
    """Whether it went out; not while nobody is there, and the recording shows the silence."""
    request.request_id = uuid7()
    try:
        socket.send(request.SerializeToString(), zmq.NOBLOCK)
    except zmq.Again:
        return False
    return True
