"""The pulse of a service that answers when the test lets it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from console.core.heartbeats import Heartbeats
from console.proto import messages_pb2 as pb


class Answering:
    """A service that counts its pongs; `held` keeps it from answering."""

    def __init__(self, address: str) -> None:
        self.held = threading.Event()
        self.ended = threading.Event()
        self._address = address
        self._bound = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._bound.wait(10)

    def _run(self) -> None:
        with zmq.Context.instance().socket(zmq.ROUTER) as router:
            router.linger = 0
            router.bind(self._address)
            self._bound.set()
            answered = 0
            while not self.ended.is_set():
                if not router.poll(10) or self.held.is_set():
                    self.ended.wait(0.001)
                    continue
                peer, frame = router.recv_multipart()
                request = pb.ControlRequest.FromString(frame)
                answered += 1
                pong = pb.Pong(last_sequence=answered)
                reply = pb.ControlReply(request_id=request.request_id, pong=pong)
                router.send_multipart([peer, reply.SerializeToString()])

    def end(self) -> None:
        self.ended.set()
        self._thread.join()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Answering]:
    found = Answering(f"ipc://{tmp_path}/s")
    yield found
    found.end()


@pytest.fixture
def heartbeats(tmp_path: Path, service: Answering) -> Iterator[Heartbeats]:
    found = Heartbeats({"s": f"ipc://{tmp_path}/s"})
    poller = found.poller()
    while found.pulses["s"].pong is None:
        found.tick()
        poller.poll(20)
    yield found
    found.close()


def test_a_refresh_brings_what_was_said_after_it_began(heartbeats: Heartbeats) -> None:
    for _ in range(20):
        # A ping whose answer is under way must not pass for the answer to the question asked now.
        heartbeats.send("s", pb.ControlRequest(ping=pb.Ping()))
        before = heartbeats.pulses["s"].pong
        heartbeats.refresh(10.0)
        after = heartbeats.pulses["s"].pong
        assert before is not None
        assert after is not None
        assert after.last_sequence >= before.last_sequence + 2


def test_a_refresh_waits_for_the_silent_no_longer_than_it_may(
    service: Answering, heartbeats: Heartbeats
) -> None:
    service.held.set()
    began = time.monotonic()
    heartbeats.refresh(0.2)
    assert time.monotonic() - began >= 0.2
