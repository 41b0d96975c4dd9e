"""The command line without a desk: usage, exit codes, and what stands where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from console.cli import COMMANDS, cli
from console.cli.limits import parse_assignment
from console.cli.output import cell, table
from console.cli.since import parse_since
from console.cli.up import parse_speed
from console.cli.watch import topic
from console.proto import messages_pb2 as pb


@pytest.fixture
def runner(desk_home: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return CliRunner()


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(runner: CliRunner, name: str) -> None:
    done = runner.invoke(cli, [name, "--help"])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["status"], 1),
        (["orders"], 1),
        (["orders", "--venue"], 1),
        (["limits"], 1),
        (["pause"], 1),
        (["start"], 1),
        (["watch", "market"], 1),
        (["console"], 1),
        (["down"], 0),
        (["nonsense"], 2),
        (["cancel"], 2),
        (["cancel", "q1", "--all"], 2),
        (["kill"], 2),
        (["rearm"], 2),
        (["limits", "set", "max_daily_loss"], 2),
        (["limits", "set", "max_daily_loss=inf"], 2),
        (["orders", "--since", "yesterday"], 2),
        (["up", "--until-end"], 2),
        (["up", "--source", "replay"], 2),
        (["up", "--source", "replay", "--file", "/no/such.csv"], 1),
        (["up", "--file", "rows.csv", "--source", "sim"], 2),
        (["up", "--source", "replay", "--file", "f", "--speed", "-1"], 2),
        (["up", "--config", "/no/such.json"], 1),
        (["models", "show", "nothing"], 1),
        (["logs", "nothing"], 1),
    ],
)
def test_exit_codes(runner: CliRunner, arguments: list[str], code: int) -> None:
    done = runner.invoke(cli, arguments)
    assert done.exit_code == code, done.output
    if code:
        assert done.stderr.strip()


def test_a_home_too_deep_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for name in ("market-data", "signal-bridge", "risk-manager", "execution-engine", "paper-venue"):
        (binaries / name).write_text("#!/bin/sh\n")
        (binaries / name).chmod(0o755)
    monkeypatch.setenv("QUARTERDECK_BIN", str(binaries))
    monkeypatch.setenv("QUARTERDECK_HOME", "/tmp/" + "deep/" * 20)
    done = CliRunner().invoke(cli, ["up"])
    assert done.exit_code == 1
    assert "107" in done.stderr
    assert "QUARTERDECK_HOME" in done.stderr


def test_a_kill_without_a_desk_latches_and_says_what_it_cannot_know(
    runner: CliRunner, desk_home: Path
) -> None:
    done = runner.invoke(cli, ["kill", "--reason", "drill", "--json"])
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert set(report) >= {
        "command_id",
        "scope",
        "stage",
        "acks",
        "stages",
        "open_before",
        "open_after",
        "unresolved",
        "positions",
    }
    assert report["stage"] == "LATCHED"
    assert {ack["outcome"] for ack in report["acks"]} == {"NOT_SENT"}
    for service in ("execution-engine", "risk-manager"):
        latch = json.loads((desk_home / "state" / f"{service}.latch").read_text())
        assert latch["desk"]["command_id"] == report["command_id"]
    assert json.loads(runner.invoke(cli, ["status", "--json"]).stdout)["kill"]["latched"] is True


def test_a_start_loads_neither_pandas_nor_textual(desk_home: Path) -> None:
    program = (
        "import sys\n"
        "from console.cli import cli\n"
        "try:\n    cli(['status', '--json'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'textual', 'numpy', 'onnxruntime', 'jsonschema', 'psycopg2'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) if heavy else 0)\n"
    )
    environment = {**os.environ, "QUARTERDECK_HOME": str(desk_home)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15m", "2024-01-31T11:45:00"),
        ("1.5h", "2024-01-31T10:30:00"),
        ("2d", "2024-01-29T12:00:00"),
        ("09:30", "2024-01-31T09:30:00"),
        ("2024-01-30", "2024-01-30T00:00:00"),
        ("2024-01-30T08:00:00+02:00", "2024-01-30T06:00:00"),
    ],
)
def test_since(text: str, expected: str) -> None:
    now = datetime(2024, 1, 31, 12, tzinfo=UTC)
    at = datetime.fromtimestamp(parse_since(text, now) / 1e6, UTC)
    assert at.replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize("text", ["0", "-3", "fast", "nan", "inf"])
def test_speeds_that_are_none(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_speed(click.Context(cli), click.Option(["--speed"]), text)


def test_limits_are_finite_numbers() -> None:
    assert parse_assignment("max_daily_loss=5e3") == ("max_daily_loss", 5000.0)
    for text in ("max_daily_loss", "=3", "max_daily_loss=", "max_daily_loss=nan", "max_daily_loss=inf"):
        with pytest.raises(click.BadParameter):
            parse_assignment(text)


def test_a_topic_is_how_a_message_begins() -> None:
    for symbol in ("ALFA", "ESH4", "A"):
        assert pb.MarketData(symbol=symbol, volume=1).SerializeToString().startswith(topic(symbol))
        assert pb.TradingSignal(symbol=symbol).SerializeToString().startswith(topic(symbol))


def test_a_table_lines_up_and_shows_what_is_not_known() -> None:
    rows = [{"symbol": "ALFA", "quantity": 1.5}, {"symbol": "B", "quantity": -120.0}]
    assert table(rows, {"symbol": "symbol", "quantity": "quantity"}).splitlines() == [
        "symbol  quantity",
        "ALFA         1.5",
        "B           -120",
    ]
    assert cell(None) == "–"
    assert cell(1e-9) == "0.000000001"


def test_csv_is_written_with_every_column(runner: CliRunner, tmp_path: Path) -> None:
    from console.cli.output import emit_rows

    target = tmp_path / "rows.csv"
    emit_rows([{"a": 1.0, "b": "x,y"}], {"a": "A"}, as_json=False, csv_file=str(target), empty="")
    assert target.read_text().splitlines() == ["a,b", '1,"x,y"']
