"""A kill against services that refuse it, and one that can't be meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from click.testing import CliRunner

from console.cli import cli
from console.core.commander import DeskCommander
from console.core.commands import Intent, Kind
from console.core.config import SystemConfig
from console.core.controller import Outcome
from console.core.kill import Kill, Stage
from console.core.paths import Home
from console.proto import messages_pb2 as pb
from tests.unit.core.test_control import Answer, Service, result

CONTROLS = {"execution-engine": "the latch file can't be written", "risk-manager": ""}


@pytest.fixture
def home(desk_home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    home = Home(desk_home)
    home.prepare()
    return home


@pytest.fixture
def refusing(home: Home) -> Iterator[list[Service]]:
    """An engine that refuses every command, and a risk manager that obeys."""
    config = SystemConfig.in_force(home)

    def answer(reason: str) -> Answer:
        outcome = pb.CommandResult.REFUSED if reason else pb.CommandResult.DONE
        return lambda _request: result(outcome, reason)

    services = [
        Service(config.control_address(name), name, answer(reason)) for name, reason in CONTROLS.items()
    ]
    for service in services:
        service.start()
    yield services
    for service in services:
        service.end()


def latches(home: Home) -> list[Path]:
    return [path for path in home.state.iterdir() if path.name.endswith(".latch")]


def test_a_symbol_the_desk_does_not_know_is_refused_and_nothing_is_touched(
    home: Home, refusing: list[Service]
) -> None:
    done = CliRunner().invoke(cli, ["kill", "ESH", "--reason", "drill"])
    assert done.exit_code == 1
    assert "ESH is no symbol of this desk" in done.stderr
    assert "ESH4" in done.stderr
    assert "VERIFIED" not in done.stdout
    assert latches(home) == []
    assert [service.requests for service in refusing] == [[], []]


def test_a_refusal_of_the_engine_is_passed_on_and_nobody_acts_in_its_place(
    home: Home, refusing: list[Service]
) -> None:
    stages: list[Stage] = []
    venue = zmq.Context.instance().socket(zmq.ROUTER)
    venue.bind(SystemConfig.in_force(home).address("venue"))
    try:
        report = Kill(home, "drill", "ESH4", stages.append).run()
        assert not venue.poll(0), "the venue was asked in the engine's place"
    finally:
        venue.close(linger=0)
    assert report.refused == "execution-engine: the latch file can't be written"
    assert not report.verified
    assert (stages, report.latched_here, latches(home)) == ([], [], [])
    assert [len(service.requests) for service in refusing] == [1, 1]

    done = CliRunner().invoke(cli, ["kill", "--reason", "drill", "--json"])
    assert done.exit_code == 1
    assert "the latch file can't be written" in done.stderr


def test_the_console_says_that_a_kill_was_refused(home: Home) -> None:
    report = DeskCommander(home).execute(Intent(Kind.KILL, symbol="ESH"), lambda _stage: None)
    assert report.outcome is Outcome.REFUSED
    assert "ESH is no symbol" in report.conclusion
