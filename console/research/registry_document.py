"""The file of a registry: how it is read, checked, locked and replaced as a whole."""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.atomic import replace_file
from console.research.entry import ModelEntry, RegistryError, StageChange

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Document:
    """What the file holds. `shadow` is the candidate that runs beside the live model, if one does."""

    entries: list[ModelEntry]
    history: list[StageChange]
    shadow: str | None


def read_document(path: Path) -> Document:
    """What the registry at `path` holds; nothing when there is none yet.

    Raises `RegistryError`, with the place, for what the signal bridge would refuse as well.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Document([], [], None)
    try:
        document = json.loads(
            content.decode(),
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_once_each,
        )
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{path}: not JSON ({error}); restore it from the shipped models") from error
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise RegistryError(f"{path}: schema_version must be {SCHEMA_VERSION}")
    models = document.get("models")
    if not isinstance(models, list):
        raise RegistryError(f"{path}: models must be a list")
    entries = [ModelEntry.from_json(entry, f"{path}: models[{index}]") for index, entry in enumerate(models)]
    unknown = sorted(set(document) - {"schema_version", "models", "history", "shadow"})
    if unknown:
        raise RegistryError(f"{path}: unknown key {unknown[0]!r}")
    changes = document.get("history", [])
    if not isinstance(changes, list):
        raise RegistryError(f"{path}: history must be a list")
    history = [
        StageChange.from_json(change, f"{path}: history[{index}]") for index, change in enumerate(changes)
    ]
    shadow = document.get("shadow")
    if shadow is not None and not isinstance(shadow, str):
        raise RegistryError(f"{path}: shadow: must be the name of a version, or null")
    _check(entries, path)
    return Document(entries, history, shadow)


def write_document(path: Path, held: Document) -> None:
    """Puts `held` in the place of what the registry at `path` held, whole or not at all.

    Raises `RegistryError` for what can't be written.
    """
    _check(held.entries, path)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "models": [entry.to_json() for entry in held.entries],
    }
    if held.history:
        document["history"] = [change.to_json() for change in held.history]
    if held.shadow is not None:
        document["shadow"] = held.shadow
    try:
        text = json.dumps(document, indent=2, allow_nan=False)
    except ValueError as error:
        raise RegistryError(
            "metrics and data must be what JSON can hold, without NaN and infinity; the registry is as it was"
        ) from error
    replace_file(path, f"{text}\n", durable=True)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One writer at a time in the registry of `directory`, which is made if there is none."""
    directory.mkdir(parents=True, exist_ok=True)
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number that JSON knows")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _no_number(digits)


def _whole(digits: str) -> int:
    _finite(digits)
    return int(digits)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys each stand there once: of two values nobody knows which one holds."""
    held = dict(pairs)
    if len(held) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands there twice")
    return held


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
