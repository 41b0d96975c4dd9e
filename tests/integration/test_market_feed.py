"""The native reader of market data, as the console uses it, against the real service."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from trading_rust import MarketFeed

SYMBOLS = ["ALFA", "BRVO", "CHRL", "DLTA", "ECHO", "FOXT"]


@pytest.fixture
def address(binaries: Path, desk_home: Path, repository: Path) -> Iterator[str]:
    """Where a simulator publishes 6,000 rows a second."""
    config = repository / "config" / "system.json"
    command = [str(binaries / "market-data"), "--home", str(desk_home), "--config", str(config)]
    with subprocess.Popen([*command, "--source", "sim", "--messages-per-second", "6000"]) as process:
        yield f"ipc://{desk_home}/run/market-data.ipc"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def await_that(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_newest_of_each_symbol_is_given_once(address: str) -> None:
    with MarketFeed(address, SYMBOLS) as feed:
        await_that(lambda: feed.totals()["messages"] > 3_000)
        changes = feed.changes()
    assert [change[0] for change in changes] == SYMBOLS
    for _, bid, ask, bid_size, ask_size, last, *_ in changes:
        assert bid is not None
        assert ask is not None
        assert last is not None
        assert 0 < bid < ask
        assert min(bid_size, ask_size, last) > 0
    totals = feed.totals()
    assert (totals["malformed"], totals["gaps"], totals["failure"]) == (0, 0, "")
    feed.changes()
    assert feed.changes() == [], "nothing changes after the stop"


def test_bars_are_aligned_consecutive_and_bounded(address: str) -> None:
    with MarketFeed(address, ["ALFA", "BRVO"], bar_interval_ms=50, bars=8) as feed:
        await_that(lambda: len(feed.bars("ALFA")) == 8)
        start = feed.bars("ALFA")[0, 0]
        await_that(lambda: bool(feed.bars("ALFA")[0, 0] > start))
        bars = feed.bars("ALFA")
        with pytest.raises(KeyError, match="CHRL"):
            feed.bars("CHRL")
    assert bars.shape == (8, 6)
    assert np.all(bars[:, 0] % 50_000 == 0)
    assert np.all(np.diff(bars[:, 0]) == 50_000)
    assert np.all(bars[:, 3] <= bars[:, [1, 4]].min(axis=1))
    assert np.all(bars[:, 2] >= bars[:, [1, 4]].max(axis=1))
    assert bars[:, 5].sum() > 0


def test_an_address_that_must_not_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match="loopback"):
        MarketFeed("tcp://0.0.0.0:5555", ["ALFA"])
