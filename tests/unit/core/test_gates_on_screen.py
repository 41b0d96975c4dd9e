"""Which gates stand on the screen: a service's own word before the relay, breaks, and the commands of other
seats.
"""

from __future__ import annotations

from console.core.state import DeskState
from console.proto import messages_pb2 as pb
from tests.unit.core.wire import T0, execution, gate

OPEN = pb.Break(
    id="position:ALFA", symbol="ALFA", kind=pb.Break.POSITION, desk=100, venue=90, state=pb.Break.OPEN,
    actions=[pb.Break.ADOPT, pb.Break.IGNORE], since_us=T0,
)  # fmt: skip


def kinds(state: DeskState, now: float = 100.1) -> list[tuple[str, str]]:
    return [(row.kind, row.symbol) for row in state.picture(now).gates]


def desk(engine_heard: float = 100.0) -> DeskState:
    state = DeskState()
    state.heard("execution-engine", pb.Pong(service="execution-engine", pid=1), engine_heard, engine_heard)
    state.heard("risk-manager", pb.Pong(service="risk-manager", pid=2), 100.0, 100.0)
    return state


def test_a_lifted_pause_does_not_stand_on_in_the_relay() -> None:
    state = desk()
    relay = pb.RiskState(gates=[gate("OPERATOR_PAUSE"), gate("STALE_MARKET_DATA", "ALFA")])
    state.set_trading_from_pong(pb.TradingState(gates=[gate("OPERATOR_PAUSE")], desk_paused=True))
    state.set_risk_from_pong(relay, T0)
    assert ("OPERATOR_PAUSE", "") in kinds(state)
    state.apply_execution(execution(1, state=pb.TradingState()))
    assert kinds(state) == [("STALE_MARKET_DATA", "ALFA")]


def test_a_lifted_kill_does_not_stand_on_but_the_risk_managers_own_does() -> None:
    state = desk()
    state.set_trading_from_pong(pb.TradingState())
    state.set_risk_from_pong(pb.RiskState(gates=[gate("KILL_LATCH")]), T0)
    assert kinds(state) == []
    state.set_risk_from_pong(pb.RiskState(gates=[gate("KILL_LATCH")], killed=True), T0)
    assert kinds(state) == [("KILL_LATCH", "")]


def test_the_relay_speaks_for_an_engine_that_is_silent() -> None:
    state = desk(engine_heard=90.0)
    state.set_trading_from_pong(pb.TradingState())
    state.set_risk_from_pong(pb.RiskState(gates=[gate("OPERATOR_PAUSE")]), T0)
    assert kinds(state) == [("OPERATOR_PAUSE", "")]


def test_breaks_come_change_and_go() -> None:
    state = desk()
    state.apply_execution(execution(1, reconciliation=OPEN))
    found = state.picture(100.1).breaks
    assert [row.sentence for row in found] == ["ALFA position: desk +100, venue +90"]
    assert found[0].actions == ("adopt", "ignore")
    assert found[0].store is None
    ignored = pb.Break()
    ignored.CopyFrom(OPEN)
    ignored.state, ignored.decided_by = pb.Break.IGNORED, "ann@deck"
    state.apply_execution(execution(2, reconciliation=ignored))
    assert [row.state for row in state.picture(100.1).breaks] == ["IGNORED"]
    ignored.state = pb.Break.RESOLVED
    state.apply_execution(execution(3, reconciliation=ignored))
    assert state.picture(100.1).breaks == ()
    assert any("break position:ALFA open" in row.text for row in state.picture(100.1).log)


def test_a_command_of_another_seat_keeps_its_operator_and_is_told_once() -> None:
    state = desk()
    record = pb.CommandRecord(
        command=pb.StrategyCommand(
            type=pb.StrategyCommand.PAUSE_TRADING, symbol="ALFA", command_id="c1", operator="ann",
            host="deck", session="s1",
        ),
        result=pb.CommandResult(command_id="c1", service="execution-engine", outcome=pb.CommandResult.DONE,
        done_us=T0), )  # fmt: skip
    state.apply_execution(execution(1, command=record))
    state.apply_execution(execution(2, command=record))
    seats = state.picture(100.1).seats
    assert [row.sentence for row in seats] == ["ann@deck: pause ALFA → done by execution-engine"]
    assert seats[0].session == "s1"


def test_a_command_that_a_service_gave_by_itself_has_no_host() -> None:
    state = desk()
    kill = pb.StrategyCommand(
        type=pb.StrategyCommand.KILL_SWITCH, command_id="c2", operator="risk-manager", reason="daily loss"
    )
    result = pb.CommandResult(service="execution-engine", outcome=pb.CommandResult.ACCEPTED, done_us=T0)
    state.apply_execution(execution(1, command=pb.CommandRecord(command=kill, result=result)))
    picture = state.picture(100.1)
    assert picture.seats[0].sentence == "risk-manager: kill desk → accepted by execution-engine"
    assert [row.source for row in picture.log if "kill desk" in row.text] == ["risk-manager"]


def test_an_accepted_command_that_was_given_up_is_an_alarm() -> None:
    state = desk()
    progress = pb.CommandProgress(
        type=pb.StrategyCommand.FLATTEN,
        symbol="ALFA",
        state=pb.CommandProgress.GIVEN_UP,
        reason="the venue is away",
    )
    state.apply_execution(execution(1, progress=progress))
    row = state.picture(100.1).log[0]
    assert row.text == "flatten of ALFA was GIVEN UP: the venue is away"
    assert row.severity == 3
