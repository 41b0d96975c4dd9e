"""Ctrl-C, wherever in a command it falls, ends in a sentence that is true, and leaves the registry whole."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from console.cli import COMMANDS, cli, live_model
from console.cli.errors import SENT
from console.core.paths import Home
from console.research.registry import ModelRegistry
from tests.unit.research.markets import market


class InterruptedAt:
    """Ctrl-C is pressed when `module` is looked for."""

    def __init__(self, module: str) -> None:
        self.module = module

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing is found here."""
        if name == self.module:
            raise KeyboardInterrupt
        return None


@pytest.fixture
def home(desk_home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    return Home.resolve()


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1, done.output
    assert "Aborted" not in done.output
    assert done.stderr.startswith("Error: Interrupted")
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "module", "told"),
    [
        (("train", "--data", "x", "--version", "a"), "console.cli.train", "nothing was registered."),
        (("train", "--data", "x", "--version", "a"), "console.research.trainer", "nothing was registered."),
        (("backtest", "a", "--data", "x"), "console.cli.backtest", "the registry is as it was"),
        (("backtest", "a", "--data", "x"), "console.research.backtest", "the registry is as it was"),
        (("optimize", "--data", "x"), "console.cli.optimize", "the same command goes on"),
        (("optimize", "--data", "x"), "console.research.optimize", "the same command goes on"),
        (("models", "list"), "console.cli.models", "the registry is never half written"),
        (("models", "promote", "a"), "console.research.registry", "the registry is never half written"),
    ],
)
def test_while_it_still_imports(
    arguments: Sequence[str], module: str, told: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, module, raising=False)
    # The import statement takes a submodule from its package, where that has one.
    package, name = module.rsplit(".", 1)
    monkeypatch.delattr(sys.modules[package], name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [InterruptedAt(module), *sys.meta_path])
    assert told in run(*arguments)
    assert not (home.models / "registry.json").exists() or ModelRegistry(home.models).load_registry()


@pytest.mark.parametrize(
    "words", [*([command] for command in sorted(SENT)), ["limits", "set"], ["breaks", "adopt"]]
)
def test_a_command_to_the_desk_ends_as_unknown(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    command = words[0]
    module, attribute = COMMANDS[command].split(":")
    found = getattr(importlib.import_module(module), attribute)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(found, "make_context", interrupted)
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 3, done.output
    assert "whether the desk obeyed is not known" in done.stderr


def test_while_the_desk_is_asked_about_a_promotion(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(live_model, "ask_running", interrupted)
    done = CliRunner().invoke(cli, ["models", "promote", "first-light-1"])
    # What the desk makes of it is not known, and what the registry says is.
    assert done.exit_code == 3, done.output
    assert "Interrupted: first-light-1 is live in the registry; quarterdeck status shows" in done.stderr
    assert ModelRegistry(home.models).get_latest_model("live").version == "first-light-1"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (KeyboardInterrupt(), "Interrupted, when made was registered as a candidate already."),
        (OSError(28, "No space left on device"), "made is registered as a candidate; its figures"),
    ],
)
def test_while_it_tells_of_a_model_that_is_registered(
    ends: BaseException,
    told: str,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    binaries: Path,
    tmp_path: Path,
) -> None:
    def full(*_: object) -> None:
        raise ends

    data = tmp_path / "market.csv"
    market(1_500, 1, trend=1.5).to_csv(data, index=False)
    monkeypatch.setenv("QUARTERDECK_BIN", str(binaries))
    monkeypatch.setattr("console.cli.train._show", full)
    done = CliRunner().invoke(cli, ["train", "--data", str(data), "--version", "made", "--rounds", "2"])
    assert (done.exit_code, told in done.stderr) == (1, True), done.output
    assert ModelRegistry(home.models).get_model("made").stage == "candidate"


def test_another_command_ends_as_plainly_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("console.cli.limits.ask", interrupted)
    assert "Aborted!" in CliRunner().invoke(cli, ["limits"]).output
