"""What a starting supervisor tells the `up` that waits for it: JSON lines over a pipe, and into its log."""

from __future__ import annotations

import json
import logging
import os
from typing import Literal

Kind = Literal["progress", "ready", "failed"]

_log = logging.getLogger("supervisor")


class Progress:
    """Writes to the pipe `fd` until somebody closes it; to the log always."""

    def __init__(self, fd: int | None = None) -> None:
        self._fd = fd

    def say(self, text: str) -> None:
        """Something happened."""
        _log.info(text)
        self._write("progress", text)

    def ready(self) -> None:
        """Everything is ready; nobody waits any longer."""
        _log.info("the desk is ready")
        self._write("ready", "")
        self.close()

    def failed(self, reason: str) -> None:
        """The start failed, and why."""
        _log.error(reason)
        self._write("failed", reason)
        self.close()

    def close(self) -> None:
        """Let go of the pipe."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _write(self, kind: Kind, text: str) -> None:
        if self._fd is None:
            return
        try:
            os.write(self._fd, json.dumps({"kind": kind, "text": text}).encode() + b"\n")
        except BrokenPipeError:
            # The one who waited was interrupted; the desk starts all the same.
            self.close()
