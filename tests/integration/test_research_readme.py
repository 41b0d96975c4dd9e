"""From data to a live model and back, by the README's own commands, line by line, against a running desk."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.research.registry import ModelRegistry
from tests.desk import Desk, simulate, wait_for

# What it shows on another recording than the reader's; the study has a test of its own, and needs minutes.
LEFT_OUT = ("optimize",)


@pytest.fixture
def desk(desk_home: Path) -> Iterator[Desk]:
    one = Desk(desk_home)
    yield one
    one.run("down")


def commands(repository: Path) -> list[list[str]]:
    """The commands of the section; what follows two blanks explains them."""
    readme = (repository / "README.md").read_text(encoding="utf-8")
    section = readme.split("### From data to a live model\n")[1].split("\n## ")[0]
    block = next(block for block in section.split("\n\n") if block.startswith("    quarterdeck "))
    return [shlex.split(re.split(" {2,}", line.strip())[0])[1:] for line in block.splitlines()]


def test_each_command_does_what_it_says(desk: Desk, tmp_path: Path, repository: Path) -> None:
    data = tmp_path / "day.csv"
    simulate(data, rows=18_000, seed=5, per_second=50)
    report = tmp_path / "mine-1.html"
    told: dict[str, str] = {}
    asked = commands(repository)
    for arguments in asked:
        name = " ".join(arguments[: 2 if arguments[0] in ("models", "watch") else 1])
        if name in LEFT_OUT:
            continue
        given = {"FILE": str(data), "mine-1.html": str(report)}
        line = [given.get(one, one) for one in arguments]
        if name == "models compare":
            # The candidate needs its first bars, as the live model does.
            wait_for(lambda line=line: desk.run(*line).returncode == 0, "a decision of both", 60)
        told[name] = desk.must(*line, within_s=120)
    assert list(told) == [
        "train", "backtest", "up", "models shadow", "models compare", "models promote", "watch signals",
        "models rollback",
    ]  # fmt: skip
    assert "Registered as candidate mine-1" in told["train"]
    assert "the model, after costs" in told["backtest"]
    assert "Content-Security-Policy" in report.read_text(encoding="utf-8")
    assert "mine-1 runs beside the live model" in told["models shadow"]
    assert "decided alike" in told["models compare"]
    assert told["models promote"] == "mine-1 is live: the desk trades on it.\n"
    assert "mine-1" in told["watch signals"]
    assert told["models rollback"] == "first-light-1 is live: the desk trades on it.\n"

    assert desk.json("models", "verify") == [
        {"version": entry.version, "sound": True, "reason": ""}
        for entry in ModelRegistry(desk.home.models).load_registry()
    ]
    history = [(one.version, one.stage, one.reason) for one in ModelRegistry(desk.home.models).load_history()]
    assert ("mine-1", "live", "better on March") in history
    assert history[-1][:2] == ("first-light-1", "live")
