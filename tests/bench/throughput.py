"""How many messages a second market-data publishes without a reader losing one."""

from __future__ import annotations

import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from trading_rust import MarketFeed

from console.core.config import SystemConfig
from console.core.control import ControlClient, NoAnswer
from console.core.paths import Home, find_binary
from console.proto import messages_pb2 as pb

RATES = (50_000, 100_000, 200_000, 400_000, 600_000, 800_000, 1_000_000)
SECONDS = 3.0
# A step counts as sustained when this share of the rate arrived and nothing is missing.
ENOUGH = 0.98
START_WITHIN_S = 20.0
MARKET_DATA = "market-data"


@dataclass(frozen=True, slots=True)
class Step:
    """One rate that was tried."""

    asked_rate: int
    received_rate: float
    lost: int

    @property
    def sustained(self) -> bool:
        """True when all of it arrived."""
        return self.lost == 0 and self.received_rate >= ENOUGH * self.asked_rate

    def as_dict(self) -> dict[str, object]:
        """For the JSON."""
        return {**asdict(self), "sustained": self.sustained}


def measure_throughput(folder: Path) -> list[Step]:
    """Each rate in turn; stops after the second that is too much."""
    steps: list[Step] = []
    for rate in RATES:
        steps.append(_step(folder / str(rate), rate))
        if sum(not step.sustained for step in steps) >= 2:
            break
    return steps


def _step(folder: Path, rate: int) -> Step:
    home = Home(folder)
    for part in (home.run, home.state):
        part.mkdir(parents=True, mode=0o700)
    config = SystemConfig(home=home)
    command = [find_binary(MARKET_DATA), "--home", str(folder), "--source", "sim", "--hold"]
    process = subprocess.Popen(
        [*command, "--messages-per-second", str(rate)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    client = ControlClient(config.control_address(MARKET_DATA), MARKET_DATA)
    try:
        _wait_until_held(client)
        address = config.get_zmq_addresses()["market_data"]
        with MarketFeed(address, config.get_symbols(), high_water_mark=1_000_000) as feed:
            client.request(pb.ControlRequest(start=pb.StartSource()))
            # The first second warms both sides up; what is counted begins behind it.
            time.sleep(1.0)
            before, began = feed.totals()["messages"], time.monotonic()
            time.sleep(SECONDS)
            messages, elapsed = feed.totals()["messages"] - before, time.monotonic() - began
            lost = int(feed.totals()["gaps"])
        return Step(rate, messages / elapsed, lost)
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
