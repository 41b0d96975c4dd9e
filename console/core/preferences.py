"""What one trader wants of the console: a YAML file that is checked when it is loaded.

It lies in `$QUARTERDECK_CONSOLE`, else `$XDG_CONFIG_HOME/quarterdeck/console.yaml`; every key may be left
out, and wins over the desk's own configuration. A key that nobody knows, or a value that can't be used, is
refused
with its place and the remedy. What the console itself remembers between two runs is in `Memory`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from console.core.actions import PANES
from console.core.atomic import PRIVATE, replace_file

VARIABLE = "QUARTERDECK_CONSOLE"
GLYPHS = ("unicode", "ascii")


class PreferencesError(ValueError):
    """A preference that can't be used; the text names the file, the place and the remedy."""


@dataclass(frozen=True)
class Preferences:
    """Checked preferences. None and empty mean: as the desk's configuration says, or the default."""

    theme: str | None = None
    price_up: str | None = None
    glyphs: str = "unicode"
    mouse: bool = True
    bell: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    watchlists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


def place_of(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file is looked for."""
    named = environment.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    base = environment.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "quarterdeck" / "console.yaml"


def load_preferences(path: Path, symbols: tuple[str, ...] = ()) -> Preferences:
    """Reads the file; the defaults when there is none. Raises `PreferencesError`.

    `symbols` are those of the desk: a watchlist can name no other.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        raise PreferencesError(f"{path}: can't be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PreferencesError(f"{path}: is not YAML ({' '.join(str(error).split())})") from error
    return parse_preferences(content if content is not None else {}, str(path), symbols)


def parse_preferences(content: Any, place: str, symbols: tuple[str, ...] = ()) -> Preferences:
    """Checks what a file held."""
    if not isinstance(content, dict):
        raise PreferencesError(f"{place}: the top level must be a mapping of {', '.join(_READERS)}")
    found: dict[str, Any] = {}
    for key, value in content.items():
        if key not in _READERS:
            raise PreferencesError(f"{place}: unknown key {key!r}; known here: {', '.join(_READERS)}")
        found[key] = _READERS[key](value, f"{place}: {key}")
    for name, wanted in found.get("watchlists", {}).items():
        for symbol in wanted:
            if symbols and symbol not in symbols:
                raise PreferencesError(f"{place}: watchlists.{name}: the desk has no symbol {symbol!r}")
    return Preferences(**found)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise PreferencesError(f"{place} must be a text, not {value!r}")
    return value


def _one_of(*choices: str) -> Callable[[Any, str], str]:
    def read(value: Any, place: str) -> str:
        if value not in choices:
            raise PreferencesError(f"{place} must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return read


def _flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise PreferencesError(f"{place} must be true or false, not {value!r}")
    return value


def _names(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise PreferencesError(f"{place} must be a list of names, not {value!r}")
    names = tuple(_text(item, f"{place}[{number}]") for number, item in enumerate(value))
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PreferencesError(f"{place} names {twice!r} twice")
    return names


def _panes(value: Any, place: str) -> tuple[str, ...]:
    names = _names(value, place)
    for name in names:
        if name not in PANES:
            raise PreferencesError(f"{place}: there is no pane {name!r}; there are {', '.join(PANES)}")
    if len(names) == len(PANES):
        raise PreferencesError(f"{place}: one pane must stay on the screen")
    return names


def _mapping(of: Callable[[Any, str], Any]) -> Callable[[Any, str], dict[str, Any]]:
    def read(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise PreferencesError(f"{place} must be a mapping, not {value!r}")
        return {_text(key, place): of(item, f"{place}.{key}") for key, item in value.items()}

    return read


def _columns(value: Any, place: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = _mapping(_names)(value, place)
    for name in found:
        if name not in PANES:
            raise PreferencesError(f"{place}: there is no pane {name!r}; there are {', '.join(PANES)}")
    return found


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "theme": _text,
    "price_up": _one_of("green", "red"),
    "glyphs": _one_of(*GLYPHS),
    "mouse": _flag,
    "bell": _flag,
    "keys": _mapping(_text),
    "columns": _columns,
    "watchlists": _mapping(_names),
    "hidden": _panes,
}


class Memory:
    """What the console remembers of its last run, as JSON; written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Any] | None:
        """What was remembered; None at the first start. A damaged file is as good as none: nothing depends on
        it.
        """
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def save(self, content: Mapping[str, Any]) -> None:
        """Writes it. Raises `OSError` when that is not possible."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, json.dumps(content, indent=1, sort_keys=True), mode=PRIVATE)
