"""A database of somebody else's that is away when the desk starts: the desk starts without it.

The services close the gate "store behind" while it is away, and project what is in their journals when it
answers. Its tables are looked after as soon as it does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from console.supervisor.migrate import DatabaseUrls, migrate

# How long the start waits for the server, and how often one that was away is asked again.
ANSWER_S = 3
ASK_EVERY_S = 2.0


def why_away(url: str) -> str:
    """Why no server answers at `url`, in words without the address; empty when one does.

    A server that refuses the desk has answered: that is a fault of the configuration, and ends the start.
    """
    import psycopg2

    try:
        psycopg2.connect(url, connect_timeout=ANSWER_S).close()
    except psycopg2.OperationalError as error:
        reason = " ".join(str(error).split())
        if "FATAL" in reason and "starting up" not in reason and "shutting down" not in reason:
            return ""
        return reason or "no answer"
    return ""


class Latecomer(threading.Thread):
    """Waits for a server that was away at the start, and makes its tables ready."""

    def __init__(self, urls: DatabaseUrls, log: Path, report: Callable[[str, str], None]) -> None:
        super().__init__(name="database", daemon=True)
        self._urls = urls
        self._log = log
        self._report = report
        self._stop_requested = threading.Event()
        self.ready = False

    def run(self) -> None:
        """Until its tables are ready, or `stop`."""
        told = ""
        while not self._stop_requested.wait(ASK_EVERY_S):
            if why_away(self._urls.owner):
                continue
            try:
                migrate(self._urls, self._log)
            except Exception as error:  # noqa: BLE001 (whatever it is: tell it, wait, try again)
                if str(error) != told:
                    told = str(error)
                    self._report("postgres", f"answers, but {told}")
                continue
            self.ready = True
            self._report("postgres", "answers now: tables ready, what is missing follows")
            return

    def stop(self) -> None:
        """End the wait, and wait for a migration that is under way."""
        self._stop_requested.set()
        self.join()
