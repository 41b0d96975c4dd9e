"""The supervisor against its promises: readiness, restarts, adoption, a clean end."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.supervisor.absence import STALL_S
from console.supervisor.service import HUNG_S
from tests.desk import SERVICES, Desk, configured, wait_for


@pytest.fixture
def desk(desk_home: Path, tmp_path: Path, repository: Path) -> Iterator[Desk]:
    shipped = repository / "config" / "system.json"
    desk = Desk(desk_home, configured(tmp_path, shipped, database={"kind": "off"}))
    yield desk
    desk.run("down")
    assert desk.processes() == {}


def test_up_returns_ready_says_what_runs_and_down_leaves_nothing(desk: Desk) -> None:
    desk.up()
    status = desk.status()
    assert status["running"]
    assert {s["name"] for s in status["services"]} == set(SERVICES)
    assert {s["state"] for s in status["services"]} <= {"ready", "degraded"}
    assert status["source"]["state"] == "running"
    assert set(desk.processes()) == {"supervisor", *SERVICES}

    def answered() -> subprocess.CompletedProcess[str] | None:
        done = desk.run("up")
        # A supervisor on a busy machine may not answer at once: 3 is that it didn't.
        return done if done.returncode != 3 else None

    again = wait_for(answered, "the supervisor answers")
    assert again.returncode == 0
    assert "already runs" in again.stderr
    other = desk.run("up", "--seed", "99")
    assert other.returncode == 1
    assert "quarterdeck down" in other.stderr

    assert desk.run("down").returncode == 0
    assert desk.processes() == {}
    assert desk.run("status").returncode == 1
    assert desk.run("down").returncode == 0


def test_a_held_source_begins_when_told(desk: Desk) -> None:
    desk.up("--hold")
    assert desk.status()["source"]["state"] == "held"
    assert desk.status()["source"]["rows"] == 0
    assert desk.run("start").returncode == 0
    wait_for(lambda: desk.status()["source"]["rows"], "rows come")
    assert desk.run("start").returncode == 0


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_killed_comes_back(desk: Desk, name: str) -> None:
    desk.up()
    before = desk.service(name)["pid"]
    os.kill(before, signal.SIGKILL)
    after = desk.replaced(name, before)
    assert after["restarts"] == 1
    # Nobody else was touched, and the source goes on.
    others = [s for s in desk.status()["services"] if s["name"] != name]
    assert {s["restarts"] for s in others} == {0}
    wait_for(lambda: desk.status()["source"]["state"] == "running", "the source runs")


def test_what_hangs_is_killed_and_replaced(desk: Desk) -> None:
    desk.up()
    before = desk.service("signal-bridge")["pid"]
    os.kill(before, signal.SIGSTOP)
    desk.replaced("signal-bridge", before)
    assert "hung (no pong for " in (desk.home.logs / "supervisor.log").read_text()
    assert not Path(f"/proc/{before}").exists()


def test_deleted_socket_files_are_noticed_told_and_bound_again(desk: Desk) -> None:
    desk.up()
    before = desk.service("execution-engine")["pid"]
    control = desk.home.run / "execution-engine-control.ipc"
    control.unlink()
    desk.replaced("execution-engine", before)
    assert f"its socket {control} was deleted" in (desk.home.logs / "supervisor.log").read_text()
    # Reached again by who asks anew.
    assert desk.run("pause").returncode == 0

    own = desk.home.run / "desk-control.ipc"
    own.unlink()
    wait_for(lambda: own.exists() and desk.status()["supervisor"], "the supervisor answers again")
    assert {s["restarts"] for s in desk.status()["services"] if s["name"] != "execution-engine"} == {0}


def test_services_outlive_their_supervisor_and_are_adopted(desk: Desk) -> None:
    desk.up()
    before = desk.processes()
    os.kill(before["supervisor"], signal.SIGKILL)
    wait_for(lambda: "supervisor" not in desk.processes(), "it is gone")
    status = desk.status()
    assert status["running"]
    assert status["supervisor"] is None
    assert {s["state"] for s in status["services"]} <= {"ready", "degraded"}

    again = desk.up()
    assert "without their supervisor" in again.stderr
    after = desk.processes()
    assert {name: after[name] for name in SERVICES} == {name: before[name] for name in SERVICES}
    # What was adopted is kept alive like what was started.
    os.kill(after["paper-venue"], signal.SIGKILL)
    desk.replaced("paper-venue", after["paper-venue"])


def test_down_works_without_a_supervisor(desk: Desk) -> None:
    desk.up()
    os.kill(desk.processes()["supervisor"], signal.SIGKILL)
    assert desk.run("down").returncode == 0
    assert desk.processes() == {}


def test_down_ends_a_supervisor_that_hangs(desk: Desk) -> None:
    desk.up()
    os.kill(desk.processes()["supervisor"], signal.SIGSTOP)
    done = desk.run("down")
    assert done.returncode == 0
    assert "does not answer" in done.stderr
    assert desk.processes() == {}


def test_a_supervisor_that_was_stopped_does_not_blame_the_services(desk: Desk) -> None:
    desk.up()
    supervisor = desk.processes()["supervisor"]
    os.kill(supervisor, signal.SIGSTOP)
    stopped = time.monotonic()
    wait_for(lambda: time.monotonic() - stopped > HUNG_S + STALL_S, "a stop longer than any silence it bears")
    os.kill(supervisor, signal.SIGCONT)
    log = desk.home.logs / "supervisor.log"
    wait_for(lambda: "was itself stopped" in log.read_text(), "it noticed")
    # It has looked at every service with what came in since, and would count one it had replaced.
    wait_for(
        lambda: {s["state"] for s in desk.status()["services"]} <= {"ready", "degraded"},
        "all are heard again",
    )
    assert {s["restarts"] for s in desk.status()["services"]} == {0}


def test_the_kill_file_latches_the_desk(desk: Desk) -> None:
    desk.up()
    desk.home.kill_file.touch()
    wait_for(lambda: desk.status()["kill"]["latched"], "it is latched")


def test_a_foreign_lock_is_named_and_left_alone(desk: Desk) -> None:
    desk.home.prepare()
    with (desk.home.run / "market-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = desk.run("up", "--config", str(desk.config_file))
    assert done.returncode == 1
    assert f"pid {os.getpid()}" in done.stderr
    assert desk.processes() == {}


def test_a_start_that_fails_shows_the_log_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    recording = tmp_path / "rows.csv"
    recording.write_text("this,is,no,recording\n1,2,3,4\n")
    done = desk.run("up", "--config", str(desk.config_file), "--source", "replay", "--file", str(recording))
    assert done.returncode == 1
    assert "rows.csv" in done.stderr
    assert desk.processes() == {}


def test_the_embedded_database_is_owned_kept_and_stopped(desk_home: Path, repository: Path) -> None:
    desk = Desk(desk_home, repository / "config" / "system.json")
    try:
        desk.up()
        before = desk.processes()["postgres"]
        for folder in (desk.home.run, desk.home.state, desk.home.pg):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((desk.home.state / "database-url").stat().st_mode) == 0o600
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: desk.processes().get("postgres", before) != before, "it is back")
        wait_for(lambda: desk.status()["store"]["state"] == "ok", "the store follows")
        assert {s["restarts"] for s in desk.status()["services"]} == {0}
    finally:
        desk.run("down")
    assert desk.processes() == {}
