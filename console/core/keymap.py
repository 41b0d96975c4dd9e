"""Which key does what: the actions' defaults and the user's changes, checked before the console opens.

Keys are named as Textual names them (`K`, `tab`, `question_mark`, `f5`); a single character may be written
as itself (`?`). A keymap that would leave a safety action without a key, give one key to two actions, or use
a key that tmux, screen or the terminal may swallow is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.core.actions import ACTIONS, Action

# Each key that must not be bound, and who takes it before it reaches the console.
RESERVED: dict[str, str] = {
    "ctrl+a": "the prefix of screen",
    "ctrl+b": "the prefix of tmux",
    "ctrl+s": "flow control: it stops the terminal",
    "ctrl+q": "flow control: it starts the terminal",
    "ctrl+z": "suspends the console, which must not go blind",
    "ctrl+c": "interrupts whatever is in front",
    "ctrl+d": "ends the shell when it is pressed once too often",
    "ctrl+m": "enter, for a terminal",
    "ctrl+i": "tab, for a terminal",
    "ctrl+h": "backspace, for a terminal",
}
# Keys that mean something fixed while a question is open.
FIXED: dict[str, str] = {"y": "answers a question with yes"}
PUNCTUATION: dict[str, str] = {
    ":": "colon", "/": "slash", "?": "question_mark", ".": "full_stop", ",": "comma", ";": "semicolon",
    "!": "exclamation_mark", "+": "plus", "-": "minus", "=": "equals_sign", "#": "number_sign",
    "*": "asterisk",
    "<": "less_than_sign", ">": "greater_than_sign", "[": "left_square_bracket", "]": "right_square_bracket",
    " ": "space", "'": "apostrophe", '"': "quotation_mark", "@": "at", "&": "ampersand", "%": "percent_sign",
    "$": "dollar_sign", "^": "circumflex_accent", "_": "underscore", "|": "vertical_line", "~": "tilde",
    "(": "left_parenthesis", ")": "right_parenthesis", "{": "left_curly_bracket", "}": "right_curly_bracket",
    "`": "grave_accent", "\\": "backslash",
}  # fmt: skip
PUNCTUATION_OF = {name: character for character, name in PUNCTUATION.items()}
_NAMED = frozenset(
    {"tab", "enter", "escape", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"}
    | {"up", "down", "left", "right"}
    | {f"f{n}" for n in range(1, 13)}
    | set(PUNCTUATION_OF)
)
_MODIFIED = re.compile(r"(ctrl|shift)\+([a-z]+)")


class KeymapError(ValueError):
    """A keymap that can't be used; the message names the action, the key and the reason."""


def normal(key: str) -> str:
    """The name Textual gives a key: `?` → `question_mark`, `Ctrl+X` → `ctrl+x`; letters keep their case."""
    if len(key) == 1:
        return PUNCTUATION.get(key, key)
    return key.lower()


def shown(key: str) -> str:
    """A key as the footer and the help show it: `question_mark` → `?`, `pagedown` → `page down`."""
    words = {"pagedown": "page down", "pageup": "page up", "down": "↓", "up": "↑", "left": "←", "right": "→"}
    return words.get(key, PUNCTUATION_OF.get(key, key))


@dataclass(frozen=True)
class Keymap:
    """A checked keymap. `actions` are those of this console, in the registry's order."""

    actions: tuple[Action, ...]
    keys: Mapping[str, tuple[str, ...]]
    by_key: Mapping[str, tuple[Action, ...]]

    def lookup(self, key: str, pane: str) -> Action | None:
        """The action of a key while `pane` has the focus: the pane's own before one of every pane."""
        found = self.by_key.get(normal(key), ())
        return next((action for action in found if action.pane == pane), None) or next(
            (action for action in found if action.pane is None), None
        )

    def key_of(self, action_id: str) -> str:
        """The first key of an action as it is shown; empty when this console doesn't have it."""
        keys = self.keys.get(action_id, ())
        return shown(keys[0]) if keys else ""


def build_keymap(
    overrides: Mapping[str, str | Iterable[str]] | None = None, actions: Iterable[Action] = ACTIONS
) -> Keymap:
    """Makes the keymap of these actions with a user's changes (`config console.keys`: action → key or
    keys).

    Raises `KeymapError` for an unknown action or key, a reserved key, a key with two meanings, and a safety
    action without a key. The checks run over the whole registry, so that a file that is good for a read-only
    console is good for every console.
    """
    keys: dict[str, tuple[str, ...]] = {action.id: action.keys for action in ACTIONS}
    for action_id, given in (overrides or {}).items():
        if action_id not in keys:
            raise KeymapError(f"console.keys: there is no action {action_id!r}; there are {', '.join(keys)}")
        names = given.split() if isinstance(given, str) else list(given)
        keys[action_id] = tuple(normal(name) for name in names if name)
    by_key: dict[str, list[Action]] = {}
    for action in ACTIONS:
        if action.safety and not keys[action.id]:
            raise KeymapError(f"console.keys.{action.id}: must have a key, because it makes the desk safe")
        for key in keys[action.id]:
            _check_key(action.id, key)
            for other in by_key.setdefault(key, []):
                if other.id == action.id:
                    raise KeymapError(f"console.keys.{action.id}: names {shown(key)!r} twice")
                # A pane's own key may shadow nothing either: a key means one thing wherever the focus is.
                if other.pane is None or action.pane is None or other.pane == action.pane:
                    raise KeymapError(
                        f"console.keys: {shown(key)!r} is bound to {other.id} and {action.id}; change one"
                    )
            by_key[key].append(action)
    mine = tuple(actions)
    ids = {action.id for action in mine}
    return Keymap(
        mine,
        {action.id: keys[action.id] for action in mine},
        {key: tuple(a for a in found if a.id in ids) for key, found in by_key.items()},
    )


def _check_key(action_id: str, key: str) -> None:
    place = f"console.keys.{action_id}"
    if key in RESERVED:
        raise KeymapError(f"{place}: {key} can't be bound, it is {RESERVED[key]}")
    if key in FIXED:
        raise KeymapError(f"{place}: {key} can't be bound, it {FIXED[key]}")
    if key.startswith("alt+") or "meta" in key:
        raise KeymapError(f"{place}: {key} can't be bound, terminals send alt as an escape first")
    if len(key) == 1 and key.isprintable() and key.isascii():
        return
    if key in _NAMED:
        return
    match = _MODIFIED.fullmatch(key)
    if match and match.group(1) == "ctrl" and len(match.group(2)) == 1:
        return
    if key == "shift+tab":
        return
    raise KeymapError(f"{place}: {key!r} is not a key that arrives in every terminal")
