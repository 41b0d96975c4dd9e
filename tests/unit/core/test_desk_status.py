"""The object that `status --json` prints, from pulses as they may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.cli.status import print_status
from console.core.config import SERVICES
from console.core.desk import ServiceView, SupervisorView, desk_status, iso
from console.core.heartbeats import Pulse
from console.core.latch import write_latch
from console.core.paths import Home
from console.proto import messages_pb2 as pb

NOW = 1000.0


@pytest.fixture
def home(desk_home: Path) -> Home:
    home = Home.resolve(desk_home)
    home.prepare()
    return home


def pulses(**pongs: pb.Pong) -> dict[str, Pulse]:
    found = {name: Pulse() for name in SERVICES}
    for name, pong in pongs.items():
        found[name.replace("_", "-")] = Pulse(pong, NOW - 0.1)
    return found


def supervisor(**phases: str) -> SupervisorView:
    services = {
        name: ServiceView(phases.get(name.replace("-", "_"), "ready"), 42, 1, "") for name in SERVICES
    }
    return SupervisorView(1, 0, True, "sim", services, {"state": "running"})


def test_the_shape_is_the_one_scripts_rely_on(home: Home) -> None:
    gate = pb.Gate(
        kind=pb.Gate.OPERATOR_PAUSE,
        symbol="ALFA",
        closed_by="kim@host",
        reason="lunch",
        since_us=1_700_000_000_000_001,
        opens_when="resume",
    )
    source = pb.SourceStatus(kind="sim", state=pb.SourceStatus.RUNNING, rows=5, faults={"crossed": 2})
    engine = pb.Pong(
        state=pb.Pong.READY, epoch=9, gates=[gate], store=pb.StoreStatus(state=pb.StoreStatus.OK, lag_ms=3)
    )
    read = desk_status(
        home,
        pulses(execution_engine=engine, market_data=pb.Pong(state=pb.Pong.READY, source=source)),
        NOW,
        supervisor(),
    )
    assert read["running"] is True
    assert read["home"] == str(home.root)
    assert {key: read["source"][key] for key in ("kind", "state", "rows", "faults")} == {
        "kind": "sim",
        "state": "running",
        "rows": 5,
        "faults": {"crossed": 2},
    }
    held = next(service for service in read["services"] if service["name"] == "execution-engine")
    assert held | {"detail": ""} == {
        "name": "execution-engine",
        "pid": 42,
        "state": "ready",
        "heartbeat_ms": 100.0,
        "epoch": 9,
        "restarts": 1,
        "detail": "",
    }
    assert read["gates"] == [
        {
            "kind": "operator_pause",
            "scope": "ALFA",
            "closed_by": "kim@host",
            "since": "2023-11-14T22:13:20.000001Z",
            "reason": "lunch",
            "opens_when": "resume",
        }
    ]
    assert read["kill"]["latched"] is False
    assert read["kill"]["stage"] is None
    assert (read["store"]["state"], read["store"]["lag_ms"]) == ("ok", 3)


def test_one_gate_told_by_two_services_is_one_gate(home: Home) -> None:
    gate = pb.Gate(kind=pb.Gate.VENUE_LOST, closed_by="execution-engine", since_us=1)
    engine = pb.Pong(gates=[gate], trading=pb.TradingState(gates=[gate]))
    risk = pb.Pong(risk=pb.RiskState(gates=[gate]))
    read = desk_status(home, pulses(execution_engine=engine, risk_manager=risk), NOW, supervisor())
    assert [held["kind"] for held in read["gates"]] == ["venue_lost"]


def test_a_lifted_pause_does_not_live_on_in_the_relay(home: Home) -> None:
    pause = pb.Gate(kind=pb.Gate.OPERATOR_PAUSE, symbol="ALFA", closed_by="kim@host", since_us=1)
    model = pb.Gate(kind=pb.Gate.MODEL_MISSING, closed_by="signal-bridge", since_us=1)
    risk = pb.Pong(risk=pb.RiskState(gates=[pause, model]))
    every = {name.replace("-", "_"): pb.Pong() for name in SERVICES} | {"risk_manager": risk}
    assert desk_status(home, pulses(**every), NOW, supervisor())["gates"] == []

    def kinds(silent: str) -> set[str]:
        others = {name: pong for name, pong in every.items() if name != silent}
        return {gate["kind"] for gate in desk_status(home, pulses(**others), NOW, supervisor())["gates"]}

    # For a service that says nothing itself, the relay is all there is.
    assert kinds("signal_bridge") == {"model_missing"}
    assert kinds("execution_engine") == {"operator_pause", "model_missing"}


def test_an_old_pulse_is_silence_and_closes_a_gate(home: Home) -> None:
    found = pulses()
    found["risk-manager"] = Pulse(pb.Pong(state=pb.Pong.READY), NOW - 2.5)
    read = desk_status(home, found, NOW, supervisor())
    risk = next(service for service in read["services"] if service["name"] == "risk-manager")
    assert risk["state"] == "silent"
    assert risk["heartbeat_ms"] == 2500.0
    assert [(gate["kind"], gate["closed_by"]) for gate in read["gates"]] == [
        ("heartbeat_lost", "risk-manager")
    ]


def test_nothing_known_is_said_to_be_unknown(home: Home) -> None:
    read = desk_status(home, pulses(), NOW, None)
    assert read["running"] is False
    assert read["source"]["state"] == "unknown"
    assert read["store"] == {"state": "unknown", "lag_ms": None}
    assert {service["state"] for service in read["services"]} == {"stopped"}


def test_a_latch_on_disk_counts_where_its_service_is_silent(home: Home) -> None:
    write_latch(home, "risk-manager", {"command_id": "c", "at_us": 1, "operator": "o", "reason": "r"})
    armed = pb.Pong(state=pb.Pong.READY)
    assert desk_status(home, pulses(execution_engine=armed), NOW, None)["kill"]["latched"] is True
    # A service that answers knows better than its file.
    both = pulses(execution_engine=armed, risk_manager=armed)
    assert desk_status(home, both, NOW, None)["kill"]["latched"] is False


def test_the_stage_is_the_desks_own(home: Home) -> None:
    kills = [
        pb.KillStage(stage=pb.KillStage.RESIDUAL, symbol="ALFA"),
        pb.KillStage(stage=pb.KillStage.CANCELLING, open_before=3, detail="2 cancels under way"),
    ]
    engine = pb.Pong(trading=pb.TradingState(desk_killed=True, killed_symbols=["ALFA"], kills=kills))
    kill = desk_status(home, pulses(execution_engine=engine), NOW, None)["kill"]
    assert (kill["latched"], kill["stage"], kill["scope"]) == (True, "CANCELLING", "desk")
    assert kill["detail"] == "2 cancels under way"


def test_a_kill_that_is_not_proved_names_what_is_still_open(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    left = [
        pb.KillStage.Unresolved(client_order_id=f"q1-{number}", reason="too late to cancel")
        for number in range(12)
    ]
    stage = pb.KillStage(stage=pb.KillStage.CANCELLING, open_after=12, unresolved=left)
    engine = pb.Pong(trading=pb.TradingState(desk_killed=True, kills=[stage]))
    read = desk_status(home, pulses(execution_engine=engine), NOW, None)
    assert [order["client_order_id"] for order in read["kill"]["unresolved"]] == [
        f"q1-{n}" for n in range(12)
    ]
    print_status(read)
    shown = capsys.readouterr().out
    assert "  still open: q1-9: too late to cancel\n  and 2 more: quarterdeck orders --venue\n" in shown
    assert "q1-10" not in shown


def test_the_worst_store_counts(home: Home) -> None:
    engine = pb.Pong(store=pb.StoreStatus(state=pb.StoreStatus.OK, lag_ms=1))
    risk = pb.Pong(store=pb.StoreStatus(state=pb.StoreStatus.AWAY, lag_ms=0, backlog=12))
    store = desk_status(home, pulses(execution_engine=engine, risk_manager=risk), NOW, None)["store"]
    assert (store["state"], store["backlog"]) == ("away", 12)


def test_a_record_that_differs_is_told_before_a_store_that_is_well_and_in_words(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    differs = pb.StoreStatus(state=pb.StoreStatus.DIFFERS, detail="the database holds other commands")
    engine = pb.Pong(store=differs)
    risk = pb.Pong(store=pb.StoreStatus(state=pb.StoreStatus.OK, lag_ms=1))
    read = desk_status(home, pulses(execution_engine=engine, risk_manager=risk), NOW, None)
    assert read["store"]["state"] == "differs"
    print_status(read)
    assert "Store differs, 0 ms behind\n  the database holds other commands\n" in capsys.readouterr().out


def test_a_time_keeps_its_microseconds() -> None:
    assert iso(1_700_000_000_000_001) == "2023-11-14T22:13:20.000001Z"
    assert iso(0) is None
