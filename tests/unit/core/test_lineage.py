"""From an execution back to everything behind it, out of journals as the services write them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.core.lineage import CHECKS, NOT_FOR_REDUCTIONS, lineage
from console.proto import messages_pb2 as pb

Row = tuple[str, str | None, bytes, int]
COMMAND = pb.StrategyCommand


def write(folder: Path, service: str, rows: Iterable[Row]) -> None:
    """A journal with these entries."""
    with sqlite3.connect(folder / f"{service}.sqlite") as connection:
        connection.execute(
            "CREATE TABLE entries "
            "(sequence INTEGER PRIMARY KEY, kind TEXT, key TEXT, payload BLOB, at_us INTEGER)"
        )
        connection.executemany("INSERT INTO entries (kind, key, payload, at_us) VALUES (?, ?, ?, ?)", rows)


def order(status: pb.Order.Status, **fields: object) -> pb.Order:
    made = pb.Order(client_order_id="q1-7", symbol="ALFA", side=pb.Order.BUY, quantity=10, price=99.5)
    made.status, made.origin, made.limits_version = status, pb.Order.STRATEGY, 2
    made.type = pb.Order.LIMIT
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def signal() -> pb.TradingSignal:
    return pb.TradingSignal(
        symbol="ALFA",
        signal=pb.TradingSignal.BUY,
        confidence=0.75,
        features={"rsi": 31.5, "macd": -0.25},
        model_version="7",
        model_hash="c0ffee",
        market_published_us=1_000,
        published_us=1_400,
        epoch=3,
        sequence=11,
    )


def risk_rows(decision: pb.RiskDecision) -> list[Row]:
    uses = [pb.LimitUse(name="max_position_size", limit=100), pb.LimitUse(name="max_daily_loss", limit=5)]
    update = pb.CommandRecord(
        command=COMMAND(type=COMMAND.UPDATE_RISK_LIMITS, command_id="c0", parameters={"max_daily_loss": 9.0}),
        result=pb.CommandResult(outcome=pb.CommandResult.DONE),
    )
    later = pb.RiskState(use=[pb.LimitUse(name="max_position_size", limit=1)])
    events = [
        ("state", None, pb.RiskEvent(state=pb.RiskState(use=uses), at_us=10)),
        ("command", "c0", pb.RiskEvent(command=update, at_us=20)),
        ("decision", "q1-7", pb.RiskEvent(decision=decision, at_us=1_600)),
        ("state", None, pb.RiskEvent(state=later, at_us=9_000)),
    ]
    return [(kind, key, event.SerializeToString(), event.at_us) for kind, key, event in events]


def engine_rows() -> list[Row]:
    fill = pb.Fill(execution_id="X12", client_order_id="q1-7", order_id="V3", symbol="ALFA")
    fill.quantity, fill.price, fill.side = 10, 99.5, pb.Order.BUY
    other = order(pb.Order.SUBMITTED)
    other.client_order_id = "q1-70"
    pause = pb.CommandRecord(
        command=COMMAND(
            type=COMMAND.PAUSE_TRADING,
            command_id="c1",
            operator="ann",
            os_user="ann",
            host="desk",
            session="s1",
            reason="lunch",
        ),
        result=pb.CommandResult(outcome=pb.CommandResult.DONE, before="trading", after="paused"),
    )
    early = pb.CommandRecord(
        command=COMMAND(type=COMMAND.PAUSE_TRADING, command_id="c9", operator="bob"),
        result=pb.CommandResult(outcome=pb.CommandResult.DONE),
    )
    events = [
        ("command", "c9", pb.ExecutionEvent(command=early, at_us=5)),
        ("order", None, pb.ExecutionEvent(order=order(pb.Order.CREATED), at_us=2_000)),
        ("order", None, pb.ExecutionEvent(order=other, at_us=2_050)),
        ("order", None, pb.ExecutionEvent(order=order(pb.Order.SUBMITTED, order_id="V3"), at_us=2_900)),
        ("command", "c1", pb.ExecutionEvent(command=pause, at_us=3_000)),
        ("fill", "X12", pb.ExecutionEvent(fill=fill, at_us=4_000)),
        ("order", None, pb.ExecutionEvent(order=order(pb.Order.FILLED, filled_quantity=10), at_us=4_000)),
    ]
    return [(kind, key, event.SerializeToString(), event.at_us) for kind, key, event in events]


@pytest.fixture
def state(desk_home: Path) -> Path:
    """The journals of a desk that is down, with one filled order."""
    folder = desk_home / "state"
    folder.mkdir(mode=0o700, exist_ok=True)
    decision = pb.RiskDecision(
        outcome=pb.RiskDecision.APPROVED, signal=signal(), order=order(pb.Order.CREATED)
    )
    write(folder, "risk-manager", risk_rows(decision))
    write(folder, "execution-engine", engine_rows())
    # The cancel of order "q1-": the "7" behind its id is the next field's tag.
    other = b"\x22\x03q1-" + b"7" + b"\x04late"
    venue: list[Row] = [
        ("accepted", "desk/q1-7", b"q1-7", 2_500),
        ("filled", "X12", b"q1-7", 2_500),
        ("cancelled", None, other, 100),
    ]
    write(folder, "paper-venue", venue)
    return folder


@pytest.mark.parametrize("asked", ["X12", "V3", "q1-7"])
def test_a_fill_leads_back_to_features_model_limits_and_commands(state: Path, asked: str) -> None:
    known = lineage(state, asked)
    assert known.client_order_id == "q1-7"
    assert [fill.execution_id for fill in known.fills] == ["X12"]
    assert known.decision is not None
    assert dict(known.decision.signal.features) == {"rsi": 31.5, "macd": -0.25}
    assert known.limits == {"max_position_size": 100, "max_daily_loss": 9}
    assert [record.command.command_id for record in known.commands] == ["c1"]
    assert [step.at_us for step in known.timeline] == sorted(step.at_us for step in known.timeline)
    assert [step.who for step in known.timeline][:3] == ["market-data", "signal-bridge", "risk-manager"]
    at_venue = [step.what.partition(",")[0] for step in known.timeline if step.who == "paper-venue"]
    assert at_venue == ["accepted", "filled"]
    assert {outcome for _, outcome in known.checks()} == {"passed"}
    assert known.missing == []


@pytest.mark.parametrize("asked", ["X12", "V3", "q1-7"])
def test_nothing_is_read_from_before_the_order(state: Path, asked: str) -> None:
    """However long the journals are: what names the order and lies before its beginning would not be read."""
    for service in ("execution-engine", "risk-manager", "paper-venue"):
        with sqlite3.connect(state / f"{service}.sqlite") as connection:
            connection.execute("UPDATE entries SET sequence = sequence + 100")
            spoilt = [(number, "order", b"q1-7 X12 V3 \xff") for number in range(1, 90)]
            connection.executemany(
                "INSERT INTO entries (sequence, kind, payload, at_us) VALUES (?, ?, ?, 0)", spoilt
            )
    known = lineage(state, asked)
    assert (known.client_order_id, len(known.fills), known.missing) == ("q1-7", 1, [])
    assert known.limits == {"max_position_size": 100, "max_daily_loss": 9}


def test_a_denial_says_which_checks_came_before_it(desk_home: Path) -> None:
    folder = desk_home / "state"
    folder.mkdir(exist_ok=True)
    denial = pb.Denial(check=pb.Denial.POSITION, limit=50, value=100, reason="too large")
    decision = pb.RiskDecision(
        outcome=pb.RiskDecision.DENIED, signal=signal(), order=order(pb.Order.CREATED), denial=denial
    )
    write(folder, "risk-manager", risk_rows(decision))
    known = lineage(folder, "q1-7")
    outcomes = dict(known.checks())
    assert outcomes["ORDER_NOTIONAL"] == "passed"
    assert outcomes["POSITION"] == "failed"
    assert outcomes["MESSAGE_RATE"] == "not made"
    assert sum("doesn't exist" in part for part in known.missing) == 2


def test_every_check_of_the_risk_manager_has_its_place() -> None:
    engine_only = {"CHECK_UNSPECIFIED", "EXPIRED", "LIMITS_OUTDATED"}
    assert set(CHECKS) == set(pb.Denial.Check.keys()) - engine_only
    assert set(CHECKS) >= NOT_FOR_REDUCTIONS


def test_the_command_tells_the_story_and_names_what_it_cannot(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDECK_HOME", str(state.parent))
    run, home = CliRunner(), ["--home", str(state.parent)]
    told = run.invoke(cli, [*home, "explain", "X12", "--json"])
    assert told.exit_code == 0, told.output
    story = json.loads(told.stdout)
    assert story["model"] == {"version": "7", "hash": "c0ffee"}
    assert story["commands"][0]["os_user"] == "ann"
    assert (story["commands"][0]["before"], story["commands"][0]["after"]) == ("trading", "paused")
    plain = run.invoke(cli, [*home, "explain", "X12"])
    for part in ("c0ffee", "rsi=31.5", "lunch", "FILLED", "+0.400 ms"):
        assert part in plain.output, plain.output
    (state / "paper-venue.sqlite").unlink()
    assert "paper-venue.sqlite doesn't exist" in run.invoke(cli, [*home, "explain", "X12"]).output
    unknown = run.invoke(cli, [*home, "explain", "nobody"])
    assert unknown.exit_code == 1
    assert "nobody" in unknown.output
