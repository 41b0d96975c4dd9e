"""Changes of the registry: who and when, back again, two at once, and a disk that ends in the middle."""

from __future__ import annotations

import json
import multiprocessing
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from console.research.drift import feature_bins
from console.research.entry import GoldenRow
from console.research.registry import ModelRegistry, RegistryError
from tests.unit.research.test_registry import write_model


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    registry = ModelRegistry(tmp_path / "models")
    source = write_model(tmp_path / "made.onnx")
    for version in ("first", "second", "third"):
        registry.register_model(source, version, created_by="a test")
    return registry


def stages(registry: ModelRegistry) -> dict[str, str]:
    return {entry.version: entry.stage for entry in registry.load_registry()}


def test_a_change_is_written_down_with_who_when_and_why(registry: ModelRegistry, repository: Path) -> None:
    registry.set_stage("first", "live", by="kim@host", reason="the best so far")
    registry.set_stage("second", "live", by="lee@host")
    told = [(c.version, c.before, c.stage, c.by, c.reason) for c in registry.load_history()]
    assert told == [
        ("first", "candidate", "live", "kim@host", "the best so far"),
        ("first", "live", "retired", "lee@host", "second is live"),
        ("second", "candidate", "live", "lee@host", ""),
    ]
    schema = json.loads((repository / "models" / "registry.schema.json").read_text())
    jsonschema.validate(json.loads(registry.path.read_text()), schema)


def test_a_rollback_takes_one_promotion_back_after_the_other_and_says_when_there_is_none(
    registry: ModelRegistry,
) -> None:
    with pytest.raises(RegistryError, match="no version that was live before"):
        registry.rollback()
    registry.set_stage("first", "live")
    with pytest.raises(RegistryError, match="live before first"):
        registry.rollback()
    registry.set_stage("second", "live")
    registry.set_stage("third", "live")
    assert registry.what_rollback_does() == ("third", "second")
    assert registry.rollback(by="kim").version == "second"
    assert stages(registry) == {"first": "retired", "second": "live", "third": "retired"}
    last = registry.load_history()[-1]
    assert (last.reason, last.rollback) == ("rolled back from third", True)
    # Never forth again to the one that was bad.
    assert registry.what_rollback_does() == ("second", "first")
    assert registry.rollback(reason="bad as well").version == "first"
    assert registry.what_rollback_does() == ("first", None)
    with pytest.raises(RegistryError, match="live before first"):
        registry.rollback()
    assert stages(registry)["first"] == "live"


def test_a_promotion_after_a_rollback_is_what_the_next_one_takes_back(
    registry: ModelRegistry, repository: Path
) -> None:
    for version in ("first", "second"):
        registry.set_stage(version, "live")
    registry.rollback()
    # Somebody wants it after all, and then the first again: by name, so each is a promotion.
    for version in ("second", "first"):
        registry.set_stage(version, "live")
    assert [registry.rollback().version for _ in range(2)] == ["second", "first"]
    schema = json.loads((repository / "models" / "registry.schema.json").read_text())
    jsonschema.validate(json.loads(registry.path.read_text()), schema)


def test_a_rollback_goes_to_nobody_who_was_retired_before_the_live_one_came(registry: ModelRegistry) -> None:
    registry.set_stage("first", "live")
    registry.set_stage("first", "retired")
    registry.set_stage("second", "live")
    with pytest.raises(RegistryError, match="live before second"):
        registry.rollback()
    registry.set_stage("third", "live")
    assert registry.rollback().version == "second"


def test_a_promotion_of_what_is_live_is_on_the_record_and_changes_no_rollback(
    registry: ModelRegistry,
) -> None:
    registry.set_stage("first", "live")
    registry.set_stage("second", "live")
    registry.set_stage("second", "live", by="kim@host", reason="the disk is whole again")
    last = registry.load_history()[-1]
    told = (last.version, last.before, last.stage, last.by, last.reason)
    assert told == ("second", "live", "live", "kim@host", "the disk is whole again")
    assert registry.rollback().version == "first"


def test_a_rollback_after_a_retirement_puts_the_last_live_one_back(registry: ModelRegistry) -> None:
    registry.set_stage("first", "live")
    registry.set_stage("second", "live")
    registry.set_stage("second", "retired")
    assert registry.rollback().version == "second"
    assert stages(registry)["second"] == "live"
    assert registry.load_history()[-1].reason == "live again, after none was"
    # Nobody was live in between, on purpose: what was before that is over.
    with pytest.raises(RegistryError, match="promote the one that is wanted"):
        registry.rollback()


def test_a_rollback_from_before_there_was_a_key_is_one_and_a_promotion_of_today_is_none(
    registry: ModelRegistry,
) -> None:
    registry.set_stage("first", "live")
    registry.set_stage("second", "live")
    registry.rollback()
    document = json.loads(registry.path.read_text())
    assert document["history"][-1].pop("rollback") is True
    registry.path.write_text(json.dumps(document))
    assert registry.load_history()[-1].rollback
    with pytest.raises(RegistryError, match="promote the one that is wanted"):
        registry.rollback()
    registry.set_stage("second", "live", reason="rolled back from first, which was no better")
    assert not registry.load_history()[-1].rollback
    assert registry.rollback().version == "first"


def changed_entry(registry: ModelRegistry, version: str, **values: object) -> None:
    """The entry of `version` as another hand might have written it."""
    document = json.loads(registry.path.read_text())
    next(entry for entry in document["models"] if entry["version"] == version).update(values)
    registry.path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"feature_schema": {"version": 1, "hash": "0123456789abcdef"}}, "register it as another version"),
        ({"bar_interval_us": 500_000}, "the registry says"),
        ({"golden": [{"features": [0] * 7, "probabilities": [1, 0, 0]}]}, "golden row 0"),
        ({"golden": []}, "no golden rows"),
    ],
)
def test_what_the_bridge_would_refuse_is_never_made_live(
    registry: ModelRegistry, values: dict[str, object], told: str
) -> None:
    registry.set_stage("second", "live")
    registry.set_stage("first", "live")
    changed_entry(registry, "second", **values)
    with pytest.raises(RegistryError, match=told):
        registry.set_stage("second", "live")
    assert stages(registry)["first"] == "live"
    # What was live once may have been registered when nobody wrote such rows down.
    if values.get("golden", True):
        with pytest.raises(RegistryError, match=told):
            registry.rollback()
        assert told in registry.verify()["second"]


def test_a_model_of_other_bars_is_not_for_this_desk(registry: ModelRegistry) -> None:
    same, other = (ModelRegistry(registry.directory, bar_interval_us=one) for one in (250_000, 1_000_000))
    with pytest.raises(RegistryError, match=r"trained on bars of 250000 µs, signal\.bar"):
        other.set_stage("first", "live")
    with pytest.raises(RegistryError, match="trained on bars"):
        other.set_shadow("first")
    assert same.set_stage("first", "live").stage == "live"


def test_a_retired_version_needs_no_more_than_its_own_file(registry: ModelRegistry) -> None:
    other = ModelRegistry(registry.directory, bar_interval_us=1_000_000)
    assert set(other.verify()) == {"first", "second", "third"}
    for version in ("first", "second"):
        registry.set_stage(version, "retired")
    assert set(other.verify()) == {"third"}
    changed_entry(registry, "first", sha256="0" * 64)
    changed_entry(registry, "second", golden=[{"features": [0] * 7, "probabilities": [1, 0, 0]}])
    assert ["SHA-256" in other.verify()["first"], "golden row 0" in other.verify()["second"]] == [True, True]


@pytest.mark.parametrize("version", ["-", "_a.b", "a-1"])
def test_a_name_that_may_stand_in_the_registry_may_be_given(registry: ModelRegistry, version: str) -> None:
    registry.check_new(version)
    registry.register_model(registry.directory.parent / "made.onnx", version, created_by="a test")
    assert registry.get_model(version).version == version


def test_a_model_without_golden_rows_gets_its_own_and_wrong_ones_are_refused(
    registry: ModelRegistry, tmp_path: Path
) -> None:
    for row in registry.get_model("first").golden:
        assert row.probabilities == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=1e-6)
    assert len(registry.get_model("first").golden) == 16
    wrong = GoldenRow((0.0,) * 7, (1.0, 0.0, 0.0))
    with pytest.raises(RegistryError, match="golden row 0"):
        registry.register_model(tmp_path / "made.onnx", "fourth", created_by="a test", golden=[wrong])
    assert not (registry.directory / "fourth.onnx").exists()


def test_a_file_that_changed_or_is_gone_never_becomes_live(registry: ModelRegistry) -> None:
    registry.set_stage("first", "live")
    registry.set_stage("second", "live")
    file = registry.model_path(registry.get_model("first"))
    file.write_bytes(file.read_bytes() + b"\0")
    (registry.directory / "third.onnx").unlink()
    for change in (lambda: registry.rollback(), lambda: registry.set_stage("third", "live")):
        with pytest.raises(RegistryError):
            change()
    assert stages(registry)["second"] == "live"
    wrong = registry.verify()
    assert set(wrong) == {"first", "third"}
    assert "no such file" in wrong["third"]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The system itself ends every write there, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("room", [0, 100, 1_500])
def test_a_disk_that_is_full_leaves_the_registry_whole(
    registry: ModelRegistry, tmp_path: Path, room: int
) -> None:
    before = registry.path.read_bytes()
    held = sorted(registry.directory.iterdir())
    with files_no_larger_than(room), pytest.raises(OSError, match="File too large"):
        registry.register_model(tmp_path / "made.onnx", "fourth", created_by="a test")
    with files_no_larger_than(room), pytest.raises(OSError, match="File too large"):
        registry.set_stage("first", "live")
    assert registry.path.read_bytes() == before
    assert sorted(registry.directory.iterdir()) == held
    registry.register_model(tmp_path / "made.onnx", "fourth", created_by="a test")


def promote_often(folder: Path, version: str) -> None:
    for _ in range(10):
        ModelRegistry(folder).set_stage(version, "live", by=version)


def test_two_promotions_at_once_leave_one_live_and_lose_no_change(registry: ModelRegistry) -> None:
    registry.set_stage("third", "live")
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=promote_often, args=(registry.directory, v)) for v in ("first", "second")]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
        assert one.exitcode == 0
    live = [version for version, stage in stages(registry).items() if stage == "live"]
    assert len(live) == 1
    history = registry.load_history()
    assert history[-1].version == live[0]
    # Each promotion that changed something retired the one before in the same write.
    promoted = [change.version for change in history if change.stage == "live" and change.before != "live"]
    retired = [change.version for change in history if change.stage == "retired"]
    assert promoted[:-1] == retired


def test_bins_and_golden_rows_come_back_as_they_went_in(registry: ModelRegistry, tmp_path: Path) -> None:
    features = np.random.default_rng(1).normal(size=(500, 7))
    features[:, 5] = 1.0
    bins = feature_bins(features)
    # A model of zero weights finds all three alike.
    golden = [GoldenRow(tuple(features[0].tolist()), (1 / 3, 1 / 3, 1 / 3))]
    registry.register_model(
        tmp_path / "made.onnx", "fourth", created_by="a test", feature_bins=bins, golden=golden
    )
    entry = registry.get_model("fourth")
    assert entry.feature_bins == bins
    assert entry.golden == tuple(golden)
    assert [len(one.shares) for one in bins] == [10, 10, 10, 10, 10, 2, 10]
    for one in bins:
        assert sum(one.shares) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d.update(history=[{"version": "first"}]), r"history\[0\]: stage is missing"),
        (lambda d: d.update(colour=1), "unknown key 'colour'"),
        (lambda d: d.update(shadow=3), "shadow: must be the name"),
        (
            lambda d: d["models"][1].update(path="../../etc/made.onnx"),
            r"models\[1\].path: .* leaves the folder",
        ),
        (
            lambda d: d["models"][0].update(version="a b"),
            r"models\[0\].version: 'a b' must be at most 100 letters",
        ),
        (lambda d: d["models"][0].update(sha256="00"), r"models\[0\].sha256: '00' must be 64"),
        (lambda d: d["models"][0].update(created_at=""), "created_at: must be a text"),
        (
            lambda d: d["models"][0].update(bar_interval_us=0),
            "bar_interval_us: must be a whole number above 0",
        ),
        (
            lambda d: d["models"][0].update(classes=["buy", "sell", "hold"]),
            "classes: must be hold, buy, sell",
        ),
        (lambda d: d["models"][0]["feature_schema"].update(colour=1), "feature_schema: unknown key 'colour'"),
        (lambda d: d["models"][0]["feature_schema"].update(hash="x"), "hash: 'x' must be 16"),
        (lambda d: d["models"][0].update(golden=[{"features": [1], "probabilities": [1]}]), "7 features"),
        (
            lambda d: d["models"][0].update(
                feature_bins=[{"name": "a", "edges": [2, 1], "shares": [0, 0, 1]}]
            ),
            "edges must ascend",
        ),
    ],
)
def test_damage_by_hand_is_named(change: object, told: str, tmp_path: Path, repository: Path) -> None:
    """That schema and Rust refuse them too is shown by the golden files."""
    whole = repository / "tests" / "golden" / "registry" / "valid-full.json"
    document = json.loads(whole.read_text())
    change(document)  # type: ignore[operator]
    registry = ModelRegistry(tmp_path)
    registry.path.write_text(json.dumps(document))
    with pytest.raises(RegistryError, match=told):
        registry.load_registry()


def test_a_shadow_that_names_no_version_is_told_and_stops_no_rollback(registry: ModelRegistry) -> None:
    registry.set_stage("first", "live")
    registry.set_stage("second", "live")
    document = json.loads(registry.path.read_text())
    registry.path.write_text(json.dumps({**document, "shadow": "gone"}))
    with pytest.raises(RegistryError, match="shadow: 'gone' is no version of this registry"):
        registry.load_shadow()
    assert registry.rollback().version == "first"
    registry.set_shadow(None)
    assert registry.load_shadow() is None
