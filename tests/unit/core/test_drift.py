"""What is said of drift: the worst feature, a mark above the customary bound, and why when none is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli import live_model
from console.cli import models as commands
from console.core.drift import FEWEST_BARS, drift_of
from console.core.services import ServiceBook
from console.proto import messages_pb2 as pb
from console.ui.panes.signals import SignalsPane
from tests.unit.ui.frames import frame


def pong(bars: int, **features: float) -> pb.Pong:
    drift = [pb.FeatureDrift(name=name, psi=index) for name, index in features.items()]
    return pb.Pong(
        model=pb.ModelStatus(version="mine-1", loaded=True, drift=drift, drift_samples=bars), pid=1
    )


@pytest.mark.parametrize(
    ("told", "words", "strong"),
    [
        (pong(5_000, rsi=0.02, momentum=0.31), "drift 0.31 momentum", True),
        (pong(5_000, rsi=0.25, momentum=0.0), "drift 0.25 rsi", False),
        (pong(FEWEST_BARS - 1, rsi=0.9), "drift: 199 of 200 bars", False),
        (pong(0, rsi=0.0), "drift: 0 of 200 bars", False),
        (pong(0), "drift: no reference", False),
    ],
)
def test_the_pane_names_the_worst_feature_or_why_there_is_none(
    told: pb.Pong, words: str, strong: bool
) -> None:
    book = ServiceBook()
    book.heard("signal-bridge", told, 1.0, 1.0)
    shown = frame()
    spans = SignalsPane().headline(replace(shown, desk=replace(shown.desk, services=book.rows(1.0))))
    assert (f"  {words}", "warning" if strong else "faint") in spans


def test_the_pane_names_the_model_that_drifts_and_not_that_of_the_newest_signal() -> None:
    book = ServiceBook()
    book.heard("signal-bridge", pong(5_000, rsi=0.3), 1.0, 1.0)
    shown = frame()
    assert shown.desk.signals[0].model not in ("", "mine-1")
    desk = replace(shown.desk, services=book.rows(1.0))
    assert SignalsPane().headline(replace(shown, desk=desk))[0] == ("mine-1", "muted")
    # Without a word of the bridge the newest signal tells it.
    named = SignalsPane().headline(replace(shown, desk=replace(shown.desk, services=())))
    assert named == [(shown.desk.signals[0].model, "muted")]


def test_without_a_model_there_is_no_drift() -> None:
    assert drift_of(pb.Pong()) is None
    assert drift_of(pb.Pong(model=pb.ModelStatus(reason="no live model"))) is None


def test_models_show_lists_every_feature_with_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDECK_HOME", str(tmp_path))
    bridge = pong(5_000, rsi=0.02, momentum=0.31, macd=0.12)
    bridge.model.version = "first-light-1"
    monkeypatch.setattr(live_model, "running_bridge", lambda: bridge)
    told = CliRunner().invoke(commands.models, ["show", "first-light-1"])
    lines = [line.split() for line in told.output.splitlines()]
    assert [line for line in lines if line and line[0] in ("rsi", "momentum", "macd")] == [
        ["momentum", "0.3100", "strong"],
        ["macd", "0.1200", "some"],
        ["rsi", "0.0200"],
    ]
    read = json.loads(CliRunner().invoke(commands.models, ["show", "first-light-1", "--json"]).output)
    assert read["drift"]["strong"] is True
    bridge.model.ClearField("drift")
    assert "no reference" in CliRunner().invoke(commands.models, ["show", "first-light-1"]).output
    bridge.model.version = "another"
    assert "drift" not in CliRunner().invoke(commands.models, ["show", "first-light-1"]).output


def test_models_show_says_nothing_of_drift_where_no_desk_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDECK_HOME", str(tmp_path))
    told = CliRunner().invoke(commands.models, ["show", "first-light-1"])
    assert told.exit_code == 0
    assert "drift" not in told.output
