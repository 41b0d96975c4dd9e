"""One entry of the registry of models, and how it is read and refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Stage = Literal["candidate", "live", "retired"]
STAGES: tuple[str, ...] = get_args(Stage)


class RegistryError(ValueError):
    """The registry, or a model for it, is not as it must be; the sentence names the place and the remedy."""


@dataclass(frozen=True)
class FeatureSchema:
    """The definition of the features a model was trained under."""

    version: int
    hash: str


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

    def to_json(self) -> dict[str, Any]:
        """The entry as it stands in the file."""
        return {**asdict(self), "classes": list(self.classes)}

    @classmethod
    def from_json(cls, value: object, place: str) -> ModelEntry:
        """Reads one entry; `place` is named in the refusal."""
        entry = _mapping(value, place)
        unknown = sorted(set(entry) - set(cls.__dataclass_fields__))
        if unknown:
            raise RegistryError(f"{place}: unknown key {unknown[0]!r}")
        stage = _text(entry, "stage", place)
        if stage not in STAGES:
            raise RegistryError(f"{place}.stage: {stage!r} is none of {', '.join(STAGES)}")
        schema = _mapping(_required(entry, "feature_schema", place), f"{place}.feature_schema")
        classes = _required(entry, "classes", place)
        if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
            raise RegistryError(f"{place}.classes: must be a list of names")
        interval = entry.get("bar_interval_us")
        if interval is not None:
            interval = _integer(entry, "bar_interval_us", place)
        test = _required(entry, "test", place)
        if not isinstance(test, bool):
            raise RegistryError(f"{place}.test: must be true or false")
        return cls(
            version=_text(entry, "version", place),
            path=_text(entry, "path", place),
            sha256=_text(entry, "sha256", place),
            stage=stage,  # type: ignore[arg-type]  # checked above against the same names
            test=test,
            description=_text(entry, "description", place),
            classes=tuple(classes),
            feature_schema=FeatureSchema(
                version=_integer(schema, "version", f"{place}.feature_schema"),
                hash=_text(schema, "hash", f"{place}.feature_schema"),
            ),
            bar_interval_us=interval,
            created_at=_text(entry, "created_at", place),
            created_by=_text(entry, "created_by", place),
            metrics=dict(_mapping(entry.get("metrics", {}), f"{place}.metrics")),
            data=dict(_mapping(entry.get("data", {}), f"{place}.data")),
        )


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


def _integer(entry: Mapping[str, Any], key: str, place: str) -> int:
    value = _required(entry, key, place)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise RegistryError(f"{place}.{key}: must be a whole number above 0")
    return value
