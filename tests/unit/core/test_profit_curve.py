"""The day's curve: what the database tells of the morning, and what this console saw itself."""

from __future__ import annotations

from console.core.state import DeskState
from console.proto import messages_pb2 as pb
from console.store.curve import summed
from tests.unit.core.wire import SECOND, T0


def test_each_point_is_the_sum_of_what_every_symbol_had_last():
    snapshots = [
        (T0 - 1, "ALFA", 10.0),
        (T0 - 1, "BRVO", -3.0),
        (T0, "ALFA", 12.0),
        (T0 + 60, "ALFA", 14.0),
        (T0 + 60, "BRVO", 1.0),
    ]
    assert summed(snapshots, T0) == [(T0, 9.0), (T0 + 60, 15.0)]
    assert summed([], T0) == []


def test_the_morning_stands_before_what_was_seen_here_and_yesterday_nowhere():
    state = DeskState()
    state.set_risk_from_pong(pb.RiskState(daily_realized_pnl=5, day_start_us=T0), T0 + 100 * SECOND)
    state.prepend_profit([(T0 - SECOND, 1.0), (T0 + SECOND, 2.0), (T0 + 101 * SECOND, 9.0)])
    assert state.picture(0).profit_curve == ((T0 + SECOND, 2.0), (T0 + 100 * SECOND, 5.0))


def test_the_curve_of_a_new_day_begins_with_the_day_also_between_two_points():
    state = DeskState()
    state.set_risk_from_pong(pb.RiskState(daily_realized_pnl=5, day_start_us=T0), T0 + SECOND)
    assert state.picture(0).profit_curve == ((T0 + SECOND, 5.0),)
    later = T0 + SECOND + SECOND // 10
    state.set_risk_from_pong(pb.RiskState(daily_realized_pnl=0, day_start_us=later), later)
    assert state.picture(0).profit_curve == ()
