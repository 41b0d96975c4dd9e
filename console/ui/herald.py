"""What reaches a trader who looks elsewhere: a bell for a new alarm, and a title that tmux shows with the
window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.core.format import listed
from console.core.frame import Frame, Standing
from console.ui.ink import printable


class Herald:
    """Writes only when something changed. What was in the log when the console was opened is no news."""

    def __init__(self, *, bell: bool) -> None:
        self._bell = bell
        self._rung: int | None = None
        self._title = ""

    def tell(self, frame: Frame, alerts: Sequence[int], write: Callable[[str], object]) -> None:
        """Takes the numbers of the open alerts, the newest first."""
        title = window_title(frame, len(alerts))
        if title != self._title:
            self._title = title
            write(f"\x1b]2;{title}\x07")
        newest = alerts[0] if alerts else 0
        if self._rung is None:
            self._rung = newest
        elif newest > self._rung:
            self._rung = newest
            if self._bell:
                write("\x07")


def window_title(frame: Frame, alerts: int) -> str:
    """What the terminal's title says, for a glance at tmux' list of windows."""
    mark = f"{alerts} ALERT{'S' * (alerts != 1)} " if alerts else ""
    return printable(f"{mark}{frame.desk.venue or 'VENUE?'} {_standing(frame)} - quarterdeck")


def _standing(frame: Frame) -> str:
    standing, killed = frame.standing, sorted(frame.killed_symbols)
    if standing is Standing.PARTLY and not killed:
        return f"trading but not in {listed(sorted({gate.symbol for gate in frame.desk.gates}))}"
    return {
        Standing.UNPROVED: "KILL NOT VERIFIED",
        Standing.KILLED: "killed",
        Standing.UNKNOWN: "no word from the desk",
        Standing.GATED: "not trading",
        Standing.PARTLY: f"{listed(killed)} killed",
        Standing.LIMITED: "at a limit",
        Standing.TRADING: "trading",
    }[standing]
