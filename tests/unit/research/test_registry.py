"""The registry of models: what goes in, what comes out, and what is refused."""

import hashlib
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import trading_rust

from console.research.network import build_classifier
from console.research.registry import ModelRegistry, RegistryError

METADATA = {
    "feature_schema_version": "1",
    "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
    "bar_interval_us": "250000",
}


def write_model(path: Path, **changes: str) -> Path:
    """A model of zero weights, with its metadata changed."""
    metadata = {name: value for name, value in {**METADATA, **changes}.items() if value}
    model = build_classifier([(np.zeros((7, 3)), np.zeros(3))], np.zeros(7), np.ones(7), metadata)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "models")


def test_an_empty_folder_is_an_empty_registry(registry: ModelRegistry) -> None:
    assert registry.load_registry() == []
    assert registry.get_latest_model() is None


def test_a_registered_model_is_copied_hashed_and_described(registry: ModelRegistry, tmp_path: Path) -> None:
    source = write_model(tmp_path / "made.onnx")
    entry = registry.register_model(source, "first-1", created_by="a test", metrics={"accuracy": 0.5})
    file = registry.model_path(entry)
    assert file.read_bytes() == source.read_bytes()
    assert entry.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (entry.stage, entry.test, entry.classes) == ("candidate", False, ("hold", "buy", "sell"))
    assert (entry.feature_schema.version, entry.feature_schema.hash) == (1, trading_rust.FEATURE_SCHEMA_HASH)
    assert entry.bar_interval_us == 250_000
    assert registry.load_registry() == [entry]
    assert registry.get_latest_model() == entry


def test_a_new_live_version_retires_the_one_before(registry: ModelRegistry, tmp_path: Path) -> None:
    source = write_model(tmp_path / "made.onnx")
    registry.register_model(source, "first", created_by="a test", stage="live")
    registry.register_model(source, "second", created_by="a test", stage="live")
    assert [(entry.version, entry.stage) for entry in registry.load_registry()] == [
        ("first", "retired"),
        ("second", "live"),
    ]
    registry.set_stage("first", "live")
    latest = registry.get_latest_model("live")
    assert latest is not None
    assert latest.version == "first"


def test_the_latest_of_one_second_is_the_one_registered_last(registry: ModelRegistry, tmp_path: Path) -> None:
    source = write_model(tmp_path / "made.onnx")
    for version in ("first", "second"):
        registry.register_model(source, version, created_by="a test")
    document = json.loads(registry.path.read_text())
    for entry in document["models"]:
        entry["created_at"] = "2026-01-02T03:04:05+00:00"
    registry.path.write_text(json.dumps(document))
    latest = registry.get_latest_model()
    assert latest is not None
    assert latest.version == "second"


def test_a_test_model_is_passed_over_and_never_live(registry: ModelRegistry, tmp_path: Path) -> None:
    source = write_model(tmp_path / "made.onnx", test="true")
    registry.register_model(source, "only-a-test", created_by="a test")
    assert registry.get_latest_model() is None
    assert registry.get_latest_model(include_test=True) is not None
    with pytest.raises(RegistryError, match="cannot become live"):
        registry.set_stage("only-a-test", "live")


def test_a_version_is_never_replaced(registry: ModelRegistry, tmp_path: Path) -> None:
    source = write_model(tmp_path / "made.onnx")
    registry.register_model(source, "first", created_by="a test")
    with pytest.raises(RegistryError, match="registered already"):
        registry.register_model(source, "first", created_by="a test")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"classes": "sell,hold,buy"}, "classes hold,buy,sell"),
        ({"feature_schema_hash": ""}, "feature_schema"),
        (
            {"feature_schema_hash": "0123456789abcdef"},
            "trained on the features of version 1 .0123456789abcdef.",
        ),
        ({"feature_schema_version": "2"}, "trained on the features of version 2"),
    ],
)
def test_a_model_the_bridge_would_refuse_is_refused(
    registry: ModelRegistry, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    source = write_model(tmp_path / "made.onnx", **changes)
    with pytest.raises(RegistryError, match=reason):
        registry.register_model(source, "first", created_by="a test")
    assert registry.load_registry() == []


def test_a_file_that_is_no_model_is_refused(registry: ModelRegistry, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("not a model")
    with pytest.raises(RegistryError, match="cannot load it"):
        registry.register_model(tmp_path / "text.onnx", "first", created_by="a test")
    with pytest.raises(RegistryError, match="no such file"):
        registry.register_model(tmp_path / "missing.onnx", "first", created_by="a test")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ('{"schema_version": 2, "models": []}', "schema_version"),
        ('{"schema_version": 1, "models": [{"version": "a"}]}', r"models\[0\]: stage is missing"),
        ('{"schema_version": 1, "models": [{"version": "a", "stage": "best"}]}', "none of candidate"),
        ('{"schema_version": 1, "models": [{"colour": "red"}]}', "unknown key 'colour'"),
    ],
)
def test_a_registry_that_cannot_be_understood_says_where(
    registry: ModelRegistry, text: str, reason: str
) -> None:
    registry.directory.mkdir()
    registry.path.write_text(text)
    with pytest.raises(RegistryError, match=reason):
        registry.load_registry()


def test_the_schema_describes_what_is_written(
    registry: ModelRegistry, tmp_path: Path, repository: Path
) -> None:
    schema = json.loads((repository / "models" / "registry.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    registry.register_model(write_model(tmp_path / "made.onnx"), "first", created_by="a test")
    jsonschema.validate(json.loads(registry.path.read_text()), schema)


def test_the_shipped_registry_is_sound(repository: Path) -> None:
    shipped = ModelRegistry(repository / "models")
    schema = json.loads((repository / "models" / "registry.schema.json").read_text())
    jsonschema.validate(json.loads(shipped.path.read_text()), schema)
    entries = shipped.load_registry()
    for entry in entries:
        assert entry.golden, entry.version
        assert entry.test or len(entry.feature_bins) == 7
    assert shipped.verify() == {}
    assert [entry.test for entry in entries if entry.stage == "live"] == [False]
    assert any(entry.test for entry in entries)
