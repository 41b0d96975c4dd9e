"""The risk manager as a process, fed as in the service: conduct, restricted symbols, self-match, clocks."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.proto import messages_pb2 as pb
from tests.integration.risk_desk import RiskDesk, now_us

BUY, SELL = pb.TradingSignal.BUY, pb.TradingSignal.SELL
DENIED = pb.RiskDecision.DENIED

# Puts the wall clock forward by as many seconds as a file says, for the process it is loaded into.
SHIM = r"""
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
int clock_gettime(clockid_t id, struct timespec *now) {
    int outcome = (int)syscall(SYS_clock_gettime, id, now);
    const char *name = getenv("WALL_CLOCK_OFF");
    FILE *file = id == CLOCK_REALTIME && name ? fopen(name, "r") : NULL;
    if (file) {
        long seconds = 0;
        if (fscanf(file, "%ld", &seconds) == 1) now->tv_sec += seconds;
        fclose(file);
    }
    return outcome;
}
"""


@pytest.fixture
def configuration(repository: Path, desk_home: Path) -> Path:
    """The shipped configuration with small limits and a restricted symbol."""
    content: dict[str, Any] = json.loads((repository / "config" / "system.json").read_text())
    content["risk"] |= {"target_notional": 10_000, "restricted": ["BRVO"]}
    content["risk"]["limits"] |= {
        "max_drawdown": 400,
        "max_loss_streak": 2,
        "max_executions_per_minute": 2,
        "max_gross_exposure": 40_000,
        "max_net_exposure": 40_000,
        "max_order_notional": 80_000,
        "max_concentration": 0.5,
    }
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


def denial(desk: RiskDesk, symbol: str, kind: pb.TradingSignal.Signal = BUY) -> pb.Denial:
    """What a signal is denied for."""
    before = len(desk.decisions(DENIED))
    desk.row(symbol)
    desk.signal(kind, symbol)
    desk.until(lambda: len(desk.decisions(DENIED)) > before)
    return desk.decisions(DENIED)[-1].denial


def test_conduct_restriction_concentration_and_self_match_deny_and_survive_a_crash(desk: RiskDesk) -> None:
    assert denial(desk, "BRVO").check == pb.Denial.RESTRICTED
    # An offer of an operator's at the price the strategy would bid.
    offer = pb.Order(
        client_order_id="o1",
        symbol="ALFA",
        side=pb.Order.SELL,
        quantity=5,
        price=99.99,
        type=pb.Order.LIMIT,
        origin=pb.Order.OPERATOR,
        timestamp_us=now_us(),
    )
    desk.order(offer, pb.Order.SUBMITTED)
    desk.until(lambda: desk.use("max_open_positions").value == 1)
    found = denial(desk, "ALFA")
    assert (found.check, found.limit, found.value) == (pb.Denial.SELF_MATCH, 99.99, 99.99)
    desk.order(offer, pb.Order.CANCELLED)
    # 15,000 are over the floor of a quarter of 40,000; ECHO would become 10,000 of 17,500.
    desk.position("ECHO", 25, 100.0)
    desk.position("FOXT", 75, 100.0)
    desk.until(lambda: desk.use("max_concentration").symbol == "FOXT")
    found = denial(desk, "ECHO")
    assert (found.check, found.limit) == (pb.Denial.CONCENTRATION, 0.5), found
    for symbol in ("ECHO", "FOXT"):
        desk.position(symbol, 0, 0.0)
    # Two round trips lost in a row.
    for realized in (-10.0, -20.0):
        desk.position("CHRL", 1, 100.0, realized + 10)
        desk.position("CHRL", 0, 0.0, realized)
    desk.until(lambda: desk.use("max_loss_streak").value == 2)
    assert desk.use("max_loss_streak").symbol == "CHRL"
    # The day's profit was 1,000, and the process dies before it falls.
    desk.position("ECHO", 0, 0.0, 1_020.0)
    desk.until(lambda: desk.pong().risk.daily_peak_pnl == 1_000)
    desk.restart()
    assert desk.use("max_loss_streak").value == 2
    found = denial(desk, "CHRL")
    assert (found.check, found.limit, found.value) == (pb.Denial.LOSS_STREAK, 2, 2)
    desk.position("ECHO", 0, 0.0, 620.0)
    desk.until(lambda: desk.use("max_drawdown").value == 400)
    found = denial(desk, "ALFA")
    assert (found.check, found.limit, found.value) == (pb.Denial.DRAWDOWN, 400, 400)
    assert not desk.submitted


def test_a_strategy_that_executes_too_often_is_paused_by_command(desk: RiskDesk) -> None:
    for kind in (BUY, SELL, BUY):
        count = len(desk.submitted)
        desk.row()
        desk.signal(kind)
        desk.until(lambda count=count: len(desk.submitted) == count + 1)  # type: ignore[misc]
        assert not desk.commands
        desk.fill(desk.submitted[-1], desk.submitted[-1].quantity)
    desk.until(lambda: bool(desk.commands))
    stop = desk.commands[0]
    assert (stop.type, stop.symbol) == (pb.StrategyCommand.PAUSE_TRADING, "ALFA")
    assert "3 orders of the strategy in ALFA executed within a minute" in stop.reason
    recorded = [event.state for event in desk.journal() if event.WhichOneof("event") == "state"]
    assert any(risk.stop.command_id == stop.command_id for state in recorded for risk in state.strategies)
    # The engine has obeyed: a restart neither asks again nor counts those executions again.
    desk.until(lambda: desk.use("max_executions_per_minute").value == 0)
    desk.restart()
    desk.turn_for(0.6)
    assert len(desk.commands) == 1


def test_a_service_whose_clock_differs_closes_the_clock_gate(desk: RiskDesk) -> None:
    desk.clock_off["paper-venue"] = 2_000_000
    desk.until(lambda: pb.Gate.CLOCK_OFF in desk.gates())
    gate = next(gate for gate in desk.pong().risk.gates if gate.kind == pb.Gate.CLOCK_OFF)
    assert "paper-venue" in gate.reason
    assert "ahead" in gate.reason
    assert gate.closed_by == "risk-manager"
    assert gate.opens_when
    found = denial(desk, "ALFA")
    assert (found.check, found.gate) == (pb.Denial.GATE_CLOSED, pb.Gate.CLOCK_OFF)
    desk.clock_off.clear()
    desk.until(lambda: not desk.gates())


def test_a_wall_clock_that_jumps_closes_the_clock_gate_and_ages_nothing(
    cold: RiskDesk, desk_home: Path
) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the clock with")
    source, library, setting = desk_home / "shim.c", desk_home / "shim.so", desk_home / "off"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    setting.write_text("0")
    cold.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK_OFF": str(setting)}
    cold.start()
    # Back by an hour, with every service's clock, as on one machine.
    setting.write_text("-3600")
    cold.clock_off = dict.fromkeys(cold.controls, -3_600_000_000)
    cold.until(lambda: pb.Gate.CLOCK_OFF in cold.gates())
    gate = next(gate for gate in cold.pong().risk.gates if gate.kind == pb.Gate.CLOCK_OFF)
    assert "back" in gate.reason
    # Heartbeats and market data are as old as they were: a fresh question finds no other gate for long.
    cold.until(lambda: cold.gates() == {pb.Gate.CLOCK_OFF})
    assert cold.use("stale_after_s").value < 15
    assert cold.use("heartbeat_after_s").value < 2
    cold.silent.add("signal-bridge")
    cold.until(lambda: pb.Gate.HEARTBEAT_LOST in cold.gates())
    cold.silent.clear()
    cold.until(lambda: not cold.gates())
