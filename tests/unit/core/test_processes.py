from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.core.paths import Home
from console.core.processes import ProcessRecord, lock_holders, lock_strangers, read_records, write_records


@pytest.fixture
def home(desk_home: Path) -> Home:
    home = Home.resolve(desk_home)
    home.prepare()
    return home


def test_a_dead_process_is_dead_before_it_is_reaped() -> None:
    child = subprocess.Popen(["sleep", "60"])
    record = ProcessRecord.of("sleep", child.pid)
    assert record is not None
    assert record.alive()
    record.signal(signal.SIGKILL)
    assert record.wait(5.0)
    # A zombie still has its pid.
    assert not record.alive()
    child.wait()


def test_a_pid_used_again_is_somebody_else() -> None:
    me = ProcessRecord.of("me", os.getpid())
    assert me is not None
    other = ProcessRecord(me.name, me.pid, me.start_ticks - 1, me.boot_id)
    assert me.alive()
    assert not other.alive()
    # It must not be hit either.
    other.signal(signal.SIGKILL)


def test_a_record_of_before_the_boot_is_dead() -> None:
    me = ProcessRecord.of("me", os.getpid())
    assert me is not None
    assert not ProcessRecord(me.name, me.pid, me.start_ticks, "another boot").alive()


def test_records_are_read_back(home: Home) -> None:
    me = ProcessRecord.of("market-data", os.getpid())
    assert me is not None
    write_records(home, [me])
    assert read_records(home) == {"market-data": me}
    assert (home.state / "processes.json").stat().st_mode & 0o077 == 0


def test_a_damaged_record_is_no_record(home: Home) -> None:
    (home.state / "processes.json").write_text("[{}")
    assert read_records(home) == {}


def test_a_stranger_with_a_lock_is_found_without_touching_it_and_is_no_service(home: Home) -> None:
    with (home.run / "market-data.lock").open("w") as held, (home.run / "risk-manager.lock").open("w"):
        fcntl.flock(held, fcntl.LOCK_EX)
        names = ["market-data", "risk-manager", "paper-venue"]
        strangers, holders = lock_strangers(home, names), lock_holders(home, names)
    assert {name: record.pid for name, record in strangers.items()} == {"market-data": os.getpid()}
    assert holders == {}


def test_a_service_with_its_lock_is_found_whoever_started_it(home: Home, tmp_path: Path) -> None:
    program = tmp_path / "market-data"
    program.write_text(
        f"#!{sys.executable}\n"
        "import fcntl, sys, time\n"
        "held = open(sys.argv[1], 'w')\n"
        "fcntl.flock(held, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "time.sleep(60)\n"
    )
    program.chmod(0o755)
    lock = home.run / "market-data.lock"
    with subprocess.Popen([program, lock], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        holders = lock_holders(home, ["market-data"])
        child.kill()
    assert {name: record.pid for name, record in holders.items()} == {"market-data": child.pid}


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"[" * 100_000, b"{}", b"[1]", b'[{"name": 1}]', b"null", b""]
)
def test_a_record_that_cannot_be_read_is_none(home: Home, content: bytes) -> None:
    (home.state / "processes.json").write_bytes(content)
    assert read_records(home) == {}
