"""Plays a recording to a console, on endpoints like those of the desk it was made of.

The very same console runs against it: streams come from publishers, pings are answered with the newest
recorded pong, snapshots with the recorded ones, replays with the events recorded so far. No command is
obeyed. What came before the moment that was asked for is published at once; from there on everything comes in
recorded time, or times faster. The endpoints lie in a folder that the caller gives: they are nobody's desk.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import zmq
from google.protobuf.message import DecodeError

from console.core.config import SERVICES
from console.core.desk import iso
from console.core.frame import Frame, FrameSource, total
from console.core.recording import Record, RecordingError, Stream, read_recording
from console.core.services import LOST_AFTER_S
from console.core.streams import StreamAddresses
from console.proto import messages_pb2 as pb

ENGINE, RISK_MANAGER = "execution-engine", "risk-manager"
PUBLISHED = (Stream.MARKET_DATA, Stream.SIGNALS, Stream.RISK, Stream.EXECUTION)
# A reader that is slower than the file is waited for, so nothing is lost and memory stays flat.
HIGH_WATER_MARK = 100_000
# Records played between two looks at the control endpoints.
BURST = 2_000
LONGEST_WAIT_MS = 20
# How late a record may be played, in seconds of this machine.
LATE_S = 0.1
# A service whose newest pong is older than this was silent, and is silent here.
SILENT_AFTER_US = int(LOST_AFTER_S * 1e6)


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a replay begins. Times are arrival times in microseconds since 1970; `snapshots` are those of
    engine and risk manager with which the recording began.
    """

    first_us: int
    at_us: int
    symbols: tuple[str, ...]
    snapshots: Mapping[str, pb.Snapshot]


def first_arrival_us(path: Path) -> int:
    """When the recording begins. Raises `RecordingError` for one without a record."""
    for record in read_recording(path):
        return record.at_us
    raise RecordingError(f"{path} holds no record: nothing can be shown of it.")


def examine(path: Path, at_us: int | None = None) -> Opening:
    """Reads the recording up to `at_us` (None: its beginning, as soon as both snapshots are there).

    Raises `RecordingError` for a file that is none, or that doesn't hold that moment.
    """
    first_us = first_arrival_us(path)
    symbols: dict[bytes, None] = {}
    snapshots: dict[str, pb.Snapshot] = {}
    last_us, beyond = first_us, False
    for record in read_recording(path):
        beyond = at_us is not None and record.at_us > at_us
        # A snapshot is a picture of the past of whatever follows it: the first ones serve any moment.
        if (beyond or at_us is None) and len(snapshots) == 2:
            break
        if not beyond:
            last_us = record.at_us
        if record.stream is Stream.MARKET_DATA:
            symbols.setdefault(symbol_of(record.payload))
        elif record.stream is Stream.CONTROL:
            reply = pb.ControlReply()
            try:
                reply.ParseFromString(record.payload)
            except DecodeError as error:
                raise RecordingError(f"{path}: an answer of a service can't be read ({error}).") from error
            if reply.WhichOneof("body") == "snapshot":
                service = RISK_MANAGER if reply.snapshot.HasField("risk") else ENGINE
                snapshots.setdefault(service, reply.snapshot)
    if at_us is not None and (at_us < first_us or (not beyond and at_us > last_us)):
        raise RecordingError(
            f"{path} doesn't hold {_instant(at_us)}: it begins at {_instant(first_us)}"
            + (f" and ends at {_instant(last_us)}." if not beyond else ".")
        )
    names = tuple(name.decode("utf-8", "replace") for name in symbols if name)
    return Opening(first_us, last_us if at_us is None else at_us, names, snapshots)


def symbol_of(payload: bytes) -> bytes:
    """The symbol a market data message begins with (field 1); empty when it begins otherwise."""
    if len(payload) < 2 or payload[0] != 0x0A or payload[1] >= 0x80:
        return b""
    return payload[2 : 2 + payload[1]]


def _instant(at_us: int) -> str:
    return iso(at_us) or "0"


@dataclass
class _Journal:
    """The events of one service that were played, by their sequence."""

    events: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(self, sequence: int, payload: bytes) -> None:
        if sequence and (not self.numbers or sequence > self.numbers[-1]):
            self.numbers.append(sequence)
            self.events.append(payload)

    def since(self, sequence: int, limit: int) -> list[bytes]:
        start = bisect_left(self.numbers, sequence)
        return self.events[start : start + max(1, limit)]


class Player:
    """Plays `path` from `opening` on, from `start` to `stop`. Nothing is published before every stream has a
    reader who takes all of it, or the past would be lost on them.
    """

    def __init__(
        self,
        path: Path,
        opening: Opening,
        folder: Path,
        *,
        speed: float = 1.0,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
    ) -> None:
        self._path = path
        self._opening = opening
        self._context = context if context is not None else zmq.Context.instance()
        self._address = {stream: f"ipc://{folder}/{stream.name.lower()}.ipc" for stream in PUBLISHED}
        self._control = {service: f"ipc://{folder}/{service}.ipc" for service in SERVICES}
        self.speed = speed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._sockets: dict[Stream, zmq.Socket[bytes]] = {}
        self._controls: dict[str, zmq.Socket[bytes]] = {}
        self._poller = zmq.Poller()
        self._subscribed: dict[Stream, set[bytes]] = {stream: set() for stream in PUBLISHED}
        self._pongs: dict[str, tuple[int, pb.Pong]] = {}
        self._journals = {ENGINE: _Journal(), RISK_MANAGER: _Journal()}
        self._arrivals: dict[str, int] = {}
        self._played_us = opening.at_us
        self._began: float | None = None
        self._ended_us: int | None = None
        self.failure = ""

    # ------------------------------------------------------------------ what the console asks

    @property
    def market_data(self) -> str:
        """The endpoint of market data."""
        return self._address[Stream.MARKET_DATA]

    @property
    def streams(self) -> StreamAddresses:
        """All other endpoints."""
        address = self._address
        return StreamAddresses(
            address[Stream.SIGNALS], address[Stream.RISK], address[Stream.EXECUTION], self._control
        )

    @property
    def ended(self) -> bool:
        """Nothing is left to play; the clock stands."""
        return self._ended_us is not None

    def clock_us(self) -> int:
        """The recorded time that is on the screen, microseconds since 1970."""
        if self._ended_us is not None:
            return self._ended_us
        if self._began is None:
            return self._opening.at_us
        return self._opening.at_us + int((time.monotonic() - self._began) * 1e6 * self.speed)

    def seconds(self) -> float:
        """The recorded time by which ages are counted, in seconds: that of the newest record which was
        played, while the clock has not run far ahead of it. So nothing looks old because playing took time.
        """
        behind_us = int(1e6 * LATE_S * max(1.0, self.speed))
        return max(self._played_us, self.clock_us() - behind_us) / 1e6

    def heard_at(self, service: str) -> float | None:
        """When the service was last heard in the recording, in the seconds of `seconds`."""
        found = self._pongs.get(service)
        return found[0] / 1e6 if found is not None else None

    def arrived_us(self, symbol: str) -> int:
        """When the newest row of the symbol that was played arrived, as recorded; 0 before any."""
        return self._arrivals.get(symbol, 0)

    # ------------------------------------------------------------------ the thread

    def start(self) -> None:
        """Binds the endpoints and begins; returns at once. What can't be played ends it with `failure`."""
        for stream in PUBLISHED:
            publisher: zmq.Socket[bytes] = self._context.socket(zmq.XPUB)
            publisher.setsockopt(zmq.LINGER, 0)
            publisher.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
            publisher.setsockopt(zmq.XPUB_NODROP, 1)
            publisher.bind(self._address[stream])
            self._sockets[stream] = publisher
        for service, address in self._control.items():
            control: zmq.Socket[bytes] = self._context.socket(zmq.ROUTER)
            control.setsockopt(zmq.LINGER, 0)
            control.bind(address)
            self._controls[service] = control
        for socket in (*self._sockets.values(), *self._controls.values()):
            self._poller.register(socket, zmq.POLLIN)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and closes its sockets; returns when that is done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and not self._everybody_listens():
                self._serve(LONGEST_WAIT_MS)
            try:
                self._play(read_recording(self._path))
            except RecordingError as error:
                self.failure = str(error)
            self._ended_us = max(self._played_us, self._opening.at_us)
            while not self._stop.is_set():
                self._serve(LONGEST_WAIT_MS)
        finally:
            for socket in (*self._sockets.values(), *self._controls.values()):
                socket.close(linger=0)

    def _everybody_listens(self) -> bool:
        return all(b"" in self._subscribed[stream] for stream in PUBLISHED)

    def _play(self, records: Iterator[Record]) -> None:
        for played, record in enumerate(records, start=1):
            if record.at_us > self._opening.at_us:
                if self._began is None:
                    self._began = time.monotonic()
                while not self._stop.is_set() and (left := self._seconds_until(record.at_us)) > 0:
                    self._serve(min(LONGEST_WAIT_MS, max(1, int(left * 1_000))))
            if self._stop.is_set():
                return
            self._take(record)
            if played % BURST == 0:
                self._serve(0)

    def _seconds_until(self, at_us: int) -> float:
        return (at_us - self.clock_us()) / 1e6 / self.speed

    def _take(self, record: Record) -> None:
        payload = record.payload
        if record.stream is Stream.CONTROL:
            reply = pb.ControlReply.FromString(payload)
            if reply.WhichOneof("body") == "pong":
                self._pongs[reply.pong.service] = (record.at_us, reply.pong)
        elif record.stream is Stream.MARKET_DATA:
            self._arrivals[symbol_of(payload).decode("utf-8", "replace")] = record.at_us
            self._publish(record)
        else:
            # Kept before it is published: whoever misses it may ask for it at once.
            if record.stream is Stream.EXECUTION:
                self._journals[ENGINE].add(pb.ExecutionEvent.FromString(payload).sequence, payload)
            elif record.stream is Stream.RISK:
                self._journals[RISK_MANAGER].add(pb.RiskEvent.FromString(payload).sequence, payload)
            self._publish(record)
        self._played_us = max(self._played_us, record.at_us)

    def _publish(self, record: Record) -> None:
        socket = self._sockets[record.stream]
        while not self._stop.is_set():
            try:
                socket.send(record.payload, zmq.NOBLOCK)
            except zmq.Again:
                self._serve(1)
            else:
                return

    # ------------------------------------------------------------------ the control endpoints

    def _serve(self, wait_ms: int) -> None:
        """Takes subscriptions and answers questions; waits so long for the first of them."""
        ready = dict(self._poller.poll(wait_ms))
        for stream, publisher in self._sockets.items():
            if publisher in ready:
                self._subscriptions(stream, publisher)
        for service, control in self._controls.items():
            if control in ready:
                self._answers(service, control)

    def _subscriptions(self, stream: Stream, publisher: zmq.Socket[bytes]) -> None:
        while True:
            try:
                frame = publisher.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            if frame[:1] == b"\x01":
                self._subscribed[stream].add(frame[1:])

    def _answers(self, service: str, control: zmq.Socket[bytes]) -> None:
        while True:
            try:
                peer, *_, frame = control.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                reply = self._answer(service, pb.ControlRequest.FromString(frame))
            except DecodeError as error:
                reply = pb.ControlReply(service=service, error=f"the request can't be read: {error}")
            if reply is not None:
                control.send_multipart([peer, reply.SerializeToString()])

    def _answer(self, service: str, request: pb.ControlRequest) -> pb.ControlReply | None:
        """What the service said then; None where it said nothing, which is silence here as well."""
        reply = pb.ControlReply(request_id=request.request_id, service=service)
        body = request.WhichOneof("body")
        if body == "ping":
            if self._began is None and not self.ended:
                # The past is still on its way: a pong of the future would make holes of it.
                return None
            at_us, pong = self._pongs.get(service, (0, None))
            if pong is None or self.clock_us() - at_us > SILENT_AFTER_US:
                return None
            reply.pong.CopyFrom(pong)
        elif body == "snapshot":
            found = self._opening.snapshots.get(service)
            if found is None:
                return None
            reply.snapshot.CopyFrom(found)
        elif body == "replay":
            asked = request.replay
            journal = self._journals.get(service, _Journal())
            reply.replay.last_sequence = journal.numbers[-1] if journal.numbers else 0
            for payload in journal.since(asked.from_sequence, asked.limit):
                if service == ENGINE:
                    reply.replay.execution.append(pb.ExecutionEvent.FromString(payload))
                else:
                    reply.replay.risk.append(pb.RiskEvent.FromString(payload))
        else:
            reply.error = "this is a recording: no command is obeyed, and nothing else can be asked of it"
        return reply


class ReplayFrameSource:
    """Frames of a console that a player feeds, at the recorded time: ages count to it, and quotes arrived
    when they did. How long a quote took from its publisher isn't known and not shown.
    """

    def __init__(self, inner: FrameSource, player: Player) -> None:
        self._inner = inner
        self._player = player

    def pull(self, selected: str, interval_s: int) -> Frame:
        """The picture at the player's clock."""
        frame = self._inner.pull(selected, interval_s)
        player = self._player
        now_us = player.clock_us()
        watch = tuple(
            replace(row, received_us=player.arrived_us(row.symbol), latency_us=0) if row.received_us else row
            for row in frame.watch
        )
        totals = total(frame.desk.positions, now_us, frame.stale_after_s)
        return replace(frame, now_us=now_us, watch=watch, totals=totals, replay=self._title())

    def _title(self) -> str:
        player = self._player
        if player.failure:
            return "DAMAGED REPLAY"
        if player.ended:
            return "ENDED REPLAY"
        return "REPLAY" if player.speed == 1 else f"REPLAY ×{player.speed:g}"
