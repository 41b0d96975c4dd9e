"""One line of text being typed: pure, so that a key acts at once and the tests need no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass
class LineEditor:
    """The text, the cursor in it, and what was typed before.

    `complete` gives the words that could stand in place of the last one of a text; tab goes round them.
    """

    text: str = ""
    cursor: int = 0
    history: list[str] = field(default_factory=list)
    complete: Callable[[str], Iterable[str]] | None = None
    _position: int | None = None
    _round: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Empties the line; the history stays."""
        self._put("")
        self._position = None

    def insert(self, text: str) -> None:
        """Types text at the cursor; control characters and line ends of a paste become spaces."""
        clean = "".join(character if character.isprintable() else " " for character in text)
        self._put(self.text[: self.cursor] + clean + self.text[self.cursor :], self.cursor + len(clean))

    def submit(self) -> str:
        """The finished text; the line is empty afterwards and the text is remembered."""
        text = self.text.strip()
        if text and (not self.history or self.history[-1] != text):
            self.history.append(text)
            del self.history[:-100]
        self.clear()
        return text

    def key(self, key: str, character: str | None) -> bool:
        """Takes a key; False when the line has no use for it."""
        moves = {
            "left": self.cursor - 1, "right": self.cursor + 1, "home": 0, "end": len(self.text),
        }  # fmt: skip
        if key in moves:
            self.cursor = min(len(self.text), max(0, moves[key]))
        elif key in ("backspace", "ctrl+h"):
            if self.cursor:
                self._put(self.text[: self.cursor - 1] + self.text[self.cursor :], self.cursor - 1)
        elif key == "delete":
            self._put(self.text[: self.cursor] + self.text[self.cursor + 1 :], self.cursor)
        elif key == "ctrl+u":
            self._put(self.text[self.cursor :], 0)
        elif key == "ctrl+w":
            kept = self.text[: self.cursor].rstrip().rpartition(" ")[0]
            kept += " " if kept else ""
            self._put(kept + self.text[self.cursor :], len(kept))
        elif key in ("up", "down"):
            self._recall(-1 if key == "up" else 1)
        elif key == "tab":
            self._complete()
        elif character is not None and character.isprintable():
            self.insert(character)
        else:
            return False
        return True

    def _put(self, text: str, cursor: int | None = None) -> None:
        self.text = text
        self.cursor = len(text) if cursor is None else cursor
        self._round = []

    def _recall(self, step: int) -> None:
        last = len(self.history)
        position = min(last, max(0, (last if self._position is None else self._position) + step))
        self._put(self.history[position] if position < last else "")
        self._position = position if position < last else None

    def _complete(self) -> None:
        if self.complete is None or self.cursor != len(self.text):
            return
        if not self._round:
            head = self.text[: self.text.rfind(" ") + 1]
            found = [head + word for word in self.complete(self.text)]
            if not found:
                return
            waiting = [*found, self.text] if len(found) > 1 else [found[0] + " "]
        else:
            waiting = self._round
        following = [*waiting[1:], waiting[0]] if len(waiting) > 1 else []
        self._put(waiting[0])
        self._round = following
