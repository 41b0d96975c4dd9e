"""The embedded PostgreSQL, started again when it dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from console.supervisor.postgres import EmbeddedPostgres
from console.supervisor.process import Backoff

LOOK_EVERY_S = 0.5


class PostgresKeeper(threading.Thread):
    """Starts the embedded server again when it dies. A thread, because a recovery may take seconds."""

    def __init__(self, server: EmbeddedPostgres, report: Callable[[str, str], None]) -> None:
        super().__init__(name="postgres", daemon=True)
        self._server = server
        self._report = report
        self._stop_requested = threading.Event()
        self.restarts = 0

    def run(self) -> None:
        """Until `stop`."""
        backoff = Backoff()
        up_since = time.monotonic()
        while not self._stop_requested.wait(LOOK_EVERY_S):
            if self._server.process() is not None:
                continue
            wait = backoff.failed(lived_s=time.monotonic() - up_since)
            self._report("postgres", f"ended; again in {wait:g} s")
            if self._stop_requested.wait(wait):
                return
            try:
                self._server.start()
            except Exception as error:  # noqa: BLE001 (whatever it is: tell it, wait, try again)
                self._report("postgres", f"did not start: {error}")
                continue
            self.restarts += 1
            up_since = time.monotonic()
            self._report("postgres", "ready again")

    def stop(self) -> None:
        """End the watch and wait for a start that is under way."""
        self._stop_requested.set()
        self.join()
