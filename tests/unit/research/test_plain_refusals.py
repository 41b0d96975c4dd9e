"""What is damaged, late or unreadable ends in a sentence, never in a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from console.cli.train import train as command
from console.research import export, trainer
from console.research.comparison import compare
from console.research.entry import RegistryError
from console.research.registry import ModelRegistry
from console.research.sources import SourceError, read_source
from tests.unit.research.markets import market
from tests.unit.research.test_comparison import HEADER
from tests.unit.research.test_registry import write_model


def load(folder: Path, content: bytes) -> None:
    (folder / "registry.json").write_bytes(content)
    ModelRegistry(folder).load_registry()


def register_nan(folder: Path) -> None:
    registry = ModelRegistry(folder / "models")
    registry.register_model(write_model(folder / "a.onnx"), "a", created_by="a test")
    before = registry.path.read_bytes()
    try:
        registry.register_model(folder / "a.onnx", "b", created_by="a test", metrics={"x": float("nan")})
    finally:
        assert registry.path.read_bytes() == before
        assert not (registry.directory / "b.onnx").exists()


def compare_records(folder: Path, content: bytes) -> None:
    (folder / "shadow.csv").write_bytes(content)
    compare(folder, "a", "b")


def ask_a_bridge_that_never_answers(folder: Path) -> None:
    program = folder / "signal-bridge"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDECK_BIN", str(folder))
        patch.setattr(export, "BRIDGE_WITHIN_S", 0.05)
        export.run_in_bridge(folder / "a.onnx", np.zeros((1, 7)))


@pytest.mark.parametrize(
    ("fails", "kind", "told"),
    [
        (lambda folder: load(folder, b'{"schema_version": "\xff"}'), RegistryError, "not JSON"),
        (lambda folder: load(folder, b"[" * 100_000), RegistryError, "not JSON"),
        (lambda folder: load(folder, b'{"schema_version": NaN}'), RegistryError, "NaN is no number"),
        (register_nan, RegistryError, "without NaN"),
        (lambda folder: compare_records(folder, b""), RegistryError, "never ran beside"),
        (lambda folder: compare_records(folder, b"a,b\n1,2\n"), RegistryError, "no record of a candidate"),
        (lambda folder: compare_records(folder, b"\xff\xfe"), RegistryError, "no record of a candidate"),
        # A file that is there, and that the system refuses to read.
        (lambda _: read_source("/proc/self/mem"), SourceError, "can't be read: Input/output error"),
        (ask_a_bridge_that_never_answers, export.ExportError, "no probabilities within 0.05 s"),
    ],
)
def test_each_is_a_sentence(
    fails: Callable[[Path], object], kind: type[Exception], told: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=told):
        fails(tmp_path)


def test_a_line_written_behind_half_of_another_costs_these_two_alone(tmp_path: Path) -> None:
    whole = "1,ALFA,a,b,BUY,BUY,0.1,0.8,0.1,0.1,0.7,0.2"
    (tmp_path / "shadow.csv").write_text(
        "\n".join([HEADER, whole, "2,ALFA,a,b,BUY,0.1" + whole, whole]) + "\n"
    )
    assert compare(tmp_path, "a", "b").bars == 2


def test_a_spoilt_line_costs_no_more_than_itself(tmp_path: Path) -> None:
    whole = "1704205800250000,ALFA,a,b,BUY,BUY,0.1,0.8,0.1,0.1,0.7,0.2"
    lines = [
        HEADER,
        # The first field's half, and the next line behind it: as many fields as a line has.
        "17042058" + whole,
        "-5" + whole[16:],
        whole.replace("BUY,BUY", "BUY,BU"),
        whole.replace("BUY,BUY", "BUY,"),
        whole.replace("0.8,0.1,0.1", "0.8,-0.1,0.3"),
        whole,
        # The last number, cut: nothing else tells.
        whole.replace("0.7,0.2", "0.65,0.25")[:-1],
    ]
    (tmp_path / "shadow.csv").write_text("\n".join(lines))
    found = compare(tmp_path, "a", "b")
    assert (found.bars, found.first_us, found.last_us) == (1, 1704205800250000, 1704205800250000)
    # Every column that is used must be there.
    for column in HEADER.split(",")[2:]:
        (tmp_path / "shadow.csv").write_text(HEADER.replace(column, "other") + "\n" + whole + "\n")
        with pytest.raises(RegistryError, match="no record of a candidate"):
            compare(tmp_path, "a", "b")


def test_an_interrupt_after_the_registration_says_that_it_is_registered(
    tmp_path: Path, binaries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = trainer.register

    def interrupted(*given: Any) -> None:
        register(*given)
        raise KeyboardInterrupt

    monkeypatch.setenv("QUARTERDECK_BIN", str(binaries))
    monkeypatch.setattr(trainer, "register", interrupted)
    data, models = tmp_path / "market.csv", tmp_path / "models"
    market(1_500, 1, trend=1.5).to_csv(data, index=False)
    options = ["--data", str(data), "--version", "made", "--models", str(models), "--rounds", "3"]
    done = CliRunner().invoke(command, options)
    assert done.exit_code == 1
    assert "made was registered as a candidate already" in done.output
    assert "nothing was registered" not in done.output
    assert [entry.version for entry in ModelRegistry(models).load_registry()] == ["made"]


def train_interrupted(models: Path) -> str:
    done = CliRunner().invoke(command, ["--data", "x", "--version", "a", "--models", str(models)])
    assert done.exit_code == 1
    return done.output


def test_an_interrupt_before_the_name_was_looked_at_says_nothing_of_the_model_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    registry = ModelRegistry(tmp_path / "models")
    registry.register_model(write_model(tmp_path / "a.onnx"), "a", created_by="a test")
    monkeypatch.setattr(ModelRegistry, "check_new", interrupted)
    assert "Interrupted: nothing was registered." in train_interrupted(registry.directory)


def test_an_interrupt_beside_a_damaged_registry_says_that_it_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        (tmp_path / "registry.json").write_bytes(b"[")
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", interrupted)
    assert "whether a was registered is not known: " in train_interrupted(tmp_path)
