"""The database of one desk under supervision: embedded, somebody else's, or none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from console.core.config import SystemConfig
from console.core.paths import Home
from console.core.processes import ProcessRecord
from console.supervisor.external import Latecomer, why_away
from console.supervisor.migrate import DatabaseUrls, external_urls, migrate, write_url
from console.supervisor.postgres import OWNER, SERVICE_ROLE, DatabaseError, EmbeddedPostgres
from console.supervisor.postgres_keeper import PostgresKeeper


class Database:
    """Chooses by DATABASE_URL and `database.kind`, starts what is ours, and keeps it running."""

    def __init__(self, home: Home, config: SystemConfig, report: Callable[[str, str], None]) -> None:
        self._home = home
        self._report = report
        self._external = os.environ.get("DATABASE_URL")
        configured = str(config.section("database").get("kind", "embedded"))
        # An address in the environment is honoured whatever the configuration says, but for "off".
        self.kind = "external" if self._external and configured != "off" else configured
        self._server = EmbeddedPostgres(home) if self.kind == "embedded" else None
        self._keeper: PostgresKeeper | None = None
        self._latecomer: Latecomer | None = None
        self._started_here = False

    def start(self) -> str | None:
        """Make the database ready; the address the services connect to, None for a desk without one.

        One of somebody else's that doesn't answer is waited for behind the desk's back.
        """
        urls = self._start()
        # Somebody else's address may hold a password: it stays where it came from.
        write_url(self._home, urls.service if urls is not None and self.kind == "embedded" else None)
        if urls is None:
            self._report("postgres", "off, as configured: nothing is projected")
            return None
        log = self._home.logs / "migrate.log"
        away = why_away(urls.owner) if self.kind == "external" else ""
        if away:
            self._report("postgres", f"away, and the desk starts closed to new risk: {away}")
            self._latecomer = Latecomer(urls, log, self._report)
            self._latecomer.start()
            return urls.service
        migrate(urls, log)
        self._report("postgres", "tables ready")
        return urls.service

    def stop(self, *, everything: bool) -> None:
        """Stop the embedded server; without `everything` only if it was started here."""
        for thread in (self._keeper, self._latecomer):
            if thread is not None:
                thread.stop()
        if self._server is not None and (everything or self._started_here) and self._server.stop():
            self._report("postgres", "stopped")

    def process(self) -> ProcessRecord | None:
        """The embedded server, if it runs."""
        return self._server.process() if self._server is not None else None

    def describe(self) -> dict[str, Any]:
        """For `status`."""
        process = self.process()
        state = "running" if process is not None else "restarting"
        return {
            "kind": self.kind,
            "pid": process.pid if process is not None else None,
            "state": state if self._server is not None else self.kind,
            "restarts": self._keeper.restarts if self._keeper is not None else 0,
        }

    def _start(self) -> DatabaseUrls | None:
        if self.kind == "off":
            return None
        if self._server is None:
            if not self._external:
                raise DatabaseError(
                    'database.kind is "external" without DATABASE_URL: set it, or configure "embedded".'
                )
            return external_urls(self._external)
        began = time.monotonic()
        self._started_here = self._server.process() is None
        self._server.start()
        what = f"ready after {time.monotonic() - began:.1f} s" if self._started_here else "adopted"
        self._report("postgres", what)
        self._keeper = PostgresKeeper(self._server, self._report)
        self._keeper.start()
        return DatabaseUrls(service=self._server.url(SERVICE_ROLE), owner=self._server.url(OWNER))
