"""The console on a terminal: what a frame costs, how soon a key shows on good and bad links, what an hour
leaves in memory, first paint, and its end.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.paths import Home
from console.supervisor.stop import running_processes
from tests.bench.busy_console import BETWEEN, HOUR
from tests.bench.goals import Goal
from tests.bench.hour import HoursOfMarketData
from tests.bench.link import Link
from tests.bench.programs import example

REPOSITORY = Path(__file__).resolve().parents[2]
BUSY = [sys.executable, "-m", "tests.bench.busy_console"]
BARE_PUBLISHER = example("bare_publisher")
FEED_RATE, FEED_SYMBOLS = 1_000_000, 400
# Of the rate, as the console counted it while it was opened and left as well.
ENOUGH = 0.9
ARMED, DISARMED, DRAWN = b"ENTER fires", b"disarmed", b"S000"
SETTLED_S = 4.0
STALL_S = 60.0
FRAMES_OF_AN_HOUR = HOUR // (BETWEEN + 1) + 1


@dataclass(frozen=True, slots=True)
class Wire:
    """A link: bytes a second (None: as fast as it goes), round trip, presses of a key, and their goal."""

    name: str
    rate: float | None
    round_trip_s: float
    presses: int
    goal_ms: float


WIRES = (
    Wire("local", None, 0.0, 60, 50),
    Wire("200 kB/s, 100 ms", 200e3, 0.1, 30, 150),
    Wire("60 kB/s, 100 ms", 60e3, 0.1, 30, 500),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure in its unit; without `wanted` it is told and not judged."""

    name: str
    value: float | None
    unit: str
    wanted: float | None = None
    more_is_better: bool = False

    def goal(self) -> Goal | None:
        """The row for the table of goals."""
        if self.wanted is None:
            return None
        return Goal(self.name, self.value, self.wanted, self.unit, self.more_is_better)


def environment(**more: str) -> dict[str, str]:
    """A terminal of all colours, in which frames have the most bytes."""
    given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
    return {**os.environ, **given, **more}


@contextmanager
def busy(
    *arguments: str, rate: float | None = None, round_trip_s: float = 0.0
) -> Iterator[tuple[Link, Path]]:
    """A console over a busy desk, and the file in which it tells at its end what its frames took."""
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        told = Path(folder) / "frames.json"
        command = [*BUSY, str(told), *arguments]
        with Link(command, environment(), rate=rate, round_trip_s=round_trip_s) as link:
            link.shows(DRAWN)
            yield link, told


def told_by(link: Link, file: Path) -> dict[str, Any]:
    """What the console tells when it is left."""
    link.press(b"q")
    link.until(lambda: file.exists() and file.read_text(encoding="utf-8").endswith("}"))
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def frames(seconds: float) -> list[Row]:
    """The cost of a frame at 200×60 with every pane and 400 symbols; then the same over a full feed."""
    with busy() as (link, file):
        link.run(SETTLED_S)
        received, count = link.received, link.frames
        link.run(seconds)
        received, count = link.received - received, link.frames - count
        memory = link.memory_mb()
        found = told_by(link, file)
    rows = [
        Row("CPU of a frame", found["cpu_ms"], "ms", 10),
        Row("bytes of a frame", received / max(1, count), "B", 15_000),
        Row("bytes a second, local", received / seconds, "B/s"),
        Row("frame until written, p50", found["p50_ms"], "ms"),
        Row("frame until written, p99", found["p99_ms"], "ms", 40),
        Row("frames a second", found["frames_per_s"], "1/s"),
        Row("resident memory", memory, "MB", 100),
    ]
    return [*rows, *_over_a_feed(seconds, found["frames_per_s"])]


def _over_a_feed(seconds: float, alone: float) -> list[Row]:
    """With a bare publisher behind it; its work is not the console's."""
    share = ratio = None
    if BARE_PUBLISHER.exists():
        with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
            address = f"ipc://{folder}/feed.ipc"
            lasts = str(round(seconds + SETTLED_S + 5))
            publisher = [str(BARE_PUBLISHER), address, str(FEED_RATE), lasts, str(FEED_SYMBOLS)]
            with (
                subprocess.Popen(publisher, stdout=subprocess.DEVNULL) as sender,
                busy("--feed", address) as (link, file),
            ):
                link.run(SETTLED_S)
                used, count = link.cpu_s(), link.frames
                link.run(seconds)
                used, count = link.cpu_s() - used, link.frames - count
                found = told_by(link, file)
                sender.terminate()
            print(f"  the feed behind it brought {found['messages_per_s']:,.0f} messages a second")
            # Of a sender that is too slow the console would look cheap: nothing is told then.
            if found["messages_per_s"] >= ENOUGH * FEED_RATE:
                share = used / seconds - found["making_ms"] / 1e3 * found["frames_per_s"]
                ratio = found["frames_per_s"] / alone
    return [
        Row("1 M messages/s behind it: frames, of those without", ratio, "", 0.95, more_is_better=True),
        Row("1 M messages/s behind it: the console's process", share, "of a core", 0.75),
    ]


def keys() -> list[Row]:
    """From the kill key to its bar on the screen, through links."""
    rows = []
    for wire in WIRES:
        taken = []
        with busy(rate=wire.rate, round_trip_s=wire.round_trip_s) as (link, _):
            link.run(SETTLED_S)
            received, began = link.received, time.perf_counter()
            for _ in range(wire.presses):
                link.forget()
                pressed = time.perf_counter()
                link.press(b"K")
                taken.append((link.shows(ARMED) - pressed) * 1e3)
                link.forget()
                link.press(b"\x1b")
                link.shows(DISARMED)
                link.run(0.3)
            a_second = (link.received - received) / (time.perf_counter() - began)
        rows.append(Row(f"key → screen, {wire.name}, p50", statistics.median(taken), "ms"))
        # Of so few presses the slowest stands for the 99th percentile: never a better figure than that.
        rows.append(
            Row(f"key → screen, {wire.name}, slowest of {wire.presses}", max(taken), "ms", wire.goal_ms)
        )
        if wire.rate is not None:
            rows.append(Row(f"bytes a second, {wire.name}", a_second, "B/s", wire.rate))
    return rows


def stall(seconds: float) -> list[Row]:
    """A link that stands still and comes back."""
    with busy(rate=200e3, round_trip_s=0.1) as (link, _):
        link.run(SETTLED_S)
        link.stalled, memory, before = True, link.memory_mb(), link.frames
        link.run(seconds)
        grown = link.memory_mb() - memory
        link.stalled, received, began = False, link.received, time.perf_counter()
        # What was on its way when it stood still, and then the newest frame.
        came = link.until(lambda: link.frames >= before + 3) - began
        received = link.received - received
    name = f"{seconds:g} s without a link"
    return [
        # A round trip, and the bytes of a frame at that rate.
        Row(f"{name}: newest frame", came * 1e3, "ms", 250),
        Row(f"{name}: bytes until then", received, "B", 3 * 15_000),
        Row(f"{name}: memory grown", grown, "MB", 1),
    ]


def hours() -> list[Row]:
    """Two hours of events and market data in 400 symbols, in a minute. The first fills all that is kept."""
    memory = []
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        address = f"ipc://{folder}/feed.ipc"
        market = HoursOfMarketData(address, FEED_SYMBOLS, 2)
        with market, busy("--feed", address, "--hours", "2") as (link, file):
            link.run(SETTLED_S)
            for hour in (1, 2):
                link.until(lambda hour=hour: min(market.hours, link.frames / FRAMES_OF_AN_HOUR) >= hour, 300)
                memory.append(link.memory_mb())
            found = told_by(link, file)
    told = f"{found['frames']:,} frames, {found['moments']:,} moments of the desk"
    print(f"  two hours' {market.sent:,} rows, {told}")
    return [
        Row("memory after an hour of market data and events", memory[0], "MB", 100),
        Row("memory grown in the hour after it", memory[1] - memory[0], "MB", 2),
    ]


def desk(times: int) -> list[Row]:
    """On a running desk: first paint, a service that dies, and a terminal that goes away."""
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        given = environment(QUARTERDECK_HOME=folder)
        command = [sys.executable, "-m", "console.cli"]
        subprocess.run([*command, "up"], env=given, check=True, capture_output=True)
        try:
            rows = _first_paint([*command, "console"], given, times)
            with Link([*command, "console"], given) as link:
                link.shows(b"PAPER")
                link.run(SETTLED_S)
                link.forget()
                killed = time.perf_counter()
                os.kill(running_processes(Home(Path(folder)))["signal-bridge"].pid, signal.SIGKILL)
                named = link.until(lambda: b"is gone" in link.seen or b"is silent" in link.seen)
                rows.append(Row("service killed → named on the screen", (named - killed) * 1e3, "ms", 2_000))
                rows.append(Row("terminal gone → console ended", link.hang_up() * 1e3, "ms", 2_000))
            subprocess.run([*command, "status"], env=given, check=True, capture_output=True)
        finally:
            subprocess.run([*command, "down"], env=given, check=True, capture_output=True)
    return rows


def _first_paint(command: list[str], given: dict[str, str], times: int) -> list[Row]:
    painted, quoted, cpu = [], [], []
    for _ in range(times):
        with Link(command, given) as link:
            painted.append((link.shows(b"1 market") - link.began) * 1e3)
            cpu.append(link.cpu_s() * 1e3)
            quoted.append((link.shows(b"PAPER") - link.began) * 1e3)
            link.press(b"q")
            link.until(lambda: link.process.poll() is not None)
    return [
        Row("command → first paint, median", statistics.median(painted), "ms", 500),
        Row("command → first paint, best", min(painted), "ms"),
        Row("command → the desk's own words, median", statistics.median(quoted), "ms"),
        Row("CPU up to the first paint, best", min(cpu), "ms"),
    ]


def measure(seconds: float = 10.0) -> dict[str, object]:
    """Every row, printed."""
    print("The console at 200×60, every pane, 400 symbols of which 5 % of the cells on screen change a frame")
    rows: list[Row] = []
    for part in (lambda: frames(seconds), keys, lambda: stall(STALL_S), hours, lambda: desk(7)):
        for row in part():
            _show(row)
            rows.append(row)
    goals = [goal.as_dict() for row in rows if (goal := row.goal()) is not None]
    return {
        "rows": [{"name": row.name, "value": row.value, "unit": row.unit} for row in rows],
        "goals": goals,
    }


def _show(row: Row) -> None:
    places = 2 if row.unit in ("", "of a core") else 1
    value = "—" if row.value is None else f"{row.value:,.{places}f}"
    goal = "" if row.wanted is None else f"{'≥' if row.more_is_better else '≤'} {row.wanted:g}"
    print(f"  {row.name:<56}{value:>12} {row.unit:<10}{goal}", flush=True)


if __name__ == "__main__":
    measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
