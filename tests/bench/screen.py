"""The console on a terminal: what a frame costs, how soon a key shows on good and bad links, first paint."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.link import Link

REPOSITORY = Path(__file__).resolve().parents[2]
BUSY = [sys.executable, "-m", "tests.bench.busy_console"]
ARMED, DISARMED = b"ENTER fires", b"disarmed"
# Rate in bytes a second, round trip in seconds, and the goal for a key in milliseconds.
LINKS = (("local", None, 0.0, 50), ("200 kB/s, 100 ms", 200e3, 0.1, 150), ("60 kB/s, 100 ms", 60e3, 0.1, 500))


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: a value in its unit, beside its goal."""

    name: str
    value: float
    unit: str
    goal: str


def environment(**more: str) -> dict[str, str]:
    """A terminal of all colours, in which frames have the most bytes."""
    given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
    return {**os.environ, **given, **more}


def frames(seconds: float) -> list[Figure]:
    """The cost of a frame at 200×60 with every pane and 400 symbols."""
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        told = Path(folder) / "frames.json"
        with Link([*BUSY, str(told)], environment()) as link:
            link.shows(b"S000")
            link.run(3.0)
            received, count = link.received, link.frames
            link.run(seconds)
            received, count = link.received - received, link.frames - count
            memory = link.memory_mb()
            link.press(b"q")
            link.until(told.exists)
            link.until(lambda: told.read_text(encoding="utf-8").endswith("}"))
        found = json.loads(told.read_text(encoding="utf-8"))
    return [
        Figure("CPU of a frame", found["cpu_ms"], "ms", "≤ 10"),
        Figure("frame until written, p50", found["p50_ms"], "ms", ""),
        Figure("frame until written, p99", found["p99_ms"], "ms", "≤ 40"),
        Figure("frames a second", found["frames_per_s"], "1/s", "20"),
        Figure("bytes of a frame", received / max(1, count), "B", "≤ 15,000"),
        Figure("resident memory", memory, "MB", "≤ 100"),
    ]


def keys(times: int) -> list[Figure]:
    """From the kill key to its bar on the screen, through links."""
    found = []
    for name, rate, round_trip, goal in LINKS:
        taken = []
        with (
            tempfile.TemporaryDirectory(prefix="qdb-") as folder,
            Link([*BUSY, f"{folder}/x"], environment(), rate=rate, round_trip_s=round_trip) as link,
        ):
            link.shows(b"S000")
            link.run(4.0)
            for _ in range(times):
                link.forget()
                began = time.perf_counter()
                link.press(b"K")
                taken.append((link.shows(ARMED) - began) * 1e3)
                link.forget()
                link.press(b"\x1b")
                link.shows(DISARMED)
                link.run(0.3)
        taken.sort()
        found.append(Figure(f"key → screen, {name}, p50", statistics.median(taken), "ms", ""))
        found.append(Figure(f"key → screen, {name}, p99", taken[-1], "ms", f"≤ {goal}"))
    return found


def stall(seconds: float) -> list[Figure]:
    """A link that stands still and comes back."""
    with (
        tempfile.TemporaryDirectory(prefix="qdb-") as folder,
        Link([*BUSY, f"{folder}/x"], environment(), rate=200e3, round_trip_s=0.1) as link,
    ):
        link.shows(b"S000")
        link.run(3.0)
        link.stalled, memory, frames_before = True, link.memory_mb(), link.frames
        link.run(seconds)
        grown = link.memory_mb() - memory
        link.stalled, received, began = False, link.received, time.perf_counter()
        # What was on its way when it stood still, and then the newest frame.
        came = link.until(lambda: link.frames >= frames_before + 3) - began
    return [
        Figure(f"after {seconds:g} s without a link: newest frame", came * 1e3, "ms", "≤ a round trip (100)"),
        Figure("bytes until then", link.received - received, "B", "no backlog"),
        Figure("memory grown meanwhile", grown, "MB", "0"),
    ]


def first_paint(times: int) -> list[Figure]:
    """From the command to the first screen, and to the first quote, on a running desk."""
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        given = environment(QUARTERDECK_HOME=folder)
        command = [sys.executable, "-m", "console.cli"]
        subprocess.run([*command, "up"], env=given, check=True, capture_output=True)
        painted, quoted, cpu = [], [], []
        try:
            for _ in range(times):
                with Link([*command, "console"], given) as link:
                    painted.append((link.shows(b"1 market") - link.began) * 1e3)
                    cpu.append(link.cpu_s() * 1e3)
                    quoted.append((link.shows(b"PAPER") - link.began) * 1e3)
                    link.press(b"q")
                    link.until(lambda: link.process.poll() is not None)
        finally:
            subprocess.run([*command, "down"], env=given, check=True, capture_output=True)
    return [
        Figure("command → first paint, best", min(painted), "ms", "≤ 500"),
        Figure("command → first paint, median", statistics.median(painted), "ms", ""),
        Figure("command → the desk's own words, median", statistics.median(quoted), "ms", ""),
        Figure("CPU up to the first paint, best", min(cpu), "ms", ""),
    ]


def measure(seconds: float = 10.0) -> dict[str, object]:
    """Every row, printed."""
    print("The console at 200×60, every pane, 400 symbols of which 5 % of the cells on screen change a frame")
    figures = [*frames(seconds), *keys(20), *stall(seconds), *first_paint(7)]
    for each in figures:
        print(f"  {each.name:<56}{each.value:>12,.1f} {each.unit:<5}{each.goal}")
    return {"figures": [{"name": each.name, "value": each.value, "unit": each.unit} for each in figures]}


if __name__ == "__main__":
    measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
