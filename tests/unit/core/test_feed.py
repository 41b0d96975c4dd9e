"""The watchlist and the bars of the chart."""

from __future__ import annotations

import numpy as np
import pytest
from trading_rust import MarketFeed

from console.core.bars import INTERVALS, read_bars
from console.core.commands import CommandBoard
from console.core.feed import Instrument, Watchlist, read_instruments
from console.core.frame import CHART_CANDLES, DeskFrameSource, Frame
from console.core.state import DeskState
from tests.unit.core.wire import SECOND, T0

INSTRUMENTS = [Instrument("ALFA", 0.01, 1, "USD"), Instrument("CHRL", 0.25, 10, "USD")]


SYMBOLS = ["ALFA", "CHRL", "ZULU"]


def frame_of(symbol="ALFA", bid=10.0, ask=10.02, *, received=T0, gaps=0):
    """A frame in which one symbol changed, as the feed gives it; a price that isn't there is None."""

    def prices(value):
        return np.array([np.nan if value is None else value])

    numbers = {
        "symbol": SYMBOLS.index(symbol), "event_us": T0, "published_us": T0, "received_us": received,
        "latency_us": 80, "sequence": 7, "gaps": gaps, "messages": 7,
    }  # fmt: skip
    return {
        **{name: np.array([value]) for name, value in numbers.items()},
        "bid": prices(bid), "ask": prices(ask), "last": prices(bid), "bid_size": np.array([100.0]),
        "ask_size": np.array([200.0]), "last_size": np.array([5.0]), "volume": np.array([1000.0]),
        "totals": {"messages": 9, "malformed": 1, "untracked": 0, "gaps": 2, "last_received_us": T0},
    }  # fmt: skip


def update(watchlist, **change):
    watchlist.update(SYMBOLS, frame_of(**change))


def test_the_newest_quote_its_direction_and_its_change():
    watchlist = Watchlist(INSTRUMENTS)
    update(watchlist, bid=10.0, ask=10.02)
    update(watchlist, bid=10.1, ask=10.12)
    row, untouched = watchlist.rows()
    assert row.mid == pytest.approx(10.11)
    assert row.direction == 1
    assert row.change == pytest.approx(10.11 / 10.01 - 1)
    assert untouched.mid is None
    assert untouched.age_s(T0) is None
    update(watchlist, bid=10.05, ask=10.07)
    assert watchlist.rows()[0].direction == -1


def test_an_age_counts_from_the_publishing():
    watchlist = Watchlist(INSTRUMENTS)
    # The last value of a symbol that fell silent, given to a console that was opened now.
    update(watchlist, received=T0 + 40_000_000)
    row = watchlist.rows()[0]
    assert row.age_s(T0 + 41_000_000) == 41
    assert Frame(T0 + 41_000_000).stale(row)


@pytest.mark.parametrize(("bid", "ask"), [(None, 10.0), (10.0, None), (10.0, 9.0)])
def test_a_missing_or_crossed_side_has_no_mid(bid, ask):
    watchlist = Watchlist(INSTRUMENTS)
    update(watchlist, bid=bid, ask=ask)
    assert watchlist.rows()[0].mid is None


def test_trends_have_a_point_a_second():
    watchlist = Watchlist(INSTRUMENTS)
    update(watchlist)
    for now in (0, 0.5, 1.1, 1.2, 2.3):
        watchlist.sample(now)
    assert len(watchlist.rows()[0].trend) == 3


def test_old_data_and_none_are_stale():
    watchlist = Watchlist(INSTRUMENTS)
    update(watchlist, received=T0)
    frame = Frame(T0 + 14 * SECOND, watchlist.rows())
    assert [frame.stale(row) for row in frame.watch] == [False, True]
    assert Frame(T0 + 16 * SECOND, watchlist.rows()).stale(watchlist.rows()[0])


def test_instruments_come_in_the_order_of_the_configuration():
    section = {"symbols": ["CHRL", "NEWS"], "instruments": {"CHRL": {"tick": "0.25", "multiplier": "10"}}}
    found = read_instruments(section)
    assert [(row.symbol, row.decimals, row.multiplier) for row in found] == [("CHRL", 2, 10), ("NEWS", 2, 1)]


def test_a_price_that_is_missing_is_none_and_a_stranger_is_passed_over():
    watchlist = Watchlist(INSTRUMENTS)
    update(watchlist, bid=None)
    update(watchlist, symbol="ZULU")
    row, untouched = watchlist.rows()
    assert (row.bid, row.last, row.ask, row.latency_us) == (None, None, 10.02, 80)
    assert untouched.received_us == 0


class FakeFeed:
    """A feed of one change and a bar."""

    def __init__(self):
        self.symbols = SYMBOLS
        self.asked = []

    def take(self):
        return frame_of()

    def bars(self, symbol, interval_ms, limit):
        self.asked.append((symbol, interval_ms, limit))
        return np.array([[T0, 1, 3, 0.5, 2, 15]])

    def totals(self):
        raise AssertionError("a frame is one call")

    def stop(self):
        pass


def test_a_frame_holds_what_feed_and_desk_have():
    feed = FakeFeed()
    source = DeskFrameSource(DeskState(), feed, INSTRUMENTS, CommandBoard())
    # The first frame is there at once; arrays are loaded for the second.
    assert source.pull("ALFA", 5).watch[0].bid is None
    frame = source.pull("ALFA", 5)
    assert frame.watch[0].bid == 10.0
    assert frame.bars == (read_bars([[T0, 1, 3, 0.5, 2, 15]])[0],)
    assert feed.asked == [("ALFA", 5_000, CHART_CANDLES)]
    assert (frame.feed_messages, frame.feed_malformed, frame.feed_gaps) == (9, 1, 2)
    assert source.pull("", 1).bars == ()
    assert frame.decimals("CHRL") == 2


def test_the_feed_keeps_every_interval_that_the_chart_offers():
    with MarketFeed("ipc:///nowhere/market-data.ipc", SYMBOLS) as feed:
        for seconds, _ in INTERVALS:
            assert feed.bars("ALFA", seconds * 1_000).shape == (0, 6)
        assert feed.bars_kept >= CHART_CANDLES


def test_a_watchlist_that_learns_takes_the_decimals_it_sees():
    watchlist = Watchlist(INSTRUMENTS[:1], learns=True)
    update(watchlist, symbol="ZULU", bid=0.97, ask=1.0)
    update(watchlist, symbol="ZULU", bid=0.9715, ask=0.972)
    update(watchlist, symbol="ZULU", bid=0.98, ask=None)
    rows = watchlist.rows()
    assert [(row.symbol, row.decimals) for row in rows] == [("ALFA", 2), ("ZULU", 4)]
    assert rows[1].tick == pytest.approx(0.0001)
    strict = Watchlist(INSTRUMENTS[:1])
    update(strict, symbol="ZULU")
    assert [row.symbol for row in strict.rows()] == ["ALFA"]
