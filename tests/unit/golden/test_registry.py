"""Registries that both languages judge alike; the signal bridge's own tests read the same files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from console.research.registry import ModelRegistry, RegistryError, StageChange
from console.research.registry_history import standing

REPOSITORY = Path(__file__).resolve().parents[3]
GOLDEN = REPOSITORY / "tests" / "golden"
FILES = sorted((GOLDEN / "registry").glob("*.json"))
DAMAGES = json.loads((GOLDEN / "registry_damages.json").read_text())
HISTORIES = json.loads((GOLDEN / "registry_histories.json").read_text())
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((REPOSITORY / "models" / "registry.schema.json").read_text())
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_taken_or_refused_as_its_name_says(file: Path, tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    registry.path.write_bytes(file.read_bytes())
    if file.stem.startswith("valid"):
        SCHEMA.validate(json.loads(file.read_text()))
        assert registry.load_registry()
    else:
        with pytest.raises(RegistryError, match=r"registry\.json"):
            registry.load_registry()


def damaged(document: Any, damage: dict[str, Any]) -> Any:
    """`at` is a JSON pointer; without a value what stands there is taken away."""
    *path, key = damage["at"].removeprefix("/").split("/")
    parent = document
    for part in path:
        parent = parent[int(part) if isinstance(parent, list) else part]
    place = int(key) if isinstance(parent, list) else key
    if "value" in damage:
        parent[place] = damage["value"]
    else:
        del parent[place]
    return document


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage["name"])
def test_each_damage_is_refused_by_both_languages_and_by_the_schema(
    damage: dict[str, Any], tmp_path: Path
) -> None:
    whole = next(file for file in FILES if file.stem == "valid-full")
    document = damaged(json.loads(whole.read_text()), damage)
    registry = ModelRegistry(tmp_path)
    registry.path.write_text(json.dumps(document))
    with pytest.raises(RegistryError, match=r"registry\.json"):
        registry.load_registry()
    # Of an order, and of sums, a schema knows nothing.
    if damage.get("schema", True):
        assert not SCHEMA.is_valid(document)


@pytest.mark.parametrize("case", HISTORIES, ids=lambda case: case["name"])
def test_what_stands_of_a_history_is_what_it_is_in_rust(case: dict[str, Any]) -> None:
    history = [StageChange.from_json(one, "history") for one in case["history"]]
    assert standing(history) == case["standing"]


def test_both_kinds_are_there() -> None:
    assert {file.stem.split("-")[0] for file in FILES} == {"valid", "invalid"}
