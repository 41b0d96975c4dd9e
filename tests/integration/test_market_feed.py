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
        frame = feed.take()
    assert sorted(feed.symbols[position] for position in frame["symbol"]) == SYMBOLS
    assert np.all((frame["bid"] > 0) & (frame["bid"] < frame["ask"]))
    assert np.all(frame["last"] > 0)
    for sizes in (frame["bid_size"], frame["ask_size"], frame["last_size"]):
        assert np.all(sizes > 0)
    assert np.all(frame["received_us"] >= frame["published_us"] - 1_000)
    assert frame["latency"]["count"] > 0
    assert frame["latency_us"].max() == frame["latency"]["longest_us"] >= frame["latency"]["p50_us"]
    totals = feed.totals()
    assert (totals["malformed"], totals["untracked"], totals["gaps"], totals["failure"]) == (0, 0, 0, "")
    feed.take()
    assert len(feed.take()["symbol"]) == 0, "nothing changes after the stop"


def test_without_symbols_all_that_are_published_are_kept(address: str) -> None:
    with MarketFeed(address) as feed:
        await_that(lambda: len(feed.symbols) == len(SYMBOLS))
        assert sorted(feed.symbols) == SYMBOLS
    with pytest.raises(ValueError, match="10001 symbols"):
        MarketFeed(address, [f"S{number}" for number in range(10_001)])
    with pytest.raises(ValueError, match="empty"):
        MarketFeed(address, [])


def test_bars_are_aligned_consecutive_and_bounded(address: str) -> None:
    with MarketFeed(address, ["ALFA", "BRVO"], intervals_ms=[50, 200], bars=8) as feed:
        await_that(lambda: len(feed.bars("ALFA", 200)) == 8)
        start = feed.bars("ALFA", 50)[0, 0]
        await_that(lambda: bool(feed.bars("ALFA", 50)[0, 0] > start))
        both = {width: feed.bars("ALFA", width) for width in (50, 200)}
        assert len(feed.bars("ALFA", 50, limit=3)) == 3
        for symbol, width in (("CHRL", 50), ("ALFA", 60)):
            with pytest.raises(KeyError, match=symbol):
                feed.bars(symbol, width)
    for width, bars in both.items():
        assert bars.shape == (8, 6)
        assert np.all(bars[:, 0] % (width * 1_000) == 0)
        assert np.all(np.diff(bars[:, 0]) == width * 1_000)
        assert np.all(bars[:, 3] <= bars[:, [1, 4]].min(axis=1))
        assert np.all(bars[:, 2] >= bars[:, [1, 4]].max(axis=1))
        assert bars[:, 5].sum() > 0


def test_who_comes_late_has_the_bars_since_the_start(address: str) -> None:
    """The early reader saw every row; the late one asks, and has the same bars."""
    control = address.replace("market-data.ipc", "market-data-control.ipc")
    with MarketFeed(address, SYMBOLS, history_address=control) as early:
        await_that(lambda: len(early.bars("ALFA", 1_000)) > 2)
        with MarketFeed(address, SYMBOLS, history_address=control) as late:
            await_that(lambda: late.totals()["messages"] > 0 and late.totals()["history_pending"] == 0)
            start = early.bars("ALFA", 1_000)[-1, 0]
            feeds = (early, late)
            await_that(lambda: all(feed.bars("ALFA", 1_000)[-1, 0] > start + 1e6 for feed in feeds))
    for symbol in SYMBOLS:
        first, second = early.bars(symbol, 1_000), late.bars(symbol, 1_000)
        assert len(second) > 2
        both = [bars[bars[:, 0] <= start] for bars in (first, second)]
        np.testing.assert_array_equal(*both)
        minute = late.bars(symbol, 60_000)
        assert minute[:, 5].sum() == pytest.approx(second[:, 5].sum())


def test_an_address_that_must_not_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match="loopback"):
        MarketFeed("tcp://0.0.0.0:5555", ["ALFA"])
