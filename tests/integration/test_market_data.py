"""What the service market-data publishes, read with nothing but the contract and ZeroMQ."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import zmq

from console.proto import messages_pb2 as pb

HEADER = "timestamp_us,symbol,exchange,price,volume,aggressor,bid,bid_size,ask,ask_size"
GOOD = "{time},ESH4,GLBX,4800.25,2,B,4800.0,4,4800.25,7"
DEADLINE_S = 20.0
SourceState = pb.SourceStatus.State


class Service:
    """A running market-data, and the sockets of those who talk to it."""

    def __init__(self, program: Path, home: Path, config: Path) -> None:
        self.program, self.home, self.config = program, home, config
        self.context = zmq.Context()
        self.process: subprocess.Popen[str] | None = None
        self.log = home / "log"

    def command(self, *flags: str) -> list[str]:
        return [str(self.program), "--home", str(self.home), "--config", str(self.config), *flags]

    def start(self, *flags: str) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.command(*flags), stderr=log, text=True)

    def refused(self, *flags: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*flags)
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)

    def subscribe(self, topic: bytes = b"") -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.SUB)
        socket.linger, socket.rcvhwm, socket.rcvtimeo = 0, 0, int(DEADLINE_S * 1000)
        socket.subscribe(topic)
        socket.connect(f"ipc://{self.home}/run/market-data.ipc")
        return socket

    def ask(self, request: pb.ControlRequest) -> pb.ControlReply:
        socket = self.context.socket(zmq.DEALER)
        socket.linger = 0
        socket.connect(f"ipc://{self.home}/run/market-data-control.ipc")
        request.request_id = "asked"
        try:
            socket.send(request.SerializeToString())
            assert socket.poll(int(DEADLINE_S * 1000)), self.log.read_text()
            reply = pb.ControlReply()
            reply.ParseFromString(socket.recv_multipart()[-1])
        finally:
            socket.close()
        assert reply.request_id == "asked"
        return reply

    def ping(self) -> pb.Pong:
        return self.ask(pb.ControlRequest(ping=pb.Ping())).pong

    def await_pong(self, holds: Callable[[pb.Pong], bool]) -> pb.Pong:
        deadline = time.monotonic() + DEADLINE_S
        while not holds(pong := self.ping()):
            assert time.monotonic() < deadline, pong
        return pong

    def let_go(self, subscribers: int) -> None:
        """Starts a held source once `subscribers` were accepted."""
        self.await_pong(lambda pong: pong.counters["subscriptions"] >= subscribers)
        self.ask(pb.ControlRequest(start=pb.StartSource()))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.context.destroy(linger=0)


@pytest.fixture
def service(binaries: Path, desk_home: Path, repository: Path) -> Iterator[Service]:
    running = Service(binaries / "market-data", desk_home, repository / "config" / "system.json")
    yield running
    running.close()


def receive(socket: zmq.Socket[bytes], count: int) -> list[pb.MarketData]:
    messages = []
    for _ in range(count):
        message = pb.MarketData()
        message.ParseFromString(socket.recv())
        messages.append(message)
    return messages


def assert_no_more(socket: zmq.Socket[bytes]) -> None:
    assert not socket.poll(100), "a frame too many"


def write(path: Path, lines: list[str]) -> Path:
    text = "\n".join([HEADER, *lines]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_python_receives_what_test_mode_publishes(service: Service) -> None:
    service.start("--test-mode")
    messages = receive(service.subscribe(), 50)
    first = messages[0].sequence
    assert [message.sequence for message in messages] == list(range(first, first + 50))
    for message in messages:
        assert message.symbol == "ALFA"
        assert message.bid < message.ask
        assert message.HasField("price") == (message.sequence % 4 == 0)
        assert (message.volume > 0) == message.HasField("price")
        assert message.epoch == messages[0].epoch > 0
        assert abs(message.published_us - time.time() * 1e6) < 60e6
    times = [message.timestamp_us for message in messages]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [10_000] * 49
    assert service.stop() == 0


def test_a_late_subscriber_gets_each_last_value_and_the_early_one_sees_nothing_twice(
    service: Service, tmp_path: Path
) -> None:
    rows = [GOOD.format(time=at) for at in range(5)] + ["9,AAPL,X,,0,,585.33,1,585.34,2"]
    service.start("--source", "replay", "--file", str(write(tmp_path / "a.csv", rows)), "--hold")
    early = service.subscribe()
    service.let_go(subscribers=1)
    assert [message.sequence for message in receive(early, 6)] == [1, 2, 3, 4, 5, 1]
    late = service.subscribe()
    assert [(message.symbol, message.sequence) for message in receive(late, 2)] == [("ESH4", 5), ("AAPL", 1)]
    one = service.subscribe(b"\x0a\x04AAPL")
    assert [message.symbol for message in receive(one, 1)] == ["AAPL"]
    for socket in (early, late, one):
        assert_no_more(socket)


def test_a_held_replay_waits_and_then_gives_every_row_in_order(service: Service, tmp_path: Path) -> None:
    rows = [GOOD.format(time=at) for at in range(3_000)]
    file = write(tmp_path / "a.csv.gz", rows)
    service.start("--source", "replay", "--file", str(file), "--speed", "max", "--hold")
    socket = service.subscribe()
    assert service.ping().source.state == SourceState.HELD
    service.let_go(subscribers=1)
    messages = receive(socket, 3_000)
    assert [message.sequence for message in messages] == list(range(1, 3_001))
    assert [message.timestamp_us for message in messages] == list(range(3_000))
    pong = service.await_pong(lambda pong: pong.source.state == SourceState.ENDED)
    assert pong.source.rows == 3_000
    assert dict(pong.last_sequences) == {"ESH4": 3_000}
    assert not pong.source.faults
    assert service.stop() == 0


def test_a_malformed_row_stops_the_replay_and_not_the_service(service: Service, tmp_path: Path) -> None:
    rows = [GOOD.format(time=1), "2,ESH4,GLBX,,0,,abc,4,4800.25,7", GOOD.format(time=3)]
    file = write(tmp_path / "a.csv", rows)
    service.start("--source", "replay", "--file", str(file), "--speed", "max")
    pong = service.await_pong(lambda pong: pong.source.state == SourceState.FAILED)
    assert pong.state == pb.Pong.State.DEGRADED
    assert str(file) in pong.source.reason
    assert "line 3" in pong.source.reason
    assert "abc" in pong.source.reason
    assert pong.source.rows == 1
    assert [message.timestamp_us for message in receive(service.subscribe(), 1)] == [1]


def test_bad_rows_are_counted_when_told_so_and_faults_always(service: Service, tmp_path: Path) -> None:
    rows = [
        GOOD.format(time=10),
        "nonsense",
        "11,ESH4,GLBX,,0,,4801.0,4,4800.0,7",
        "12,ESH4,GLBX,,0,,4800.0,-4,4800.25,7",
        GOOD.format(time=9),
        GOOD.format(time=13),
    ]
    file = write(tmp_path / "a.csv", rows)
    service.start("--source", "replay", "--file", str(file), "--speed", "max", "--skip-bad-rows", "--hold")
    socket = service.subscribe()
    service.let_go(subscribers=1)
    assert [message.timestamp_us for message in receive(socket, 2)] == [10, 13]
    pong = service.await_pong(lambda pong: pong.source.state == SourceState.ENDED)
    faults = {"malformed": 1, "crossed_book": 1, "negative_size": 1, "time_backwards": 1}
    assert dict(pong.source.faults) == faults
    assert_no_more(socket)


def test_parquet_is_published_as_the_same_rows_in_csv_are(service: Service, tmp_path: Path) -> None:
    lines = tmp_path / "day.csv"
    flags = ["--dump", str(lines), "--rows", "1500", "--seed", "5", "--messages-per-second", "1000"]
    subprocess.run(service.command(*flags), check=True, timeout=DEADLINE_S)
    table = tmp_path / "day.parquet"
    pd.read_csv(lines).to_parquet(table)
    streams = []
    for file in (lines, table):
        service.start("--source", "replay", "--file", str(file), "--speed", "max", "--hold")
        socket = service.subscribe()
        service.let_go(subscribers=1)
        messages = receive(socket, 1_500)
        pong = service.await_pong(lambda pong: pong.source.state == SourceState.ENDED)
        assert not pong.source.faults
        assert service.stop() == 0
        socket.close()
        for message in messages:
            # What tells one run of the service from the other.
            message.ClearField("epoch")
            message.ClearField("published_us")
        streams.append(messages)
    assert streams[0] == streams[1]


def test_a_bad_row_of_parquet_stops_the_replay_with_its_number(service: Service, tmp_path: Path) -> None:
    lines = write(tmp_path / "a.csv", [GOOD.format(time=at) for at in range(3)])
    frame = pd.read_csv(lines)
    frame.loc[1, "bid_size"] = np.nan
    file = tmp_path / "a.parquet"
    frame.to_parquet(file)
    service.start("--source", "replay", "--file", str(file), "--speed", "max")
    pong = service.await_pong(lambda pong: pong.source.state == SourceState.FAILED)
    assert pong.source.reason == f"{file}, row 2: bid_size is missing"
    assert pong.source.rows == 1


def test_after_a_kill_the_replay_goes_on_where_it_was(service: Service, tmp_path: Path) -> None:
    rows = [GOOD.format(time=at * 1_000) for at in range(4_000)]
    flags = ["--source", "replay", "--file", str(write(tmp_path / "a.csv", rows)), "--speed", "4"]
    service.start(*flags, "--hold")
    socket = service.subscribe()
    service.let_go(subscribers=1)
    before = receive(socket, 400)
    service.stop(signal.SIGKILL)
    while socket.poll(100):
        before += receive(socket, 1)
    service.start(*flags, "--hold", "--resume")
    after = receive(service.subscribe(), 1)
    assert after[0].epoch > before[-1].epoch
    assert after[0].timestamp_us > before[0].timestamp_us
    pong = service.await_pong(lambda pong: pong.source.state == SourceState.ENDED)
    assert pong.source.rows == 4_000
    # Rows of the batch in which it was killed may come twice; those that had left it are not all sent again.
    assert pong.last_sequences["ESH4"] <= 4_000 - len(before) + 512


def test_the_simulator_gives_the_same_rows_for_the_same_seed(service: Service, tmp_path: Path) -> None:
    dumps = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file, seed in zip(dumps, ("5", "5"), strict=True):
        flags = ["--dump", str(file), "--rows", "500", "--seed", seed, "--messages-per-second", "1000"]
        subprocess.run(service.command(*flags), check=True, timeout=DEADLINE_S)
    assert dumps[0].read_bytes() == dumps[1].read_bytes()
    lines = dumps[0].read_text().splitlines()
    service.start("--seed", "5", "--messages-per-second", "1000", "--hold")
    socket = service.subscribe()
    service.let_go(subscribers=1)
    live = [(str(message.timestamp_us), message.symbol) for message in receive(socket, 500)]
    assert live == [tuple(line.split(",")[:2]) for line in lines[1:]]


def test_a_second_instance_is_refused_with_a_remedy(service: Service) -> None:
    service.start("--test-mode")
    service.ping()
    refused = service.refused("--test-mode")
    assert refused.returncode == 1
    assert "quarterdeck down" in refused.stderr
    assert receive(service.subscribe(), 2), "the first one goes on"


@pytest.mark.parametrize(
    ("flags", "code", "sentence"),
    [
        (["--source", "replay"], 2, "--file"),
        (["--source", "sim", "--file", "a.csv"], 2, "--file"),
        (["--speed", "0"], 2, "above nought"),
        (["--source", "replay", "--file", "/nonexistent/a.csv"], 1, "/nonexistent/a.csv"),
    ],
)
def test_wrong_use_is_refused_in_a_sentence(
    service: Service, flags: list[str], code: int, sentence: str
) -> None:
    refused = service.refused(*flags)
    assert refused.returncode == code
    assert sentence in refused.stderr


def test_an_unknown_key_is_refused_at_its_place(service: Service, tmp_path: Path) -> None:
    config = json.loads(service.config.read_text())
    config["market_data"]["sorce"] = 1
    service.config = tmp_path / "system.json"
    service.config.write_text(json.dumps(config))
    service.start("--test-mode")
    assert service.process is not None
    assert service.process.wait(DEADLINE_S) == 1
    assert "market_data.sorce" in service.log.read_text()


@pytest.mark.skipif("QUARTERDECK_DATA" not in os.environ, reason="QUARTERDECK_DATA names no recorded data")
@pytest.mark.parametrize(("file", "rows"), [("esh4_2023-12-25.csv.gz", 25_613), ("aapl_2012-06-21.csv", 546)])
def test_a_recorded_day_arrives_whole(service: Service, file: str, rows: int) -> None:
    path = Path(os.environ["QUARTERDECK_DATA"]) / file
    service.start("--source", "replay", "--file", str(path), "--speed", "max", "--hold")
    socket = service.subscribe()
    service.let_go(subscribers=1)
    messages = receive(socket, rows)
    assert [message.sequence for message in messages] == list(range(1, rows + 1))
    assert service.await_pong(lambda pong: pong.source.state == SourceState.ENDED).source.rows == rows
    assert_no_more(socket)
