"""A desk is recorded, and the console shows the recording in a real tmux, in a home in which no desk runs."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.core.recorder import FLUSH_EVERY_S, PING_EVERY_S
from tests.desk import Desk, wait_for
from tests.terminal.tmux import Terminal

HELD = re.compile(r"([A-Z]{4}) +[▲▼] (-?[\d,.]+)")
NOTHING_TRADES = "NOT TRADING .*operator pause"


def shown(text: str) -> dict[str, float]:
    """What the positions pane holds."""
    return {symbol: float(number.replace(",", "")) for symbol, number in HELD.findall(text)}


def held(desk: Desk) -> dict[str, float]:
    """What the engine holds."""
    return {row["symbol"]: float(row["quantity"]) for row in desk.json("positions") if float(row["quantity"])}


@pytest.fixture
def recorded(shared_desk: Desk, tmp_path: Path) -> tuple[Path, dict[str, float]]:
    """A recording that ends on a paused desk without working orders, and what that desk held."""
    file = tmp_path / "desk.qdr"
    wait_for(lambda: held(shared_desk), "a position", 60)
    command = [sys.executable, "-m", "console.cli", "record", str(file)]
    recording = subprocess.Popen(command, env=shared_desk.environment, stdout=subprocess.PIPE, text=True)
    try:
        # Long enough that a console started now sees it move.
        wait_for(lambda: file.exists() and file.stat().st_size > 150_000, "the recording's beginning")
        shared_desk.must("pause")
        shared_desk.must("cancel", "--all")
        wait_for(lambda: not shared_desk.venue_open(), "the last orders' end", 60)
        positions = held(shared_desk)
        # Each service is asked anew every second: two rounds later all have told of the pause.
        before, told = file.stat().st_size, time.monotonic() + 2 * PING_EVERY_S + FLUSH_EVERY_S
        wait_for(lambda: time.monotonic() > told and file.stat().st_size > before + 10_000, "what followed")
    finally:
        recording.terminate()
        recording.communicate(timeout=30)
        shared_desk.must("resume")
    return file, positions


def test_a_recorded_moment_is_seen_again_and_goes_on_to_its_end(
    recorded: tuple[Path, dict[str, float]], shared_desk: Desk, desk_home: Path
) -> None:
    file, positions = recorded
    refused = shared_desk.run("console", "--replay", str(file), "--at", "+24h")
    assert refused.returncode == 1
    found = re.search(r"ends at \S+T(\S+)\.\d+Z", refused.stderr)
    assert found, refused.stderr
    with Terminal(
        desk_home, "--replay", str(file), "--at", "+0s", "--speed", "0.5", width=200, height=60
    ) as terminal:
        # From its beginning, before the pause, up to its last moment, at which its clock stands.
        terminal.shows("REPLAY ×0.5 OF PAPER .*READ-ONLY")
        terminal.shows(f"ENDED REPLAY OF PAPER .*{found[1][:7]}", 90)
        terminal.shows(NOTHING_TRADES)
        terminal.press("4", "z")
        wait_for(lambda: shown(terminal.screen()) == positions, f"{positions} on the screen")
        # What was heard then is as old as it was then, however long one looks at it.
        lost = r"○ (market-data|signal-bridge|risk-manager|execution-engine|paper-venue)"
        assert not re.search(lost, terminal.shows("● execution-engine"))
        terminal.press("K", "p", ":")
        terminal.type("pause")
        terminal.press("Enter")
        terminal.shows("read-only")
        terminal.press("q")
        terminal.shows("console ended with 0")
