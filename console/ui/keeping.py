"""Writes what a console remembers, beside the screen: no key waits for a disk, the kill key least of all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Keeping:
    """Of what is to be kept while a write is under way, the newest is written after it and the rest never.

    The thread is no daemon: unless a signal ends it, a console doesn't end before the file is there.
    """

    def __init__(self, write: Callable[[dict[str, Any]], None], failed: Callable[[Exception], None]) -> None:
        """`write` may take as long as a disk does; `failed` is told, in that thread, why it could not."""
        self._write = write
        self._failed = failed
        self._lock = threading.Lock()
        self._newest: dict[str, Any] | None = None
        self._writing = False

    def keep(self, content: dict[str, Any]) -> None:
        """Returns at once. The content must not change any more."""
        with self._lock:
            self._newest = content
            if self._writing:
                return
            self._writing = True
        threading.Thread(target=self._run, name="memory").start()

    def _run(self) -> None:
        while (content := self._next()) is not None:
            try:
                self._write(content)
            except Exception as error:  # noqa: BLE001 (whatever it is: the next layout is kept all the same)
                self._failed(error)

    def _next(self) -> dict[str, Any] | None:
        with self._lock:
            content, self._newest = self._newest, None
            self._writing = content is not None
            return content
