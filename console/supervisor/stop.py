"""Stopping a desk from the command line, also when its supervisor is dead or hangs."""

from __future__ import annotations

import signal
from collections.abc import Callable

from console.core.control import NoAnswer
from console.core.desk import ask_supervisor
from console.core.paths import Home
from console.core.processes import SUPERVISOR, ProcessRecord, lock_holders, read_records, write_records
from console.supervisor.environment import START_ORDER
from console.supervisor.postgres import EmbeddedPostgres
from console.supervisor.process import Running

# Five services with five seconds each, and PostgreSQL's checkpoint.
SUPERVISOR_STOP_S = 60.0


class StopError(Exception):
    """Something still runs; the text names it."""


def running_processes(home: Home) -> dict[str, ProcessRecord]:
    """Every process of this home that runs, by name, whoever started it."""
    names = (SUPERVISOR, *START_ORDER)
    found = {**read_records(home), **lock_holders(home, names)}
    server = EmbeddedPostgres(home).process()
    if server is not None:
        found["postgres"] = server
    return {name: record for name, record in found.items() if record.alive()}


def stop_desk(home: Home, say: Callable[[str], None]) -> bool:
    """Stop everything of this home and leave no process behind; False when nothing ran."""
    running = running_processes(home)
    if not running:
        return False
    supervisor = running.get(SUPERVISOR)
    if supervisor is not None:
        _stop_supervisor(home, supervisor, say)
    for name in reversed(START_ORDER):
        record = running_processes(home).get(name)
        if record is not None:
            clean = Running(record, None).stop()
            say(f"{name}: {'stopped' if clean else 'did not stop when asked and was killed'}")
    if EmbeddedPostgres(home).stop():
        say("postgres: stopped")
    left = running_processes(home)
    if left:
        names = ", ".join(f"{name} (pid {record.pid})" for name, record in left.items())
        raise StopError(f"Still running: {names}. End them by hand: kill -9 PID.")
    write_records(home, [])
    return True


def _stop_supervisor(home: Home, record: ProcessRecord, say: Callable[[str], None]) -> None:
    try:
        ask_supervisor(home, "down", timeout_s=2.0)
    except NoAnswer:
        say(f"supervisor: does not answer; killed (pid {record.pid})")
        record.signal(signal.SIGKILL)
    if not record.wait(SUPERVISOR_STOP_S):
        say(f"supervisor: did not end within {SUPERVISOR_STOP_S:g} s; killed (pid {record.pid})")
        record.signal(signal.SIGKILL)
        record.wait(2.0)
    else:
        say("supervisor: stopped")
