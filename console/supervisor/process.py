"""Starting one program of the desk, and ending it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.core.processes import ProcessRecord

# A log this large is put aside when its program starts again; one old log is kept.
LOG_BYTES = 16 * 1024 * 1024
# A program that was asked to end gets this long before it is killed.
STOP_S = 5.0
# What a log's tail shows in a sentence about a failure.
TAIL_LINES = 6


@dataclass(slots=True)
class Running:
    """A program of the desk that runs: started here (`child`), or adopted from an earlier supervisor."""

    record: ProcessRecord
    child: subprocess.Popen[bytes] | None

    def ended(self) -> str | None:
        """How it ended ("exit 1", "killed by SIGKILL"), reaping it; None while it runs."""
        if self.child is not None:
            code = self.child.poll()
            if code is None:
                return None
            return f"exit {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        return None if self.record.alive() else "gone"

    def kill(self) -> None:
        """End it at once, also when it is stopped or hangs, and reap it."""
        self.record.signal(signal.SIGKILL)
        self.wait(STOP_S)

    def stop(self) -> bool:
        """Ask it to end, then end it; False when it had to be killed."""
        self.record.signal(signal.SIGTERM)
        # A stopped process only takes the request once it goes on.
        self.record.signal(signal.SIGCONT)
        if self.wait(STOP_S):
            return True
        self.kill()
        return False

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end and reap it; False when it still runs."""
        if self.child is not None:
            try:
                self.child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                return False
            return True
        return self.record.wait(timeout_s)


def spawn(
    name: str, command: Sequence[str | Path], *, environment: Mapping[str, str], folder: Path, log: Path
) -> Running:
    """Start a program in a session of its own, so that neither a closed terminal nor ctrl+c ends it."""
    rotate(log)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )
    finally:
        os.close(handle)
    record = ProcessRecord.of(name, child.pid)
    if record is None:
        # It ended before it could be looked at; its pid stays ours until it is reaped.
        record = ProcessRecord(name, child.pid, -1, "")
    return Running(record, child)


def rotate(log: Path) -> None:
    """Put a large log aside as NAME.log.1."""
    try:
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name(log.name + ".1"))
    except FileNotFoundError:
        return


def tail(log: Path, lines: int = TAIL_LINES, *, since: int = 0) -> str:
    """The last lines of a log from byte `since` on, indented for a message; empty when there are none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(min(since, size), size - 16_384))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def log_size(log: Path) -> int:
    """The size of a log in bytes, 0 when there is none."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


class Backoff:
    """How long to wait before the next try: 0.1 s, doubled up to 5 s, small again after a good minute."""

    FIRST_S = 0.1
    LONGEST_S = 5.0
    GOOD_S = 60.0

    def __init__(self) -> None:
        self._next_s = self.FIRST_S

    def failed(self, *, lived_s: float) -> float:
        """The wait after a program that ended, which had lived for `lived_s`."""
        if lived_s >= self.GOOD_S:
            self._next_s = self.FIRST_S
        wait = self._next_s
        self._next_s = min(self.LONGEST_S, self._next_s * 2)
        return wait


def monotonic() -> float:
    """Seconds that never run backwards."""
    return time.monotonic()
