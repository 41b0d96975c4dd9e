"""`quarterdeck tmux` in a real tmux, outside of one and within one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli.tmux import session_name
from console.core.paths import Home
from tests.desk import REPOSITORY, Desk, wait_for
from tests.terminal.sshd import Sshd, remotely

PANES = ("market", "signals", "orders", "positions", "risk", "log")
TERMINAL = "terminal"


class Tmux:
    """A user's own tmux: a default server that nobody else has, and a terminal to attach from."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.environment = {**desk.environment, "TMUX_TMPDIR": str(folder), "SHELL": "/bin/sh"}
        self.environment.pop("TMUX", None)
        self.session = session_name(desk.home)
        self.command = f"{sys.executable} -m console.cli tmux"

    def run(self, *arguments: str, server: str = "default", check: bool = True) -> str:
        """One tmux command on the user's server, or on the one that stands for a terminal."""
        command = ["tmux", "-L", server, *(["-f", "/dev/null"] if server == TERMINAL else []), *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=20, check=check
        )
        return done.stdout

    def quarterdeck(self, sshd: Sshd | None = None) -> None:
        """`quarterdeck tmux` as one types it in a terminal outside of tmux, or at the other end of a link."""
        command = f"env -u TMUX {self.command}"
        if sshd is not None:
            command = shlex.join(sshd.command(remotely(self.environment, *self.command.split())))
        line = f"{command}; echo left with $?; exec sleep 1000"
        self.run("new-session", "-d", "-x", "200", "-y", "60", "-c", str(REPOSITORY), line, server=TERMINAL)

    def clients(self) -> list[str]:
        return self.run("list-clients", "-t", f"={self.session}", "-F", "#{client_pid}", check=False).split()

    def panes(self) -> dict[str, list[str]]:
        listed = self.run(
            "list-panes", "-s", "-t", f"={self.session}", "-F", "#{window_name} #{pane_id} #{pane_pid}"
        )
        found: dict[str, list[str]] = {}
        for line in listed.splitlines():
            window, *pane = line.split()
            found.setdefault(window, []).append(" ".join(pane))
        return found

    def texts(self, window: str) -> list[str]:
        return [self.run("capture-pane", "-p", "-t", pane.split()[0]) for pane in self.panes()[window]]

    def options(self) -> str:
        every = ("show-options", "-g"), ("show-options", "-gw"), ("show-options", "-s")
        return "".join(self.run(*one) for one in every)


@pytest.fixture
def tmux(shared_desk: Desk) -> Iterator[Tmux]:
    folder = Path(tempfile.mkdtemp(prefix="qd-tmux-"))
    one = Tmux(shared_desk, folder)
    yield one
    for server in ("default", TERMINAL):
        one.run("kill-server", server=server, check=False)
    shutil.rmtree(folder)


def test_the_session_is_built_once_and_outlives_the_link(tmux: Tmux, shared_desk: Desk, sshd: Sshd) -> None:
    tmux.run("new-session", "-d", "-s", "mine")
    options = tmux.options()
    tmux.quarterdeck(sshd)
    wait_for(tmux.clients, "an attached client")
    built = tmux.panes()
    assert {window: len(panes) for window, panes in built.items()} == {"desk": 6, "console": 1, "streams": 2}
    for number, name in enumerate(PANES, start=1):
        wait_for(lambda n=number, p=name: any(f"{n} {p}" in text for text in tmux.texts("desk")), name)
    wait_for(lambda: "TRADING" in tmux.texts("console")[0], "the whole console")
    wait_for(lambda: all(text.strip() for text in tmux.texts("streams")), "orders and logs")
    assert tmux.options() == options

    tmux.run("kill-server", server=TERMINAL)
    wait_for(lambda: not tmux.clients(), "the lost link")
    assert tmux.panes() == built

    tmux.quarterdeck(sshd)
    wait_for(tmux.clients, "the client that came back")
    assert tmux.panes() == built
    assert sorted(tmux.run("list-sessions", "-F", "#{session_name}").split()) == sorted(
        ["mine", tmux.session]
    )
    assert shared_desk.status()["running"]


def test_within_tmux_the_client_goes_over_and_ended_panes_come_back(tmux: Tmux, shared_desk: Desk) -> None:
    tmux.quarterdeck()
    wait_for(tmux.clients, "an attached client")
    tmux.run("new-session", "-d", "-s", "mine", "-c", str(REPOSITORY))
    client = tmux.run("list-clients", "-F", "#{client_name}").strip()
    tmux.run("switch-client", "-c", client, "-t", "=mine")
    victim, pid = tmux.panes()["desk"][0].split()
    os.kill(int(pid), 15)
    dead = ("display-message", "-p", "-t", victim, "#{pane_dead}")
    wait_for(lambda: tmux.run(*dead).strip() == "1", "the pane's end")
    tmux.run("send-keys", "-t", "=mine:", tmux.command, "Enter")
    wait_for(tmux.clients, "the client on the desk")
    assert tmux.run(*dead).strip() == "0"
    assert tmux.panes()["desk"][0].split()[0] == victim
    assert session_name(Home(shared_desk.home.root / "another")) != tmux.session


def test_without_tmux_the_package_is_named(shared_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shared_desk.environment, "PATH", "/nowhere")
    done = shared_desk.run("tmux")
    assert done.returncode == 1
    assert "install the package tmux" in done.stderr
