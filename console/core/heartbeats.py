"""The pulse of every service: a ping five times a second, answered by the thread that does the work."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import zmq
from google.protobuf.message import DecodeError

from console.core.config import CONTROL_OF_SERVICE, SystemConfig
from console.core.control import dealer
from console.core.identity import uuid7
from console.proto import messages_pb2 as pb

PING_EVERY_S = 0.2
# A pulse older than this counts as lost.
LOST_S = 2.0


@dataclass(slots=True)
class Pulse:
    """What a service said last, and when (monotonic seconds)."""

    pong: pb.Pong | None = None
    at: float | None = None

    def age_ms(self, now: float) -> float | None:
        """Milliseconds since the last pong; None when there was none."""
        return None if self.at is None else (now - self.at) * 1000

    def fresh(self, now: float) -> bool:
        """The service answered within the last two seconds."""
        return self.at is not None and now - self.at < LOST_S


class Heartbeats:
    """Pings all services; never blocks. Use it from one thread."""

    def __init__(
        self, addresses: Mapping[str, str], *, context: zmq.Context[zmq.Socket[bytes]] | None = None
    ) -> None:
        context = context if context is not None else zmq.Context.instance()
        self.pulses = {service: Pulse() for service in addresses}
        self.sockets = {service: dealer(context, address) for service, address in addresses.items()}
        self._next_ping = 0.0

    @classmethod
    def of(cls, config: SystemConfig, *, context: zmq.Context[zmq.Socket[bytes]] | None = None) -> Heartbeats:
        """The pulse of every service of the desk with this configuration."""
        addresses = {service: config.control_address(service) for service in CONTROL_OF_SERVICE}
        return cls(addresses, context=context)

    def poller(self) -> zmq.Poller:
        """To wait for the next pong of any service."""
        poller = zmq.Poller()
        for socket in self.sockets.values():
            poller.register(socket, zmq.POLLIN)
        return poller

    def tick(self, now: float | None = None) -> None:
        """Take the pongs that came and send the pings that are due."""
        now = time.monotonic() if now is None else now
        for service, socket in self.sockets.items():
            self._drain(service, socket, now)
        if now >= self._next_ping:
            self._next_ping = now + PING_EVERY_S
            for service in self.sockets:
                self.send(service, pb.ControlRequest(ping=pb.Ping()))

    def refresh(self, within_s: float) -> None:
        """Ping now, and wait until every service with a fresh pulse has answered, `within_s` at most.

        What a service then says is from after this call began: an order it obeyed before shows.
        """
        began = time.monotonic()
        awaited = {name: uuid7() for name, pulse in self.pulses.items() if pulse.fresh(began)}
        for service, request_id in awaited.items():
            self.send(service, pb.ControlRequest(request_id=request_id, ping=pb.Ping()))
        poller = self.poller()
        while awaited and (left := within_s - (time.monotonic() - began)) > 0:
            poller.poll(round(left * 1000))
            now = time.monotonic()
            for service in list(awaited):
                self._drain(service, self.sockets[service], now, awaited)

    def send(self, service: str, request: pb.ControlRequest) -> None:
        """Send something whose effect shows in the next pong; dropped when nobody is there."""
        request.request_id = request.request_id or uuid7()
        try:
            self.sockets[service].send(request.SerializeToString(), zmq.NOBLOCK)
        except zmq.Again:
            # Nobody there, or nobody reading: the age of the pulse says so.
            return

    def forget(self, service: str) -> None:
        """A new process begins: what the old one said no longer counts."""
        self.pulses[service] = Pulse()

    def shift(self, seconds: float) -> None:
        """This process was stopped for so long; the services are not to blame for the silence."""
        for pulse in self.pulses.values():
            if pulse.at is not None:
                pulse.at += seconds

    def close(self) -> None:
        """Close all connections."""
        for socket in self.sockets.values():
            socket.close(linger=0)

    def _drain(
        self, service: str, socket: zmq.Socket[bytes], now: float, awaited: dict[str, str] | None = None
    ) -> None:
        while True:
            try:
                frame = socket.recv_multipart(zmq.NOBLOCK)[-1]
            except zmq.Again:
                return
            reply = pb.ControlReply()
            try:
                reply.ParseFromString(frame)
            except DecodeError:
                # Not a pulse; a service that only sends such is silent, and shown so.
                continue
            if reply.WhichOneof("body") == "pong":
                self.pulses[service] = Pulse(reply.pong, now)
                if awaited is not None and awaited.get(service) == reply.request_id:
                    del awaited[service]
