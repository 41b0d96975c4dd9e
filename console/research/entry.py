"""One entry of the registry of models, and how it is read and refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

Stage = Literal["candidate", "live", "retired"]
STAGES: tuple[str, ...] = get_args(Stage)
CLASSES = ("hold", "buy", "sell")
# It names a file, and stands in every line of a candidate's record.
VERSION = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
VERSION_FORM = "at most 100 letters, digits, dots, dashes and underscores"
# Begins the reason of a rollback: all that tells of one where a registry is older than the key for it.
ROLLED_BACK = "rolled back from "
SHA256 = re.compile(r"[0-9a-f]{64}")
SCHEMA_HASH = re.compile(r"[0-9a-f]{16}")
# How far the shares of a feature's bins may be from one in all.
SUM_TOLERANCE = 1e-6


class RegistryError(ValueError):
    """The registry, or a model for it, is not as it must be; the sentence names the place and the remedy."""


@dataclass(frozen=True)
class FeatureSchema:
    """The definition of the features a model was trained under."""

    version: int
    hash: str


@dataclass(frozen=True)
class FeatureBins:
    """How one feature was spread over the training set: what live values are compared with for drift.

    `edges` ascend and cut the line into `len(edges) + 1` bins; `shares` are those of the training samples.
    """

    name: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class GoldenRow:
    """Features and the probabilities that the trained model gave for them, which the file must give again."""

    features: tuple[float, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class StageChange:
    """A version moved to another stage: when, by whom and why."""

    version: str
    stage: Stage
    before: Stage | None
    at: str
    by: str
    reason: str
    rollback: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file: a promotion names `rollback` only where its reason reads like one."""
        values = asdict(self)
        if not self.rollback and not self.reason.startswith(ROLLED_BACK):
            del values["rollback"]
        return values

    @classmethod
    def from_json(cls, value: object, place: str) -> StageChange:
        """Reads one change; `place` is named in the refusal."""
        change = _known(value, cls.__dataclass_fields__, place)
        told, before = _text(change, "stage", place), _required(change, "before", place)
        for name, stage in (("stage", told), ("before", before)):
            if stage not in STAGES and (name != "before" or stage is not None):
                raise RegistryError(f"{place}.{name}: {stage!r} is none of {', '.join(STAGES)}")
        reason = _required(change, "reason", place)
        if not isinstance(reason, str):
            raise RegistryError(f"{place}.reason: must be a text")
        rollback = change.get("rollback", reason.startswith(ROLLED_BACK))
        if not isinstance(rollback, bool):
            raise RegistryError(f"{place}.rollback: must be true or false")
        return cls(
            version=_text(change, "version", place),
            stage=change["stage"],
            before=before,  # type: ignore[arg-type]  # checked above against the same names
            at=_text(change, "at", place),
            by=_text(change, "by", place),
            reason=reason,
            rollback=rollback,
        )


@dataclass(frozen=True)
class ModelEntry:
    """A version of a model: where it lies, what it is made of and what it is worth.

    `path` is relative to the registry's folder. `sha256` is that of the file, in hexadecimal. `metrics` and
    `data` are what the training wrote down, for people. `test` marks a model that must never trade for real:
    it cannot become live.
    """

    version: str
    path: str
    sha256: str
    stage: Stage
    test: bool
    description: str
    classes: tuple[str, ...]
    feature_schema: FeatureSchema
    bar_interval_us: int | None
    created_at: str
    created_by: str
    metrics: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    feature_bins: tuple[FeatureBins, ...] = ()
    golden: tuple[GoldenRow, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The entry as it stands in the file."""
        values = {**asdict(self), "classes": list(self.classes)}
        for name in ("feature_bins", "golden"):
            values[name] = [
                {key: list(inner) if isinstance(inner, tuple) else inner for key, inner in row.items()}
                for row in values[name]
            ]
            if not values[name]:
                del values[name]
        return values

    @classmethod
    def from_json(cls, value: object, place: str) -> ModelEntry:
        """Reads one entry; `place` is named in the refusal."""
        entry = _known(value, cls.__dataclass_fields__, place)
        stage = _text(entry, "stage", place)
        if stage not in STAGES:
            raise RegistryError(f"{place}.stage: {stage!r} is none of {', '.join(STAGES)}")
        schema = _known(
            _required(entry, "feature_schema", place),
            FeatureSchema.__dataclass_fields__,
            f"{place}.feature_schema",
        )
        classes = _required(entry, "classes", place)
        if classes != list(CLASSES):
            raise RegistryError(f"{place}.classes: must be {', '.join(CLASSES)}, in this order")
        interval = entry.get("bar_interval_us")
        if interval is not None:
            interval = _integer(entry, "bar_interval_us", place)
        test = _required(entry, "test", place)
        if not isinstance(test, bool):
            raise RegistryError(f"{place}.test: must be true or false")
        return cls(
            version=_matching(entry, "version", VERSION, place, VERSION_FORM),
            path=_path(entry, place),
            sha256=_matching(entry, "sha256", SHA256, place, "64 hexadecimal digits"),
            stage=stage,  # type: ignore[arg-type]  # checked above against the same names
            test=test,
            description=_text(entry, "description", place),
            classes=CLASSES,
            feature_schema=FeatureSchema(
                version=_integer(schema, "version", f"{place}.feature_schema"),
                hash=_matching(
                    schema, "hash", SCHEMA_HASH, f"{place}.feature_schema", "16 hexadecimal digits"
                ),
            ),
            bar_interval_us=interval,
            created_at=_text(entry, "created_at", place),
            created_by=_text(entry, "created_by", place),
            metrics=dict(_mapping(entry.get("metrics", {}), f"{place}.metrics")),
            data=dict(_mapping(entry.get("data", {}), f"{place}.data")),
            feature_bins=tuple(
                _bins(row, f"{place}.feature_bins[{index}]")
                for index, row in enumerate(_list(entry.get("feature_bins", []), f"{place}.feature_bins"))
            ),
            golden=tuple(
                _golden(row, f"{place}.golden[{index}]")
                for index, row in enumerate(_list(entry.get("golden", []), f"{place}.golden"))
            ),
        )


def _known(value: object, names: Iterable[str], place: str) -> Mapping[str, Any]:
    entry = _mapping(value, place)
    unknown = sorted(set(entry) - set(names))
    if unknown:
        raise RegistryError(f"{place}: unknown key {unknown[0]!r}")
    return entry


def _bins(value: object, place: str) -> FeatureBins:
    row = _known(value, FeatureBins.__dataclass_fields__, place)
    edges, shares = _numbers(row, "edges", place), _numbers(row, "shares", place)
    if len(shares) != len(edges) + 1 or list(edges) != sorted(set(edges)):
        raise RegistryError(f"{place}: edges must ascend, and shares be one more than edges")
    if min(shares) < 0 or abs(sum(shares) - 1) > SUM_TOLERANCE:
        raise RegistryError(f"{place}.shares: must be 0 or more and sum to 1")
    return FeatureBins(_text(row, "name", place), edges, shares)


def _golden(value: object, place: str) -> GoldenRow:
    row = _known(value, GoldenRow.__dataclass_fields__, place)
    features, probabilities = _numbers(row, "features", place), _numbers(row, "probabilities", place)
    if (len(features), len(probabilities)) != (7, 3):
        raise RegistryError(f"{place}: must hold 7 features and 3 probabilities")
    return GoldenRow(features, probabilities)


def _list(value: object, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise RegistryError(f"{place}: must be a list")
    return value


def _numbers(entry: Mapping[str, Any], key: str, place: str) -> tuple[float, ...]:
    values = _list(_required(entry, key, place), f"{place}.{key}")
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in values):
        raise RegistryError(f"{place}.{key}: must be a list of numbers")
    return tuple(float(one) for one in values)


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise RegistryError(f"{place}: must be an object")
    return value


def _required(entry: Mapping[str, Any], key: str, place: str) -> object:
    if key not in entry:
        raise RegistryError(f"{place}: {key} is missing")
    return entry[key]


def _text(entry: Mapping[str, Any], key: str, place: str) -> str:
    value = _required(entry, key, place)
    if not isinstance(value, str) or not value:
        raise RegistryError(f"{place}.{key}: must be a text that is not empty")
    return value


def _matching(entry: Mapping[str, Any], key: str, form: re.Pattern[str], place: str, told: str) -> str:
    value = _text(entry, key, place)
    if not form.fullmatch(value):
        raise RegistryError(f"{place}.{key}: {value!r} must be {told}")
    return value


def _path(entry: Mapping[str, Any], place: str) -> str:
    path = PurePosixPath(_text(entry, "path", place))
    if path.is_absolute() or ".." in path.parts:
        raise RegistryError(f"{place}.path: {path} leaves the folder of the registry")
    return str(path)


def _integer(entry: Mapping[str, Any], key: str, place: str) -> int:
    value = _required(entry, key, place)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise RegistryError(f"{place}.{key}: must be a whole number above 0")
    return value
