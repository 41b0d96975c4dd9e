"""Garbage at every endpoint of a running desk: refused with a reason, counted, and trading goes on."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from console.proto import messages_pb2 as pb
from tests.desk import Desk, configured, wait_for

CONTROLS = ("execution-engine", "risk-manager", "paper-venue", "market-data", "signal-bridge")
FLOOD = 1_000_000
HOSTILE = (float("nan"), float("inf"), -float("inf"), 1e308, -0.0, 9.3e18, 5e-324)


@pytest.fixture
def desk(desk_home: Path, tmp_path: Path, repository: Path) -> Iterator[Desk]:
    shipped = repository / "config" / "system.json"
    # Short bars and a model that trades all the time: the first fill comes within seconds.
    signal = {"model": "test-model-not-for-trading", "bar_interval_ms": 50}
    desk = Desk(desk_home, configured(tmp_path, shipped, database={"kind": "off"}, signal=signal))
    desk.up("--source", "sim")
    yield desk
    desk.run("down")
    assert desk.processes() == {}


def dealer(desk: Desk, name: str) -> zmq.Socket[bytes]:
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDTIMEO, 20_000)
    socket.setsockopt(zmq.RCVTIMEO, 20_000)
    socket.connect(f"ipc://{desk.home.run}/{name}.ipc")
    return socket


def garbage(seed: int) -> list[bytes]:
    """Truncated, empty, of the wrong type, too long a length, deep, and at random."""
    dice = random.Random(seed)
    command = pb.StrategyCommand(type=pb.StrategyCommand.PAUSE_TRADING, command_id="cut", reason="x" * 200)
    whole = pb.ControlRequest(request_id="r", command=command).SerializeToString()
    return [
        b"",
        whole[: len(whole) // 2],
        pb.MarketData(symbol="ALFA", price=1.0).SerializeToString(),
        b"\x0a\xff\xff\xff\xff\x0f",
        b"\x0b" * 5_000,
        b"\xff" * 1_000_000,
        *(dice.randbytes(dice.randrange(1, 300)) for _ in range(200)),
    ]


def counters(desk: Desk, name: str) -> dict[str, float]:
    socket = dealer(desk, f"{name}-control")
    socket.send(pb.ControlRequest(request_id="ping", ping=pb.Ping()).SerializeToString())
    pong = pb.ControlReply.FromString(socket.recv()).pong
    socket.close()
    return dict(pong.counters)


def malformed(desk: Desk, name: str) -> float:
    return sum(count for what, count in counters(desk, name).items() if what.startswith("malformed"))


def hostile_orders() -> list[bytes]:
    orders = [
        pb.Order(
            client_order_id=f"bad-{number}-{field}",
            symbol="ALFA",
            side=pb.Order.BUY,
            type=pb.Order.LIMIT,
            status=pb.Order.CREATED,
            quantity=number if field == "quantity" else 1.0,
            price=number if field == "price" else 100.0,
        )
        for number in HOSTILE
        for field in ("quantity", "price")
    ]
    requests = [pb.OrderRequest(request_id=order.client_order_id, submit=order) for order in orders]
    return [request.SerializeToString() for request in requests]


def test_garbage_is_refused_and_counted_and_the_kill_works_in_a_flood(desk: Desk) -> None:
    wait_for(lambda: desk.venue_fills(), "a fill")
    pids = desk.processes()
    before = {name: malformed(desk, name) for name in CONTROLS}

    for endpoint in (*(f"{name}-control" for name in CONTROLS), "orders", "venue"):
        socket = dealer(desk, endpoint)
        for frame in garbage(7):
            socket.send(frame)
        answer = socket.recv()
        if endpoint.endswith("-control"):
            assert pb.ControlReply.FromString(answer).error, f"{endpoint} refused without a reason"
        socket.close()

    orders = dealer(desk, "orders")
    frames = hostile_orders()
    for frame in frames:
        orders.send(frame)
    for _ in frames:
        reply = pb.OrderReply.FromString(orders.recv())
        assert not reply.accepted
        assert reply.reason
    orders.close()
    limits = desk.run("limits", "set", "max_position_size=nan")
    assert limits.returncode != 0, limits.stdout

    for name in CONTROLS:
        wait_for(lambda name=name: malformed(desk, name) > before[name], f"a count of {name}")

    # A frame over the bound ends its own connection, and nobody else's.
    oversized = dealer(desk, "execution-engine-control")
    oversized.send(b"\x00" * (17 << 20))
    assert malformed(desk, "execution-engine") > 0
    oversized.close()

    fills = len(desk.venue_fills())
    stop = threading.Event()

    def flood(endpoint: str, frame: bytes) -> None:
        # The venue is sent all of them, the others as many as there is time for.
        socket = dealer(desk, endpoint)
        left = FLOOD
        while left and (endpoint == "venue" or not stop.is_set()):
            try:
                socket.send(frame, zmq.NOBLOCK)
                left -= 1
            except zmq.Again:
                socket.poll(100, zmq.POLLOUT)
        socket.setsockopt(zmq.LINGER, 20_000 if endpoint == "venue" else 0)
        socket.close()

    ping = pb.ControlRequest(request_id="p", ping=pb.Ping()).SerializeToString()
    floods = [
        threading.Thread(target=flood, args=(endpoint, frame), daemon=True)
        for endpoint, frame in (
            ("execution-engine-control", b"\x0b" * 40),
            ("risk-manager-control", ping),
            ("signal-bridge-control", ping),
            ("market-data-control", b"\x0b" * 40),
            ("orders", b"\x0b" * 40),
            ("venue", b"\x0b" * 40),
        )
    ]
    for thread in floods:
        thread.start()
    killed = desk.json("kill", "--reason", "in a flood")
    stop.set()
    for thread in floods:
        thread.join()
    assert killed["stage"] in ("verified", "residual", "VERIFIED", "RESIDUAL"), killed
    assert desk.venue_open() == []
    assert len(desk.venue_fills()) >= fills
    wait_for(lambda: malformed(desk, "paper-venue") >= FLOOD, "a count of each of a million from one peer")
    assert desk.processes() == pids, "a service died of what it was sent"
