"""The registry of models: `registry.json` and the model files beside it.

The signal bridge reads the same file and runs the model whose stage is `live`. Every change is written to a
new file and renamed over the old one, under a lock, so no reader ever sees half of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.core.atomic import replace_file
from console.core.identity import Identity
from console.research.entry import (
    ROLLED_BACK,
    STAGES,
    VERSION,
    VERSION_FORM,
    FeatureBins,
    FeatureSchema,
    GoldenRow,
    ModelEntry,
    RegistryError,
    Stage,
    StageChange,
)
from console.research.fitness import check_features, check_file, check_fit, golden_rows
from console.research.model_file import read_model_file
from console.research.registry_document import Document, locked, read_document, write_document
from console.research.registry_history import live_before

__all__ = ["FeatureSchema", "ModelEntry", "ModelRegistry", "RegistryError", "Stage", "StageChange"]


class ModelRegistry:
    """The models in one folder.

    A version's name is unique for ever; its file is never changed. At most one version is live.
    """

    def __init__(self, directory: Path | str, *, bar_interval_us: int | None = None) -> None:
        """A registry in `directory`, which need not exist yet.

        `bar_interval_us`: the bars of the desk it belongs to; a version trained on others is then refused.
        """
        self.directory = Path(directory)
        self.bar_interval_us = bar_interval_us
        self.path = self.directory / "registry.json"

    def load_registry(self) -> list[ModelEntry]:
        """All entries, oldest first; empty when there is no registry yet.

        Raises `RegistryError` when the file cannot be understood.
        """
        return read_document(self.path).entries

    def load_history(self) -> list[StageChange]:
        """Every change of a stage, oldest first: who, when, why. Raises `RegistryError`."""
        return read_document(self.path).history

    def load_shadow(self) -> str | None:
        """The candidate that a desk runs beside the live model, if one.

        Raises `RegistryError`, also when it is no version of this registry.
        """
        held = read_document(self.path)
        if held.shadow is not None and held.shadow not in [entry.version for entry in held.entries]:
            raise RegistryError(
                f"{self.path}: shadow: {held.shadow!r} is no version of this registry; quarterdeck models "
                "shadow --off ends it"
            )
        return held.shadow

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
        # Entries are kept in the order they were registered; their times are whole seconds.
        return wanted[-1] if wanted else None

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
        feature_bins: Iterable[FeatureBins] = (),
        golden: Iterable[GoldenRow] = (),
    ) -> ModelEntry:
        """Takes the ONNX file at `path` into the registry as `version` and gives its entry.

        The file is copied beside the registry, unless it lies there already. Its shapes, classes, feature
        schema and test label are read from the file itself, and a model the signal bridge would refuse is
        refused here. Without `golden` the file's own probabilities are written down, so that another runtime
        must agree with them. A new live version retires the one before. When anything fails, the registry is
        as it was.
        """
        source = Path(path)
        model = read_model_file(source)
        model.check_tradable()
        schema = check_features(model)
        _check_version(version)
        golden = tuple(golden) or golden_rows(model)
        with locked(self.directory):
            held = read_document(self.path)
            if any(entry.version == version for entry in held.entries):
                raise RegistryError(f"version {version!r} is registered already; a version is never replaced")
            file, is_new = self._take_in(source, version)
            entry = ModelEntry(
                version=version,
                path=str(file.relative_to(self.directory.resolve())),
                sha256=model.sha256,
                stage="candidate",
                test=model.test,
                description=description or model.description or version,
                classes=model.classes,
                feature_schema=schema,
                bar_interval_us=model.bar_interval_us,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                created_by=created_by,
                metrics=dict(metrics or {}),
                data=dict(data or {}),
                feature_bins=tuple(feature_bins),
                golden=golden,
            )
            try:
                if stage == "live":
                    self._check_file(entry)
                else:
                    check_file(entry, file)
                added = replace(held, entries=[*held.entries, entry])
                return self._move(added, version, stage, created_by, "registered")
            except BaseException:
                # A copy that nobody names would stand in the way of the next try. One that the registry names
                # already, since the interrupt came late, stays.
                if is_new and all(held.version != version for held in self.load_registry()):
                    file.unlink()
                raise

    def check_new(self, version: str) -> None:
        """Raises `RegistryError` when `version` is no name for a new one: better before a long training."""
        _check_version(version)
        if any(entry.version == version for entry in self.load_registry()):
            raise RegistryError(f"version {version!r} is registered already; a version is never replaced")

    def set_stage(self, version: str, stage: Stage, *, by: str = "", reason: str = "") -> ModelEntry:
        """Moves `version` to `stage`; making one live retires the live one before it.

        A version that becomes live is checked first: its file present, unchanged and tradable, features and
        bars those of the desk, and the golden rows, which it must have, given again.
        """
        with locked(self.directory):
            held = read_document(self.path)
            if stage == "live":
                entry = _find(held.entries, version)
                if not entry.golden:
                    raise RegistryError(
                        f"{version}: it has no golden rows, so nothing shows that the desk computes what was "
                        "trained; register its file as another version, which writes them"
                    )
                self._check_file(entry)
            return self._move(held, version, stage, by, reason)

    def set_shadow(self, version: str | None) -> None:
        """Lets a desk run `version` beside its live model, recorded and not traded; None ends that.

        The file is checked first. Raises `RegistryError`.
        """
        with locked(self.directory):
            held = read_document(self.path)
            if version is not None:
                entry = _find(held.entries, version)
                if entry.stage == "live":
                    raise RegistryError(f"{version} is live: it can't run beside itself")
                self._check_file(entry)
            write_document(self.path, replace(held, shadow=version))

    def rollback(self, *, by: str = "", reason: str = "") -> ModelEntry:
        """Takes the newest promotion back that still stands: the version it took over from is live again.

        Once more takes back the promotion before that. Where none is live, the last live one comes back, and
        there is nothing before it to go back to.
        Raises `RegistryError` when there is nothing to go back to.
        """
        with locked(self.directory):
            held = read_document(self.path)
            live = _live(held.entries)
            before = live_before(held.history, live)
            if before is None:
                raise RegistryError(
                    f"{self.path}: it tells of no version that was live before {live or 'now'}; promote the "
                    "one that is wanted"
                )
            self._check_file(_find(held.entries, before))
            return self._move(held, before, "live", by, reason or _rolled_back(live), rollback=True)

    def what_rollback_does(self) -> tuple[str | None, str | None]:
        """The version that is live, and the one that `rollback` would make live; None where there is none.

        Raises `RegistryError`.
        """
        held = read_document(self.path)
        live = _live(held.entries)
        return live, live_before(held.history, live)

    def verify(self) -> dict[str, str]:
        """What is wrong with each version, in a sentence; empty when all are sound.

        The file of every one must be the one that was registered. That it fits the desk's features and bars,
        as they are now, is asked of the live one and the candidates alone.
        Raises `RegistryError` when the registry itself can't be understood.
        """
        wrong = {}
        for entry in self.load_registry():
            try:
                if entry.stage == "retired":
                    check_file(entry, self.model_path(entry))
                else:
                    self._check_file(entry)
            except RegistryError as error:
                wrong[entry.version] = str(error)
        return wrong

    def _check_file(self, entry: ModelEntry) -> None:
        check_fit(entry, self.model_path(entry), self.bar_interval_us)

    def _move(
        self, held: Document, version: str, stage: Stage, by: str, reason: str, *, rollback: bool = False
    ) -> ModelEntry:
        """Writes the registry with `version` in `stage`, and what that changed into the history.

        So is a promotion of what is live already: the desk then tries it again, where it had failed.
        """
        moved = _with_stage(held.entries, version, stage)
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        who = by or Identity.current().operator
        changes = [
            StageChange(
                after.version,
                after.stage,
                before.stage,
                at,
                who,
                reason if after.version == version else f"{version} is live",
                rollback and after.version == version,
            )
            for before, after in zip(held.entries, moved, strict=True)
            if before.stage != after.stage or (stage == "live" and after.version == version)
        ]
        # The one asked for comes last: it is what the others made room for.
        changes.sort(key=lambda change: change.version == version)
        # What is live needs no shadow of itself.
        shadow = None if stage == "live" and held.shadow == version else held.shadow
        write_document(self.path, Document(moved, [*held.history, *changes], shadow))
        return _find(moved, version)

    def model_path(self, entry: ModelEntry) -> Path:
        """Where the file of `entry` lies."""
        return self.directory / entry.path

    def _take_in(self, source: Path, version: str) -> tuple[Path, bool]:
        """The file beside the registry, and whether it was copied there now."""
        folder = self.directory.resolve()
        resolved = source.resolve()
        if resolved.is_relative_to(folder):
            return resolved, False
        target = folder / f"{version}.onnx"
        if target.exists():
            raise RegistryError(f"{target} exists already and belongs to no version; move it away first")
        replace_file(target, resolved.read_bytes(), durable=True)
        return target, True


def _live(entries: list[ModelEntry]) -> str | None:
    return next((entry.version for entry in entries if entry.stage == "live"), None)


def _rolled_back(live: str | None) -> str:
    return f"{ROLLED_BACK}{live}" if live else "live again, after none was"


def _check_version(version: str) -> None:
    if not VERSION.fullmatch(version):
        raise RegistryError(f"version {version!r}: use {VERSION_FORM}, and begin with no dot")


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
