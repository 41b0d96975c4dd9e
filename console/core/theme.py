"""Colour themes as YAML: read, validated, and never a reason for a blank screen.

A theme names a colour for every role in `ROLES`. The colours of a theme with `ansi: true` are the
terminal's own sixteen (or "default"), so that it works where nothing else does. A file that is wrong is
refused with the file, the key and the remedy, and `ThemeBook` keeps the last one that was good.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# Each role, and what it is for. A theme must name every one: a forgotten colour would be invisible text.
ROLES: dict[str, str] = {
    "background": "the screen between the panes",
    "surface": "the body of a pane",
    "panel": "titles, the status line and the footer",
    "selection": "the background of the selected row",
    "text": "figures and sentences",
    "muted": "labels, units and headings",
    "faint": "rules, empty parts of bars, what is finished",
    "accent": "the one accent: the focused pane, the selected symbol, keys",
    "on_accent": "text on the accent",
    "up": "gains, buys, rising candles",
    "down": "losses, sells, falling candles",
    "good": "a service that answers, an open gate",
    "warning": "a closed gate, a limit that is near, old data",
    "danger": "text about money at risk: a lost service, a limit that is reached",
    "alarm": "the surface of the kill bar and of everything that is red until it is proved",
    "on_alarm": "text on alarm",
    "curve_a": "the first curve over the candles; the accent unless the theme names it",
    "curve_b": "the second curve; the colour of text unless the theme names it",
    "curve_c": "bands and the like; muted unless the theme names it",
}
# Roles that a theme may leave out, and whose colour they then have.
BORROWED = {"curve_a": "accent", "curve_b": "text", "curve_c": "muted"}
ANSI_NAMES = frozenset(
    ["default"]
    + [
        prefix + name
        for prefix in ("", "bright_")
        for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
    ]
)
_HEXADECIMAL = re.compile(r"#[0-9a-fA-F]{6}")
_KEYS = frozenset({"name", "title", "dark", "ansi", "colors", "red_up"})


class ThemeError(ValueError):
    """A theme file that can't be used; the message names the file, the place and the remedy."""


@dataclass(frozen=True)
class Theme:
    """One validated theme: a colour (`#rrggbb`, or a terminal colour's name when `ansi`) for each role."""

    name: str
    title: str
    dark: bool
    ansi: bool
    colors: dict[str, str] = field(hash=False)

    def color(self, role: str) -> str:
        """The colour of a role."""
        return self.colors[role]

    @property
    def monochrome(self) -> bool:
        """True when no role has a colour of its own: differences are then shown by bold, reverse and
        glyphs.
        """
        return self.ansi and set(self.colors.values()) == {"default"}

    def with_red_up(self) -> Theme:
        """The same theme with rising prices in the colour of falling ones and the other way round."""
        swapped = {**self.colors, "up": self.colors["down"], "down": self.colors["up"]}
        return Theme(self.name, self.title, self.dark, self.ansi, swapped)


# What is drawn with when not even one theme file can be read.
FALLBACK = Theme("fallback", "Terminal's own", True, True, dict.fromkeys(ROLES, "default"))


def parse_theme(content: Any, place: str) -> Theme:
    """Checks what a YAML file held and makes a theme of it.

    Raises `ThemeError`, naming `place`, for a missing or unknown key and for a colour that is none.
    """
    if not isinstance(content, dict):
        raise ThemeError(f"{place}: a theme is a mapping with name, dark and colors")
    unknown = sorted(set(map(str, content)) - _KEYS)
    if unknown:
        raise ThemeError(f"{place}: unknown key {unknown[0]!r}; a theme has {', '.join(sorted(_KEYS))}")
    name = content.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", name):
        raise ThemeError(f"{place}: name must be lower-case letters, digits and hyphens, not {name!r}")
    flags = {}
    for key, default in (("dark", True), ("ansi", False), ("red_up", False)):
        value = content.get(key, default)
        if not isinstance(value, bool):
            raise ThemeError(f"{place}: {key} must be true or false, not {value!r}")
        flags[key] = value
    colors = content.get("colors")
    if not isinstance(colors, dict):
        raise ThemeError(f"{place}: colors must map each of {', '.join(ROLES)} to a colour")
    for role in ROLES:
        if role not in colors and role not in BORROWED:
            raise ThemeError(f"{place}: colors.{role} is missing; it is for {ROLES[role]}")
    for role, value in colors.items():
        if role not in ROLES:
            raise ThemeError(f"{place}: colors.{role} is not a role; roles are {', '.join(ROLES)}")
        _check_color(value, flags["ansi"], f"{place}: colors.{role}")
    borrowed = {role: colors[other] for role, other in BORROWED.items()}
    theme = Theme(name, str(content.get("title", name)), flags["dark"], flags["ansi"], {**borrowed, **colors})
    return theme.with_red_up() if flags["red_up"] else theme


def _check_color(value: Any, ansi: bool, place: str) -> None:
    if ansi:
        if value not in ANSI_NAMES:
            raise ThemeError(
                f"{place}: {value!r} is not one of the terminal's colours ({', '.join(sorted(ANSI_NAMES))})"
            )
    elif not (isinstance(value, str) and _HEXADECIMAL.fullmatch(value)):
        raise ThemeError(f'{place}: {value!r} is not a colour; write it in quotes as "#rrggbb"')


def load_theme(path: Path) -> Theme:
    """Reads one theme file. Raises `ThemeError` with the file and the reason."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ThemeError(f"{path}: can't be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ThemeError(f"{path}: is not YAML ({' '.join(str(error).split())})") from error
    theme = parse_theme(content, str(path))
    if theme.name != path.stem:
        raise ThemeError(f"{path}: holds a theme named {theme.name!r}; rename the file to {theme.name}.yaml")
    return theme


class ThemeBook:
    """The themes of some directories, later ones overriding earlier ones, and the one in force."""

    def __init__(self, *directories: Path) -> None:
        self.directories = directories
        self.current = FALLBACK
        self.error = ""
        self._chosen = ""
        self._stamp: tuple[str, int] = ("", 0)

    def names(self) -> list[str]:
        """Names of all files that may hold a theme, whether or not they can be used."""
        found = {path.stem for directory in self.directories for path in directory.glob("*.yaml")}
        return sorted(found)

    def select(self, name: str) -> Theme:
        """Puts a theme in force. A bad one leaves the last good one, and `error` says what is wrong."""
        path = self._path(name)
        self._chosen, self._stamp = name, _stamp(path)
        if path is None:
            self.error = f"there is no theme {name!r}; there are {', '.join(self.names()) or 'none'}"
            return self.current
        try:
            self.current = load_theme(path)
            self.error = ""
        except ThemeError as error:
            self.error = f"{error}; {self.current.name} stays in force"
        return self.current

    def changed(self) -> bool:
        """True when the file of the theme that was chosen last is another one now: select it again."""
        return bool(self._chosen) and _stamp(self._path(self._chosen)) != self._stamp

    def reload(self) -> Theme:
        """The theme that was chosen last, from its file as it is now."""
        return self.select(self._chosen)

    def _path(self, name: str) -> Path | None:
        paths = [directory / f"{name}.yaml" for directory in reversed(self.directories)]
        return next((path for path in paths if path.is_file()), None)


def _stamp(path: Path | None) -> tuple[str, int]:
    """Which file, and when it was written; a file that is gone meanwhile has no time."""
    if path is None:
        return ("", 0)
    try:
        return (str(path), path.stat().st_mtime_ns)
    except OSError:
        return (str(path), 0)
