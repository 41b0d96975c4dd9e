"""Escape and the key after it, when they arrive together.

A terminal sends alt+x as escape and x, so Textual takes the pair for one key and forgets the escape: on a
slow link `escape` `enter`, pressed to be safe, would arrive as a bare `enter` - which fires an armed kill. No
key of the console uses alt, so the pair is always what it looks like: escape first, then the other key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import _character_to_key

ESCAPE = "\x1b"
# These begin the sequences of function keys, cursor keys and reports, and can't be told from them.
_INTRODUCERS = "[O"
_CONTROLS = {
    **{chr(code): f"ctrl+{chr(code + 0x60)}" for code in range(1, 27)},
    "\r": "enter",
    "\t": "tab",
    "\x7f": "backspace",
}


@dataclass(frozen=True, slots=True)
class _Key:
    """As much of a member of Textual's `Keys` as its parser looks at."""

    value: str


def split_escapes() -> None:
    """Teaches Textual's table of sequences that escape with a character is two keys. May be called again."""
    table: dict[str, Any] = ANSI_SEQUENCES_KEYS  # type: ignore[assignment]
    printable = (chr(code) for code in range(0x20, 0x7F) if chr(code) not in _INTRODUCERS)
    names = {
        character: character if character.isalnum() else _character_to_key(character)
        for character in printable
    }
    for character, name in {**names, **_CONTROLS}.items():
        table[ESCAPE + character] = (_Key("escape"), _Key(name))
