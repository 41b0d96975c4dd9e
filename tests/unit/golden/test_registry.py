"""Registries that both languages judge alike; the signal bridge's own tests read the same files."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from console.research.registry import ModelRegistry, RegistryError

FILES = sorted((Path(__file__).resolve().parents[2] / "golden" / "registry").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_taken_or_refused_as_its_name_says(file: Path, tmp_path: Path, repository: Path) -> None:
    registry = ModelRegistry(tmp_path)
    registry.path.write_bytes(file.read_bytes())
    if file.stem.startswith("valid"):
        schema = json.loads((repository / "models" / "registry.schema.json").read_text())
        jsonschema.validate(json.loads(file.read_text()), schema)
        assert registry.load_registry()
    else:
        with pytest.raises(RegistryError, match=r"registry\.json"):
            registry.load_registry()


def test_both_kinds_are_there() -> None:
    assert {file.stem.split("-")[0] for file in FILES} == {"valid", "invalid"}
