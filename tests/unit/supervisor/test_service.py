"""Keeping a service alive, with real processes and a clock of the test's own."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.core.heartbeats import Pulse
from console.core.paths import HomeError
from console.core.processes import ProcessRecord
from console.proto import messages_pb2 as pb
from console.supervisor.process import Backoff, Running, rotate, spawn, tail
from console.supervisor.service import HUNG_S, READY_S, Phase, Service

READY = pb.Pong.READY


class Bench:
    """A service whose process is `sleep`, and what was reported of it."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.command = command
        self.reports: list[str] = []
        self.starts: list[bool] = []
        self.folder = folder
        self.service = Service(
            name="market-data",
            log=folder / "market-data.log",
            start=self.start,
            report=lambda _who, what: self.reports.append(what),
            forget_pulse=lambda _name: None,
        )

    def start(self, first: bool) -> Running:
        self.starts.append(first)
        return spawn("market-data", self.command, environment={}, folder=self.folder, log=self.service.log)

    def pulse(self, at: float, state: pb.Pong.State = READY) -> Pulse:
        assert self.service.running is not None
        return Pulse(pb.Pong(pid=self.service.running.record.pid, state=state), at)

    def wait_for_end(self) -> None:
        assert self.service.running is not None
        assert self.service.running.child is not None
        # Looked at without being reaped: that is the service's own work.
        deadline = time.monotonic() + 10
        while self.service.running.record.alive():
            assert time.monotonic() < deadline
            time.sleep(0.005)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, ["/bin/sleep", "60"])
    yield bench
    bench.service.stop()


def test_it_is_ready_when_it_says_so_and_not_before(bench: Bench) -> None:
    bench.service.launch(0.0, first=True)
    bench.service.step(Pulse(), 1.0)
    bench.service.step(bench.pulse(2.0, pb.Pong.STARTING), 2.0)
    assert bench.service.phase is Phase.STARTING
    bench.service.step(bench.pulse(3.0), 3.0)
    assert bench.service.phase is Phase.READY


def test_degraded_is_ready_and_says_why(bench: Bench) -> None:
    bench.service.launch(0.0, first=True)
    pulse = bench.pulse(1.0, pb.Pong.DEGRADED)
    assert pulse.pong is not None
    pulse.pong.detail = "the model is missing"
    bench.service.step(pulse, 1.0)
    assert bench.service.phase is Phase.READY
    assert "the model is missing" in bench.reports[-1]


def test_a_pong_of_another_process_is_no_pulse(bench: Bench) -> None:
    bench.service.launch(0.0, first=True)
    bench.service.step(Pulse(pb.Pong(pid=1, state=READY), 1.0), 1.0)
    assert bench.service.phase is Phase.STARTING


def test_what_dies_comes_back_after_a_wait(bench: Bench) -> None:
    bench.service.launch(0.0, first=True)
    bench.service.step(bench.pulse(1.0), 1.0)
    assert bench.service.running is not None
    bench.service.running.record.signal(signal.SIGKILL)
    bench.wait_for_end()
    bench.service.step(Pulse(), 2.0)
    assert bench.service.phase is Phase.RESTARTING
    assert "SIGKILL" in bench.service.failure
    bench.service.step(Pulse(), 2.05)
    assert bench.starts == [True]
    bench.service.step(Pulse(), 2.2)
    assert bench.starts == [True, False]
    assert bench.service.restarts == 1
    bench.service.step(bench.pulse(3.0), 3.0)
    assert bench.service.phase is Phase.READY


def test_what_hangs_is_killed_and_reaped_before_it_is_replaced(bench: Bench) -> None:
    bench.service.launch(0.0, first=True)
    pulse = bench.pulse(1.0)
    bench.service.step(pulse, 1.0)
    assert bench.service.running is not None
    hung = bench.service.running
    # A stopped process takes no request to end.
    hung.record.signal(signal.SIGSTOP)
    bench.service.step(pulse, 1.0 + HUNG_S)
    assert bench.service.phase is Phase.READY
    bench.service.step(pulse, 1.1 + HUNG_S)
    assert bench.service.phase is Phase.RESTARTING
    assert hung.child is not None
    assert hung.child.returncode == -signal.SIGKILL
    assert "hung" in bench.reports[-1]


def test_a_start_that_takes_too_long_is_a_hang(bench: Bench) -> None:
    bench.service.launch(0.0, first=True)
    bench.service.step(Pulse(), READY_S)
    assert bench.service.phase is Phase.STARTING
    bench.service.step(Pulse(), READY_S + 0.1)
    assert bench.service.phase is Phase.RESTARTING


def test_what_answers_is_never_killed_for_being_slow_to_start(bench: Bench) -> None:
    bench.service.launch(0.0, first=False)
    for second in range(1, 121):
        pulse = bench.pulse(float(second), pb.Pong.STARTING)
        assert pulse.pong is not None
        pulse.pong.detail = "the venue is away"
        bench.service.step(pulse, float(second))
        assert bench.service.phase is Phase.STARTING
        # An `up` that waits for it gives up then.
        assert bench.service.late == (second > READY_S)
    assert bench.starts == [False]
    assert [report for report in bench.reports if "the venue is away" in report] == bench.reports[-1:]
    bench.service.step(bench.pulse(121.0), 121.0)
    assert bench.service.phase is Phase.READY
    assert bench.service.failure == ""


def test_what_falls_silent_while_it_starts_is_killed(bench: Bench) -> None:
    bench.service.launch(0.0, first=False)
    pulse = bench.pulse(100.0, pb.Pong.STARTING)
    bench.service.step(pulse, 100.0)
    bench.service.step(pulse, 100.1 + HUNG_S)
    assert bench.service.phase is Phase.RESTARTING


def test_a_failure_shows_what_this_start_wrote(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ["/bin/sh", "-c", "echo the port is taken >&2; exit 3"])
    bench.service.log.write_text("an older line\n")
    bench.service.launch(0.0, first=True)
    bench.wait_for_end()
    bench.service.step(Pulse(), 1.0)
    why = bench.service.why()
    assert "market-data ended (exit 3)" in why
    assert "the port is taken" in why
    assert "an older line" not in why


def test_a_program_that_is_gone_is_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [])

    def missing(first: bool) -> Running:
        raise HomeError("The program market-data is missing")

    bench.service.start = missing
    bench.service.launch(0.0, first=False)
    assert bench.service.phase is Phase.RESTARTING
    assert "is missing" in bench.reports[-1]


def test_an_adopted_process_is_watched_like_a_child(bench: Bench) -> None:
    child = subprocess.Popen(["/bin/sleep", "60"])
    record = ProcessRecord.of("market-data", child.pid)
    assert record is not None
    bench.service.adopt(record, 0.0)
    bench.service.step(Pulse(pb.Pong(pid=child.pid, state=READY), 1.0), 1.0)
    assert bench.service.phase is Phase.READY
    child.kill()
    child.wait()
    bench.service.step(Pulse(), 2.0)
    assert bench.service.phase is Phase.RESTARTING
    assert "gone" in bench.service.failure


def test_stopping_ends_it_for_good(bench: Bench) -> None:
    bench.service.launch(0.0, first=True)
    assert bench.service.running is not None
    record = bench.service.running.record
    bench.service.stop()
    assert not record.alive()
    bench.service.step(Pulse(), 100.0)
    assert bench.starts == [True]
    assert bench.reports[-1] == "stopped"


def test_waits_double_to_five_seconds_and_start_small_after_a_good_minute() -> None:
    backoff = Backoff()
    waits = [backoff.failed(lived_s=1.0) for _ in range(8)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert backoff.failed(lived_s=61.0) == 0.1


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.supervisor.process.LOG_BYTES", 10)
    log = tmp_path / "a.log"
    log.write_text("0123456789")
    rotate(log)
    assert log.exists()
    log.write_text("0123456789+")
    rotate(log)
    assert not log.exists()
    assert (tmp_path / "a.log.1").read_text() == "0123456789+"


def test_a_tail_is_the_last_lines_of_this_run(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {n}\n" for n in range(100)))
    assert tail(log, 2) == "    line 98\n    line 99"
    assert tail(tmp_path / "none.log") == ""
