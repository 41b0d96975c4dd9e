"""The console's one background thread: streams without loss, signals, and the heartbeat of every service.

It owns its sockets and never touches the screen; the screen reads `DeskState` once per frame and never waits.
Execution and risk events: subscribe first, ask for a snapshot, then for the events since whenever numbers are
missing, and drop what is known. Pings go to every control endpoint four times a second; their answers carry
the last sequence, so that a lost tail shows as well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import zmq
from google.protobuf.message import DecodeError

from console.core.control import dealer
from console.core.cursor import EventCursor, Step
from console.core.identity import now_us, uuid7
from console.core.journal import Severity
from console.core.picture import StreamRow
from console.core.state import DeskState
from console.proto import messages_pb2 as pb

PING_EVERY_S = 0.25
# A request for a snapshot or a replay that got no answer is asked again after this.
ASK_AGAIN_S = 1.0
POLL_MS = 100
# Events a slow console may have waiting per stream; beyond it they are dropped, seen as a gap and asked for
# again.
HIGH_WATER_MARK = 100_000
REPLAY_PAGE = 1_000
FINISHED_ORDERS = 500
FILLS = 1_000
# Events taken from one socket before the others have their turn.
BURST = 2_000

Event = pb.ExecutionEvent | pb.RiskEvent


@dataclass(frozen=True)
class StreamAddresses:
    """Where to listen and whom to ask. `controls` maps each service's name to its control endpoint."""

    signals: str
    risk: str
    execution: str
    controls: Mapping[str, str]


@dataclass
class _Stream:
    name: str
    service: str
    kind: type[pb.ExecutionEvent] | type[pb.RiskEvent]
    socket: zmq.Socket[bytes]
    cursor: EventCursor[Event] = field(default_factory=EventCursor)
    asked: str = ""
    asked_at: float = float("-inf")
    heard_at: float | None = None
    tail: int = 0


@dataclass
class _Control:
    service: str
    socket: zmq.Socket[bytes]
    pings: dict[str, float] = field(default_factory=dict)


class DeskStreams:
    """Reads one desk into a `DeskState` from `start` to `stop`. `clock` says when something arrives, in
    microseconds since 1970, and `seconds` what ages are counted by: both are the recording's where one is
    played.
    """

    def __init__(
        self,
        addresses: StreamAddresses,
        state: DeskState,
        *,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
        clock: Callable[[], int] = now_us,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._addresses = addresses
        self._now_us = clock
        self._seconds = seconds
        self._state = state
        self._context = context if context is not None else zmq.Context.instance()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self._unreadable = 0

    def start(self) -> None:
        """Begins to read; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and closes its sockets; returns when that is done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        signals = self._subscriber(self._addresses.signals)
        streams = [
            _Stream("risk", "risk-manager", pb.RiskEvent, self._subscriber(self._addresses.risk)),
            _Stream(
                "execution",
                "execution-engine",
                pb.ExecutionEvent,
                self._subscriber(self._addresses.execution),
            ),
        ]
        controls = {
            service: _Control(service, dealer(self._context, address))
            for service, address in self._addresses.controls.items()
        }
        poller = zmq.Poller()
        for socket in (signals, *(s.socket for s in streams), *(c.socket for c in controls.values())):
            poller.register(socket, zmq.POLLIN)
        next_ping = 0.0
        try:
            while not self._stop.is_set():
                now = time.monotonic()
                if now >= next_ping:
                    self._ping(controls)
                    next_ping = now + PING_EVERY_S
                    self._state.note_turns(self._seconds(), self._now_us())
                    for stream in streams:
                        self._report(stream, self._seconds())
                for stream in streams:
                    self._ask(stream, controls, now)
                poller.poll(min(POLL_MS, max(1, int((next_ping - now) * 1_000))))
                for stream in streams:
                    self._drain_stream(stream)
                self._drain_signals(signals)
                for control in controls.values():
                    self._drain_control(control, streams)
        finally:
            for socket in (signals, *(s.socket for s in streams), *(c.socket for c in controls.values())):
                socket.close(linger=0)

    def _subscriber(self, address: str) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
        socket.setsockopt(zmq.RECONNECT_IVL, 20)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, 200)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(address)
        return socket

    def _receive(self, socket: zmq.Socket[bytes]) -> bytes | None:
        try:
            return socket.recv_multipart(zmq.NOBLOCK)[-1]
        except zmq.Again:
            return None

    def _note_unreadable(self, what: str) -> None:
        self._unreadable += 1
        # The first says it all; a flood of them would push everything else out of the log.
        if self._unreadable in (1, 10, 100, 1_000) or self._unreadable % 10_000 == 0:
            text = f"{what} that can't be read as messages.proto has it ({self._unreadable} so far)"
            self._state.note(self._now_us(), Severity.WARNING, text)

    # ------------------------------------------------------------------ heartbeats

    def _ping(self, controls: Mapping[str, _Control]) -> None:
        for control in controls.values():
            request = pb.ControlRequest(request_id=uuid7(), ping=pb.Ping())
            control.pings[request.request_id] = self._seconds()
            while len(control.pings) > 40:
                del control.pings[next(iter(control.pings))]
            _send(control.socket, request)

    def _drain_control(self, control: _Control, streams: list[_Stream]) -> None:
        while (frame := self._receive(control.socket)) is not None:
            reply = pb.ControlReply()
            try:
                reply.ParseFromString(frame)
            except DecodeError:
                self._note_unreadable(f"{control.service} sent an answer")
                continue
            now = self._seconds()
            body = reply.WhichOneof("body")
            stream = next((s for s in streams if s.service == control.service), None)
            if body == "pong":
                sent = control.pings.pop(reply.request_id, now)
                self._heard(control.service, reply.pong, sent, now, stream)
            elif stream is not None and reply.request_id == stream.asked:
                stream.asked = ""
                stream.asked_at = float("-inf")
                self._answered(stream, reply, body)

    def _heard(self, service: str, pong: pb.Pong, sent: float, now: float, stream: _Stream | None) -> None:
        self._state.heard(service, pong, sent, now)
        if pong.HasField("risk"):
            self._state.set_risk_from_pong(pong.risk, self._now_us())
        if pong.HasField("trading"):
            self._state.set_trading_from_pong(pong.trading)
        if stream is not None and stream.cursor.last is not None:
            if pong.last_sequence < stream.tail:
                # Numbers never go back while a journal lives: this is another one.
                stream.cursor.restart()
            elif stream.tail > stream.cursor.last:
                # Missing since the last ping already, so it is not merely on its way.
                stream.cursor.seen(stream.tail)
            stream.tail = pong.last_sequence

    # ------------------------------------------------------------------ snapshot and replay

    def _ask(self, stream: _Stream, controls: Mapping[str, _Control], now: float) -> None:
        if (
            not (stream.cursor.needs_snapshot or stream.cursor.needs_replay)
            or now - stream.asked_at < ASK_AGAIN_S
        ):
            return
        control = controls.get(stream.service)
        if control is None:
            return
        request = pb.ControlRequest(request_id=uuid7())
        if stream.cursor.needs_snapshot:
            request.snapshot.CopyFrom(pb.SnapshotRequest(finished_orders=FINISHED_ORDERS, fills=FILLS))
        else:
            request.replay.CopyFrom(pb.ReplayRequest(from_sequence=stream.cursor.next, limit=REPLAY_PAGE))
        if _send(control.socket, request):
            stream.asked, stream.asked_at = request.request_id, now

    def _answered(self, stream: _Stream, reply: pb.ControlReply, body: str | None) -> None:
        if body == "snapshot":
            if stream.kind is pb.ExecutionEvent:
                self._state.apply_execution_snapshot(reply.snapshot)
            else:
                self._state.apply_risk_snapshot(reply.snapshot, self._now_us())
            stream.heard_at = self._seconds()
            for event in stream.cursor.snapshot(reply.snapshot.sequence):
                self._apply(event)
        elif body == "replay":
            events: list[Event] = [*reply.replay.execution, *reply.replay.risk]
            for event in events:
                self._offer(stream, event)
            if not events and stream.cursor.needs_replay:
                # The journal holds less than was promised: begin anew rather than ask for ever.
                stream.cursor.restart()
        elif body == "error":
            stream.asked_at = time.monotonic()
            self._state.note(self._now_us(), Severity.WARNING, reply.error, stream.service)

    def _report(self, stream: _Stream, now: float) -> None:
        cursor = stream.cursor
        age = None if stream.heard_at is None else now - stream.heard_at
        catching_up = cursor.needs_snapshot or cursor.needs_replay
        self._state.set_stream(
            StreamRow(stream.name, cursor.last, cursor.gaps, cursor.missing, catching_up, age)
        )

    # ------------------------------------------------------------------ streams

    def _drain_stream(self, stream: _Stream) -> None:
        for _ in range(BURST):
            frame = self._receive(stream.socket)
            if frame is None:
                return
            event = stream.kind()
            try:
                event.ParseFromString(frame)
            except DecodeError:
                self._note_unreadable(f"the {stream.name} stream brought an event")
                continue
            stream.heard_at = self._seconds()
            gaps, missing = stream.cursor.gaps, stream.cursor.missing
            self._offer(stream, event)
            self._lag(event.published_us)
            if stream.cursor.gaps > gaps:
                lost = stream.cursor.missing - missing
                text = f"{lost} {stream.name} events are missing here and are being asked for again"
                self._state.note(self._now_us(), Severity.WARNING, text)
                self._report(stream, stream.heard_at)

    def _offer(self, stream: _Stream, event: Event) -> None:
        step, ready = stream.cursor.offer(event.sequence, event)
        if step is not Step.KNOWN:
            for found in ready:
                self._apply(found)

    def _apply(self, event: Event) -> None:
        if isinstance(event, pb.ExecutionEvent):
            self._state.apply_execution(event)
        else:
            self._state.apply_risk(event, self._now_us())

    def _drain_signals(self, socket: zmq.Socket[bytes]) -> None:
        for _ in range(BURST):
            frame = self._receive(socket)
            if frame is None:
                return
            signal = pb.TradingSignal()
            try:
                signal.ParseFromString(frame)
            except DecodeError:
                self._note_unreadable("the signals stream brought a message")
                continue
            self._state.apply_signal(signal)
            self._lag(signal.published_us)

    def _lag(self, published_us: int) -> None:
        if published_us:
            self._state.set_lag(max(0.0, (self._now_us() - published_us) / 1_000))


def _send(socket: zmq.Socket[bytes], request: pb.ControlRequest) -> bool:
    """Sends unless there is nobody: a request never waits for a service to come back."""
    try:
        socket.send(request.SerializeToString(), zmq.NOBLOCK)
    except zmq.Again:
        return False
    return True
