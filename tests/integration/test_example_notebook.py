"""The example notebook takes a quant from data to a candidate, as it is shipped."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from console.core.paths import Home
from console.research.registry import ModelRegistry
from tests.desk import simulate

VERSION = "my-first-1"
WITHIN_S = 150


def test_the_example_goes_from_data_to_a_registered_candidate(
    binaries: Path, desk_home: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repository / "console" / "research" / "examples" / "from_data_to_a_model.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells), "it is kept without results"

    # A small day: what it does not find, it would make.
    simulate(tmp_path / "day.csv", rows=30_000, seed=11, per_second=50)
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    monkeypatch.setenv("QUARTERDECK_BIN", str(binaries))
    monkeypatch.setenv("PYTHONPATH", str(repository), prepend=os.pathsep)
    for folder in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(folder, str(tmp_path / folder.lower()))
    NotebookClient(
        notebook, timeout=WITHIN_S, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()

    registry = ModelRegistry(Home.resolve(desk_home).models)
    entry = registry.get_model(VERSION)
    assert entry.stage == "candidate"
    assert registry.verify() == {}
    live = registry.get_latest_model("live")
    assert live is not None
    assert live.version == "first-light-1", "the desk trades on what it traded on before"
    told = "".join(str(output) for cell in cells for output in cell.outputs)
    assert entry.metrics["verdict"] in told
    assert "Content-Security-Policy" in (tmp_path / f"{VERSION}.html").read_text()
