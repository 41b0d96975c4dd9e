"""The processes of a desk, known by pid and start time: a pid used again is never mistaken for one."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from console.core.atomic import write_private
from console.core.paths import Home

SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process as it was started. `start_ticks` is its start time in the kernel's ticks since boot."""

    name: str
    pid: int
    start_ticks: int
    boot_id: str

    @classmethod
    def of(cls, name: str, pid: int) -> ProcessRecord | None:
        """The record of a living process; None when it is gone."""
        ticks = start_ticks(pid)
        return None if ticks is None else cls(name, pid, ticks, boot_id())

    def alive(self) -> bool:
        """This very process still runs."""
        return self.boot_id == boot_id() and start_ticks(self.pid) == self.start_ticks

    def is_program(self) -> bool:
        """It runs the program of its name, or the supervisor's module: not a stranger with a lock of ours."""
        try:
            parts = Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        # A program that is a script has its interpreter in front.
        names = [os.path.basename(os.fsdecode(part)) for part in parts[:2]]  # noqa: PTH119
        return self.name in names or (self.name == SUPERVISOR and b"console.supervisor" in parts)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this very process, if it still runs."""
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended; False when it still runs at the deadline. Also for processes of others."""
        if not self.alive():
            return True
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            ended, _, _ = select.select([handle], [], [], timeout_s)
        finally:
            os.close(handle)
        return bool(ended) or not self.alive()


def start_ticks(pid: int) -> int | None:
    """When the process started, in ticks since boot; None for one that is gone or only waits to be reaped."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything: count fields from behind it.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


def boot_id() -> str:
    """The kernel's name for this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()


def records_file(home: Home) -> Path:
    """Where the supervisor writes what it started."""
    return home.state / "processes.json"


def read_records(home: Home) -> dict[str, ProcessRecord]:
    """The processes last started for this home, the supervisor among them; some may be gone."""
    try:
        text = records_file(home).read_text(encoding="utf-8")
        return {entry["name"]: ProcessRecord(**entry) for entry in json.loads(text)}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, RecursionError):
        # Written whole and renamed, so this is no file of ours; what runs is found by its locks.
        return {}


def write_records(home: Home, records: Iterable[ProcessRecord]) -> None:
    """Replace the record of what runs."""
    write_private(records_file(home), json.dumps([asdict(record) for record in records], indent=1))


def lock_holders(home: Home, names: Iterable[str]) -> dict[str, ProcessRecord]:
    """The desk's processes that hold the single-instance locks in `run/`, whoever started them."""
    return {name: holder for name, holder in _holders(home, names).items() if holder.is_program()}


def lock_strangers(home: Home, names: Iterable[str]) -> dict[str, ProcessRecord]:
    """Processes of another kind that hold locks of the desk: they must be told about, and left alone."""
    return {name: holder for name, holder in _holders(home, names).items() if not holder.is_program()}


def _holders(home: Home, names: Iterable[str]) -> dict[str, ProcessRecord]:
    """Who holds which lock.

    The kernel's own list is read, because taking a lock to test it could make a starting service give up.
    """
    inodes: dict[tuple[int, int, int], str] = {}
    for name in names:
        try:
            status = (home.run / f"{name}.lock").stat()
        except FileNotFoundError:
            continue
        inodes[(os.major(status.st_dev), os.minor(status.st_dev), status.st_ino)] = name
    holders: dict[str, ProcessRecord] = {}
    for line in Path("/proc/locks").read_text(encoding="utf-8").splitlines():
        # "1: FLOCK  ADVISORY  WRITE 4242 fd:01:123456 0 EOF"; a waiter has "->" as second field.
        fields = line.split()
        if len(fields) < 6 or fields[1] != "FLOCK":
            continue
        major, minor, inode = fields[5].split(":")
        found = inodes.get((int(major, 16), int(minor, 16), int(inode)))
        record = ProcessRecord.of(found, int(fields[4])) if found else None
        if record is not None:
            holders[record.name] = record
    return holders
