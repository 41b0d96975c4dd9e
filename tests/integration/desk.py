"""A whole desk under test: the real command line, the real supervisor, the real services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from console.core.paths import Home
from console.supervisor.stop import running_processes

T = TypeVar("T")

SERVICES = ("market-data", "paper-venue", "execution-engine", "risk-manager", "signal-bridge")
COMMAND_S = 90


class Desk:
    """One home, driven as a person would."""

    def __init__(self, root: Path, repository: Path, *, database: str = "off") -> None:
        self.home = Home(root)
        self.repository = repository
        data = json.loads((repository / "config" / "system.json").read_text())
        data["database"]["kind"] = database
        self.config = root / "given.json"
        self.config.write_text(json.dumps(data))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of the command line."""
        environment = {**os.environ, "QUARTERDECK_HOME": str(self.home.root)}
        environment["PYTHONPATH"] = os.pathsep.join([str(self.repository), environment.get("PYTHONPATH", "")])
        environment.pop("DATABASE_URL", None)
        return subprocess.run(
            [sys.executable, "-m", "console.cli", *arguments],
            env=environment,
            cwd=self.repository,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
        )

    def up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`up`, with the configuration under test; it must succeed."""
        done = self.run("up", "--config", str(self.config), *arguments)
        assert done.returncode == 0, done.stderr
        return done

    def status(self) -> dict[str, Any]:
        """`status --json`."""
        read: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return read

    def service(self, name: str) -> dict[str, Any]:
        """A service, of `status`."""
        found: dict[str, Any] = next(s for s in self.status()["services"] if s["name"] == name)
        return found

    def json(self, *arguments: str) -> Any:
        """What a command prints with `--json`; it must succeed."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def processes(self) -> dict[str, int]:
        """The pids of all that runs, by name."""
        return {name: record.pid for name, record in running_processes(self.home).items()}

    def wait(self, what: str, look: Callable[[], T | None], timeout_s: float = 20.0) -> T:
        """What `look` gives once it gives something."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = look()
            if found:
                return found
            assert time.monotonic() < deadline, (
                f"{what}: not within {timeout_s:g} s; {self.run('status').stdout}"
            )
            time.sleep(0.05)

    def replaced(self, name: str, before: int) -> dict[str, Any]:
        """The service once another process of it is ready."""

        def look() -> dict[str, Any] | None:
            found = self.service(name)
            ready = found["state"] in ("ready", "degraded")
            return found if ready and found["pid"] not in (None, before) else None

        return self.wait(f"{name} is replaced", look)
