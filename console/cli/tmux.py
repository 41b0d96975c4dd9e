"""`quarterdeck tmux`: the operations desk as a session of tmux, built once and attached to ever after.

The session lives on the server that `tmux` itself takes: the one around this shell, else the user's default
one, so that the user's own keys and configuration hold in it. Its name comes from the home: two homes are two
sessions. Options are set on the windows of the session and nowhere else.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

import console
from console.cli.errors import RefusedError, not_running
from console.cli.output import say
from console.core.desk import is_running
from console.core.identity import OPERATOR_VARIABLE
from console.core.paths import BINARIES_VARIABLE, HOME_VARIABLE, Home
from console.core.preferences import VARIABLE as PREFERENCES_VARIABLE

WITHIN_S = 20
# A session is built at least so large, or its panes would not fit; tmux then fits it to the terminal.
WIDTH, HEIGHT = 200, 60
# What else of this shell's environment the panes need: the server has an environment of its own.
KEPT = (BINARIES_VARIABLE, OPERATOR_VARIABLE, PREFERENCES_VARIABLE)
LEFT = "It has ended: quarterdeck tmux brings it back"


@dataclass(frozen=True, slots=True)
class Split:
    """A pane cut off another one: which, to the right or below, and how many per cent of it."""

    pane: str
    of: str
    way: str
    share: int


FIRST = "market"
SPLITS = (
    Split("orders", "market", "-v", 45),
    Split("signals", "market", "-h", 50),
    Split("log", "orders", "-v", 40),
    Split("positions", "orders", "-h", 66),
    Split("risk", "positions", "-h", 50),
)


@click.command()
@click.option("--detached", is_flag=True, help="Build the session without attaching to it.")
def tmux(detached: bool) -> None:
    """Build the operations desk as a session of tmux, or attach to it where it is."""
    home = Home.resolve()
    session = Session(session_name(home), home)
    if not session.exists():
        if not is_running(home):
            raise not_running(f"The desk in {home.root}")
        session.build()
    elif is_running(home):
        session.revive()
    if detached or not sys.stdin.isatty():
        say(f"The operations desk is the session {session.name}: tmux attach -t {session.name}")
        return
    session.attach()


def session_name(home: Home) -> str:
    """One name for one home; tmux takes neither dots nor colons."""
    return f"quarterdeck-{hashlib.sha256(os.fsencode(home.root)).hexdigest()[:8]}"


class Session:
    """The session of one desk. Raises `RefusedError` when tmux is missing or refuses."""

    def __init__(self, name: str, home: Home) -> None:
        found = shutil.which("tmux")
        if found is None:
            raise RefusedError(
                "tmux isn't installed: install the package tmux (apt install tmux, dnf install tmux, brew "
                "install tmux), or open quarterdeck console in a terminal of its own."
            )
        self.name = name
        self._tmux = found
        self._home = home

    def exists(self) -> bool:
        """The session is there, whoever is attached to it."""
        return self._run("has-session", "-t", f"={self.name}").returncode == 0

    def build(self) -> None:
        """All windows and panes; when one can't be made nothing of the session stays."""
        size = shutil.get_terminal_size()
        width, height = str(max(size.columns, WIDTH)), str(max(size.lines, HEIGHT))
        new = ("new-session", "-d", "-P", "-F", "#{pane_id}", "-s", self.name, "-n", "desk", "-x", width)
        made = self._run(*new, "-y", height, self._command("console", "--pane", FIRST), *self._kept("desk"))
        if made.returncode:
            if self.exists():
                # Another call was quicker by a moment: it is building the very same one.
                return
            raise RefusedError(f"tmux could not make the session {self.name}: {made.stderr.strip()}")
        try:
            self._fill(made.stdout.strip())
        except RefusedError:
            self._run("kill-session", "-t", f"={self.name}")
            raise

    def _fill(self, first: str) -> None:
        panes = {FIRST: first}
        for split in SPLITS:
            command = self._command("console", "--pane", split.pane)
            place = ("-t", panes[split.of], split.way, "-l", f"{split.share}%")
            panes[split.pane] = self._must("split-window", "-d", "-P", "-F", "#{pane_id}", *place, command)
        self._window("console", self._command("console"))
        logs = self._window("streams", self._command("watch", "orders"))
        self._must("split-window", "-d", "-t", logs, "-v", self._command("logs", "-f"))

    def _window(self, name: str, command: str) -> str:
        new = ("new-window", "-d", "-P", "-F", "#{pane_id}", "-t", f"={self.name}:", "-n", name, command)
        return self._must(*new, *self._kept(name))

    def _kept(self, window: str) -> tuple[str, ...]:
        """Keeps a pane whose program has ended, so that its last words can be read; in the same breath as the
        window is made, before its program can end.
        """
        target = ("-w", "-t", f"={self.name}:{window}")
        keep = (";", "set-option", *target, "remain-on-exit", "on")
        # Older than tmux 3.3, it says the same in words of its own.
        return (*keep, ";", "set-option", "-q", *target, "remain-on-exit-format", LEFT)

    def revive(self) -> None:
        """Starts the programs of panes anew that have ended (the desk was down, or somebody left one)."""
        listed = self._must("list-panes", "-s", "-t", f"={self.name}", "-F", "#{pane_dead} #{pane_id}")
        for dead, pane in (line.split() for line in listed.splitlines()):
            if dead == "1":
                self._must("respawn-pane", "-t", pane)

    def attach(self) -> None:
        """This terminal shows the session from now on; within tmux its client goes over to it."""
        if os.environ.get("TMUX"):
            self._must("switch-client", "-t", f"={self.name}")
            return
        os.execv(self._tmux, ["tmux", "attach-session", "-t", f"={self.name}"])

    def _command(self, *arguments: str) -> str:
        """A command of this program for the shell of a pane, with this desk's home and this installation."""
        packages = str(Path(console.__file__).resolve().parents[1])
        path = os.pathsep.join(part for part in (packages, os.environ.get("PYTHONPATH", "")) if part)
        needs = {"PYTHONPATH": path, HOME_VARIABLE: str(self._home.root)}
        needs |= {name: os.environ[name] for name in KEPT if name in os.environ}
        given = [f"{name}={value}" for name, value in needs.items()]
        return "exec " + shlex.join(["env", *given, sys.executable, "-m", "console.cli", *arguments])

    def _must(self, *arguments: str) -> str:
        done = self._run(*arguments)
        if done.returncode:
            raise RefusedError(f"tmux {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._tmux, *arguments], capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
