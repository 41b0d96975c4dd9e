"""Own fills by the clock of the market data: a simulator's day, a replay's, and this one's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.frame import Frame
from console.core.records import fill_row, signal_row
from console.ui.fills import FillTimes, event_time
from tests.unit.core.wire import SECOND, T0, fill, signal
from tests.unit.ui.frames import NOW, watch_rows

# The market's day is not ours.
LONG_AGO = 1_000_000 * SECOND


def moment(fills, pace=1.0):
    """A frame in which signals of a minute are known; event time runs `pace` times as fast as arrival."""
    signals = []
    for place in range(61):
        message = signal(sequence=place, at=NOW - place * SECOND)
        message.timestamp_us = NOW - LONG_AGO - int(place * SECOND * pace)
        signals.append(signal_row(message))
    rows = tuple(replace(row, event_us=row.received_us - LONG_AGO) for row in watch_rows()[:1])
    empty = Frame(NOW)
    desk = replace(empty.desk, fills=tuple(fill_row(one) for one in fills), signals=tuple(signals))
    return replace(empty, watch=rows, desk=desk)


def test_a_fill_that_is_news_happened_at_the_newest_row():
    times = FillTimes()
    times.note(moment([fill("X1", at=NOW - 1, price=101.0)]))
    assert times.of("ALFA") == [(NOW - LONG_AGO, 101.0, 1)]
    # The same again is no second fill.
    times.note(moment([fill("X2", at=NOW), fill("X1", at=NOW - 1)]))
    assert len(times.of("ALFA")) == 2


@pytest.mark.parametrize("ago", [30.5, 3_600])
def test_a_fill_from_before_the_console_is_placed_by_the_signals(ago):
    times = FillTimes()
    at = NOW - int(ago * SECOND)
    times.note(moment([fill("X1", at=at, side="SELL")]))
    assert times.of("ALFA") == [(at - LONG_AGO, 100.0, -1)]


def test_of_a_faster_replay_only_what_the_signals_span_is_known():
    times = FillTimes()
    times.note(moment([fill("X1", at=NOW - 3_600 * SECOND), fill("X2", at=NOW - 10 * SECOND)], pace=60))
    assert times.of("ALFA") == [(NOW - LONG_AGO - 600 * SECOND, 100.0, 1)]


def test_the_time_between_two_pairs():
    pairs = [(T0, 0), (T0 + 10, 100)]
    assert event_time(pairs, T0 + 5) == 50
    assert event_time(pairs, T0 - 5) is None
