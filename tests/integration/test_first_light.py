"""The whole desk as its user runs it: replay to fills, kill -9 of each service, a kill that is proven."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agreement import settle
from tests.desk import SERVICES, Desk, configured, simulate, wait_for

TEST_MODEL = {"model": "test-model-not-for-trading"}


@pytest.fixture
def desk(desk_home: Path, tmp_path: Path, repository: Path) -> Iterator[Desk]:
    """A desk that trades by the test model."""
    one = Desk(desk_home, configured(tmp_path, repository / "config" / "system.json", signal=TEST_MODEL))
    yield one
    one.run("down")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Two minutes of simulated market, as a gzipped recording, and its number of rows."""
    folder = tmp_path_factory.mktemp("recording")
    plain, rows = folder / "sim.csv", 36_000
    simulate(plain, rows=rows, seed=7, per_second=300)
    packed = folder / "sim.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    return packed, rows


def subscriber(desk: Desk, repository: Path, output: Path) -> subprocess.Popen[str]:
    """A reader of its own that is subscribed when this returns."""
    address = desk.config().get_zmq_addresses()["market_data"]
    script = Path(__file__).with_name("plain_subscriber.py")
    reader = subprocess.Popen(
        [sys.executable, script, address, repository / "proto" / "messages.proto", output],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    return reader


def replay(desk: Desk, repository: Path, output: Path, file: Path, speed: str) -> dict[str, Any]:
    """Hold, subscribe, start, wait until it has ended and settled; what the reader saw."""
    desk.up("--source", "replay", "--file", str(file), "--speed", speed, "--hold")
    reader = subscriber(desk, repository, output)
    wait_for(lambda: desk.status()["source"]["state"] == "held", "the held source")
    desk.must("start")
    # Waits for the same desk; everything was started already.
    desk.must("up", "--until-end", within_s=170)
    reader.terminate()
    reader.wait(10)
    seen = json.loads(output.read_text())
    assert isinstance(seen, dict)
    return seen


def assert_agreement(desk: Desk, wait_s: float = 20.0) -> int:
    """Every witness tells the same; the number of fills."""
    result = settle(desk.home, wait_s)
    assert not result.differences, "\n".join(result.differences)
    return result.fills


def test_a_recording_becomes_fills_that_everybody_agrees_on(
    desk: Desk, repository: Path, tmp_path: Path, recording: tuple[Path, int]
) -> None:
    file, rows = recording
    seen = replay(desk, repository, tmp_path / "seen.json", file, "12")
    assert seen["rows"] == rows
    assert (seen["gaps"], seen["disordered"], seen["back_in_time"]) == (0, 0, 0)
    assert assert_agreement(desk) > 0, "nothing was traded"
    assert desk.venue_open() == []
    status = desk.status()
    assert status["source"]["state"] == "ended"
    assert status["source"]["rows"] == rows
    assert "session_closed" in desk.gates()


@pytest.mark.skipif("QUARTERDECK_DATA" not in os.environ, reason="QUARTERDECK_DATA names no recorded data")
@pytest.mark.parametrize(
    ("name", "speed", "rows", "trades"),
    [("esh4_2023-12-25.csv.gz", "60", 25_613, 2_973), ("aapl_2012-06-21.csv", "10", 546, 159)],
)
def test_real_recordings_run_through(
    desk: Desk, repository: Path, tmp_path: Path, name: str, speed: str, rows: int, trades: int
) -> None:
    file = Path(os.environ["QUARTERDECK_DATA"]) / name
    seen = replay(desk, repository, tmp_path / "seen.json", file, speed)
    assert (seen["rows"], seen["trades"]) == (rows, trades)
    assert (seen["gaps"], seen["disordered"], seen["back_in_time"]) == (0, 0, 0)
    fills = assert_agreement(desk)
    if rows > 1_000:
        assert fills > 0


def test_each_service_dies_and_comes_back_and_the_books_agree(desk: Desk) -> None:
    desk.up("--source", "sim", "--rate", "300")
    wait_for(desk.venue_fills, "a first fill", 60)
    for name in SERVICES:
        before = desk.service(name)
        fills = len(desk.venue_fills())
        os.kill(before["pid"], signal.SIGKILL)
        desk.replaced(name, before["pid"])
        assert desk.service(name)["restarts"] == before["restarts"] + 1
        wait_for(lambda fills=fills: len(desk.venue_fills()) > fills, f"trading after {name} came back", 60)
        assert_agreement(desk)


def test_a_kill_is_proven_and_outlives_a_restart(desk: Desk) -> None:
    desk.up("--source", "sim", "--rate", "300")
    wait_for(desk.venue_open, "a working order", 60)
    proof = json.loads(desk.must("kill", "--reason", "a test of the kill", "--json"))
    assert [stage["name"] for stage in proof["stages"]][:3] == ["LATCHED", "CANCELLING", "VERIFIED"]
    assert {ack["service"] for ack in proof["acks"]} >= {"execution-engine", "risk-manager"}
    assert proof["open_after"] == 0
    assert proof["unresolved"] == []
    assert desk.venue_open() == []
    assert desk.run("resume").returncode == 1, "a resume must not undo a kill"

    desk.down()
    desk.up("--source", "sim", "--rate", "300")
    status = desk.status()
    assert status["kill"]["latched"]
    assert "kill_latch" in desk.gates()
    assert desk.venue_open() == []

    wait_for(lambda: desk.run("rearm", "--reason", "the test is over").returncode == 0, "the re-arm", 30)
    assert "operator_pause" in desk.gates(), "a re-armed desk is left paused"
    assert "kill_latch" not in desk.gates()
    desk.must("resume")
    wait_for(desk.venue_open, "an order after the re-arm", 60)
    assert_agreement(desk)


def test_a_paused_desk_keeps_its_orders_and_adds_no_risk(desk: Desk) -> None:
    desk.up("--source", "sim", "--rate", "300")
    wait_for(desk.venue_open, "a working order", 60)
    answer = json.loads(desk.must("pause", "--json"))
    assert answer
    assert "operator_pause" in desk.gates()
    known = {order["client_order_id"] for order in desk.json("orders") if not order.get("reduces")}
    wait_for(lambda: not desk.venue_open(), "the last orders' end", 60)
    later = {order["client_order_id"] for order in desk.json("orders") if not order.get("reduces")}
    assert later <= known, "an order that raises risk left a paused desk"
    desk.must("resume")
    wait_for(desk.venue_open, "an order after the resume", 60)
