"""The command line on a running desk: answers, proofs, exit codes."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from console.cli.watch import topic
from console.core.config import SystemConfig
from console.core.recording import Stream, read_recording
from console.core.venue import VenueClient, VenueError
from console.proto import messages_pb2 as pb
from tests.desk import Desk, configured, simulate, wait_for

ORDER = "by-hand-1"
# Orders at rest in the drill: as many as its goal is stated for.
RESTING = 1_000


@pytest.fixture
def desk(desk_home: Path, tmp_path: Path, repository: Path) -> Iterator[Desk]:
    shipped = repository / "config" / "system.json"
    desk = Desk(desk_home, configured(tmp_path, shipped, database={"kind": "off"}))
    yield desk
    desk.run("down")
    assert desk.processes() == {}


def touch(config: SystemConfig, symbol: str) -> pb.MarketData:
    """The symbol's newest row with both sides."""
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, topic(symbol))
    socket.connect(config.address("market_data"))
    try:
        while socket.poll(10_000):
            row = pb.MarketData.FromString(socket.recv())
            if row.HasField("bid") and row.HasField("ask"):
                return row
    finally:
        socket.close(linger=0)
    raise AssertionError(f"no market data of {symbol}")


def rest_an_order(config: SystemConfig) -> None:
    """An order at the venue, far from the touch, that no service of the desk knows."""
    order = pb.Order(
        client_order_id=ORDER,
        symbol="ALFA",
        side=pb.Order.BUY,
        type=pb.Order.LIMIT,
        quantity=1,
        price=round(touch(config, "ALFA").bid * 0.9, 2),
        status=pb.Order.CREATED,
        origin=pb.Order.OPERATOR,
    )
    with VenueClient.of(config) as venue:
        venue.ask(pb.VenueRequest(submit=order))
        # Beside the strategy's own, if it has any.
        assert ORDER in {held.client_order_id for held in venue.open_orders()}


def config_of(desk: Desk) -> SystemConfig:
    return SystemConfig.in_force(desk.home)


def kill_processes(desk: Desk, *names: str) -> None:
    """End the supervisor first, so that nothing comes back."""
    running = desk.processes()
    for name in ("supervisor", *names):
        os.kill(running[name], signal.SIGKILL)
    wait_for(lambda: not set(names) & set(desk.processes()), "they are gone")


def test_pause_resume_and_limits_are_acknowledged_by_the_service(desk: Desk) -> None:
    desk.up()
    paused = desk.json("pause", "ALFA", "--reason", "lunch")
    assert paused["outcome"] == "DONE"
    assert paused["scope"] == "ALFA"
    assert [ack["service"] for ack in paused["acks"]] == ["execution-engine"]
    [gate] = [gate for gate in desk.status()["gates"] if gate["kind"] == "operator_pause"]
    assert gate["scope"] == "ALFA"
    assert desk.run("resume", "ALFA").returncode == 0
    assert [gate for gate in desk.status()["gates"] if gate["kind"] == "operator_pause"] == []

    changed = desk.json("limits", "set", "max_daily_loss=1234.5")
    assert changed["outcome"] == "DONE"
    limits = {row["name"]: row["limit"] for row in desk.json("limits")["limits"]}
    assert limits["max_daily_loss"] == 1234.5
    refused = desk.run("limits", "set", "max_nonsense=1")
    assert refused.returncode == 1
    assert "max_nonsense" in refused.stderr

    rows = desk.json("commands")
    assert [row["type"] for row in rows] == [
        "PAUSE_TRADING",
        "RESUME_TRADING",
        "UPDATE_RISK_LIMITS",
        "UPDATE_RISK_LIMITS",
    ]
    assert rows[0]["reason"] == "lunch"
    assert rows[-1]["outcome"] == "REFUSED"


def test_a_kill_ends_with_the_proof_and_only_a_rearm_undoes_it(desk: Desk) -> None:
    desk.up()
    rest_an_order(config_of(desk))
    # A name that is none kills nothing and says so.
    mistyped = desk.run("kill", "ESH", "--reason", "drill")
    assert mistyped.returncode == 1
    assert "ESH4" in mistyped.stderr
    assert not desk.status()["kill"]["latched"]
    assert ORDER in {order["client_order_id"] for order in desk.json("orders", "--venue")}
    done = desk.run("kill", "--reason", "drill", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["stage"] == "VERIFIED"
    assert report["scope"] == "desk"
    # The order that nobody here knew is gone as well.
    assert desk.json("orders", "--venue") == []
    # Once more LATCHED, where a service was too busy to answer at once and the command latched it.
    names = list(dict.fromkeys(stage["name"] for stage in report["stages"]))
    assert names == ["LATCHED", "CANCELLING", "VERIFIED", "RESIDUAL"]
    assert [stage["at_us"] for stage in report["stages"]] == sorted(s["at_us"] for s in report["stages"])
    assert {ack["service"] for ack in report["acks"]} == {"execution-engine", "risk-manager"}
    assert report["open_after"] == 0
    assert report["unresolved"] == []
    assert desk.status()["kill"]["latched"]

    # A second kill asks the venue again, at once.
    again = desk.json("kill", "--reason", "again")
    assert again["stage"] == "VERIFIED"
    assert desk.run("resume").returncode == 1

    desk.run("down")
    desk.up()
    assert desk.status()["kill"]["latched"]
    # Refused until everything is reconciled and fed again.
    wait_for(lambda: desk.run("rearm", "--reason", "all clear").returncode == 0, "it is re-armed")
    status = desk.status()
    assert not status["kill"]["latched"]
    assert "operator_pause" in {gate["kind"] for gate in status["gates"]}


def test_a_kill_without_services_is_carried_out_by_the_command_line(desk: Desk) -> None:
    desk.up()
    config = config_of(desk)
    kill_processes(desk, "execution-engine", "risk-manager")
    rest_an_order(config)
    done = desk.run("kill", "--reason", "nobody home", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["stage"], report["open_after"]) == ("VERIFIED", 0)
    assert report["open_before"] >= 1
    assert sorted(report["latched_here"]) == ["execution-engine", "risk-manager"]
    # The block goes by the name of the kill, which is how a re-arm lifts it and no other.
    with VenueClient.of(config) as venue:
        names_blocks = pb.VenueRequest(mass_cancel=pb.MassCancel(block=False))
        assert venue.ask(names_blocks).mass_cancel.blocking == [report["command_id"]]
    # Blocked: what would still come is refused by the venue.
    order = pb.Order(
        client_order_id="by-hand-2",
        symbol="ALFA",
        side=pb.Order.BUY,
        type=pb.Order.LIMIT,
        quantity=1,
        price=1.0,
        status=pb.Order.CREATED,
        origin=pb.Order.OPERATOR,
    )
    with VenueClient.of(config) as venue, pytest.raises(VenueError):
        venue.ask(pb.VenueRequest(submit=order))
    # The services come back killed, by the files that were written for them.
    desk.up()
    assert desk.status()["kill"]["latched"]
    pong_states = {s["name"]: s["state"] for s in desk.status()["services"]}
    assert set(pong_states.values()) <= {"ready", "degraded"}


def test_a_kill_nobody_can_prove_is_unknown(desk: Desk) -> None:
    desk.up()
    running = desk.processes()
    os.kill(running["supervisor"], signal.SIGKILL)
    for name in ("execution-engine", "risk-manager", "paper-venue"):
        os.kill(running[name], signal.SIGSTOP)
    try:
        done = desk.run("kill", "--reason", "everything hangs", "--json")
    finally:
        for name in ("execution-engine", "risk-manager", "paper-venue"):
            os.kill(running[name], signal.SIGCONT)
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    assert report["stage"] == "LATCHED"
    assert report["unknown"]


def test_a_command_to_a_service_that_hangs_is_unknown(desk: Desk) -> None:
    desk.up()
    running = desk.processes()
    os.kill(running["supervisor"], signal.SIGKILL)
    os.kill(running["execution-engine"], signal.SIGSTOP)
    try:
        assert desk.run("pause").returncode == 3
        assert desk.run("orders").returncode == 3
    finally:
        os.kill(running["execution-engine"], signal.SIGCONT)


def test_a_replay_that_ends_settles_and_every_book_agrees(
    desk_home: Path, repository: Path, tmp_path: Path
) -> None:
    desk = Desk(desk_home, repository / "config" / "system.json")
    recording = tmp_path / "rows.csv"
    simulate(recording, rows=30_000, seed=20240102, per_second=600)
    try:
        done = desk.up("--source", "replay", "--file", str(recording), "--speed", "20", "--until-end")
        assert "Ended and settled" in done.stderr
        status = desk.status()
        assert status["source"]["state"] == "ended"
        assert status["source"]["rows"] > 0
        assert desk.json("orders", "--venue") == []
        assert desk.json("orders", "--working") == []
        fills, at_venue = desk.json("fills"), desk.json("fills", "--venue")
        assert [fill["execution_id"] for fill in fills] == [fill["execution_id"] for fill in at_venue]
        assert fills
        held = {row["symbol"]: row["quantity"] for row in desk.json("positions") if row["quantity"]}
        venue = {
            row["symbol"]: row["quantity"] for row in desk.json("positions", "--venue") if row["quantity"]
        }
        assert held == venue
        past = desk.json("fills", "--history", "--limit", "1000000")
        assert {row["execution_id"] for row in past} == {fill["execution_id"] for fill in fills}
        assert desk.json("breaks") == []

        target = tmp_path / "fills.csv"
        assert desk.run("fills", "--csv", str(target)).returncode == 0
        with target.open(newline="") as file:
            assert len(list(csv.DictReader(file))) == len(fills)
        assert desk.json("pnl")["symbols"]
    finally:
        desk.run("down")
    assert desk.processes() == {}


def test_a_stream_is_watched_as_plain_lines(desk: Desk) -> None:
    desk.up()
    done = desk.run("watch", "market", "--symbol", "ALFA", "--count", "3", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["symbol"] for line in lines] == ["ALFA"] * 3
    assert desk.run("watch", "risk", "--count", "1").returncode == 0


def test_without_a_terminal_the_desk_starts_shows_its_state_and_goes_on(desk: Desk) -> None:
    desk.home.prepare()
    desk.home.system_config.write_text(desk.config_file.read_text())
    desk.up()
    done = desk.run()
    assert done.returncode == 0, done.stderr
    assert "execution-engine" in done.stdout
    assert "supervisor" in desk.processes()


def test_a_drill_kills_for_real_and_keeps_the_times(desk: Desk) -> None:
    desk.up()
    held = json.loads(desk.must("drill", "--orders", str(RESTING), "--yes", "--json"))
    assert held["resting"] >= RESTING
    assert held["kill"]["stage"] == "VERIFIED"
    assert held["kill"]["open_before"] >= RESTING
    assert desk.venue_open() == []
    times = held["times_ms"]
    assert 0 < times["LATCHED"] <= times["CANCELLING"] <= times["VERIFIED"] <= times["RESIDUAL"]
    kept = [json.loads(line) for line in (desk.home.state / "drills.jsonl").read_text().splitlines()]
    assert kept == [held]
    assert desk.status()["kill"]["latched"]
    # A drill of a desk that is killed already would prove nothing.
    again = desk.run("drill", "--yes")
    assert again.returncode == 1
    assert "killed already" in again.stderr
    # The desk's own account knows every order of it, and how each ended.
    orders = desk.json("orders", "--limit", str(2 * RESTING))
    ended = [order for order in orders if order["client_order_id"].startswith("drill-")]
    assert len(ended) == RESTING
    assert {order["status"] for order in ended} == {"CANCELLED"}
    # And not without being asked.
    assert desk.run("drill").returncode == 1


def test_a_recording_holds_every_stream_and_what_stood_before(desk: Desk, tmp_path: Path) -> None:
    desk.up()
    rest_an_order(config_of(desk))
    file = tmp_path / "day.qdr.gz"
    desk.must("record", str(file), "--seconds", "3")
    records = list(read_recording(file))
    assert {record.stream for record in records} >= {Stream.MARKET_DATA, Stream.RISK, Stream.CONTROL}
    assert [record.at_us for record in records] == sorted(record.at_us for record in records)
    replies = [pb.ControlReply.FromString(r.payload) for r in records if r.stream is Stream.CONTROL]
    assert {reply.service for reply in replies if reply.HasField("pong")} == set(desk.processes()) - {
        "supervisor",
        "postgres",
    }
    snapshots = {reply.service for reply in replies if reply.HasField("snapshot")}
    assert snapshots == {"execution-engine", "risk-manager"}
    rows = [pb.MarketData.FromString(r.payload) for r in records if r.stream is Stream.MARKET_DATA]
    numbers = [row.sequence for row in rows if row.symbol == "ALFA"]
    assert len(numbers) > 10
    # After the last value, which a late subscriber gets, there is no gap.
    assert numbers[1:] == list(range(numbers[1], numbers[1] + len(numbers) - 1))
    # What is there already is never written over.
    assert desk.run("record", str(file), "--seconds", "1").returncode == 1
