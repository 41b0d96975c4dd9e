"""What a trader does: keys, acknowledgements, a kill with proof, and services that die on screen."""

from __future__ import annotations

import os
import re
import signal
from functools import partial

import pytest

from tests.desk import Desk, wait_for
from tests.terminal.tmux import Terminal

SERVICES = ("market-data", "signal-bridge", "risk-manager", "execution-engine", "paper-venue")


def test_pause_and_resume_are_acknowledged_on_the_screen(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        terminal.press("p")
        terminal.shows(r"pause ALFA: sent → execution-engine acknowledged in [\d.]+ ms.*done")
        terminal.shows("but not in ALFA: operator pause|NOT TRADING")
        assert "operator_pause" in shared_desk.gates()
        terminal.press("r")
        terminal.shows(r"resume ALFA\? y sends it")
        terminal.press("y")
        terminal.shows(r"resume ALFA: sent → execution-engine acknowledged in [\d.]+ ms → done")
        wait_for(lambda: "operator_pause" not in shared_desk.gates(), "the end of the pause")
        terminal.gone("operator pause")


def test_a_command_of_another_seat_appears_with_its_operator(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        # Nothing else moves these lines off the screen.
        terminal.press("6", "z", "/")
        terminal.type("other-seat")
        terminal.press("Enter")
        shared_desk.environment["QUARTERDECK_OPERATOR"] = "other-seat"
        shared_desk.must("pause", "BRVO")
        terminal.shows("other-seat@.*pause BRVO: done by execution-engine")
        shared_desk.must("resume", "BRVO")
        terminal.shows("other-seat@.*resume BRVO: done")


def test_limits_are_changed_from_the_command_line(shared_desk: Desk) -> None:
    with Terminal(shared_desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        terminal.press(":")
        terminal.type("limits set max_daily_loss=49000")
        terminal.press("Enter")
        terminal.shows(r"limits set max_daily_loss=49000[?][\s\S]*50,000 now")
        terminal.press("y")
        terminal.shows(r"risk-manager acknowledged in [\d.]+ ms → done")
        terminal.press("5", "z")
        terminal.shows(r"daily loss .*/ 49\.0k")


def answered(desk: Desk, reason: str) -> bool:
    """This very re-arming was refused by a service, or it has lifted the kill."""
    refused = any(row["reason"] == reason and row["outcome"] == "REFUSED" for row in desk.json("commands"))
    return refused or not desk.status()["kill"]["latched"]


def test_a_kill_is_proved_on_screen_and_survives_a_restart(desk: Desk) -> None:
    with Terminal(desk.home.root) as terminal:
        terminal.shows("ALFA .*now")
        terminal.shows(r"[1-9]\d* working orders|[1-9]\d* working", 60)
        terminal.press("K")
        bar = terminal.shows(r"KILL THE WHOLE DESK: cancels \d+ open orders?")
        assert re.search(r"ENTER fires · ESC disarms", bar)
        # Both in one write, as a slow link delivers them: the escape must not be lost in front of the enter.
        terminal.together("Escape", "Enter")
        terminal.gone("KILL THE WHOLE DESK")
        assert not desk.status()["kill"]["latched"]
        wait_for(desk.venue_open, "an order at the venue", 60)
        terminal.press("K", "Enter")
        terminal.shows(r"killed desk by .*VERIFIED")
        assert desk.venue_open() == []
        assert desk.status()["kill"]["stage"] in ("VERIFIED", "RESIDUAL")
    desk.down()
    desk.up("--source", "sim")
    with Terminal(desk.home.root) as terminal:
        terminal.shows(r"killed desk|KILL desk|KILLED")
        terminal.press("R", "y")
        terminal.shows("resume desk: sent")
        assert desk.status()["kill"]["latched"]

        # Refused with what is missing until the services agree; the trader reads it and asks again.
        for attempt in range(100):
            reason = f"checked-{attempt}"
            terminal.press(":")
            terminal.type(f"rearm --reason {reason}")
            terminal.press("Enter", "y")
            wait_for(partial(answered, desk, reason), f"the answer to {reason}")
            if not desk.status()["kill"]["latched"]:
                break
        # What stays on the screen: the command's own line is gone when all this has been asked.
        terminal.shows(r"operator pause: re-armed: checked-\d+")
        assert not desk.status()["kill"]["latched"]
        terminal.shows("NOT TRADING .*operator pause")


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_service_is_named_and_comes_back(shared_desk: Desk, service: str) -> None:
    with Terminal(shared_desk.home.root, width=160, height=50) as terminal:
        terminal.shows(f"● {service}")
        os.kill(int(shared_desk.service(service)["pid"]), signal.SIGKILL)
        # Within two seconds by the console's own clock: tests/unit/ui/test_panes.py, and the bench.
        terminal.shows(f"[○↻] {service}")
        terminal.shows(f"● {service}", 40)
        wait_for(lambda: shared_desk.service(service)["state"] == "ready", "the service")
