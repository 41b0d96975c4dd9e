"""The watchlist and the bars of the chart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.bars import Bar, join_bars, read_bars
from console.core.commands import CommandBoard
from console.core.feed import Instrument, Watchlist, read_instruments
from console.core.frame import DeskFrameSource, Frame
from console.core.state import DeskState
from tests.unit.core.wire import SECOND, T0

INSTRUMENTS = [Instrument("ALFA", 0.01, 1, "USD"), Instrument("CHRL", 0.25, 10, "USD")]


def change(symbol="ALFA", bid=10.0, ask=10.02, *, received=T0, gaps=0):
    return (symbol, bid, ask, 100.0, 200.0, bid, 5.0, 1000.0, T0, received, 7, gaps, 7)


def test_the_newest_quote_its_direction_and_its_change():
    watchlist = Watchlist(INSTRUMENTS)
    watchlist.update([change(bid=10.0, ask=10.02)])
    watchlist.update([change(bid=10.1, ask=10.12)])
    row, untouched = watchlist.rows()
    assert row.mid == pytest.approx(10.11)
    assert row.direction == 1
    assert row.change == pytest.approx(10.11 / 10.01 - 1)
    assert untouched.mid is None
    assert untouched.age_s(T0) is None
    watchlist.update([change(bid=10.05, ask=10.07)])
    assert watchlist.rows()[0].direction == -1


@pytest.mark.parametrize(("bid", "ask"), [(None, 10.0), (10.0, None), (10.0, 9.0)])
def test_a_missing_or_crossed_side_has_no_mid(bid, ask):
    watchlist = Watchlist(INSTRUMENTS)
    watchlist.update([change(bid=bid, ask=ask)])
    assert watchlist.rows()[0].mid is None


def test_trends_have_a_point_a_second():
    watchlist = Watchlist(INSTRUMENTS)
    watchlist.update([change()])
    for now in (0, 0.5, 1.1, 1.2, 2.3):
        watchlist.sample(now)
    assert len(watchlist.rows()[0].trend) == 3


def test_old_data_and_none_are_stale():
    watchlist = Watchlist(INSTRUMENTS)
    watchlist.update([change(received=T0)])
    frame = Frame(T0 + 14 * SECOND, watchlist.rows())
    assert [frame.stale(row) for row in frame.watch] == [False, True]
    assert Frame(T0 + 16 * SECOND, watchlist.rows()).stale(watchlist.rows()[0])


def test_instruments_come_in_the_order_of_the_configuration():
    section = {"symbols": ["CHRL", "NEWS"], "instruments": {"CHRL": {"tick": "0.25", "multiplier": "10"}}}
    found = read_instruments(section)
    assert [(row.symbol, row.decimals, row.multiplier) for row in found] == [("CHRL", 2, 10), ("NEWS", 2, 1)]


def bars_of(values):
    return [Bar(second * SECOND, v, v + 1, v - 1, v + 0.5, 2) for second, v in enumerate(values)]


@given(st.lists(st.floats(1, 100), min_size=1, max_size=100), st.sampled_from([1, 5, 15, 60]))
def test_joined_bars_keep_extremes_volume_and_ends(values, interval):
    bars = bars_of(values)
    joined = join_bars(bars, interval)
    assert sum(bar.volume for bar in joined) == sum(bar.volume for bar in bars)
    assert max(bar.high for bar in joined) == max(bar.high for bar in bars)
    assert (joined[0].open, joined[-1].close) == (bars[0].open, bars[-1].close)
    assert all(bar.start_us % (interval * SECOND) == 0 for bar in joined)
    assert [bar.start_us for bar in joined] == sorted({bar.start_us for bar in joined})


class Rows(list):
    """As much of an array as the console uses."""

    def __getitem__(self, item):
        found = super().__getitem__(item)
        return Rows(found) if isinstance(item, slice) else found

    def tolist(self):
        return list(self)


class FakeFeed:
    """A feed of one change and two bars."""

    def __init__(self):
        self.waiting = [change()]

    def changes(self):
        waiting, self.waiting = self.waiting, []
        return waiting

    def bars(self, symbol):
        return Rows([[T0, 1, 2, 0.5, 1.5, 10], [T0 + SECOND, 1.5, 3, 1, 2, 5]])

    def totals(self):
        return {"messages": 9, "malformed": 1, "gaps": 2, "last_received_us": T0}

    def stop(self):
        pass


def test_a_frame_holds_what_feed_and_desk_have():
    source = DeskFrameSource(DeskState(), FakeFeed(), INSTRUMENTS, CommandBoard())
    frame = source.pull("ALFA", 5)
    assert frame.watch[0].bid == 10.0
    assert frame.bars == (read_bars([[T0, 1, 3, 0.5, 2, 15]])[0],)
    assert (frame.feed_messages, frame.feed_malformed, frame.feed_gaps) == (9, 1, 2)
    assert source.pull("", 1).bars == ()
    assert frame.decimals("CHRL") == 2
