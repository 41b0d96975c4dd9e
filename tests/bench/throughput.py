"""How many messages a second one reader takes without loss, what that costs it, and how long a frame takes.

Two senders: market-data itself, whose simulator and encoder share the processors with the reader, and a bare
one that only sends prepared frames (`cargo build --release -p feed --example bare_publisher` makes it; else
those rows are left out). The reader's share of a processor is that of its threads: the one that reads and the
one of ZeroMQ that receives for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trading_rust import MarketFeed

from console.core.config import SystemConfig
from console.core.control import ControlClient, NoAnswer
from console.core.paths import Home, find_binary
from console.proto import messages_pb2 as pb
from tests.bench.goals import Goal
from tests.bench.programs import example

RATES = (50_000, 200_000, 400_000, 600_000, 800_000, 1_000_000)
BARE_RATES = (200_000, 500_000, 1_000_000, 1_250_000)
SECONDS = 3.0
# A step counts as sustained when this share of the rate arrived and nothing is missing.
ENOUGH = 0.98
START_WITHIN_S = 20.0
MARKET_DATA = "market-data"
BARE_PUBLISHER = example("bare_publisher")
TASKS = Path("/proc/self/task")
# The frame that is handed over: so many symbols, all of them changed.
FRAME_SYMBOLS = 400
FRAME_RATE = 200_000
GOAL_RATE, GOAL_CPU, GOAL_FRAME_US = 1_000_000, 0.45, 50.0


@dataclass(frozen=True, slots=True)
class Step:
    """One rate that was tried. `cpu` is the reader's share of one processor."""

    asked_rate: int
    received_rate: float
    lost: int
    cpu: float

    @property
    def sustained(self) -> bool:
        """True when all of it arrived."""
        return self.lost == 0 and self.received_rate >= ENOUGH * self.asked_rate

    def as_dict(self) -> dict[str, object]:
        """For the JSON."""
        return {**asdict(self), "sustained": self.sustained}


def measure() -> dict[str, object]:
    """All rows, printed."""
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        print(f"One reader (trading_rust.MarketFeed), {SECONDS:g} s a step, {os.cpu_count()} processors")
        steps = measure_throughput(Path(folder) / "t")
        _show("market-data", steps)
        bare = measure_bare(Path(folder)) if BARE_PUBLISHER.exists() else []
        _show("a bare sender", bare)
        frame = measure_frame(Path(folder)) if BARE_PUBLISHER.exists() else {}
    if frame:
        verdict = "reached" if frame["p50_us"] <= GOAL_FRAME_US else "MISSED"
        print(
            f"  a frame of {FRAME_SYMBOLS} changed symbols: {frame['shortest_us']:.0f} µs at best, "
            f"{frame['p50_us']:.0f} p50, {frame['p99_us']:.0f} p99   ≤ {GOAL_FRAME_US:g} µs p50 {verdict}"
        )
    else:
        print("  no bare sender: cargo build --release -p feed --example bare_publisher")
    goals = [
        Goal("MarketFeed, messages/s without loss (bare sender)", _sustained(bare), GOAL_RATE, "/s", True),
        Goal("MarketFeed, share of a core at 1 M/s", _share(bare, GOAL_RATE), GOAL_CPU, "of a core"),
        Goal(f"a frame of {FRAME_SYMBOLS} changed symbols, p50", frame.get("p50_us"), GOAL_FRAME_US, "µs"),
    ]
    return {
        "goals": [goal.as_dict() for goal in goals],
        "sustained": max((step.asked_rate for step in steps if step.sustained), default=0),
        "steps": [step.as_dict() for step in steps],
        "bare": [step.as_dict() for step in bare],
        "frame": frame,
    }


def _sustained(steps: list[Step]) -> float | None:
    return max((step.received_rate for step in steps if step.sustained), default=None)


def _share(steps: list[Step], rate: int) -> float | None:
    """None where less arrived: of a sender that is too slow a reader would look cheap."""
    return next((step.cpu for step in steps if step.asked_rate == rate and step.sustained), None)


def _show(sender: str, steps: list[Step]) -> None:
    for step in steps:
        verdict = "kept up, no loss" if step.sustained else f"{step.lost} lost, {step.received_rate:,.0f}/s"
        goal = ""
        if step.asked_rate == 1_000_000:
            met = step.sustained and step.cpu <= GOAL_CPU
            goal = f"   ≤ {GOAL_CPU:.0%} without loss {'reached' if met else 'MISSED'}"
        print(f"  {sender:<14}{step.asked_rate:>10,}/s  reader {step.cpu:>5.1%} of a core  {verdict}{goal}")


def measure_throughput(folder: Path) -> list[Step]:
    """Each rate of market-data in turn; stops after the second that is too much."""
    steps: list[Step] = []
    for rate in RATES:
        steps.append(_step(folder / str(rate), rate))
        if sum(not step.sustained for step in steps) >= 2:
            break
    return steps


class _Threads:
    """Processor time of the threads that begin after this one was made."""

    def __init__(self) -> None:
        self._before = set(TASKS.iterdir())

    def seconds(self) -> float:
        """What they have used until now."""
        total = 0
        for thread in set(TASKS.iterdir()) - self._before:
            total += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
        return total / 1e9


def _watch(feed: MarketFeed, threads: _Threads, rate: int, seconds: float) -> Step:
    before, used, began = feed.totals()["messages"], threads.seconds(), time.monotonic()
    time.sleep(seconds)
    messages, elapsed = feed.totals()["messages"] - before, time.monotonic() - began
    share = (threads.seconds() - used) / elapsed
    return Step(rate, messages / elapsed, feed.totals()["gaps"], share)


def measure_bare(folder: Path) -> list[Step]:
    """Each rate of the bare sender in turn."""
    steps = []
    for rate in BARE_RATES:
        address = f"ipc://{folder}/bare-{rate}.ipc"
        command = [str(BARE_PUBLISHER), address, str(rate), str(round(SECONDS) + 2)]
        threads = _Threads()
        with (
            subprocess.Popen(command, stdout=subprocess.DEVNULL),
            MarketFeed(address, high_water_mark=0) as feed,
        ):
            _await_messages(feed, rate // 2)
            steps.append(_watch(feed, threads, rate, SECONDS))
    return steps


def measure_frame(folder: Path) -> dict[str, Any]:
    """How long `take` takes when 400 symbols have changed, 200 times a second."""
    address = f"ipc://{folder}/frame.ipc"
    command = [str(BARE_PUBLISHER), address, str(FRAME_RATE), "4", str(FRAME_SYMBOLS)]
    times = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as sender, MarketFeed(address) as feed:
        _await_messages(feed, FRAME_RATE // 2)
        feed.take()
        while sender.poll() is None:
            time.sleep(0.005)
            start = time.perf_counter_ns()
            frame = feed.take()
            elapsed = time.perf_counter_ns() - start
            if len(frame["symbol"]) == FRAME_SYMBOLS:
                times.append(elapsed / 1e3)
        sent = json.loads(sender.communicate()[0])
    times.sort()
    return {
        "symbols": FRAME_SYMBOLS,
        "frames": len(times),
        "shortest_us": times[0],
        "p50_us": times[len(times) // 2],
        "p99_us": times[len(times) * 99 // 100],
        "sent": sent["sent"],
    }


def _await_messages(feed: MarketFeed, count: int) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while feed.totals()["messages"] < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count:,} messages did not come within {START_WITHIN_S:g} s")
        time.sleep(0.01)


def _step(folder: Path, rate: int) -> Step:
    home = Home(folder)
    for part in (home.run, home.state):
        part.mkdir(parents=True, mode=0o700)
    config = SystemConfig(home=home)
    command = [str(find_binary(MARKET_DATA)), "--home", str(folder), "--source", "sim", "--hold"]
    process = subprocess.Popen(
        [*command, "--messages-per-second", str(rate)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    client = ControlClient(config.control_address(MARKET_DATA), MARKET_DATA)
    try:
        _wait_until_held(client)
        address = config.get_zmq_addresses()["market_data"]
        threads = _Threads()
        with MarketFeed(address, config.get_symbols(), high_water_mark=1_000_000) as feed:
            client.request(pb.ControlRequest(start=pb.StartSource()))
            # The first second warms both sides up; what is counted begins behind it.
            time.sleep(1.0)
            return _watch(feed, threads, rate, SECONDS)
    finally:
        client.close()
        process.terminate()
        process.wait(10)


def _wait_until_held(client: ControlClient) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if client.ping().source.state == pb.SourceStatus.HELD:
                return
        except NoAnswer:
            continue
    raise RuntimeError(f"market-data did not answer within {START_WITHIN_S:g} s")
