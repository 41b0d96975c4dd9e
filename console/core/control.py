"""Asking a service on its control endpoint, with a deadline.

A request goes DEALER → ROUTER and carries an id. When the answer is late the same request is sent again
with the same id, and a service that did the work already answers from its memory: a retry never does
anything twice. When the deadline passes, the outcome is *unknown*, never assumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import zmq
from google.protobuf.message import DecodeError

from console.core.identity import uuid7
from console.proto import messages_pb2 as pb

# A request is sent again when it stays unanswered for this long.
RETRY_S = 0.25
# Requests a client holds for a slow peer; a command line has one or two under way.
HIGH_WATER_MARK = 64
# A closing client gives the last message this long to leave.
LINGER_MS = 100


class NoAnswer(Exception):  # noqa: N818 (it is an outcome as much as an error)
    """The deadline passed. `sent` tells whether the request may have reached the service."""

    def __init__(self, service: str, timeout_s: float, *, sent: bool) -> None:
        self.service = service
        self.sent = sent
        if sent:
            detail = f"{service} did not answer within {timeout_s:g} s; the outcome is unknown."
        else:
            detail = f"{service} can't be reached; the request never left."
        super().__init__(detail)


class ServiceError(Exception):
    """The service could not read the request, or it isn't the one to ask."""


class ControlClient:
    """One connection to one service's control endpoint. Use it from one thread at a time."""

    def __init__(
        self, address: str, service: str, *, context: zmq.Context[zmq.Socket[bytes]] | None = None
    ) -> None:
        self.address = address
        self.service = service
        self._context = context if context is not None else zmq.Context.instance()
        self.socket = dealer(self._context, address)

    def request(self, request: pb.ControlRequest, timeout_s: float = 1.0) -> pb.ControlReply:
        """The service's reply. Raises `NoAnswer` at the deadline, `ServiceError` when it is refused."""
        answer = ask_all([Question(self, request)], timeout_s)[0]
        if isinstance(answer.reply, NoAnswer):
            raise answer.reply
        if answer.reply.WhichOneof("body") == "error":
            raise ServiceError(f"{self.service}: {answer.reply.error}")
        return answer.reply

    def ping(self, timeout_s: float = 0.5) -> pb.Pong:
        """What the service says about itself, from the thread that does its work."""
        return self.request(pb.ControlRequest(ping=pb.Ping()), timeout_s).pong

    def snapshot(self, finished_orders: int = 0, fills: int = 0, timeout_s: float = 2.0) -> pb.Snapshot:
        """The service's state, with the newest `finished_orders` and `fills` beside what is alive."""
        body = pb.SnapshotRequest(finished_orders=finished_orders, fills=fills)
        return self.request(pb.ControlRequest(snapshot=body), timeout_s).snapshot

    def replay(self, from_sequence: int, limit: int, timeout_s: float = 1.0) -> pb.Replay:
        """The service's events from a sequence on, `limit` at most."""
        body = pb.ReplayRequest(from_sequence=from_sequence, limit=limit)
        return self.request(pb.ControlRequest(replay=body), timeout_s).replay

    def command(self, command: pb.StrategyCommand, timeout_s: float = 1.0) -> pb.CommandResult:
        """Give a command; a late answer is asked for by the command's own id."""
        return self.request(pb.ControlRequest(command=command), timeout_s).result

    def outcome_of(self, command_id: str, timeout_s: float = 1.0) -> pb.CommandResult:
        """What became of a command: its stored result, or NOT_KNOWN when this service never saw it."""
        return self.request(pb.ControlRequest(query=pb.CommandQuery(command_id=command_id)), timeout_s).result

    def start_source(self, timeout_s: float = 1.0) -> pb.ControlReply:
        """Let a source that was held back begin."""
        return self.request(pb.ControlRequest(start=pb.StartSource()), timeout_s)

    def close(self) -> None:
        """Close the connection."""
        self.socket.close(linger=LINGER_MS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Question:
    """A request and the client to ask; its `request_id` is filled in when it is empty."""

    client: ControlClient
    request: pb.ControlRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, `milliseconds` after the first try."""

    client: ControlClient
    reply: pb.ControlReply | NoAnswer
    milliseconds: float


def ask_all(
    questions: Sequence[Question],
    timeout_s: float,
    *,
    on_answer: Callable[[Answer], None] | None = None,
    retry_s: float = RETRY_S,
) -> list[Answer]:
    """Ask several services at once and wait for each until the deadline.

    Answers come back in the order of the questions; `on_answer` sees each as it arrives.
    """
    started = time.monotonic()
    deadline = started + timeout_s
    pending: dict[zmq.Socket[bytes], _Pending] = {}
    answers: dict[int, Answer] = {}
    for index, question in enumerate(questions):
        if not question.request.request_id:
            question.request.request_id = uuid7()
        pending[question.client.socket] = _Pending(index, question, question.request.SerializeToString())
    poller = zmq.Poller()
    for socket in pending:
        poller.register(socket, zmq.POLLIN | zmq.POLLOUT)
    while pending:
        now = time.monotonic()
        if now >= deadline:
            break
        for socket, waiting in pending.items():
            # POLLOUT only while there is something to send: a connected socket is writable all the time.
            due = now >= waiting.send_at
            poller.modify(socket, zmq.POLLIN | zmq.POLLOUT if due else zmq.POLLIN)
        wake = min(deadline, *(w.send_at for w in pending.values() if w.send_at > now), deadline)
        for socket, event in dict(poller.poll(max(1, round((wake - now) * 1000)))).items():
            waiting = pending[socket]
            reply = _receive(socket, waiting.question) if event & zmq.POLLIN else None
            if reply is not None:
                answer = Answer(waiting.question.client, reply, (time.monotonic() - started) * 1000)
                answers[waiting.index] = answer
                del pending[socket]
                poller.unregister(socket)
                if on_answer:
                    on_answer(answer)
            elif event & zmq.POLLOUT and time.monotonic() >= waiting.send_at:
                socket.send(waiting.frame)
                waiting.sent = True
                waiting.send_at = time.monotonic() + retry_s
    for waiting in pending.values():
        client = waiting.question.client
        missing = NoAnswer(client.service, timeout_s, sent=waiting.sent)
        answers[waiting.index] = Answer(client, missing, (time.monotonic() - started) * 1000)
        if on_answer:
            on_answer(answers[waiting.index])
    return [answers[index] for index in range(len(questions))]


@dataclass(slots=True)
class _Pending:
    index: int
    question: Question
    frame: bytes
    send_at: float = 0.0
    sent: bool = False


def _receive(socket: zmq.Socket[bytes], question: Question) -> pb.ControlReply | None:
    """The reply to this question, if it is there; late replies to earlier ones are passed over."""
    while True:
        try:
            frames = socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        reply = pb.ControlReply()
        try:
            reply.ParseFromString(frames[-1])
        except DecodeError as error:
            raise ServiceError(
                f"{question.client.service} sent a reply that can't be read: {error}"
            ) from error
        if reply.request_id == question.request.request_id:
            return reply


def dealer(context: zmq.Context[zmq.Socket[bytes]], address: str) -> zmq.Socket[bytes]:
    """A DEALER that never queues for a dead peer: a command must not wake up with a restarted service."""
    socket: zmq.Socket[bytes] = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.LINGER, LINGER_MS)
    socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
    # A service that comes back is found within a tenth of a second.
    socket.setsockopt(zmq.RECONNECT_IVL, 20)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 100)
    socket.connect(address)
    return socket
