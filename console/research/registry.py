"""The registry of models: `registry.json` and the model files beside it.

The signal bridge reads the same file and runs the model whose stage is `live`. Every change is written to a
new file and renamed over the old one, under a lock, so no reader ever sees half of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.research.entry import STAGES, FeatureSchema, ModelEntry, RegistryError, Stage
from console.research.model_file import ModelFile, read_model_file

__all__ = ["FeatureSchema", "ModelEntry", "ModelRegistry", "RegistryError", "Stage"]

SCHEMA_VERSION = 1


class ModelRegistry:
    """The models in one folder.

    A version's name is unique for ever; its file is never changed. At most one version is live.
    """

    def __init__(self, directory: Path | str) -> None:
        """A registry in `directory`, which need not exist yet."""
        self.directory = Path(directory)
        self.path = self.directory / "registry.json"

    def load_registry(self) -> list[ModelEntry]:
        """All entries, oldest first; empty when there is no registry yet.

        Raises `RegistryError` when the file cannot be understood.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise RegistryError(
                f"{self.path}: not JSON ({error}); restore it from the shipped models"
            ) from error
        if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
            raise RegistryError(f"{self.path}: schema_version must be {SCHEMA_VERSION}")
        models = document.get("models")
        if not isinstance(models, list):
            raise RegistryError(f"{self.path}: models must be a list")
        entries = [
            ModelEntry.from_json(entry, f"{self.path}: models[{index}]") for index, entry in enumerate(models)
        ]
        _check(entries, self.path)
        return entries

    def get_latest_model(
        self, stage: Stage | None = None, *, include_test: bool = False
    ) -> ModelEntry | None:
        """The newest version in `stage` (in any but `retired`, when none is named), or None.

        Test models are passed over unless asked for.
        """
        if stage is not None and stage not in STAGES:
            raise RegistryError(f"stage: {stage!r} is none of {', '.join(STAGES)}")
        wanted = [
            entry
            for entry in self.load_registry()
            if (entry.stage == stage if stage else entry.stage != "retired")
            and (include_test or not entry.test)
        ]
        return max(wanted, key=lambda entry: entry.created_at, default=None)

    def get_model(self, version: str) -> ModelEntry:
        """The entry of `version`; `RegistryError` when there is none."""
        return _find(self.load_registry(), version)

    def register_model(
        self,
        path: Path | str,
        version: str,
        *,
        created_by: str,
        metrics: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        stage: Stage = "candidate",
        description: str | None = None,
    ) -> ModelEntry:
        """Takes the ONNX file at `path` into the registry as `version` and gives its entry.

        The file is copied beside the registry, unless it lies there already. Its shapes, classes, feature
        schema and test label are read from the file itself, and a model the signal bridge would refuse is
        refused here. A new live version retires the one before.
        """
        source = Path(path)
        model = read_model_file(source)
        model.check_tradable()
        _check_version(version)
        with self._locked():
            entries = self.load_registry()
            if any(entry.version == version for entry in entries):
                raise RegistryError(f"version {version!r} is registered already; a version is never replaced")
            file = self._take_in(source, version)
            entry = ModelEntry(
                version=version,
                path=str(file.relative_to(self.directory.resolve())),
                sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
                stage="candidate",
                test=model.test,
                description=description or model.description or version,
                classes=model.classes,
                feature_schema=_schema_of(model),
                bar_interval_us=model.bar_interval_us,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                created_by=created_by,
                metrics=dict(metrics or {}),
                data=dict(data or {}),
            )
            entries = _with_stage([*entries, entry], version, stage)
            self._write(entries)
            return _find(entries, version)

    def check_new(self, version: str) -> None:
        """Raises `RegistryError` when `version` is no name for a new one: better before a long training."""
        _check_version(version)
        if any(entry.version == version for entry in self.load_registry()):
            raise RegistryError(f"version {version!r} is registered already; a version is never replaced")

    def set_stage(self, version: str, stage: Stage) -> ModelEntry:
        """Moves `version` to `stage`; making one live retires the live one before it."""
        with self._locked():
            entries = _with_stage(self.load_registry(), version, stage)
            self._write(entries)
            return _find(entries, version)

    def model_path(self, entry: ModelEntry) -> Path:
        """Where the file of `entry` lies."""
        return self.directory / entry.path

    def _take_in(self, source: Path, version: str) -> Path:
        folder = self.directory.resolve()
        resolved = source.resolve()
        if resolved.is_relative_to(folder):
            return resolved
        target = folder / f"{version}.onnx"
        if target.exists():
            raise RegistryError(f"{target} exists already and belongs to no version; move it away first")
        shutil.copyfile(resolved, target)
        return target

    def _write(self, entries: list[ModelEntry]) -> None:
        _check(entries, self.path)
        document = {"schema_version": SCHEMA_VERSION, "models": [entry.to_json() for entry in entries]}
        new = self.path.with_suffix(".json.new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, sort_keys=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _schema_of(model: ModelFile) -> FeatureSchema:
    if model.feature_schema is None:
        raise RegistryError(f"{model.path}: names no feature schema in its metadata")
    return model.feature_schema


def _check_version(version: str) -> None:
    allowed = version.replace("-", "").replace("_", "").replace(".", "")
    if not allowed.isascii() or not allowed.isalnum() or version.startswith("."):
        raise RegistryError(f"version {version!r}: use letters, digits, dots, dashes and underscores")


def _find(entries: list[ModelEntry], version: str) -> ModelEntry:
    for entry in entries:
        if entry.version == version:
            return entry
    known = ", ".join(entry.version for entry in entries) or "none"
    raise RegistryError(f"there is no version {version!r}; registered: {known}")


def _with_stage(entries: list[ModelEntry], version: str, stage: Stage) -> list[ModelEntry]:
    if stage not in STAGES:
        raise RegistryError(f"stage: {stage!r} is none of {', '.join(STAGES)}")
    chosen = _find(entries, version)
    if stage == "live" and chosen.test:
        raise RegistryError(
            f"{version} is a test model and cannot become live; name it in `signal.model` of a test"
        )
    moved = []
    for entry in entries:
        if entry.version == version:
            moved.append(replace(entry, stage=stage))
        elif stage == "live" and entry.stage == "live":
            moved.append(replace(entry, stage="retired"))
        else:
            moved.append(entry)
    return moved


def _check(entries: list[ModelEntry], path: Path) -> None:
    versions = [entry.version for entry in entries]
    for version in versions:
        if versions.count(version) > 1:
            raise RegistryError(f"{path}: version {version!r} appears twice")
    live = [entry for entry in entries if entry.stage == "live"]
    if len(live) > 1:
        names = ", ".join(entry.version for entry in live)
        raise RegistryError(f"{path}: more than one live version ({names}); retire all but one")
    if live and live[0].test:
        raise RegistryError(f"{path}: {live[0].version} is a test model and cannot be live")
