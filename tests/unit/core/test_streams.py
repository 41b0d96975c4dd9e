"""The stream thread against sockets that lose, repeat and restart: what it knows is always the journal."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
import zmq

from console.core.state import DeskState
from console.core.streams import DeskStreams, StreamAddresses
from console.proto import messages_pb2 as pb
from tests.unit.core.wire import T0, execution, kill, order, position, signal


class Engine:
    """A publisher with a journal and a control endpoint, as the services have them."""

    def __init__(self, context, folder, service):
        self.service = service
        self.context = context
        self.journal: list[pb.ExecutionEvent] = []
        self.publisher = context.socket(zmq.PUB)
        self.publisher.bind(f"ipc://{folder}/{service}.ipc")
        self.control = context.socket(zmq.ROUTER)
        self.control.bind(f"ipc://{folder}/{service}-control.ipc")
        self.asked: list[str] = []
        self.silent = False
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def append(self, *, publish=True, **event):
        with self.lock:
            made = execution(len(self.journal) + 1, **event)
            self.journal.append(made)
            if publish:
                self.publisher.send(made.SerializeToString())

    def serve(self):
        while not self.stopping.is_set():
            if not self.control.poll(10):
                continue
            peer, frame = self.control.recv_multipart()
            if self.silent:
                continue
            request = pb.ControlRequest.FromString(frame)
            reply = pb.ControlReply(request_id=request.request_id, service=self.service)
            body = request.WhichOneof("body")
            self.asked.append(body)
            with self.lock:
                last = len(self.journal)
                if body == "ping":
                    reply.pong.CopyFrom(
                        pb.Pong(service=self.service, state=pb.Pong.READY, pid=1, last_sequence=last)
                    )
                elif body == "snapshot":
                    orders = {e.order.client_order_id: e.order for e in self.journal if e.HasField("order")}
                    reply.snapshot.CopyFrom(pb.Snapshot(sequence=last, orders=orders.values()))
                elif body == "replay":
                    first = request.replay.from_sequence
                    page = self.journal[first - 1 : first - 1 + 3]
                    reply.replay.CopyFrom(pb.Replay(execution=page, last_sequence=last))
            self.control.send_multipart([peer, reply.SerializeToString()])

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.publisher.close(linger=0)
        self.control.close(linger=0)


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not reached"
        time.sleep(0.005)


@contextmanager
def reading(folder, context):
    state = DeskState()
    streams = DeskStreams(
        StreamAddresses(
            f"ipc://{folder}/signals.ipc",
            f"ipc://{folder}/risk.ipc",
            f"ipc://{folder}/execution-engine.ipc",
            {"execution-engine": f"ipc://{folder}/execution-engine-control.ipc"},
        ),
        state,
        context=context,
    )
    streams.start()
    try:
        yield state
    finally:
        streams.stop()


@pytest.fixture
def desk(desk_home):
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    engine = Engine(context, desk_home, "execution-engine")
    yield engine, desk_home, context
    engine.close()
    context.destroy(linger=0)


def names(state):
    return sorted(row.client_order_id for row in state.picture(0).orders)


def stream(state):
    return next((row for row in state.picture(0).streams if row.name == "execution"), None)


def test_what_was_before_comes_by_snapshot_and_what_follows_by_stream(desk):
    engine, folder, context = desk
    engine.append(order=order("before"), publish=False)
    with reading(folder, context) as state:
        until(lambda: names(state) == ["before"])
        engine.append(order=order("after"))
        until(lambda: names(state) == ["after", "before"])
        until(lambda: stream(state) is not None and not stream(state).catching_up)
        assert engine.asked.count("snapshot") == 1
        assert "replay" not in engine.asked


def test_a_gap_is_shown_asked_for_and_mended(desk):
    engine, folder, context = desk
    with reading(folder, context) as state:
        until(lambda: stream(state) is not None and not stream(state).catching_up)
        for number in range(10):
            engine.append(order=order(f"lost{number}"), publish=False)
        engine.append(order=order("seen"))
        until(lambda: len(names(state)) == 11)
        until(lambda: stream(state).gaps == 1 and not stream(state).catching_up)
        assert stream(state).missing == 10
        assert any("are missing here" in row.text for row in state.picture(0).log)
        assert "replay" in engine.asked


def test_a_lost_tail_shows_by_the_ping(desk):
    engine, folder, context = desk
    with reading(folder, context) as state:
        until(lambda: stream(state) is not None and not stream(state).catching_up)
        engine.append(order=order("tail"), publish=False)
        until(lambda: names(state) == ["tail"])


def test_pictures_without_a_number_are_taken_and_are_no_gap(desk):
    engine, folder, context = desk
    with reading(folder, context) as state:
        until(lambda: stream(state) is not None and not stream(state).catching_up)
        engine.publisher.send(execution(0, position=position("ALFA", 7)).SerializeToString())
        engine.publisher.send(execution(0, kill=kill("LATCHED")).SerializeToString())
        until(lambda: state.picture(0).kills)
        assert state.picture(0).positions[0].quantity == 7
        assert stream(state).gaps == 0


def test_what_can_not_be_read_is_told_and_stops_nothing(desk):
    engine, folder, context = desk
    with reading(folder, context) as state:
        until(lambda: stream(state) is not None and not stream(state).catching_up)
        engine.publisher.send(b"\xff\xff\xff")
        engine.append(order=order("next"))
        until(lambda: names(state) == ["next"])
        assert any("can't be read" in row.text for row in state.picture(0).log)


def test_heartbeats_age_when_the_service_is_stuck(desk):
    engine, folder, context = desk
    with reading(folder, context) as state:

        def row():
            return next(s for s in state.picture(time.monotonic()).services if s.name == "execution-engine")

        until(lambda: row().state == "READY")
        engine.silent = True
        until(lambda: row().lost)
        until(lambda: any("is silent" in line.text for line in state.picture(0).log))
        engine.silent = False
        until(lambda: not row().lost)


def test_signals_arrive_with_their_lag(desk):
    _, folder, context = desk
    publisher = context.socket(zmq.PUB)
    publisher.bind(f"ipc://{folder}/signals.ipc")
    with reading(folder, context) as state:

        def arrived():
            publisher.send(signal(at=T0).SerializeToString())
            return state.picture(0).signals

        until(arrived)
        assert state.picture(0).event_lag_ms > 0
    publisher.close(linger=0)
