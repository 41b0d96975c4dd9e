"""The console over a real sshd: every pane and key in few and many colours, and a link that is lost."""

from __future__ import annotations

import re

import psutil
import pytest

from tests.desk import Desk, wait_for
from tests.terminal.sshd import Sshd, remotely
from tests.terminal.tmux import CONSOLE, Terminal

# What the terminal says of itself, its size, and how a colour of it looks on the wire.
TERMINALS = [
    pytest.param("xterm", "", (80, 24), r"\x1b\[[\d;]*3[0-7][;m]", r"[34]8;[25];", id="16"),
    pytest.param("xterm-256color", "", (120, 40), r"38;5;\d+", r"[34]8;2;", id="256"),
    pytest.param("xterm-256color", "truecolor", (200, 60), r"38;2;\d+", "no such text", id="all"),
]


def over_ssh(sshd: Sshd, desk: Desk, term: str = "xterm-256color", color: str = "") -> list[str]:
    """The console on the other side of the link, as one types it there."""
    client = sshd.command(remotely(desk.environment, *CONSOLE))
    return ["env", "-u", "COLORTERM", f"TERM={term}", *([f"COLORTERM={color}"] if color else []), *client]


@pytest.mark.parametrize(("term", "color", "size", "has", "lacks"), TERMINALS)
def test_panes_and_keys_over_ssh_in_few_and_many_colours(
    sshd: Sshd, shared_desk: Desk, term: str, color: str, size: tuple[int, int], has: str, lacks: str
) -> None:
    command = over_ssh(sshd, shared_desk, term, color)
    with Terminal(shared_desk.home.root, width=size[0], height=size[1], command=command) as terminal:
        terminal.shows(r"PAPER[\s\S]*ALFA .*now")
        for key, pattern in zip(
            "23456", ("BUY|SELL|HOLD", "filled|working", r"[▲▼] -?\d", "gross exposure", "who"), strict=True
        ):
            terminal.press(key)
            terminal.shows(pattern)
        painted = terminal.colors()
        assert re.search(has, painted)
        assert not re.search(lacks, painted)
        terminal.press("1", "p")
        terminal.shows(r"pause ALFA: sent → execution-engine acknowledged[\s\S]*done")
        terminal.press("r")
        terminal.shows(r"resume ALFA\?")
        terminal.press("y")
        terminal.shows(r"resume ALFA: sent →[\s\S]*done")
        terminal.press("K")
        terminal.shows("KILL THE WHOLE DESK.*")
        terminal.press("Escape")
        terminal.shows("the kill was disarmed")
        terminal.press("q")
        terminal.shows("console ended with 0")
    assert not shared_desk.status()["kill"]["latched"]


def consoles(desk: Desk) -> list[psutil.Process]:
    """Those that run on this desk, whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            mine = process.environ().get("QUARTERDECK_HOME") == str(desk.home.root)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if mine and words[1:] == list(CONSOLE[1:]):
            found.append(process)
    return found


def test_a_lost_link_ends_the_console_and_not_the_desk(sshd: Sshd, shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root, command=over_ssh(sshd, shared_desk)) as terminal:
        terminal.shows(r"PAPER[\s\S]*ALFA .*now")
        (console,) = consoles(shared_desk)
        psutil.Process(terminal.console_pid()).kill()
        wait_for(lambda: not console.is_running(), "the console's end", 20)
    assert shared_desk.status()["running"]
