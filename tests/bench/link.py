"""A program in a pseudo-terminal, seen through a link: so many bytes a second, a round trip, a buffer that
holds megabytes before it pushes back, as SSH and the networks under it do.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

QUESTION, ANSWER = b"\x1b[6n", b"\x1b[1;1R"
PACKET = 1_400
KEPT = 200_000


class Link:
    """`rate` in bytes a second (None: as fast as it goes), `round_trip_s` the whole way there and back."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        size: tuple[int, int] = (200, 60),
        rate: float | None = None,
        round_trip_s: float = 0.0,
        buffer: int = 2_000_000,
    ) -> None:
        self._rate, self._way_s, self._buffer = rate, round_trip_s / 2, buffer
        self._master: int | None
        self._master, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=dict(environment), stdin=other, stdout=other, stderr=other, start_new_session=True
        )
        os.close(other)
        self._there: deque[tuple[float, bytes]] = deque()
        self._back: deque[tuple[float, bytes]] = deque()
        self._under_way = 0
        self._free_at = 0.0
        self._tail = b""
        self.stalled = False
        self.received = 0
        self.frames = 0
        self.seen = b""

    def press(self, keys: bytes) -> None:
        """Sends keys; they arrive after half a round trip."""
        self._back.append((time.perf_counter() + self._way_s, keys))

    def until(self, condition: Callable[[], bool], within_s: float = 30.0) -> float:
        """Runs the link until the condition holds; returns the moment (`perf_counter`)."""
        deadline = time.perf_counter() + within_s
        while not condition():
            if time.perf_counter() > deadline:
                raise TimeoutError(f"not within {within_s:g} s; last seen: {self.seen[-400:]!r}")
            self._turn()
        return time.perf_counter()

    def run(self, seconds: float) -> None:
        """Runs the link for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._turn()

    def shows(self, text: bytes, within_s: float = 30.0) -> float:
        """The moment at which the text has arrived since the last `forget`."""
        return self.until(lambda: text in self.seen, within_s)

    def forget(self) -> None:
        """What was seen so far counts no more."""
        self.seen = b""

    def cpu_s(self) -> float:
        """Processor time of the program so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory of the program."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _turn(self) -> None:
        now = time.perf_counter()
        while self._back and self._back[0][0] <= now:
            os.write(self._master, self._back.popleft()[1])
        while self._there and self._there[0][0] <= now and not self.stalled:
            self._arrive(self._there.popleft()[1], now)
        waits = [due for due, _ in (*list(self._back)[:1], *([] if self.stalled else list(self._there)[:1]))]
        wait = max(0.0, min([0.02, *(due - now for due in waits)]))
        room = self._under_way < self._buffer
        if room and select.select([self._master], [], [], wait)[0]:
            try:
                self._send(os.read(self._master, 65_536))
            except OSError:
                # The program has ended, and its side of the terminal with it.
                time.sleep(wait)
        elif not room:
            time.sleep(wait)

    def _send(self, data: bytes) -> None:
        now = time.perf_counter()
        for start in range(0, len(data), PACKET):
            packet = data[start : start + PACKET]
            self._free_at = max(now, self._free_at) + (len(packet) / self._rate if self._rate else 0.0)
            self._there.append((self._free_at + self._way_s, packet))
            self._under_way += len(packet)

    def _arrive(self, data: bytes, now: float) -> None:
        self._under_way -= len(data)
        self.received += len(data)
        self.seen = (self.seen + data)[-KEPT:]
        # A question may be cut in two by a packet's end.
        text = self._tail + data
        asked = text.count(QUESTION)
        self.frames += asked
        self._tail = text[-len(QUESTION) + 1 :] if not text.endswith(QUESTION) else b""
        for _ in range(asked):
            self._back.append((now + self._way_s, ANSWER))

    def hang_up(self, within_s: float = 20.0) -> float:
        """The terminal goes away; seconds until the program has ended by itself."""
        began = time.perf_counter()
        self._let_go()
        self.process.wait(within_s)
        return time.perf_counter() - began

    def _let_go(self) -> None:
        if self._master is not None:
            os.close(self._master)
        self._master = None

    def close(self) -> None:
        """Ends the program and the terminal."""
        self._let_go()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
