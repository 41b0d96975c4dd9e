"""What is recorded of a desk whose services come one after the other."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import zmq

from console.core import recorder
from console.core.config import CONTROL_OF_SERVICE
from console.core.recorder import SNAPSHOTS_OF, Recorder
from console.core.recording import RecordingWriter
from console.proto import messages_pb2 as pb

TURNS = 3


class Addresses:
    """As much of a configuration as a recorder asks for."""

    def __init__(self, folder):
        self._folder = folder

    def address(self, name):
        return f"ipc://{self._folder}/{name}.ipc"

    def control_address(self, name):
        return f"ipc://{self._folder}/{name}-control.ipc"


def test_a_service_that_was_not_there_is_asked_as_soon_as_it_is(tmp_path, desk_home, monkeypatch):
    # A clock that stands still: whoever had to wait for the next second would wait for ever.
    monkeypatch.setattr(recorder, "time", SimpleNamespace(monotonic=lambda: 1.0))
    desk_home.mkdir(parents=True, exist_ok=True)
    addresses, turns, over = Addresses(desk_home), threading.Semaphore(0), threading.Event()

    def stopped():
        turns.release()
        return over.is_set()

    with RecordingWriter(tmp_path / "desk.qdr") as writer, zmq.Context() as context:
        thread = threading.Thread(target=Recorder(addresses, writer).run, args=(stopped,))
        thread.start()
        try:
            for _ in range(TURNS):
                assert turns.acquire(timeout=30)
            for name in CONTROL_OF_SERVICE:
                with context.socket(zmq.ROUTER) as service:
                    service.linger = 0
                    service.bind(addresses.control_address(name))
                    wanted = {"ping", "snapshot"} if name in SNAPSHOTS_OF else {"ping"}
                    asked = set()
                    while asked != wanted:
                        assert service.poll(30_000), f"{name} was asked for {asked}"
                        request = pb.ControlRequest.FromString(service.recv_multipart()[-1])
                        asked.add(request.WhichOneof("body"))
        finally:
            over.set()
            thread.join(30)
