"""A whole desk of a test's own: started and asked as a user would, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from console.core.config import SystemConfig
from console.core.paths import Home, find_binary
from console.core.venue import VenueClient
from console.proto import messages_pb2 as pb
from console.supervisor.stop import running_processes

REPOSITORY = Path(__file__).resolve().parents[1]
SERVICES = ("market-data", "paper-venue", "execution-engine", "risk-manager", "signal-bridge")
UP_WITHIN_S = 120
COMMAND_WITHIN_S = 60


class WaitedTooLongError(AssertionError):
    """A condition did not come true in time."""


def wait_for(condition: Callable[[], Any], what: str, within_s: float = 30.0) -> Any:
    """The first true value of `condition`, asked a few times a second."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise WaitedTooLongError(f"{what} did not come within {within_s:g} s; last seen: {value!r}")
        time.sleep(0.05)


class Desk:
    """One desk in a folder."""

    def __init__(self, folder: Path, config: Path | None = None) -> None:
        self.home = Home(folder)
        self.config_file = config
        self.environment = {**os.environ, "QUARTERDECK_HOME": str(folder)}
        # Found whatever the working folder; and a database of the person who runs the tests is not ours.
        self.environment["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
        self.environment.pop("DATABASE_URL", None)

    def run(self, *arguments: str, within_s: float = COMMAND_WITHIN_S) -> subprocess.CompletedProcess[str]:
        """Run `quarterdeck` with these arguments."""
        return subprocess.run(
            [sys.executable, "-m", "console.cli", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )

    def must(self, *arguments: str, within_s: float = COMMAND_WITHIN_S) -> str:
        """The output of a command that has to succeed."""
        done = self.run(*arguments, within_s=within_s)
        told = f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, f"quarterdeck {' '.join(arguments)}: {told}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """The answer of a command with --json."""
        return json.loads(self.must(*arguments, "--json"))

    def up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Start it; shows its logs when that fails."""
        chosen: Sequence[str] = ("--config", str(self.config_file)) if self.config_file else ()
        done = self.run("up", *chosen, *arguments, within_s=UP_WITHIN_S)
        told = f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, f"up: {told}\n{self.logs()}"
        return done

    def down(self) -> None:
        """Stop it."""
        self.must("down")

    def logs(self, lines: int = 15) -> str:
        """The end of every log."""
        found = sorted(self.home.logs.glob("*.log")) if self.home.logs.is_dir() else []
        ends = ("\n".join(log.read_text(errors="replace").splitlines()[-lines:]) for log in found)
        return "\n".join(f"--- {log.name}\n{end}" for log, end in zip(found, ends, strict=True))

    def status(self) -> dict[str, Any]:
        """`quarterdeck status --json`."""
        answer = self.json("status")
        assert isinstance(answer, dict)
        return answer

    def service(self, name: str) -> dict[str, Any]:
        """One service's line of the status."""
        return next(one for one in self.status()["services"] if one["name"] == name)

    def processes(self) -> dict[str, int]:
        """The pids of all that runs, by name."""
        return {name: record.pid for name, record in running_processes(self.home).items()}

    def replaced(self, name: str, before: int, within_s: float = 20.0) -> dict[str, Any]:
        """The service, once another process than `before` does its work."""

        def look() -> dict[str, Any] | None:
            found = self.service(name)
            ready = found["state"] in ("ready", "degraded")
            return found if ready and found["pid"] not in (None, before) else None

        found = wait_for(look, f"another {name}", within_s)
        assert isinstance(found, dict)
        return found

    def gates(self) -> set[str]:
        """The kinds of the gates that are closed."""
        return {gate["kind"] for gate in self.status()["gates"]}

    def config(self) -> SystemConfig:
        """The configuration in force."""
        return SystemConfig.in_force(self.home)

    def venue_fills(self) -> list[pb.Fill]:
        """The venue's own executions."""
        with VenueClient.of(self.config()) as venue:
            return venue.executions()

    def venue_open(self) -> list[pb.Order]:
        """The orders the venue itself holds open."""
        with VenueClient.of(self.config()) as venue:
            return venue.open_orders()


def configured(folder: Path, shipped: Path, **changes: dict[str, Any]) -> Path:
    """The shipped configuration with some values of its sections changed, as a file in `folder`."""
    data = json.loads(shipped.read_text(encoding="utf-8"))
    for section, values in changes.items():
        data[section].update(values)
    changed = folder / "system.json"
    changed.write_text(json.dumps(data), encoding="utf-8")
    return changed


def simulate(file: Path, *, rows: int, seed: int, per_second: int) -> None:
    """Write `rows` rows of the simulated market into `file`, as CSV."""
    subprocess.run(
        [
            find_binary("market-data"), "--source", "sim", "--seed", str(seed),
            "--messages-per-second", str(per_second), "--dump", str(file), "--rows", str(rows),
        ],
        check=True,
        timeout=60,
    )  # fmt: skip
