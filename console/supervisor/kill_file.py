"""A file named KILL in `run/` kills the desk, whoever made it and however."""

from __future__ import annotations

import threading
from collections.abc import Callable

from console.core.control import NoAnswer, ServiceError
from console.core.controller import StrategyController
from console.core.identity import Identity, uuid7
from console.core.paths import Home

# Engine and risk manager look for themselves as often; the supervisor's look is the third.
LOOK_EVERY_S = 0.05


class KillFileWatch(threading.Thread):
    """Looks for the file twenty times a second and sends the kill until both services have latched it."""

    def __init__(self, home: Home, report: Callable[[str, str], None]) -> None:
        super().__init__(name="kill-file", daemon=True)
        self._file = home.kill_file
        self._home = home
        self._report = report
        self._stop_requested = threading.Event()
        self._told: tuple[str, list[str]] | None = None

    def run(self) -> None:
        """Until `stop`."""
        done = False
        command_id = uuid7()
        while not self._stop_requested.wait(LOOK_EVERY_S):
            if not self._file.exists():
                done = False
                command_id = uuid7()
            elif not done:
                done = self._kill(command_id)

    def stop(self) -> None:
        """End the watch."""
        self._stop_requested.set()

    def _kill(self, command_id: str) -> bool:
        identity = Identity.current(session="supervisor")
        with StrategyController(home=self._home, identity=identity) as controller:
            try:
                answer = controller.activate_kill_switch(
                    f"the file {self._file} exists", command_id=command_id
                )
            except (NoAnswer, ServiceError) as error:
                self._report("supervisor", f"KILL file: {error}")
                return False
        latched = [a.service for a in answer.acknowledgements if a.outcome.obeyed]
        if (command_id, latched) != self._told:
            self._told = (command_id, latched)
            self._report("supervisor", f"KILL file seen; latched by {', '.join(latched) or 'nobody yet'}")
        return len(latched) == len(answer.acknowledgements)
