"""The risk manager as a process: signals in, approved orders out, gates, limits, kill and restart."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.proto import messages_pb2 as pb
from tests.integration.risk_desk import PATIENCE_S, RiskDesk, now_us

BUY, SELL, HOLD = pb.TradingSignal.BUY, pb.TradingSignal.SELL, pb.TradingSignal.HOLD
APPROVED, DENIED = pb.RiskDecision.APPROVED, pb.RiskDecision.DENIED
DONE, REFUSED, NOT_KNOWN = pb.CommandResult.DONE, pb.CommandResult.REFUSED, pb.CommandResult.NOT_KNOWN
COMMAND = pb.StrategyCommand


@pytest.fixture
def configuration(repository: Path, desk_home: Path) -> Path:
    """The shipped configuration with a small target and a short patience."""
    content: dict[str, Any] = json.loads((repository / "config" / "system.json").read_text())
    content["risk"]["target_notional"] = 10_000
    content["risk"]["limits"]["max_daily_loss"] = 5_000
    content["execution"]["order_style"] = "passive"
    content["database"]["kind"] = "off"
    file = desk_home / "system.json"
    file.write_text(json.dumps(content))
    return file


@pytest.fixture
def cold(binaries: Path, desk_home: Path, configuration: Path) -> Iterator[RiskDesk]:
    """A desk whose risk manager is not started yet."""
    binary = binaries / "risk-manager"
    if not binary.is_file():
        pytest.skip(f"{binary} is not built")
    desk = RiskDesk(binary, desk_home, configuration)
    yield desk
    desk.close()


@pytest.fixture
def desk(cold: RiskDesk) -> RiskDesk:
    """A desk ready to trade."""
    cold.start()
    return cold


def pause() -> pb.Gate:
    return pb.Gate(
        kind=pb.Gate.OPERATOR_PAUSE, closed_by="ann@desk", reason="lunch", since_us=1, opens_when="resume"
    )


def test_a_signal_becomes_one_order_that_is_on_the_disk_before_it_leaves(desk: RiskDesk) -> None:
    signal = desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 1)
    order = desk.submitted[0]
    approved = [event.decision for event in desk.journal() if event.decision.outcome == APPROVED]
    assert [decision.order.client_order_id for decision in approved] == [order.client_order_id]
    assert approved[0].signal == signal
    assert (order.side, order.quantity, order.price) == (pb.Order.BUY, 100, 99.99)
    assert (order.signal_sequence, order.model_hash, order.limits_version) == (signal.sequence, "abc", 1)
    assert order.intent_us < order.valid_until_us
    # The target is worked on, then met: no second order.
    desk.signal(BUY)
    desk.fill(order, 100)
    desk.signal(BUY)
    desk.until(lambda: len(desk.decisions(pb.RiskDecision.NO_ORDER)) == 2)
    assert len(desk.submitted) == 1
    # Published under the sequence it has in the journal, and replayed the same.
    replay = desk.ask(pb.ControlRequest(replay=pb.ReplayRequest(from_sequence=1, limit=1_000))).replay
    assert [event.sequence for event in replay.risk] == list(range(1, replay.last_sequence + 1))
    published = [event for event in desk.events if event.sequence]
    assert {event.sequence for event in published} <= {event.sequence for event in replay.risk}
    for event in published:
        twin = replay.risk[event.sequence - 1]
        assert twin.WhichOneof("event") == event.WhichOneof("event")
        assert (twin.at_us, twin.decision) == (event.at_us, event.decision)


def test_a_pause_denies_with_its_gate_and_the_picture_has_every_limit(desk: RiskDesk) -> None:
    desk.state([pause()])
    desk.until(lambda: pb.Gate.OPERATOR_PAUSE in desk.gates())
    for _ in range(3):
        desk.signal(BUY)
    desk.until(lambda: len(desk.decisions(DENIED)) == 3)
    denial = desk.decisions(DENIED)[0].denial
    assert (denial.check, denial.gate) == (pb.Denial.GATE_CLOSED, pb.Gate.OPERATOR_PAUSE)
    assert "lunch" in denial.reason
    recorded = [event for event in desk.journal() if event.decision.outcome == DENIED]
    assert len(recorded) == 1, "alike ones are recorded once in ten seconds"
    assert not desk.submitted
    configured = json.loads(desk.configuration.read_text())["risk"]["limits"]
    assert {use.name for use in desk.pictures()[-1].use} == set(configured)
    desk.state([])
    desk.until(lambda: not desk.gates())
    desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 1)


def test_a_kill_is_latched_on_disk_and_survives_a_crash_until_it_is_rearmed(desk: RiskDesk) -> None:
    desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 1)
    late = desk.command(COMMAND.KILL_SWITCH, command_id="kill-1", valid_until_us=1)
    assert late.outcome == DONE, "late, and a kill all the same"
    assert late.kill.stage == pb.KillStage.LATCHED
    assert desk.latch()["state"] == "killed"
    desk.until(lambda: desk.cancelled == [desk.submitted[0].client_order_id])
    desk.until(lambda: desk.use("max_open_positions").value == 0)
    desk.signal(SELL)
    desk.until(lambda: len(desk.decisions(DENIED)) == 1)
    desk.restart()
    assert pb.Gate.KILL_LATCH in desk.gates()
    # The same id again: the first answer, also after the crash.
    again = desk.command(COMMAND.KILL_SWITCH, command_id="kill-1")
    assert (again.outcome, again.received_us) == (DONE, late.received_us)
    query = desk.ask(pb.ControlRequest(query=pb.CommandQuery(command_id="kill-1"))).result
    assert query.received_us == late.received_us
    unknown = desk.ask(pb.ControlRequest(query=pb.CommandQuery(command_id="never"))).result
    assert unknown.outcome == NOT_KNOWN
    desk.signal(BUY)
    desk.until(lambda: len(desk.decisions(DENIED)) == 2)
    refused = desk.command(COMMAND.REARM, valid_until_us=now_us() - 1)
    assert refused.outcome == REFUSED, "late"
    rearmed = desk.command(COMMAND.REARM)
    assert rearmed.outcome == DONE, rearmed
    assert desk.latch()["state"] == "armed"
    assert len(desk.submitted) == 1
    desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 2)


def test_a_file_named_kill_latches(desk: RiskDesk) -> None:
    file = desk.home / "run" / "KILL"
    file.touch()
    began = time.monotonic()
    while desk.latch()["state"] != "killed":
        assert time.monotonic() - began < PATIENCE_S
    refused = desk.command(COMMAND.REARM)
    assert refused.outcome == REFUSED
    assert any("KILL" in part for part in refused.missing)
    file.unlink()
    desk.turn_for(0.05)
    assert desk.command(COMMAND.REARM).outcome == DONE


def test_limits_change_all_or_nothing_reach_the_engine_and_survive_a_crash(desk: RiskDesk) -> None:
    desk.until(lambda: bool(desk.limits))
    assert desk.limits[0].version == 1
    bad = {"max_position_size": 50.0, "max_positions": 1.0}
    update = COMMAND.UPDATE_RISK_LIMITS
    refused = desk.command(update, parameters=bad)
    assert refused.outcome == REFUSED
    assert "max_positions" in refused.reason
    done = desk.command(update, command_id="limits-1", parameters={"max_position_size": 50.0})
    assert done.outcome == DONE
    assert {use.name: use.limit for use in done.limits}["max_position_size"] == 50
    desk.until(lambda: desk.limits[-1].version == 2)
    assert desk.limits[-1].values["max_position_size"] == 50
    desk.signal(BUY)
    desk.until(lambda: len(desk.decisions(DENIED)) == 1)
    denial = desk.decisions(DENIED)[0].denial
    assert (denial.check, denial.limit, denial.value) == (pb.Denial.POSITION, 50, 100)
    desk.restart()
    assert desk.pong().risk.limits_version == 2
    desk.until(lambda: len(desk.limits) >= 3)
    assert desk.limits[-1].version == 2
    again = desk.command(update, command_id="limits-1", parameters={"max_position_size": 9.0})
    assert again.received_us == done.received_us
    assert desk.pong().risk.limits_version == 2


def test_the_loss_limit_latches_and_kills_the_engine(desk: RiskDesk) -> None:
    desk.position("ALFA", 1_000, 102.0, -3_100.0)
    desk.until(lambda: bool(desk.commands))
    command = desk.commands[0]
    assert (command.type, command.symbol, command.operator) == (COMMAND.KILL_SWITCH, "", "risk-manager")
    assert "5100" in command.reason
    assert desk.latch()["state"] == "killed"
    assert {pb.Gate.LOSS_LIMIT, pb.Gate.KILL_LATCH} <= desk.gates()
    # It goes on asking until the engine says that it is killed, and then no more.
    desk.until(lambda: len(desk.commands) == 2)
    assert desk.commands[1].command_id == command.command_id
    desk.state([], killed=True)
    desk.turn_for(0.3)
    asked = len(desk.commands)
    desk.turn_for(1.2)
    assert len(desk.commands) == asked
    desk.restart()
    desk.until(lambda: pb.Gate.LOSS_LIMIT in desk.gates())
    refused = desk.command(COMMAND.REARM)
    assert refused.outcome == REFUSED
    assert any("max_daily_loss" in part for part in refused.missing)


def test_a_gap_is_mended_by_a_snapshot(desk: RiskDesk) -> None:
    desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 1)
    order = desk.submitted[0]
    asked = desk.snapshots_asked
    desk.fill(order, 30, lost=True)
    desk.fill(order, 20)
    desk.until(lambda: desk.snapshots_asked > asked)
    desk.until(lambda: not desk.gates())
    # 50 of 100 are filled and 50 work: the view is whole again, and nothing was decided twice.
    desk.fill(order, 50)
    desk.signal(BUY)
    desk.until(lambda: bool(desk.decisions(pb.RiskDecision.NO_ORDER)))
    assert len(desk.submitted) == 1
    use = desk.use("max_position_size")
    assert (use.value, use.symbol) == (100, "ALFA")


def test_a_silent_service_and_a_silent_engine_close_the_gate(desk: RiskDesk) -> None:
    desk.silent.add("signal-bridge")
    desk.until(lambda: pb.Gate.HEARTBEAT_LOST in desk.gates())
    gate = next(gate for gate in desk.pong().risk.gates if gate.kind == pb.Gate.HEARTBEAT_LOST)
    assert "signal-bridge" in gate.reason
    assert gate.closed_by == "risk-manager"
    desk.signal(BUY)
    desk.until(lambda: len(desk.decisions(DENIED)) == 1)
    desk.silent.clear()
    desk.until(lambda: not desk.gates())
    kinds = [event.WhichOneof("event") for event in desk.journal()]
    assert kinds.count("gate_closed") == kinds.count("gate_opened")


def test_the_end_of_a_replay_cancels_and_closes_the_session(desk: RiskDesk) -> None:
    desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 1)
    desk.source = pb.SourceStatus.State.ENDED
    desk.until(lambda: desk.cancelled == [desk.submitted[0].client_order_id])
    desk.until(lambda: desk.use("max_open_positions").value == 0)
    assert pb.Gate.SESSION_CLOSED in desk.gates()
    desk.signal(BUY)
    desk.until(lambda: len(desk.decisions(DENIED)) == 1)


def test_hostile_messages_are_counted_and_change_nothing(desk: RiskDesk) -> None:
    desk.signals.send(b"\xff\xff\xff")
    desk.signals.send(pb.TradingSignal(symbol="ALFA", sequence=1_000, epoch=1).SerializeToString())
    not_finite = pb.TradingSignal(symbol="ALFA", signal=BUY, confidence=float("nan"), sequence=1_001, epoch=1)
    desk.signals.send(not_finite.SerializeToString())
    desk.execution.send(b"\x0a\x05trash")
    desk.market.send(b"\x0a\x04ALFA\xff")
    desk.control.send(b"\xff\xff")
    unspecified = desk.command(COMMAND.TYPE_UNSPECIFIED)
    assert unspecified.outcome == REFUSED
    desk.until(lambda: desk.pong().counters["malformed"] >= 5)
    assert not desk.submitted


def test_a_second_instance_is_refused_with_the_first_ones_pid(desk: RiskDesk) -> None:
    assert desk.process is not None
    command = [str(desk.binary), "--home", str(desk.home), "--config", str(desk.configuration)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert second.returncode == 1
    assert str(desk.process.pid) in second.stderr
    assert desk.pong().pid == desk.process.pid


def test_a_clean_stop_exits_with_0(desk: RiskDesk) -> None:
    assert desk.process is not None
    desk.process.terminate()
    assert desk.process.wait(PATIENCE_S) == 0


def test_a_hold_after_a_restart_places_nothing(desk: RiskDesk) -> None:
    desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 1)
    desk.restart()
    desk.signal(HOLD)
    desk.signal(BUY)
    desk.until(lambda: len(desk.decisions(pb.RiskDecision.NO_ORDER)) >= 2)
    assert len(desk.submitted) == 1, "the order from before the crash is known and works"


def test_a_full_disk_stops_new_risk_and_still_latches_a_kill(desk: RiskDesk) -> None:
    """Files may not grow any more: the journal fails, the preallocated latch doesn't."""
    assert desk.process is not None
    desk.signal(BUY)
    desk.until(lambda: len(desk.submitted) == 1)
    limit = resource.prlimit(desk.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(desk.process.pid, resource.RLIMIT_FSIZE, (8_192, limit[1]))
    refused = desk.command(COMMAND.UPDATE_RISK_LIMITS, parameters={"max_daily_loss": 1.0})
    assert refused.outcome == REFUSED
    assert desk.pong().risk.limits_version == 1
    desk.signal(BUY, "BRVO")
    desk.until(lambda: pb.Gate.STORE_BEHIND in desk.gates())
    assert desk.pong().state == pb.Pong.State.DEGRADED
    killed = desk.command(COMMAND.KILL_SWITCH, command_id="kill-1")
    assert killed.outcome == DONE
    assert "journal" in killed.reason
    assert desk.latch()["state"] == "killed"
    desk.until(lambda: desk.cancelled == [desk.submitted[0].client_order_id])
    refused = desk.command(COMMAND.REARM)
    assert refused.outcome == REFUSED
    assert any("journal" in part for part in refused.missing)
    resource.prlimit(desk.process.pid, resource.RLIMIT_FSIZE, limit)
    desk.until(lambda: pb.Gate.STORE_BEHIND not in desk.gates())
    # What happened meanwhile is on the record now, in order and without a gap.
    ids = [
        event.command.command.command_id for event in desk.journal() if event.WhichOneof("event") == "command"
    ]
    assert "kill-1" in ids
    assert len(desk.submitted) == 1
    assert desk.command(COMMAND.REARM).outcome == DONE
