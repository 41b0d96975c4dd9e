"""Promotions while ticks flow: how soon the new model decides, and how late the ticks around it are."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import trading_rust
import zmq

from console.core.paths import find_binary
from console.proto import messages_pb2 as pb
from console.research.registry import ModelRegistry
from tests.bench.goals import Goal
from tests.bench.inference import network, trees

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "system.json"
VERSIONS = ("network", "trees")
PROMOTIONS = 12
# One bar a tick, and a tick a millisecond: every one of them is decided on.
INTERVAL_MS = 1
WARM_UP = 5_000
# A promotion is over when the new model has decided so often.
AFTERWARDS = 300
SETTINGS_S = 20.0


@dataclass
class Seen:
    """Of each signal: its version, and when tick and signal were published, microseconds."""

    versions: list[str] = field(default_factory=list)
    tick_us: list[int] = field(default_factory=list)
    signal_us: list[int] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)

    def take(self, signal: pb.TradingSignal) -> None:
        """Keep one."""
        self.versions.append(signal.model_version)
        self.tick_us.append(signal.market_published_us)
        self.signal_us.append(signal.published_us)
        self.sequences.append(signal.sequence)


class Market:
    """A publisher of ticks, and the reader of what the bridge decides."""

    def __init__(self, home: Path) -> None:
        self.context = zmq.Context()
        self.ticks = self.context.socket(zmq.XPUB)
        self.ticks.bind(f"ipc://{home}/run/market-data.ipc")
        self.signals = self.context.socket(zmq.SUB)
        self.signals.set_hwm(1_000_000)
        self.signals.connect(f"ipc://{home}/run/signals.ipc")
        self.signals.subscribe(b"")
        self.seen = Seen()
        self.sent = 0
        self._next = time.perf_counter()

    def tick(self) -> None:
        """One tick, a millisecond after the last; then what was decided meanwhile is read."""
        self._next += INTERVAL_MS / 1e3
        while (left := self._next - time.perf_counter()) > 0:
            time.sleep(left)
        # What was held up is not made up for: a burst would be late by itself.
        self._next = max(self._next, time.perf_counter() - INTERVAL_MS / 1e3)
        self.sent += 1
        price = 100.0 + 0.01 * (self.sent * 7919 % 41)
        row = pb.MarketData(
            symbol="ALFA",
            price=price,
            volume=1 + self.sent % 3,
            bid=price - 0.01,
            ask=price + 0.01,
            bid_size=10,
            ask_size=10,
            timestamp_us=1_700_000_000_000_000 + self.sent * INTERVAL_MS * 1_000,
            epoch=1,
            sequence=self.sent,
            published_us=time.time_ns() // 1_000,
        )
        self.ticks.send(row.SerializeToString())
        while self.signals.poll(0):
            self.seen.take(pb.TradingSignal.FromString(self.signals.recv()))

    def close(self) -> None:
        """Let go of the sockets."""
        self.context.destroy(linger=0)


def promote(folder: Path, version: str) -> int:
    """Makes `version` live, in a process of its own as an operator does; gives when it was written, µs."""
    ModelRegistry(folder).set_stage(version, "live")
    return time.time_ns() // 1_000


def measure() -> dict[str, object]:
    """A dozen promotions, from a network to trees and back."""
    print(f"{PROMOTIONS} promotions, a decision each {INTERVAL_MS} ms; a network and 300 trees in turn")
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        home = Path(folder)
        seen, written = _run(home)
    late = np.asarray(seen.signal_us) - np.asarray(seen.tick_us)
    versions, ticks = np.asarray(seen.versions), np.asarray(seen.tick_us)
    live_ms, longest, around = [], [], np.zeros(len(late), dtype=bool)
    for at, version in written:
        first = int(np.flatnonzero((versions == version) & (ticks >= at))[0])
        live_ms.append((seen.signal_us[first] - at) / 1e3)
        chosen = (ticks >= at) & (np.arange(len(late)) < first + AFTERWARDS)
        around |= chosen
        longest.append(float(late[chosen].max()))
    missing = int(np.diff(seen.sequences).sum() - (len(seen.sequences) - 1))
    calm = late[~around]
    middle, most = float(np.median(longest)), max(longest)
    print(
        f"  live after {np.median(live_ms):.0f} ms, {max(live_ms):.0f} ms at most; {missing} signals missing"
    )
    print(
        f"  tick → signal: p50 {np.median(calm):.0f} µs, p99.9 {np.quantile(calm, 0.999):.0f} µs in between"
    )
    # What the machine itself does to the latest of so many ticks.
    size = int(around.sum()) // len(written)
    usual = [float(calm[begin : begin + size].max()) for begin in range(0, len(calm) - size + 1, size)]
    print(
        f"  the latest of each promotion: p50 {middle:.0f} µs, {most:.0f} µs at most; of as many ticks "
        f"without one: p50 {np.median(usual):.0f} µs, {max(usual):.0f} µs at most"
    )
    goals = [
        Goal("a promoted model decides, at most", max(live_ms), 1_000.0, "ms"),
        Goal("the latest tick of a promotion, p50", middle, 1_000.0, "µs"),
        Goal("the latest tick of all promotions", most, 1_000.0, "µs"),
        Goal("signals missing", float(missing), 0.0, "signals"),
    ]
    return {
        "live_ms": live_ms,
        "latest_us": longest,
        "latest_without_us": usual,
        "calm_us": {"p50": float(np.median(calm)), "p99.9": float(np.quantile(calm, 0.999))},
        "goals": [goal.as_dict() for goal in goals],
    }


def _run(home: Path) -> tuple[Seen, list[tuple[int, str]]]:
    """What was seen, and when each version was promoted."""
    generator = np.random.default_rng(6)
    metadata = {
        "feature_schema_version": str(trading_rust.FEATURE_SCHEMA_VERSION),
        "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
    }
    (home / "run").mkdir()
    registry = ModelRegistry(home / "models")
    models = (network(generator, metadata), trees(generator, metadata))
    for version, model in zip(VERSIONS, models, strict=True):
        (home / f"{version}.onnx").write_bytes(model.SerializeToString())
        registry.register_model(home / f"{version}.onnx", version, created_by="a bench")
    registry.set_stage(VERSIONS[1], "live")
    settings = json.loads(SHIPPED.read_text(encoding="utf-8"))
    settings["market_data"]["symbols"] = ["ALFA"]
    settings["signal"]["bar_interval_ms"] = INTERVAL_MS
    configuration = home / "system.json"
    configuration.write_text(json.dumps(settings), encoding="utf-8")
    market = Market(home)
    command = [str(find_binary("signal-bridge")), "--home", str(home), "--config", str(configuration)]
    with (home / "log").open("w") as log:
        bridge = subprocess.Popen(command, stderr=log)
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as operator:
            written = []
            while len(market.seen.versions) < WARM_UP:
                market.tick()
            for number in range(PROMOTIONS):
                version = VERSIONS[number % 2]
                change = operator.submit(promote, registry.directory, version)
                written.append(_promoted(market, change, version))
        return market.seen, written
    finally:
        bridge.terminate()
        bridge.wait(20)
        market.close()


def _promoted(market: Market, change: Future[int], version: str) -> tuple[int, str]:
    """Ticks until the new version has decided often enough; when it was written."""
    deadline = time.monotonic() + SETTINGS_S
    begun = len(market.seen.versions)
    while market.seen.versions[begun:].count(version) < AFTERWARDS:
        if time.monotonic() > deadline:
            raise AssertionError(f"{version} did not become live within {SETTINGS_S:g} s")
        market.tick()
    return change.result(), version
