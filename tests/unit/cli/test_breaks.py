"""Differences that the engine doesn't list are shown when they stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from console.cli import breaks as command


def difference(name: str, *actions: str) -> dict[str, Any]:
    return dict.fromkeys(command.COLUMNS, "") | {
        "id": name,
        "symbol": "ALFA",
        "state": "open" if actions else "seen",
        "actions": list(actions),
    }


@pytest.mark.parametrize("looks", [1, 2, 4])
def test_what_is_gone_at_a_later_look_was_under_way(monkeypatch: pytest.MonkeyPatch, looks: int) -> None:
    listed, under_way = difference("position:ALFA", "adopt"), difference("order:q1-1")
    seen = [[listed, under_way]] * looks
    monkeypatch.setattr(command, "compare", lambda: (seen.pop() if seen else [listed], 0))
    monkeypatch.setattr(command, "LOOKS_AGAIN_S", 600.0)
    monkeypatch.setattr(command, "BETWEEN_LOOKS_S", 0.0)
    result = CliRunner().invoke(command.breaks, ["--json"])
    assert [row["id"] for row in json.loads(result.output)] == ["position:ALFA"], result.output


def test_what_stays_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "compare", lambda: ([difference("order:q1-1")], 0))
    monkeypatch.setattr(command, "LOOKS_AGAIN_S", 0.01)
    monkeypatch.setattr(command, "BETWEEN_LOOKS_S", 0.0)
    result = CliRunner().invoke(command.breaks, ["--json"])
    assert [row["id"] for row in json.loads(result.output)] == ["order:q1-1"], result.output
