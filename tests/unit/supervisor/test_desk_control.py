"""The supervisor's endpoint: whatever it is asked, it answers in JSON, and so much at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.core.paths import Home
from console.supervisor.desk_control import QUESTIONS, DeskControl

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ASKED = st.fixed_dictionaries({}, optional={"id": JSON, "do": JSON | st.sampled_from(["status", "down"])})


def answer(verb: str) -> dict[str, Any]:
    if verb != "status":
        raise ValueError(f"{verb!r} is nothing that is answered here")
    return {"state": "running"}


@pytest.fixture
def control(desk_home: Path) -> Iterator[DeskControl]:
    home = Home.resolve(desk_home)
    home.run.mkdir(parents=True, exist_ok=True)
    control = DeskControl(home, answer)
    yield control
    control.close()


@pytest.fixture
def peer(control: DeskControl) -> Iterator[zmq.Socket[bytes]]:
    peer: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
    peer.setsockopt(zmq.LINGER, 0)
    peer.setsockopt(zmq.RCVTIMEO, 30_000)
    peer.setsockopt(zmq.SNDTIMEO, 30_000)
    peer.connect(f"ipc://{control.file}")
    yield peer
    peer.close()


def asked(control: DeskControl, peer: zmq.Socket[bytes], frame: bytes) -> dict[str, Any]:
    peer.send(frame)
    while not peer.poll(0):
        control.socket.poll(100)
        control.serve()
    found: dict[str, Any] = json.loads(peer.recv())
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    frame=st.binary(max_size=200)
    | ASKED.map(lambda value: json.dumps(value).encode())
    | JSON.map(repr).map(str.encode)
)
def test_garbage_is_answered_with_an_error(
    control: DeskControl, peer: zmq.Socket[bytes], frame: bytes
) -> None:
    found = asked(control, peer, frame)
    assert found["ok"] or found["error"]


@pytest.mark.parametrize(
    "frame", [b"[" * 200_000, b"", b"\xff\xfe", b'{"id": 1e999, "do": []}', b"9" * 10_000]
)
def test_what_breaks_a_parser_breaks_no_supervisor(
    control: DeskControl, peer: zmq.Socket[bytes], frame: bytes
) -> None:
    assert not asked(control, peer, frame)["ok"]
    whole = asked(control, peer, b'{"id": 7, "do": "status"}')
    assert whole == {"id": 7, "ok": True, "state": "running"}


def test_one_look_answers_so_much_and_the_rest_waits(control: DeskControl, peer: zmq.Socket[bytes]) -> None:
    for number in range(QUESTIONS + 10):
        peer.send(json.dumps({"id": number, "do": "status"}).encode())
    seen: list[int] = []
    while len(seen) < QUESTIONS + 10:
        control.socket.poll(100)
        control.serve()
        before = len(seen)
        while peer.poll(100):
            seen.append(json.loads(peer.recv())["id"])
        assert len(seen) - before <= QUESTIONS
    assert seen == list(range(QUESTIONS + 10))
