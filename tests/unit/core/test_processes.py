from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from pathlib import Path

import pytest

from console.core.paths import Home
from console.core.processes import ProcessRecord, lock_holders, read_records, write_records


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


def test_the_holder_of_a_lock_is_found_without_touching_it(home: Home) -> None:
    with (home.run / "market-data.lock").open("w") as held, (home.run / "risk-manager.lock").open("w"):
        fcntl.flock(held, fcntl.LOCK_EX)
        holders = lock_holders(home, ["market-data", "risk-manager", "paper-venue"])
    assert {name: record.pid for name, record in holders.items()} == {"market-data": os.getpid()}
