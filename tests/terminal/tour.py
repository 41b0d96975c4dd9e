"""`python -m tests.terminal.tour FOLDER [--only 80x24-16]`: every key in every pane, over a real sshd, in a
real tmux; `--brief` leaves the keys out.

For each of three sizes and three depths of colour the console is opened anew on a desk that trades, every
key of the registry is pressed in every pane, and what it shows is captured into FOLDER with its colours
(`less -R`). Commands are sent and refused, services killed, breaks made, the desk killed and armed again.
What no capture may have, whatever it shows, is said at the end; the rest is for somebody's eyes.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.core.actions import PANES
from console.core.commandline import USAGE
from console.core.identity import now_us
from console.core.venue import VenueClient
from console.proto import messages_pb2 as pb
from tests.desk import REPOSITORY, Desk, WaitedTooLongError, configured, wait_for
from tests.terminal.capture import Capture
from tests.terminal.keystrokes import STOPS, Press, for_tmux, here
from tests.terminal.sshd import Sshd, remotely
from tests.terminal.tmux import CONSOLE, Terminal

SIZES = ((80, 24), (120, 40), (200, 60))
# What the terminal says of itself.
DEPTHS = {"16": ("xterm", ""), "256": ("xterm-256color", ""), "all": ("xterm-256color", "truecolor")}
# With a limit that some orders exceed, so that there are denials.
CHANGES = {"signal": {"model": "test-model-not-for-trading"}}
ANSWER_S = 8.0
# As long as a frame takes on a loaded machine.
CHANGE_S = 0.4
STYLES = re.compile(r"\x1b\[[\d;]*m")


class Tour:
    """One console on one terminal, and its captures so far."""

    def __init__(self, terminal: Terminal, folder: Path, size: tuple[int, int], colors: str) -> None:
        self._terminal = terminal
        self._folder = folder
        self._size, self._colors = size, colors
        self._count = 0
        self._painted = ""
        self._known: set[str] = set()
        self.pane, self.symbol = "market", ""
        self.faults: list[str] = []

    def keep(self, name: str) -> None:
        """Writes down what is on the screen."""
        taken = Capture(self._painted, *self._size, self._colors)
        self._count += 1
        file = self._folder / f"{self._count:04}-{re.sub(r'[^a-z0-9-]+', '_', name.lower())}.ansi"
        file.write_text(taken.painted, encoding="utf-8")
        for fault in taken.faults():
            if fault not in self._known:
                self._known.add(fault)
                self.faults.append(f"{file}: {fault}")

    def see(self, pattern: str, name: str) -> None:
        """Waits until the pattern is on the screen."""
        wanted = re.compile(pattern.replace("{symbol}", self.symbol).replace("{pane}", self.pane))
        try:
            wait_for(lambda: wanted.search(self.text()), repr(wanted.pattern), ANSWER_S)
        except WaitedTooLongError:
            self.faults.append(f"{self._folder.name}, {self.pane}, {name}: no {wanted.pattern!r}")

    def text(self) -> str:
        """What is on the screen now."""
        self._painted = self._terminal.colors()
        return STYLES.sub("", self._painted)

    def press(self, press: Press, name: str) -> None:
        """Presses or types, waits for what must be seen, and keeps it."""
        before = self._painted
        if press.text:
            self._terminal.type(press.text)
        else:
            key, literal = for_tmux(press.key)
            (self._terminal.type if literal else self._terminal.press)(key)
        # A live screen changes by itself as well: a frame at least is waited for.
        with suppress(WaitedTooLongError):
            wait_for(lambda: self.text() and self._painted != before, "a change", CHANGE_S)
        if press.shows:
            self.see(press.shows, name)
        if press.keep:
            self.keep(f"{self.pane}-{name}")

    def command(self, line: str, *presses: Press) -> None:
        """A line after `:`."""
        self.press(Press("colon", "a command of the shell", keep=False), ":")
        self.press(Press(text=line), f"line {line}")
        self.press(Press("enter", keep=False), "enter")
        for press in presses:
            self.press(press, f"{line} {press.key}")

    def look(self, pane: str) -> None:
        """Another pane, and the symbol that is selected there."""
        self.pane = pane
        number = PANES.index(pane) + 1
        if f"▌{number} {pane}" not in self.text():
            self.press(Press(str(number), f"▌{number} {pane}", keep=False), "")
        found = re.search(r"p pause ([A-Z0-9]+)", self.text())
        self.symbol = found[1] if found else ""

    def every_key(self) -> None:
        """All of the registry, in this pane."""
        for action in here(self.pane):
            stop = STOPS[action.id]
            if action.id == "interval":
                # Moving may have ended on a symbol that has no bars.
                self.command("go ALFA")
                self.symbol = "ALFA"
            for key in action.keys:
                self.press(Press(key, stop.shows), f"{action.id} {key}")
            for number, press in enumerate(stop.then, 1):
                self.press(press, f"{action.id}-{number} {press.key or press.text}")
            self.look(self.pane)

    def panes(self, name: str) -> None:
        """Each pane as it is now, and in the whole screen."""
        for pane in PANES:
            self.look(pane)
            self.keep(f"{name}-{pane}")
            self.press(Press("z"), f"{name}-whole")
            self.press(Press("z", keep=False), "")

    def words(self) -> None:
        """Each word of the command line, explained and then given up."""
        self.look("market")
        for word in USAGE:
            self.press(Press("colon", "a command of the shell", keep=False), ":")
            self.press(Press(text=f"{word} ", shows=word), f"word {word}")
            self.press(Press("escape", keep=False), "")


def stranger(desk: Desk, name: str) -> None:
    """An order at the venue that the desk never sent."""
    with VenueClient.of(desk.config()) as venue:
        order = pb.Order(
            client_order_id=name, symbol="ALFA", side=pb.Order.BUY, quantity=2, price=30.0,
            type=pb.Order.LIMIT, status=pb.Order.CREATED, origin=pb.Order.OPERATOR, intent_us=now_us(),
        )  # fmt: skip
        venue.ask(pb.VenueRequest(submit=order))


def story(tour: Tour, desk: Desk, name: str) -> None:
    """What is rare: gates, refusals, breaks, dead services, another seat, a kill from its key to its end."""
    tour.look("market")
    desk.must("pause", "BRVO", "--reason", "earnings in ten minutes")
    tour.panes("paused-symbol")
    desk.must("resume", "BRVO")
    tour.command("limits set max_gross_exposure=1000", Press("y", "risk-manager acknowledged"))
    tour.panes("limit-reached")
    tour.command("limits set max_gross_exposure=6000000", Press("y", "risk-manager acknowledged"))
    tour.command("limits set no_such_limit=1", Press("y", "REFUSED|refused|✗"))
    tour.command("nonsense")
    tour.command("rearm")
    tour.look("positions")
    tour.press(Press("home", keep=False), "home")
    tour.look("positions")
    tour.press(Press("F", "flatten: type"), "flatten")
    tour.press(Press(text=tour.symbol.lower()), "flatten typed")
    tour.press(Press("enter", "flatten .*: sent|✗|NOT SENT"), "flatten sent")
    for service in ("signal-bridge", "execution-engine"):
        os.kill(int(desk.service(service)["pid"]), signal.SIGKILL)
        if service == "execution-engine":
            stranger(desk, f"stranger-{name}")
        tour.press(Press("5", r"○|↻|is gone"), f"killed {service}")
        tour.panes(f"killed-{service}")
        wait_for(lambda s=service: desk.service(s)["state"] == "ready", service, 60)
    wait_for(lambda: desk.json("breaks"), "a break", 30)
    tour.look("risk")
    tour.press(Press("slash", keep=False), "")
    tour.press(Press(text="break"), "filter breaks")
    tour.press(Press("enter", keep=False), "")
    tour.press(Press("end", "▌ ≠"), "break selected")
    tour.press(Press("enter"), "break in full")
    tour.press(Press("escape", keep=False), "")
    tour.panes("break")
    tour.look("risk")
    for key in "afn":
        tour.press(Press(key), f"break {key}")
        tour.press(Press("escape", keep=False), "")
    tour.press(Press("a"), "break a")
    tour.press(Press(text="a stranger's"), "break a reason")
    tour.press(Press("enter", r"\?"), "break a asked")
    tour.press(Press("y", "breaks .*: sent"), "break a sent")
    tour.press(Press("escape", keep=False), "")
    tour.press(Press("K", "KILL THE WHOLE DESK"), "kill armed")
    tour.press(Press("enter", r"VERIFIED"), "kill fired")
    tour.panes("killed")
    tour.press(Press("R", "resume desk"), "resume while killed")
    tour.press(Press("y", "resume desk: sent"), "resume while killed sent")
    for attempt in range(20):
        tour.command(f"rearm --reason the book was checked {attempt}", Press("y", "rearm desk: sent"))
        wait_for(lambda: desk.json("commands"), "the answer")
        if not desk.status()["kill"]["latched"]:
            break
    tour.panes("rearmed")
    tour.press(Press("R", keep=False), "")
    tour.press(Press("y", "resume desk: sent"), "resumed")


@contextmanager
def opened(desk: Desk, sshd: Sshd, size: tuple[int, int], colors: str, *more: str) -> Iterator[Terminal]:
    """A console at the other end of a link, as it is on its very first start."""
    (desk.home.state / "console.json").unlink(missing_ok=True)
    term, depth = DEPTHS[colors]
    client = sshd.command(remotely(desk.environment, *CONSOLE, *more))
    command = ["env", "-u", "COLORTERM", f"TERM={term}", *([f"COLORTERM={depth}"] if depth else []), *client]
    with Terminal(desk.home.root, width=size[0], height=size[1], command=command) as terminal:
        terminal.shows(r"PAPER[\s\S]*TRADING", 60)
        yield terminal


def travel(
    desk: Desk, sshd: Sshd, folder: Path, size: tuple[int, int], colors: str, *, keys: bool
) -> list[str]:
    """The whole tour of one size and depth, or without its keys; returns what is wrong."""
    name = f"{size[0]}x{size[1]}-{colors}"
    (folder / name).mkdir(parents=True, exist_ok=True)
    with opened(desk, sshd, size, colors) as terminal:
        tour = Tour(terminal, folder / name, size, colors)
        tour.text()
        tour.keep("first start")
        if keys:
            for pane in PANES:
                tour.look(pane)
                tour.every_key()
            tour.words()
        tour.panes("trading")
        story(tour, desk, name)
        tour.press(Press("q", STOPS["quit"].shows), "quit")
    with opened(desk, sshd, size, colors, "--read-only") as terminal:
        alone = Tour(terminal, folder / name, size, colors)
        alone._count = 9_000
        alone.panes("read-only")
        alone.press(Press("question_mark", "Three lines are enough"), "read-only help")
    for pane in PANES:
        with opened(desk, sshd, size, colors, "--pane", pane) as terminal:
            alone = Tour(terminal, folder / name, size, colors)
            alone._count = 9_100 + PANES.index(pane)
            alone.text()
            alone.keep(f"alone-{pane}")
    return tour.faults + alone.faults


def main() -> int:
    """The tour of every size and depth, or of those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", help="a size and depth, as 80x24-16")
    parser.add_argument("--brief", action="store_true", help="each pane in each state, without every key")
    arguments = parser.parse_args()
    home, scratch = Path(tempfile.mkdtemp(prefix="qd-")), Path(tempfile.mkdtemp(prefix="qd-tour-"))
    desk = Desk(home, configured(scratch, REPOSITORY / "config" / "system.json", **CHANGES))
    faults: list[str] = []
    try:
        desk.up("--source", "sim")
        wait_for(lambda: desk.json("orders"), "the first order", 60)
        with Sshd(scratch) as sshd:
            for size in SIZES:
                for colors in DEPTHS:
                    name = f"{size[0]}x{size[1]}-{colors}"
                    if not arguments.only or name in arguments.only:
                        found = travel(desk, sshd, arguments.folder, size, colors, keys=not arguments.brief)
                        print(f"{name}: {len(found)} faults", *found, sep="\n", flush=True)
                        faults += found
    finally:
        desk.run("down")
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(scratch, ignore_errors=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
