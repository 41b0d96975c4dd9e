"""A terminal of a test's own: a tmux server with one session, its keys and its screen."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.desk import wait_for

CONSOLE = (sys.executable, "-m", "console.cli", "console")


class Terminal:
    """tmux with nobody's configuration, in which a console runs."""

    def __init__(
        self,
        home: Path,
        *arguments: str,
        width: int = 120,
        height: int = 40,
        command: Sequence[str] = CONSOLE,
        **environment: str,
    ) -> None:
        self._name = f"qd-{uuid.uuid4().hex[:8]}"
        self._environment = {**os.environ, "QUARTERDECK_HOME": str(home), **environment}
        # The shell stays behind, so that what the console says at its end can be read.
        line = f"{shlex.join([*command, *arguments])}; echo console ended with $?; exec sleep 1000"
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), line)

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._name, "-f", "/dev/null", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=check,
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Sends keys by tmux's names (`Enter`, `Escape`, `K`)."""
        for key in keys:
            self._tmux("send-keys", key)

    def together(self, *keys: str) -> None:
        """Sends keys in one write."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Sends text as it is."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def colors(self) -> str:
        """What is on the screen, with its escape sequences and the ground of every row up to its end."""
        return self._tmux("capture-pane", "-p", "-e", "-N")

    def resize(self, width: int, height: int) -> None:
        """Another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def shows(self, pattern: str, within_s: float = 20.0) -> str:
        """The screen, once the pattern is on it."""

        def found() -> str:
            text = self.screen()
            return text if re.search(pattern, text) else ""

        try:
            text = wait_for(found, f"{pattern!r} on the screen", within_s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen()}") from error
        assert isinstance(text, str)
        return text

    def gone(self, pattern: str, within_s: float = 20.0) -> None:
        """Returns once the pattern is not on the screen."""
        wait_for(lambda: not re.search(pattern, self.screen()), f"the end of {pattern!r}", within_s)

    def console_pid(self) -> int:
        """The process of the console."""
        shell = int(self._tmux("list-panes", "-F", "#{pane_pid}").strip())
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(children[0])

    def close(self) -> None:
        """The terminal goes away, with everything in it."""
        self._tmux("kill-server", check=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
