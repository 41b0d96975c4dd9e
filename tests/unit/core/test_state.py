"""The console's picture of the desk, fed with the messages of the wire."""

from __future__ import annotations

import pytest

from console.core.decisions import SIGNALS
from console.core.frame import Frame, Standing, total
from console.core.journal import Severity
from console.core.ledger import FINISHED_ORDERS
from console.core.picture import merge_gates
from console.core.records import position_row
from console.core.state import LOG_LINES, ORDERS_WITH_HISTORY, DeskState
from console.proto import messages_pb2 as pb
from tests.unit.core.wire import SECOND, T0, execution, fill, gate, kill, order, position, signal


@pytest.fixture
def state():
    return DeskState()


def texts(state):
    return [row.text for row in state.picture(0).log]


def test_working_orders_come_first_and_the_newest_before_the_older(state):
    state.apply_execution(execution(order=order("old", at=T0)))
    state.apply_execution(execution(order=order("done", "FILLED", filled=100, at=T0 + 5 * SECOND)))
    state.apply_execution(execution(order=order("new", at=T0 + SECOND)))
    state.apply_execution(execution(order=order("lost", "UNKNOWN", at=T0 - SECOND)))
    orders = state.picture(0).orders
    assert [row.client_order_id for row in orders] == ["new", "old", "lost", "done"]
    assert [row.working for row in orders] == [True, True, True, False]


def test_pictures_are_the_same_object_until_something_changes(state):
    state.apply_execution(execution(order=order()))
    first = state.picture(0)
    state.apply_execution(execution(position=position()))
    second = state.picture(1)
    assert second.orders is first.orders
    assert second.log is first.log
    assert second.positions is not first.positions


def test_everything_is_bounded(state):
    for number in range(SIGNALS + FINISHED_ORDERS):
        state.apply_signal(signal(sequence=number + 1))
        state.apply_execution(execution(order=order(f"q{number}", "FILLED", filled=100)))
        state.apply_execution(execution(fill=fill(f"X{number}")))
        state.note(T0, Severity.NOTICE, f"line {number}")
    picture = state.picture(0)
    assert len(picture.signals) == SIGNALS
    assert len(picture.orders) == FINISHED_ORDERS
    assert len(picture.log) <= LOG_LINES
    assert picture.signals[0].sequence == SIGNALS + FINISHED_ORDERS


def test_histories_of_orders_are_bounded(state):
    for number in range(ORDERS_WITH_HISTORY + 10):
        state.apply_execution(execution(order=order(f"q{number}", "FILLED", filled=100)))
    assert len(state.flow._orders) == ORDERS_WITH_HISTORY


def test_a_fill_is_listed_once(state):
    for _ in range(3):
        state.apply_execution(execution(fill=fill("X1")))
    assert len(state.picture(0).fills) == 1


def test_a_snapshot_takes_away_what_is_gone(state):
    state.apply_execution(execution(order=order("gone")))
    state.apply_execution(execution(position=position("GONE")))
    state.apply_execution_snapshot(pb.Snapshot(orders=[order("here")], positions=[position("ALFA")]))
    picture = state.picture(0)
    assert [row.client_order_id for row in picture.orders] == ["here"]
    assert [row.symbol for row in picture.positions] == ["ALFA"]


def test_a_signal_learns_what_became_of_it(state):
    state.apply_signal(signal(sequence=1))
    denial = pb.Denial(reason="order 5 is over 3")
    decision = pb.RiskDecision(outcome=pb.RiskDecision.DENIED, signal=signal(sequence=1), denial=denial)
    state.apply_risk(pb.RiskEvent(decision=decision, at_us=T0), T0)
    row = state.picture(0).signals[0]
    assert (row.outcome, row.fate) == ("DENIED", "order 5 is over 3")
    assert texts(state) == ["denied ALFA: order 5 is over 3"]
    state.apply_risk(pb.RiskEvent(decision=decision, at_us=T0 + SECOND), T0)
    assert len(texts(state)) == 1
    state.apply_risk(pb.RiskEvent(decision=decision, at_us=T0 + 61 * SECOND), T0)
    assert len(texts(state)) == 2
    assert state.flow.statistics().denied == 3


def test_a_decision_may_come_before_its_signal(state):
    decision = pb.RiskDecision(outcome=pb.RiskDecision.APPROVED, signal=signal(), order=order("q1-9"))
    state.apply_risk(pb.RiskEvent(decision=decision), T0)
    state.apply_signal(signal())
    (row,) = state.picture(0).signals
    assert (row.outcome, row.fate) == ("APPROVED", "q1-9")


def test_lost_signals_are_counted_and_a_restart_is_no_loss(state):
    state.apply_signal(signal(sequence=1))
    state.apply_signal(signal(sequence=4))
    state.apply_signal(signal(sequence=1, epoch=2))
    picture = state.picture(0)
    assert picture.signal_gaps == 2
    assert "2 signals of ALFA were lost" in picture.log[0].text


def test_commands_of_other_seats_appear_once_with_their_operator(state):
    record = pb.CommandRecord(
        command=pb.StrategyCommand(
            type=pb.StrategyCommand.PAUSE_TRADING,
            symbol="ALFA",
            command_id="c",
            operator="ben",
            host="nyc",
            reason="news",
        ),
        result=pb.CommandResult(service="execution-engine", outcome=pb.CommandResult.DONE, done_us=T0),
    )
    for _ in range(2):
        state.apply_execution(execution(command=record))
    (row,) = state.picture(0).log
    assert row.source == "ben@nyc"
    assert row.text == 'pause ALFA: done by execution-engine ("news")'


def test_a_kill_keeps_its_stages_and_is_unproved_until_verified(state):
    def frame():
        return Frame(T0, desk=state.picture(0))

    assert not frame().desk_killed
    state.apply_execution(execution(kill=kill("LATCHED", operator="ann", reason="test")))
    state.apply_execution(execution(kill=kill("CANCELLING", at=T0 + 1000, open_before=3)))
    assert frame().standing is Standing.UNPROVED
    state.apply_execution(execution(kill=kill("VERIFIED", at=T0 + 2000)))
    state.apply_execution(execution(kill=kill("RESIDUAL", at=T0 + 3000, residual=[position("ALFA", 5)])))
    (row,) = state.picture(0).kills
    assert [name for name, _ in row.stages] == ["LATCHED", "CANCELLING", "VERIFIED", "RESIDUAL"]
    assert (row.open_before, row.operator, row.residual) == (3, "ann", (("ALFA", 5.0),))
    assert frame().standing is Standing.KILLED
    state.apply_execution(execution(kill=kill("REARMED", at=T0 + 9000)))
    assert not frame().desk_killed


def test_a_latch_without_any_stage_is_not_taken_for_proved(state):
    state.set_trading_from_pong(pb.TradingState(desk_killed=True, venue="PAPER"))
    frame = Frame(T0, desk=state.picture(0))
    assert frame.desk_killed
    assert frame.standing is Standing.UNPROVED
    assert frame.desk.venue == "PAPER"


def test_the_risk_managers_own_latch_counts(state):
    state.set_risk_from_pong(pb.RiskState(killed=True), T0)
    assert Frame(T0, desk=state.picture(0)).standing is Standing.UNPROVED


def test_gates_are_merged_once_with_the_kill_first(state):
    state.set_trading_from_pong(pb.TradingState(gates=[gate("OPERATOR_PAUSE", since=T0)]))
    state.set_risk_from_pong(
        pb.RiskState(
            gates=[
                gate("STALE_MARKET_DATA", "ALFA", since=T0 - 5),
                gate("OPERATOR_PAUSE", since=T0),
                gate("KILL_LATCH", since=T0 + 5),
            ]
        ),
        T0,
    )
    assert [(row.kind, row.scope) for row in state.picture(0).gates] == [
        ("KILL_LATCH", "desk"),
        ("OPERATOR_PAUSE", "desk"),
        ("STALE_MARKET_DATA", "ALFA"),
    ]
    assert merge_gates() == ()


def test_services_fall_silent_come_back_and_restart(state):
    state.heard("market-data", pb.Pong(pid=1, epoch=1, state=pb.Pong.READY), 10.0, 10.001)
    row = state.picture(10.5).services[0]
    assert (row.state, row.lost, row.round_trip_ms) == ("READY", False, pytest.approx(1.0))
    state.note_turns(11, T0)
    assert texts(state) == []
    state.note_turns(12.5, T0)
    state.note_turns(12.6, T0)
    assert texts(state) == ["is silent: no answer for 1.5 s"]
    assert state.picture(12.5).services[0].lost
    state.heard("market-data", pb.Pong(pid=2, epoch=2, state=pb.Pong.READY), 13.0, 13.0)
    state.note_turns(13, T0)
    assert texts(state)[:2] == ["answers again", "process 1 is gone, it was started anew as process 2"]
    assert state.picture(14).services[0].fresh
    assert not state.picture(30).services[0].fresh
    assert state.picture(13).services[4].age_s is None


def test_a_service_that_was_never_heard_is_silent_not_well(state):
    row = state.picture(0).services[0]
    assert row.lost
    assert row.state == "SILENT"


def test_totals_rest_on_fresh_marks_or_say_so():
    fresh = [position_row(position("A", 10, cost=10, price=12, multiplier=50.0))]
    sums = total(tuple(fresh), T0 + SECOND)
    assert (sums.gross, sums.net, sums.open_positions, sums.certain) == (6000, 6000, 1, True)
    assert not total(tuple(fresh), T0 + 60 * SECOND).certain
    unmarked = position_row(position("B", -10, cost=10, price=None))
    sums = total((unmarked,), T0)
    assert (sums.gross, sums.net, sums.certain, unmarked.unrealized) == (100, -100, False, None)
    flat = position_row(position("C", 0, price=None))
    assert total((flat,), T0).certain
