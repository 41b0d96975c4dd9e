"""The addresses of the desk's database, and its tables brought to this version."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from console.core.atomic import write_private
from console.core.paths import Home, find_binary
from console.supervisor.postgres import SERVICE_ROLE, DatabaseError
from console.supervisor.process import tail

MIGRATE_S = 60


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Where the services' role and the owner connect. Both are secrets."""

    service: str
    owner: str


def external_urls(url: str) -> DatabaseUrls:
    """The addresses of somebody else's server; DATABASE_OWNER_URL names its owner if that is another role."""
    return DatabaseUrls(service=url, owner=os.environ.get("DATABASE_OWNER_URL") or url)


def role_of(url: str) -> str:
    """The role an address connects as."""
    return urlsplit(url).username or SERVICE_ROLE


def migrate(urls: DatabaseUrls, log: Path) -> None:
    """Bring the tables to this version and give the services' role what it may do."""
    program = find_binary("quarterdeck-migrate")
    environment = {
        **os.environ,
        "DATABASE_OWNER_URL": urls.owner,
        "DATABASE_SERVICE_ROLE": role_of(urls.service),
    }
    environment.pop("DATABASE_URL", None)
    with log.open("ab") as output:
        try:
            done = subprocess.run(
                [program],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=MIGRATE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DatabaseError(
                f"The database did not finish its migration within {MIGRATE_S} s: does the server that "
                "DATABASE_URL names answer, and does nobody hold a lock on the desk's tables?"
            ) from error
    if done.returncode != 0:
        raise DatabaseError(
            f"The database's tables could not be made ready; {log} ends:\n{tail(log)}\n"
            "Check that the server answers and that its owner (DATABASE_OWNER_URL) may create tables."
        )


def write_url(home: Home, url: str | None) -> None:
    """Keep the embedded database's address for the command line, readable by the owner alone."""
    write_private(home.state / "database-url", (url or "") + "\n")


def read_url(home: Home) -> str | None:
    """The address `write_url` kept; None when the desk has no embedded database."""
    try:
        return (home.state / "database-url").read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
